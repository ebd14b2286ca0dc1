"""Clinics' nodes in a fleet: each synchronises as `amate pack sync` does, from a recording, by a clock that is moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface
from tuf.ngclient._internal import trusted_metadata_set

from amate.core.verdict import verdict
from amate.errors import AmateError
from amate.features.verification import pack, world
from amate.features.verification.remote import Deployment
from tests.fleet.recording import Recording
from tests.fleet.schedule import Answer, Visit

ADDRESS = "http://recorded.example"


class Recorded(FetcherInterface):
    """A server that has what the deployment had published at `now`."""

    def __init__(self, recording: Recording) -> None:
        self.recording, self.now = recording, 0

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = url.removeprefix(f"{ADDRESS}/")
        body = self.recording.anchor if path == "anchor.json" else self.recording.at(path, self.now)
        if body is None:
            raise DownloadHTTPError("not found", 404)
        return iter([body])


class Node:
    """One clinic's node: its pack, and python-tuf's client below it."""

    def __init__(self, recording: Recording, folder: Path, clock: MovedClock) -> None:
        self.folder, self.clock = folder, clock
        self.server = Recorded(recording)
        self.deployment = Deployment(ADDRESS)
        self.deployment._public = self.server  # type: ignore[assignment]

    def sync(self, now: int) -> bool:
        """Synchronise; False when what was fetched is refused, and what was there before stays."""
        self.clock.now = self.server.now = now
        try:
            pack.sync(self.deployment, self.folder, env="test", anchor=None)
        except AmateError:
            return False
        return True

    def judge(self, text: str, now: int) -> Answer:
        """What the node says of a scan, as POST /api/v1/verifications on it does."""
        stands = world.of_pack(self.folder, env="test")
        trust = stands.trust_at(now)
        made = verdict(text, trust=trust, status=stands.status, clinic=None, now=now)
        return made.verdict, list(made.reasons)


class MovedClock:
    """What python-tuf takes for the clock of this machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0
        fake: Any = SimpleNamespace(datetime=SimpleNamespace(now=self._now), timezone=dt.timezone)
        monkeypatch.setattr(trusted_metadata_set, "datetime", fake)

    def _now(self, tz: dt.tzinfo) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.now, tz)


def answers(recording: Recording, visits: list[Visit], folder: Path, clock: MovedClock) -> list[list[Answer]]:
    """What each scan of each visit was answered, by nodes that synchronise at each visit."""
    nodes: dict[int, Node] = {}
    found = []
    for visit in visits:
        node = nodes.setdefault(visit.verifier, Node(recording, folder / str(visit.verifier), clock))
        assert node.sync(visit.at), f"node {visit.verifier} refused a good repository"
        found.append([node.judge(scan.text, scan.now) for scan in visit.scans])
    return found
