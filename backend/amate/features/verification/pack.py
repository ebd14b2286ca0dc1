"""Sync a pack: everything a verifier needs, fetched, verified, and put in force in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from amate.core.status_list import StatusList
from amate.core.trust import DEMOS, Trust
from amate.errors import AmateError, Malformed, Refused, Unavailable
from amate.features.clinics import actions as clinics
from amate.features.trust import actions as trust
from amate.features.trust.model import TARGET_NAMES, LoadedTrust
from amate.features.verification import revocations, world
from amate.features.verification.revocations import Held
from amate.features.verification.world import CURRENT, SEALING_KEYS

PRIVATE = 0o600
KEPT_SETS = 2  # the one in force, and the one before, which a reader may have open


class Source(Protocol):
    """Where a pack's parts come from: a deployment, or a file that was carried here."""

    def anchor(self) -> bytes:
        """The root that the source says is its anchor."""

    def status_index(self) -> bytes:
        """The unsigned index of status lists."""

    def status_token(self, number: int) -> bytes:
        """A status list token, not verified."""

    def revocations_part(self, name: str, most: int, unfinished: Path) -> bytes | None:
        """A part of the folder of revocations, not verified, of at most so many bytes; None when there is none.

        unfinished: a folder, where what came before a line broke is kept for the next time
        """

    def sealing_keys(self) -> bytes | None:
        """The sealing keys, where they can be had."""

    def update_trust(self, *, anchor: bytes, cache: Path, targets: Path, names: tuple[str, ...]) -> None:
        """Bring the cached metadata and targets up to date by TUF's client workflow."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a pack holds after a sync.

    signed_at:             when its trust was
    status_signed_at:      when the oldest of its status lists was; None when there are none
    revocations_signed_at: when its file of revocations was; None when there is none, as of `revoked`, how many it has
    revocations_refused:   why the source's file was not taken, so that the one before stays; None when it was
    """

    env: str
    anchor_sha256: str
    signed_at: int
    status_signed_at: int | None
    clinics: int
    status_lists: int
    sealing_keys: int
    revocations_signed_at: int | None
    revoked: int | None
    revocations_refused: str | None


def sync(source: Source, pack: Path, *, env: str, anchor: bytes | None) -> Synced:
    """Bring a pack up to date; whatever goes wrong, the set in force before stays.

    anchor: root metadata to pin; None = the pinned one or, the first time and in demonstrations, the source's own
    Raises: Unavailable("source-unavailable"), Malformed("trust-broken"), Refused("wrong-environment"),
            Refused("anchor-missing"), Refused("anchor-changed") when another root is already pinned
    """
    try:
        pinned = trust.read_file(pack / CURRENT / "anchor.json")
        if pinned is not None and anchor is not None and pinned != anchor:
            raise Refused("anchor-changed", "this pack stands on another root: make a new one in an empty folder")
        return _sync(source, pack, env=env, pinned=pinned or anchor)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{pack}: {error.strerror or error}") from error


def _sync(source: Source, pack: Path, *, env: str, pinned: bytes | None) -> Synced:
    cache, targets = pack / "cache" / "metadata", pack / "cache" / "targets"
    if pinned is None:
        _check_demo(env)
    anchor = pinned or source.anchor()
    source.update_trust(anchor=anchor, cache=cache, targets=targets, names=TARGET_NAMES)
    made = pack / "sets" / f"{os.getpid()}-new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    trust.publish_file(made / "anchor.json", anchor)
    trust.lay_out(cache, targets, made / "published" / "trust")
    keys = _sealing_keys(source, pack, made)
    loaded = trust.load_trust(made, env=env, sealing_keys=keys)
    if pinned is None and loaded.trust.env not in DEMOS:
        shutil.rmtree(pack / "cache")
        _check_demo(loaded.trust.env)
    _check_age(pack, made, loaded, env=env)
    signed = _status_lists(source, pack, made, loaded.trust)
    held, refused = _revocations(source, pack, made, loaded.trust)
    _put_in_force(pack, made, _name_of(made, loaded))
    return Synced(
        env=loaded.trust.env,
        anchor_sha256=hashlib.sha256(anchor).hexdigest(),
        signed_at=loaded.trust.refreshed_at,
        status_signed_at=min(signed, default=None),
        clinics=clinics.count_in(loaded.clinics),
        status_lists=len(signed),
        sealing_keys=len(keys),
        revocations_signed_at=None if held is None else held.token.iat,
        revoked=None if held is None else held.revoked,
        revocations_refused=refused,
    )


