"""What is left of a secret on a disk: every byte of every file, and every way in which a program may have spelt it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHUNK = 24  # long enough that no chance spells it, short enough to find a torn copy
ALIGNMENTS = 3
HEAD, SLOT_BITS = 4, 24
KNUTH = np.uint32(2_654_435_761)


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
    wanted = Wanted({spelt: name for name, secret in secrets.items() for spelt in spellings_of(secret)})
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        found += [f"{name}: {path}" for name in sorted(wanted.within(path.read_bytes() + str(path).encode()))]
    return found


class Wanted:
    """Thousands of spellings that are looked for in one pass: by the first bytes of each, which few places have."""

    def __init__(self, names: dict[bytes, str]) -> None:
        """names: of what each spelling is one; a spelling has HEAD bytes or more"""
        assert all(len(spelt) >= HEAD for spelt in names)
        self._names = names
        self._by_head: dict[bytes, list[bytes]] = {}
        for spelt in names:
            self._by_head.setdefault(spelt[:HEAD], []).append(spelt)
        self._is_head = np.zeros(1 << SLOT_BITS, dtype=bool)
        self._is_head[_slots(b"".join(self._by_head))[::HEAD]] = True

    def within(self, held: bytes) -> set[str]:
        """The names of what is in there."""
        found = set()
        for at in np.flatnonzero(self._is_head[_slots(held)]).tolist():
            for spelt in self._by_head.get(held[at : at + HEAD], ()):
                if held.startswith(spelt, at):
                    found.add(self._names[spelt])
        return found


def _slots(held: bytes) -> NDArray[np.uint32]:
    """Where in a table the HEAD bytes at each place stand, by a hash of them (Knuth, TAOCP 3, section 6.4)."""
    if len(held) < HEAD:
        return np.zeros(0, dtype=np.uint32)
    view = np.frombuffer(held, dtype=np.uint8).astype(np.uint32)
    heads = view[:-3] << 24 | view[1:-2] << 16 | view[2:-1] << 8 | view[3:]
    return (heads * KNUTH) >> np.uint32(32 - SLOT_BITS)
