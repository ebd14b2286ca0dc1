"""The published folder of revocations, of plain files for any static server: whole at every instant.

    token           what is signed: which file is the newest, and which deltas lead to it
    {sha256}        a file, under its hash
    {from}-{to}     a delta between two files

What a new token names is put there before it, and what no token needs any more is taken away after it: whoever dies in
between leaves the old token or the new one, with everything that it names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from amate.core.encoding import base64url_decode, strict_json
from amate.core.revocations import (
    Revocations,
    RevocationsToken,
    SignedDelta,
    open_revocations,
    pack_delta,
    read_claims,
)
from amate.errors import Malformed, Unavailable
from amate.features.trust import actions as trust

NEWEST: Final = "token"


def announced(folder: Path) -> RevocationsToken | None:
    """What the token in the folder says; its signature is not asked for, since what it names is read by its hash."""
    raw = trust.read_file(folder / NEWEST)
    parts = (raw or b"").decode("ascii", "replace").split(".")
    try:
        claims = strict_json(base64url_decode(parts[1])) if len(parts) == 3 else None
        return read_claims(claims, str(claims.get("sub"))) if isinstance(claims, dict) else None
    except Malformed:
        return None


def put_files(folder: Path, later: Revocations, bases: Sequence[str]) -> tuple[SignedDelta, ...]:
    """Put a file there, and the deltas that lead to it from earlier ones; what is there already is not written again.

    bases:  SHA-256 of the earlier files; one that is not there, or from which no short way leads here, has no delta
    Raises: Unavailable("storage-unavailable")
    """
    sha256 = hashlib.sha256(later.encoded).hexdigest()
    _put(folder / sha256, later.encoded)
    made = []
    for base in bases:
        delta = _delta(folder, base, later)
        if delta is not None:
            _put(folder / f"{base}-{sha256}", delta)
            made.append(SignedDelta(base, hashlib.sha256(delta).hexdigest(), len(delta)))
    return tuple(made)


def put_token(folder: Path, said: RevocationsToken, token: str) -> None:
    """Put a token there, and take away what it does not need.

    Raises: Unavailable("storage-unavailable")
    """
    trust.publish_file(folder / NEWEST, token.encode())
    bases = [each.base for each in said.deltas]  # the next deltas are made from these files, too
    needed = {NEWEST, said.sha256, *bases, *(f"{base}-{said.sha256}" for base in bases)}
    try:
        for path in folder.iterdir():
            if path.name not in needed:
                path.unlink()
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{folder}: {error.strerror or error}") from error


def _put(path: Path, content: bytes) -> None:
    if trust.read_file(path) != content:
        trust.publish_file(path, content)


def _delta(folder: Path, base: str, later: Revocations) -> bytes | None:
    try:
        earlier = open_revocations(trust.read_file(folder / base) or b"", expected_sha256=base)
        delta = pack_delta(earlier, later)
    except Malformed:  # damaged or gone; or a list is gone, or more was added than a reader takes
        return None
    return delta if len(delta) < len(later.encoded) else None
