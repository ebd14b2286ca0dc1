"""The files of a node beside its pack: `node.json`, whose being there makes it one, and the centre's token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from amate.core.trust import seconds_from_iso
from amate.errors import Malformed, Unavailable
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from amate.features.verification.node.model import Enrolment

NODE: Final = "node.json"
TOKEN: Final = "token"  # noqa: S105 (a file's name)
LOCK: Final = ".node-lock"
PRIVATE: Final = 0o600


def enrolment_in(folder: Path) -> Enrolment | None:
    """What the folder is a node of; None where it is only a pack's.

    Raises: Malformed("node-broken"), Unavailable("storage-unavailable")
    """
    path = folder / NODE
    try:
        raw = trust.read_file(path)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path}: {error.strerror or error}") from error
    if raw is None:
        return None
    try:
        said = json.loads(raw)
        found = Enrolment(
            str(said["source"]),
            str(said["clinic"]),
            str(said["name"]),
            tuple(str(name) for name in said["names"]),
            seconds_from_iso(said["enrolled_at"]),
        )
    except (ValueError, KeyError, TypeError, Malformed) as error:
        raise Malformed("node-broken", f"{path} cannot be read: {how_to_enrol(folder)}", where="--pack") from error
    return found


def enrolment_of(folder: Path) -> Enrolment:
    """What the folder is a node of.

    Raises: Malformed("not-enrolled"), and as enrolment_in()
    """
    found = enrolment_in(folder)
    if found is None:
        raise Malformed("not-enrolled", f"{folder} is not a node's folder: {how_to_enrol(folder)}", where="--pack")
    return found


def how_to_enrol(folder: Path) -> str:
    """What makes the folder a node's."""
    return f"make it one with `amate node enrol --from URL --to {folder} --token-file FILE`"


def write_enrolment(folder: Path, enrolment: Enrolment) -> None:
    """Make the folder a node's: what is written last of all.

    Raises: Unavailable("storage-unavailable")
    """
    said = {
        "source": enrolment.source,
        "clinic": enrolment.clinic,
        "name": enrolment.name,
        "names": list(enrolment.names),
        "enrolled_at": iso(enrolment.enrolled_at),
    }
    trust.publish_file(folder / NODE, json.dumps(said, indent=1).encode(), mode=PRIVATE)


def token_in(folder: Path) -> str:
    """The centre's token.

    Raises: Malformed("node-broken"), Unavailable("storage-unavailable")
    """
    path = folder / TOKEN
    try:
        raw = trust.read_file(path)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path}: {error.strerror or error}") from error
    if raw is None or not raw.strip().isascii():
        raise Malformed("node-broken", f"{path} holds no token: {how_to_enrol(folder)}", where="--pack")
    return raw.decode("ascii").strip()
