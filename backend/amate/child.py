"""A command of ours that runs beside a server for as long as that does, and is started again whenever it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import structlog

log = structlog.get_logger(__name__)
STOP_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 30.0


class Child:
    """`amate …` with the environment that this process had when it was made; it must end by itself once we are gone."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        """Start it.

        name: what the log calls it
        """
        self._name, self._arguments = name, [*arguments, "--parent", str(os.getpid())]
        self._environment = dict(os.environ)
        self._stopping = threading.Event()
        self._process = self._start()
        self._keeper: threading.Thread | None = None

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def keep(self) -> None:
        """Start it again from now on whenever it ends, after a pause that grows while it ends at once."""
        self._keeper = threading.Thread(target=self._keep, name=self._name, daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End it, and start it no more."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._keeper is not None:
            self._keeper.join(STOP_S)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "amate", *self._arguments]
        return subprocess.Popen(command, env=self._environment)  # noqa: S603 (all of it is ours)

    def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            log.error(f"{self._name}.ended", code=code)
            pause_s = FIRST_PAUSE_S if time.monotonic() - began > LONGEST_PAUSE_S else pause_s * 2
            if self._stopping.wait(min(pause_s, LONGEST_PAUSE_S)):
                return
            self._process = self._start()
            if self._stopping.is_set():
                self._process.terminate()
