"""Asks the centre whether a code for one showing was shown before; no reception waits for a line that is dead."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Final

import structlog

from amate.errors import AmateError
from amate.features.verification.node import folder
from amate.features.verification.remote import Deployment

log = structlog.get_logger(__name__)
PATIENCE_S: Final = 1.0  # from looking up the name to the last byte
PAUSE_S: Final = 30.0
MAX_ANSWER: Final = 4096


class FirstUses:
    """The centre's word on first uses, within a second or not at all; after a failure it is not asked for 30 seconds.

    What it remembers is one process's own: another one would find out by itself, for a second.
    """

    def __init__(self, pack: Path, source: str) -> None:
        self._pack, self._source = pack, source
        self._not_before = 0.0

    def ask(self, cti: str) -> bool | None:
        """Whether the centre hears of this pass for the first time; None where it does not say."""
        if time.monotonic() < self._not_before:
            return None
        heard: list[bool | None] = []
        # A thread, for nothing else bounds how long a name is looked up, or how slowly an answer drips.
        asking = threading.Thread(target=self._ask, args=(cti, heard), name="first-use", daemon=True)
        asking.start()
        asking.join(PATIENCE_S)
        if not heard:
            self._not_before = time.monotonic() + PAUSE_S
            return None
        return heard[0]

    def _ask(self, cti: str, heard: list[bool | None]) -> None:
        """Appends the centre's answer, or nothing where there was none."""
        try:
            centre = Deployment(self._source, folder.token_in(self._pack))
            answer = centre.post("api/v1/verifications/uses", {"cti": cti}, MAX_ANSWER, within_s=PATIENCE_S)
            if answer.status != 200 or not isinstance(answer.body, dict):
                log.warning("first-use.not-answered", status=answer.status)
                return
            said = answer.body.get("first_use")
            heard.append(said if isinstance(said, bool) else None)
        except AmateError as error:
            log.warning("first-use.not-answered", slug=error.slug)
