"""Whether scanned digits are a pass whose end is missing: a scanner that stopped too soon, and no other thing.

The first digits tell what the first bytes are and how many there would be, and so how many digits are missing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from amate.core.encoding import MAX_BYTES

HEAD_DIGITS: Final = 15  # of the number behind the format; fewer could be anything's
# How a presentation and a pass begin, behind the sentinel: tag, array of four, first bytes of the protected header.
_BEGINNINGS: Final = (b"\x01\xd2\x84\x43\xa1\x01\x26\xa0", b"\x01\xd2\x84\x4d\xa2\x01\x26\x04\x48")
_KEPT: Final = 10**40  # so many digits of a number say what its first ones are


def is_fragment(text: str) -> bool:
    """Whether the text is the beginning of what a pass of some size is written as, and not the whole."""
    head = text[1 : HEAD_DIGITS + 1]
    if text[:1] != "1" or len(head) < HEAD_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    number = int(head)
    return any(low <= number <= high and len(text) - 1 < digits for low, high, digits in _numbers())


@lru_cache(maxsize=1)
def _numbers() -> tuple[tuple[int, int, int], ...]:
    """For each size of a pass: the least and the greatest first digits of its number, and how many digits it has."""
    return tuple(each for beginning in _BEGINNINGS for each in _numbers_from(beginning))


def _numbers_from(beginning: bytes) -> list[tuple[int, int, int]]:
    low, dropped = int.from_bytes(beginning, "big"), 0
    high = low + 1
    found = []
    for _ in range(len(beginning), MAX_BYTES + 2):
        digits = len(str(low))
        scale = 10 ** (digits - HEAD_DIGITS)
        found.append((low // scale, high // scale, digits + dropped))
        low, high = low * 256, high * 256
        while low >= _KEPT:
            low, high, dropped = low // 10, high // 10, dropped + 1
    return found
