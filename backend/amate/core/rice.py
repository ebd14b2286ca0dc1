"""Sets of indices as the gaps between them, in a Rice code: what chance leaves cannot be written much shorter.

A set is the gaps between its indices in order, by k of rice_parameter: of each the low k bits, one behind the other;
then of each what is left, as so many zeros and a one. Either part ends with zeros to a whole byte. Bits are most
significant first. The two parts are apart so that neither waits for the other. A set has one spelling.

Source: A. Kiely, Selecting the Golomb Parameter in Rice Coding, IPN Progress Report 42-159 (2004)
"""

from __future__ import annotations

from typing import Final, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from amate.errors import Malformed

MAX_PARAMETER: Final = 24

Indices: TypeAlias = NDArray[np.int64]


def rice_parameter(count: int, size: int) -> int:
    """How many low bits of each gap are written as they are, for `count` of `size` indices taken by chance.

    The largest k ≤ 24 with 2^k · count ≤ ln φ · (2 · size - count), φ the golden ratio, so that it is the same
    everywhere: in whole numbers, with ln φ as 0.4812. Where at most half are taken, at most 0.12 bits a gap above their
    entropy.
    """
    bound = 4_812 * (2 * size - count)
    return next((k for k in range(MAX_PARAMETER, 0, -1) if 10_000 * count << k <= bound), 0)


def pack_set(indices: Indices, size: int) -> bytes:
    """The bytes of a set of indices below `size`, which are in order."""
    k = rice_parameter(len(indices), size)
    gaps = np.diff(indices, prepend=-1) - 1
    low = np.empty((len(gaps), k), np.uint8)
    for place in range(k):
        low[:, place] = gaps >> (k - 1 - place) & 1
    ones = np.cumsum((gaps >> k) + 1) - 1
    left = np.zeros(ones[-1] + 1 if len(ones) else 0, np.uint8)
    left[ones] = 1
    return np.packbits(low).tobytes() + np.packbits(left).tobytes()


def read_set(encoded: bytes, at: int, count: int, size: int) -> tuple[Indices, Indices]:
    """The indices of the set that begins at this byte; and the bits at which what is left of each begins, with its end.

    Raises: Malformed for bytes that pack_set would not write there
    """
    k = rice_parameter(count, size)
    left_at = at + bytes_for(count * k)
    if left_at + bytes_for(count) > len(encoded):  # each has a one
        _malformed("more indices than there is room for")
    low = _low_bits(encoded, at, count, k)
    left = _bits(encoded, left_at, left_at + bytes_for(count + (size >> k)))  # with more zeros an index is out of range
    ones = np.flatnonzero(left)[:count]
    indices = _indices(ones, low, k)
    if len(ones) < count or (count and indices[-1] >= size):
        _malformed("cut short, or an index out of range")
    places = np.concatenate(([0], ones + 1))
    if np.any(left[places[-1] : bytes_for(places[-1]) * 8]) or np.any(_bits(encoded, at, left_at)[count * k :]):
        _malformed("bits behind the end")
    return indices, places + left_at * 8


def read_block(encoded: bytes, at: int, count: int, k: int, *, places: tuple[int, int]) -> Indices:
    """Indices from somewhere within a set on, the first gap counted from 0.

    at:     the byte at which the low bits of the first gap begin
    places: the bits between which stands what is left of the gaps
    """
    start, end = places
    ones = np.flatnonzero(_bits(encoded, start // 8, bytes_for(end))[start % 8 :])[:count]
    return _indices(ones, _low_bits(encoded, at, count, k), k)


def bytes_for(bits: int) -> int:
    """How many bytes so many bits fill."""
    return -(-int(bits) // 8)


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _bits(encoded: bytes, start: int, end: int) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(encoded[start:end], np.uint8))


def _low_bits(encoded: bytes, at: int, count: int, k: int) -> Indices:
    bits = _bits(encoded, at, at + bytes_for(count * k))[: count * k].reshape(count, k)
    low = np.zeros(count, np.int64)
    for place in range(k):
        low = low << 1 | bits[:, place]
    return low


def _indices(ones: Indices, low: Indices, k: int) -> Indices:
    """Where the gaps lead from 0, by the places of the ones that end what is left of each."""
    left = np.diff(ones, prepend=-1) - 1
    return np.cumsum((left << k | low[: len(left)]) + 1) - 1
