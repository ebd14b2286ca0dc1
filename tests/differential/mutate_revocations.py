"""Makes files of revocations, and deltas, that nobody would publish: the same ones for the same seed.

Each line is {file, sha256, asked, delta, later_sha256}, bytes in hex. Most files come under a hash of their own, as if
somebody had signed them: what refuses them then is their spelling alone.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Any

from amate.core import revocations
from amate.core.status_list import LIST_SIZE

COUNT, SEED = 6_000, 20_261_128
HEAD = 3

Lists = list[set[int]]


def lines(count: int = COUNT, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """The lines; mutations take turns, so that each has its share."""
    chance = random.Random(seed)
    dense = revocations.pack_revocations([chance.sample(range(LIST_SIZE), 60_000)])
    for number in range(count):
        lists = some_lists(chance)
        good = dense if number % 200 == 0 else revocations.pack_revocations(lists)
        file = MUTATIONS[number % len(MUTATIONS)](chance, good)
        signed = file if chance.random() < 0.9 else good
        delta, later = some_delta(chance, lists) if good is not dense else (b"", b"")
        yield {
            "file": file.hex(),
            "sha256": sha256(signed),
            "asked": asked(chance, lists),
            "delta": delta.hex(),
            "later_sha256": sha256(later),
        }


def some_lists(chance: random.Random) -> Lists:
    """Up to four lists, of many densities; some as if by chance, some in a run."""
    return [some_indices(chance) for _ in range(chance.randrange(5))]


def some_indices(chance: random.Random) -> set[int]:
    count = chance.choice((0, 1, 2, 3, 63, 64, 65, 128, 300))
    within = chance.choice((LIST_SIZE, LIST_SIZE, 1_000))
    return set(chance.sample(range(within), count)) | set(chance.choice(((), (), (0,), (LIST_SIZE - 1,))))


def some_delta(chance: random.Random, lists: Lists) -> tuple[bytes, bytes]:
    """A delta, right in one of three, and the file that it should lead to."""
    grown = [each | some_indices(chance) for each in lists] + some_lists(chance)[:1]
    earlier, later = opened(revocations.pack_revocations(lists)), opened(revocations.pack_revocations(grown))
    delta = revocations.pack_delta(earlier, later)
    if chance.random() < 0.4:
        delta = chance.choice(MUTATIONS)(chance, delta)
    return delta, later.encoded


def opened(encoded: bytes) -> revocations.Revocations:
    return revocations.open_revocations(encoded, expected_sha256=sha256(encoded))


def sha256(encoded: bytes) -> str:
    return hashlib.sha256(encoded).hexdigest()


def asked(chance: random.Random, lists: Lists) -> list[int]:
    """Status indices that are revoked, beside those that are, and anywhere."""
    revoked = [n * LIST_SIZE + index for n, each in enumerate(lists) for index in sorted(each)]
    near = [index + chance.choice((-1, 0, 0, 1)) for index in chance.sample(revoked, min(len(revoked), 12))]
    return [*near, *(chance.randrange(5 * LIST_SIZE) for _ in range(4)), chance.choice((-1, 0, 2**31, 2**53 - 1))]


def untouched(chance: random.Random, raw: bytes) -> bytes:
    return raw


def bit_flipped(chance: random.Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def head_changed(chance: random.Random, raw: bytes) -> bytes:
    """Another kind, number of lists or count."""
    changed = bytearray(raw)
    at = chance.randrange(min(len(changed), 12))
    changed[at] = chance.choice((0, 1, 2, 16, 255, changed[at] - 1 & 255, changed[at] + 1 & 255))
    return bytes(changed)


def last_bytes_changed(chance: random.Random, raw: bytes) -> bytes:
    end = len(raw) - chance.randrange(1, 4)
    return raw[: max(end, 0)] + chance.randbytes(chance.randrange(1, 5))


def bytes_moved(chance: random.Random, raw: bytes) -> bytes:
    at, size = chance.randrange(HEAD, len(raw) + 1), chance.choice((1, 1, 2, 8))
    return chance.choice((raw[:at] + raw[at + size :], raw[:at] + chance.randbytes(size) + raw[at:], raw[:at] + raw))


def cut_or_extended(chance: random.Random, raw: bytes) -> bytes:
    return raw[: chance.randrange(len(raw))] if chance.random() < 0.6 else raw + bytes(chance.randrange(1, 9))


def of_random_bytes(chance: random.Random, raw: bytes) -> bytes:
    """Counts that fit a list, and bits as they come: many of them zeros, so that gaps are long, or ones."""
    lists = chance.randrange(1, 4)
    counts = b"".join(chance.choice((0, 1, 3, 64, 70)).to_bytes(3, "big") for _ in range(lists))
    bits = bytes(chance.choice((0, 0, 1, 128, 255, chance.randrange(256))) for _ in range(chance.randrange(400)))
    return bytes((1, 0, lists)) + counts + bits


MUTATIONS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    untouched,
    bit_flipped,
    head_changed,
    last_bytes_changed,
    bytes_moved,
    cut_or_extended,
    of_random_bytes,
)
