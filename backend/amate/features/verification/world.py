"""Reads what a verifier stands on from its files, again whenever they are replaced, and keeps it until then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from amate.core.encoding import base64url_decode, strict_json
from amate.core.status_list import StatusList, parse_status_token
from amate.core.trust import Trust
from amate.errors import AmateError, Malformed
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import Directory
from amate.features.trust import actions as trust
from amate.features.verification import revocations
from amate.features.verification.model import World, keys_of

log = structlog.get_logger(__name__)
CURRENT = "current"
SEALING_KEYS = "sealing-keys.json"
CHECKSUM = "sha256"
MAX_LISTS = 4096

Stamp = tuple[Any, ...]

# By folder. A stamp is checked at every use, so that a worker never answers from an older publication than another one.
_worlds: dict[Path, tuple[Stamp, World]] = {}
_directories: list[tuple[Mapping[str, Any], Directory]] = []  # the last one built


def of_server(home: Path, *, env: str, sealing_keys: Mapping[int, bytes]) -> World:
    """What the central server stands on: its own published files, and the sealing keys of its database."""
    stamp = (_stamp(home), env, tuple(sorted(sealing_keys)))
    kept = _worlds.get(home)
    if kept is None or kept[0] != stamp:
        kept = _worlds[home] = (stamp, load(home, env=env, sealing_keys=sealing_keys))
    return kept[1]


def of_pack(pack: Path, *, env: str) -> World:
    """What a node stands on: the newest set of its pack, with a directory of clinics."""
    stamp = (_link(_current(pack)), env)
    kept = _worlds.get(pack)
    if kept is None or kept[0] != stamp:
        set_ = (pack / CURRENT).resolve()  # once, so that a sync meanwhile does not mix two sets
        world = load(set_, env=env, sealing_keys=read_sealing_keys(set_), with_directory=True)
        kept = _worlds[pack] = (stamp, world)
    return kept[1]


def load(home: Path, *, env: str, sealing_keys: Mapping[int, bytes], with_directory: bool = False) -> World:
    """Everything in the folder, verified again; what cannot be verified is not there."""
    try:
        loaded = trust.load_trust(home, env=env, sealing_keys=sealing_keys)
    except AmateError as error:
        log.error("trust.not-loaded", slug=error.slug, detail=error.detail)
        return World(None, {}, 0, Directory([]) if with_directory else None, problem=error.slug)
    status = {each.number: each for each in status_lists(home / "published" / "status", loaded.trust)}
    held = revocations.held_in(home, loaded.trust)
    signed = [each.iat for each in status.values()] + ([] if held is None else [held.token.iat])
    floor = max(loaded.trust.floor, *signed, 0)
    directory = _directory(loaded.clinics) if with_directory else None
    filed = None if held is None else held.signed
    return World(loaded.trust._replace(floor=floor), status, loaded.usable_until, directory, filed)


def status_lists(folder: Path, issuers: Trust) -> Iterator[StatusList]:
    """The lists in a folder that verify; a list that does not is as good as none, and the verdict says so."""
    for number in list_numbers(trust.read_file(folder / "index.json")):
        raw = trust.read_file(folder / str(number))
        try:
            yield status_list_of(raw or b"", number, issuers)
        except Malformed as error:
            log.error("status.not-loaded", number=number, slug=error.slug)


def status_list_of(raw: bytes, number: int, issuers: Trust) -> StatusList:
    """A status list from its token.

    Raises: Malformed, as parse_status_token
    """
    uri = f"{issuers.policy.status_base}/{number}"
    return parse_status_token(raw.decode("ascii", "replace"), keys=keys_of(issuers), expected_uri=uri)


def list_numbers(raw_index: bytes | None) -> list[int]:
    """The lists that an index names; it is unsigned, so that leaving one out only makes answers stale."""
    try:
        index = strict_json(raw_index or b"{}")
    except Malformed:
        return []
    listed = index.get("lists") if isinstance(index, dict) else None
    numbers = listed if isinstance(listed, list) else []
    return [number for number in numbers if type(number) is int and number >= 0][:MAX_LISTS]


def read_sealing_keys(set_: Path) -> dict[int, bytes]:
    """The sealing keys that a set of a pack holds; none when the clinic has not been given any, or they are damaged.

    By another key a genuine pass would look forged; without one the verdict goes on, and its identity stays sealed.
    """
    raw = trust.read_file(set_ / SEALING_KEYS)
    try:
        return {} if raw is None else sealing_keys_of(raw)
    except Malformed as error:
        log.error("sealing-keys.not-loaded", slug=error.slug, detail=error.detail)
        return {}


def sealing_keys_of(raw: bytes) -> dict[int, bytes]:
    """Sealing keys by number from the answer of GET /api/v1/sealing-keys, or from what a pack keeps of it.

    Raises: Malformed("malformed")
    """
    try:
        said = json.loads(raw)
        keys = {int(each["number"]): base64url_decode(each["key"]) for each in said["keys"]}
        checksum = said.get(CHECKSUM)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("malformed", "sealing keys") from error
    if any(len(key) != 32 for key in keys.values()):
        raise Malformed("malformed", "a sealing key is not 32 bytes")
    if checksum is not None and checksum != _checksum_of(keys):
        raise Malformed("malformed", "the sealing keys are not as they were kept")
    return keys


def with_checksum(raw: bytes) -> bytes:
    """Sealing keys to be kept: nobody signs them, so a pack tells by this whether its copy is damaged.

    raw: as sealing_keys_of() takes it
    """
    return json.dumps(json.loads(raw) | {CHECKSUM: _checksum_of(sealing_keys_of(raw))}).encode()


def _checksum_of(keys: Mapping[int, bytes]) -> str:
    said = "\n".join(f"{number} {key.hex()}" for number, key in sorted(keys.items()))
    return hashlib.sha256(said.encode()).hexdigest()


def _directory(document: Mapping[str, Any]) -> Directory:
    """Built again only when the list of clinics changed: 40,000 units take a second.

    Without one that can be read, of another release, verdicts go on without clinics until the next synchronisation.
    """
    if not _directories or _directories[0][0] != document:
        try:
            built = clinics.directory_in(document)
        except Malformed as error:
            log.error("clinics.not-loaded", slug=error.slug, detail=error.detail)
            return Directory([])
        _directories[:] = [(document, built)]
    return _directories[0][1]


@lru_cache(maxsize=16)  # joining paths anew for every verdict takes longer than reading the link
def _current(pack: Path) -> Path:
    return pack / CURRENT


def _link(path: Path) -> str:
    """Where a pack's link points: every sync moves it to a new set, and a set in force is never written to."""
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _stamp(home: Path) -> Stamp:
    """What changes whenever a publication replaces a file."""
    published = home / "published"
    names = ("trust/timestamp.json", "status/index.json", "status/revocations/token")
    return tuple(_stamp_of_file(published / name) for name in names)


def _stamp_of_file(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