def _check_demo(env: str) -> None:
    """That nobody believes the first root met but a demonstration, which may be met by anybody.

    Raises: Refused("anchor-missing")
    """
    if env not in DEMOS:
        said = f"in {env} the first root met is not believed: name the printed one's file, as keys/anchors has them"
        raise Refused("anchor-missing", f"{said}; or set AMATE_ANCHOR to it", where="--anchor")


def _check_age(pack: Path, made: Path, loaded: LoadedTrust, *, env: str) -> None:
    """What TUF's client remembers may have been damaged in its cache; the set in force remembers, too (rows D01, D07).

    A newer root forgets what came before it, for a thief may have signed of the future (TUF, fast-forward recovery).
    Raises: Malformed("trust-broken")
    """
    current = (pack / CURRENT).resolve()
    try:
        before = trust.load_trust(current, env=env, sealing_keys={})
    except (AmateError, OSError):
        return
    if _roots(current) == _roots(made) and loaded.trust.refreshed_at < before.trust.refreshed_at:
        raise Malformed("trust-broken", "the source gives older trust than this pack holds")


def _roots(set_: Path) -> set[str]:
    return {path.name for path in (set_ / "published" / "trust").glob("*.root.json")}


def _sealing_keys(source: Source, pack: Path, made: Path) -> dict[int, bytes]:
    raw = source.sealing_keys() or _undamaged(trust.read_file(pack / CURRENT / SEALING_KEYS))
    if raw is None:
        return {}
    keys = world.sealing_keys_of(raw)
    trust.publish_file(made / SEALING_KEYS, world.with_checksum(raw), mode=PRIVATE)
    return keys


def _undamaged(raw: bytes | None) -> bytes | None:
    """Sealing keys as they were kept, or none: what is damaged must not keep new lists out."""
    try:
        return raw if raw is not None and world.sealing_keys_of(raw) else None
    except Malformed:
        return None


def _status_lists(source: Source, pack: Path, made: Path, issuers: Trust) -> list[int]:
    """When each list that the set now holds was signed."""
    raw_index = source.status_index()
    numbers = world.list_numbers(raw_index)
    before = pack / CURRENT / "published" / "status"
    known = {each.number: each for each in world.status_lists(before, issuers)}
    folder = made / "published" / "status"
    signed = []
    for number in numbers:
        token, signed_at = _newest(source, number, issuers, known.get(number), before)
        trust.publish_file(folder / str(number), token)
        signed.append(signed_at)
    trust.publish_file(folder / "index.json", raw_index)
    return signed


def _newest(source: Source, number: int, issuers: Trust, known: StatusList | None, before: Path) -> tuple[bytes, int]:
    """The list as it is now, and when it was signed; one older than ours would bring revoked passes back (row C04)."""
    token = source.status_token(number)
    fetched = world.status_list_of(token, number, issuers)
    kept = trust.read_file(before / str(number)) if known is not None and fetched.iat < known.iat else None
    return (token, fetched.iat) if known is None or kept is None else (kept, known.iat)


def _revocations(source: Source, pack: Path, made: Path, issuers: Trust) -> tuple[Held | None, str | None]:
    before = revocations.held_in((pack / CURRENT).resolve(), issuers)
    fetch = partial(source.revocations_part, unfinished=pack / "cache" / "unfinished")
    held, refused = revocations.newest(fetch, before, issuers)
    if held is not None:
        revocations.keep(made, held)
    return held, refused


def _name_of(made: Path, loaded: LoadedTrust) -> str:
    return f"{loaded.trust.refreshed_at}-{made.stat().st_ino}-{made.stat().st_mtime_ns}"


def _put_in_force(pack: Path, made: Path, name: str) -> None:
    if not (made / "published" / "status" / "index.json").exists():
        raise Malformed("trust-broken", "the set is not whole")
    ready = made.rename(pack / "sets" / name)
    link = pack / f".{CURRENT}-new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("sets") / ready.name)
    previous = (pack / CURRENT).resolve().name
    link.replace(pack / CURRENT)
    for old in (pack / "sets").iterdir():
        if old.name not in (ready.name, previous):
            shutil.rmtree(old, ignore_errors=True)
