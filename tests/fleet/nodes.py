"""Clinics' nodes in a fleet, which replay a recording by a clock that is moved.

A Node does all that `amate pack sync` and `amate serve --role verifier` do, and takes 50 ms for it: a few of them live
through the year. A LightNode takes 3: python-tuf's own client workflow with a dictionary for a folder, and of the rest
what decides (status lists, what is trusted, the verdict). What the former say, the latter must say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest
from securesystemslib.signer import SSlibKey
from tuf.api.exceptions import DownloadHTTPError
from tuf.api.metadata import Root
from tuf.ngclient import FetcherInterface, Updater
from tuf.ngclient._internal import trusted_metadata_set

from amate.core import trust as core_trust
from amate.core.status_list import StatusList
from amate.core.trust import Trust
from amate.core.verdict import verdict
from amate.features.verification import pack, remote, world
from amate.features.verification.model import World
from amate.features.verification.resuming import Opened
from tests.fleet.recording import Recording
from tests.fleet.schedule import Answer, Visit

ADDRESS = "http://recorded.example"


class MovedClock:
    """What python-tuf takes for the clock of this machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0
        fake: Any = SimpleNamespace(datetime=SimpleNamespace(now=self._now), timezone=dt.timezone)
        monkeypatch.setattr(trusted_metadata_set, "datetime", fake)

    def _now(self, tz: dt.tzinfo) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.now, tz)


class Server(FetcherInterface):
    """Has what the deployment had published by the clock's time."""

    def __init__(self, recording: Recording, clock: MovedClock) -> None:
        self.recording, self.clock = recording, clock
        self.asked: list[tuple[str, int]] = []

    def read(self, path: str) -> bytes | None:
        if path == "anchor.json":
            return self.recording.anchor
        self.asked.append((path, self.clock.now))
        return self.recording.at(path, self.clock.now)

    def _fetch(self, url: str) -> Iterator[bytes]:
        body = self.read(url.removeprefix(f"{ADDRESS}/"))
        if body is None:
            raise DownloadHTTPError("not found", 404)
        return iter([body])

    def open_at(self, url: str, begin: int) -> Opened:
        """As BoundedFetcher: no line breaks here, so that nobody asks for a part."""
        assert begin == 0
        body = self.read(url.removeprefix(f"{ADDRESS}/"))
        return Opened(200 if body is not None else 404, "", iter([body or b""]), lambda: None)


class Verifier(Protocol):
    """Who synchronises now, and what it then stands on. Raises AmateError or RepositoryError; what was there stays."""

    def sync(self) -> None: ...

    def world(self) -> World: ...


class Node:
    """One clinic's node: its pack, and python-tuf's client below it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.folder = folder
        self.deployment = remote.Deployment(ADDRESS)
        self.deployment._public = server  # type: ignore[assignment]

    def sync(self) -> None:
        pack.sync(self.deployment, self.folder, env="test", anchor=None)

    def world(self) -> World:
        return world.of_pack(self.folder, env="test")


class LightNode:
    """The same without a folder."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.kept: dict[str, bytes] = {}
        self.status: Mapping[int, StatusList] = {}
        self.trust: tuple[Trust, int] | None = None

    def sync(self) -> None:
        updater = _InMemory(self.server, self.kept)
        updater.refresh()
        known = updater._trusted_set
        documents = []
        for name in ("issuers.json", "policy.json"):
            info = known.targets.targets[name]
            body = self.server.read(f"trust/targets/{info.hashes['sha256']}.{name}") or b""
            info.verify_length_and_hashes(body)
            documents.append(body)
        signed_at = core_trust.seconds_from_iso(known.timestamp.unrecognized_fields["signed_at"])
        made = _trust_of(*documents, signed_at)
        self.trust = made, int(min(known.root.expires, known.targets.expires).timestamp())
        self.status = self._lists(made)

    def _lists(self, made: Trust) -> dict[int, StatusList]:
        numbers = world.list_numbers(self.server.read("status/index.json"))
        return {number: _list_of(self.server.read(f"status/{number}") or b"", number, made) for number in numbers}

    def world(self) -> World:
        assert self.trust is not None
        made, until = self.trust
        floor = max([made.floor, *(each.iat for each in self.status.values())])
        return World(made._replace(floor=floor), self.status, until, None)


class _InMemory(Updater):
    """python-tuf's client with a dictionary for its folder; the roots it fetches anew from the pinned one on."""

    def __init__(self, server: Server, kept: dict[str, bytes]) -> None:
        self.kept = kept
        super().__init__(
            "/nowhere", f"{ADDRESS}/trust/", fetcher=server, config=remote.LIMITS, bootstrap=server.recording.anchor
        )

    def _load_local_metadata(self, rolename: str) -> bytes:
        if rolename not in self.kept:
            raise FileNotFoundError(rolename)
        return self.kept[rolename]

    def _persist_metadata(self, rolename: str, data: bytes) -> None:
        self.kept[rolename] = data

    def _persist_root(self, version: int, data: bytes) -> None:
        self.kept[Root.type] = data

    def _update_root_symlink(self) -> None:
        """There is none."""


@lru_cache(maxsize=256)
def _trust_of(raw_issuers: bytes, raw_policy: bytes, signed_at: int) -> Trust:
    issuers, policy = core_trust.parse_issuers(raw_issuers), core_trust.parse_policy(raw_policy)
    return core_trust.make_trust(issuers, policy, refreshed_at=signed_at, floor=signed_at, sealing={})


_LISTS: dict[tuple[bytes, int], StatusList] = {}


def _list_of(token: bytes, number: int, made: Trust) -> StatusList:
    """Parsed once for all who have the same token and trust of the same publication."""
    same = token, made.refreshed_at
    if same not in _LISTS:
        _LISTS[same] = world.status_list_of(token, number, made)
    return _LISTS[same]


def remember_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that one verifier of this process has checked the others need not compute again."""
    verify = SSlibKey.verify_signature
    held: set[tuple[str, str, bytes]] = set()

    def remembered(self: SSlibKey, signature: Any, data: bytes) -> None:
        same = self.keyval["public"], signature.signature, data
        if same not in held:
            verify(self, signature, data)
            held.add(same)

    monkeypatch.setattr(SSlibKey, "verify_signature", remembered)


def judge(verifier: Verifier, text: str, now: int) -> Answer:
    """What POST /api/v1/verifications says of a scan on this node."""
    stands = verifier.world()
    held = {"status": stands.status, "revocations": stands.revocations}
    made = verdict(text, trust=stands.trust_at(now), clinic=None, now=now, **held)
    return made.verdict, list(made.reasons)


def answers(visits: list[Visit], clock: MovedClock, verifiers: Mapping[int, Verifier]) -> Iterator[list[Answer]]:
    """What each scan of each visit was answered by its verifier, which synchronised at the visit."""
    for visit in visits:
        clock.now = visit.at
        verifier = verifiers[visit.verifier]
        verifier.sync()
        yield [judge(verifier, scan.text, scan.now) for scan in visit.scans]
