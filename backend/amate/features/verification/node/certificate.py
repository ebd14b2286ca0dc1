"""The certificate of a node's server and the authority that its counters trust, as files that change in one step.

`tls` is a link to a whole set of the four: a power cut leaves the set before or the set after, and nothing between.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from amate.errors import Malformed, Unavailable
from amate.features.trust import actions as trust
from amate.features.verification.node.folder import how_to_enrol
from amate.signing import tls
from amate.signing.tls import Facts, Pair

LINK: Final = "tls"
SETS: Final = "certificates"
AUTHORITY, AUTHORITY_KEY, SERVER, SERVER_KEY = "ca.pem", "ca.key", "cert.pem", "key.pem"
PUBLIC, PRIVATE = 0o644, 0o600
MODES: Final = {AUTHORITY: PUBLIC, AUTHORITY_KEY: PRIVATE, SERVER: PUBLIC, SERVER_KEY: PRIVATE}
KEPT_SETS: Final = 2  # the one in force, and the one before, which a server may be reading


class Certified(NamedTuple):
    """A node's certificate, and the authority that gave it."""

    server: Facts
    authority: Facts


def ensure(folder: Path, names: Sequence[str], *, now: int) -> bool:
    """Have a certificate for exactly these names; whether that took a new authority, which every counter must install.

    Raises: Unavailable("storage-unavailable")
    """
    try:
        found = read(folder)
    except Malformed:
        found = None
    if found is not None and set(found.authority.names) == set(names):
        outlives = found.authority.until - now > tls.SERVER_DAYS * 86_400
        if outlives:
            if set(found.server.names) != set(names) or now >= found.server.half_at:
                _put_in_force(folder, _authority_in(folder), tls.issue(_authority_in(folder), names, now=now))
            return False
    authority = tls.make_authority(names, now=now)
    _put_in_force(folder, authority, tls.issue(authority, names, now=now))
    return True


def renew(folder: Path, *, now: int) -> bool:
    """Have the same authority give the server another certificate, once half of the life of this one is over.

    Raises: Malformed("node-broken"), Unavailable("storage-unavailable")
    """
    found = read(folder)
    if now < found.server.half_at:
        return False
    authority = _authority_in(folder)
    _put_in_force(folder, authority, tls.issue(authority, found.server.names, now=now))
    return True


def read(folder: Path) -> Certified:
    """What is in force.

    Raises: Malformed("node-broken"), Unavailable("storage-unavailable")
    """
    try:
        authority, server = _authority_in(folder), Pair(_file(folder, SERVER), _file(folder, SERVER_KEY))
        tls.check_pair(authority, authority.certificate)
        tls.check_pair(server, authority.certificate)
        return Certified(tls.facts_of(server.certificate), tls.facts_of(authority.certificate))
    except Malformed as error:
        said = f"the certificate in {folder / LINK} is of no use, {error.detail}: {how_to_enrol(folder)}"
        raise Malformed("node-broken", said, where="--pack") from error


def files(folder: Path) -> tuple[Path, Path]:
    """Certificate and key, for the server."""
    return folder / LINK / SERVER, folder / LINK / SERVER_KEY


def _authority_in(folder: Path) -> Pair:
    return Pair(_file(folder, AUTHORITY), _file(folder, AUTHORITY_KEY))


def _file(folder: Path, name: str) -> bytes:
    path = folder / LINK / name
    try:
        return trust.read_file(path) or b""
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path}: {error.strerror or error}") from error


def _put_in_force(folder: Path, authority: Pair, server: Pair) -> None:
    sets = folder / SETS
    try:
        sets.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = sets / str(1 + max((int(each.name) for each in sets.iterdir() if each.name.isdecimal()), default=0))
        for name, content in zip(MODES, (*authority, *server), strict=True):
            trust.publish_file(made / name, content, mode=MODES[name])
        trust.sync_folder(sets)
        link, before = folder / f".{LINK}-new", (folder / LINK).resolve().name
        link.unlink(missing_ok=True)
        link.symlink_to(made.relative_to(folder))
        link.replace(folder / LINK)
        trust.sync_folder(folder)
        for old in sets.iterdir():
            if old.name not in (made.name, before):
                shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{folder / LINK}: {error.strerror or error}") from error
