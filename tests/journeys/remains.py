"""What is left of a secret on a disk: every byte of every file, and every way in which a program may have spelt it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 24  # long enough that no chance spells it, short enough to find a torn copy
ALIGNMENTS = 3


def chunks_of(secret: bytes) -> Iterator[bytes]:
    """Pieces of a long secret, of which any copy of it holds some whole."""
    for at in range(0, max(1, len(secret) - CHUNK + 1), CHUNK):
        yield secret[at : at + CHUNK]


def spellings_of(secret: bytes) -> set[bytes]:
    """A secret as it is, in hexadecimal, in base64 at each alignment, and in two bytes a character."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for skipped in range(ALIGNMENTS):
        whole = len(secret) - (len(secret) - skipped) % 3
        spelt = base64.b64encode(secret[skipped:whole])
        found |= {spelt, spelt.replace(b"+", b"-").replace(b"/", b"_")}
    try:
        text = secret.decode("utf-8")
    except UnicodeDecodeError:
        return found
    return found | {text.encode("utf-16-le"), text.encode("utf-16-be"), *_escaped(text)}


def _escaped(text: str) -> Iterator[bytes]:
    yield text.encode("ascii", "backslashreplace")
    yield text.encode("latin-1", "replace")


def remains(folders: Iterable[Path], secrets: dict[str, bytes]) -> list[str]:
    """Which secret is in which file, under any spelling."""
    wanted = {name: spellings_of(secret) for name, secret in secrets.items()}
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        held = path.read_bytes() + str(path).encode()
        found += [f"{name}: {path}" for name, spelt in wanted.items() if any(each in held for each in spelt)]
    return found
