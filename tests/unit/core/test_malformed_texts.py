"""Row E09: 100,000 texts that are no code of ours, of base 45 and others, the same ones each time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from amate.core import encoding
from amate.errors import Malformed

SEED, COUNT = 20_261_118, 100_000
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SPACES = "\u00a0\u2007\u202f\u200b\ufeff \t\n\r\0"
OTHER_DIGITS = "٣７३๓᧓²½Ⅷ"
HEADS = ("", "HC1:", "hc1:", "HC1", "shc:/", "1HC1:", "1:", "-1", "+1", "0x1", "1_", "1.", "1e")

Random = random.Random


def written(chance: Random, alphabet: str, most: int = 60) -> str:
    return "".join(chance.choices(alphabet, k=chance.randint(0, most)))


def base45(chance: Random) -> str:
    """What another health certificate may carry, broken or not: always with a character that is no digit."""
    return chance.choice(HEADS[1:6]) + written(chance, BASE45) + chance.choice((":::", "GGX", "::", "Z", "%", " "))


def lower_case(chance: Random) -> str:
    return written(chance, BASE45.lower()) + chance.choice("abcdefghijklmnopqrstuvwxyz")


def of_ours(chance: Random) -> str:
    return encoding.text_from_bytes(chance.randbytes(chance.randint(0, 40)))


def with_one_character(chance: Random) -> str:
    """A code of ours in which one character stands that has no business there."""
    good, odd = of_ours(chance), chance.choice(SPACES + OTHER_DIGITS + BASE45[10:] + "_eExXlO|")
    at = chance.randint(0, len(good))
    return good[:at] + odd + good[at + chance.randint(0, 1) :]


def with_another_head(chance: Random) -> str:
    return chance.choice(HEADS[1:]) + chance.choice(BASE45[10:] + OTHER_DIGITS) + of_ours(chance)


def in_other_digits(chance: Random) -> str:
    zero = chance.choice((0x660, 0x6F0, 0x966, 0xE50, 0xFF10, 0x1D7CE))
    return "".join(chr(zero + int(digit)) for digit in of_ours(chance))


def without_sentinel(chance: Random) -> str:
    """Digits only, of which the number does not begin with a byte 1."""
    raw = bytes([chance.randint(2, 255)]) + chance.randbytes(chance.randint(0, 40))
    return f"1{int.from_bytes(raw, 'big')}"


def of_another_format(chance: Random) -> str:
    return chance.choice("023456789") + of_ours(chance)[1:]


def with_leading_zeros(chance: Random) -> str:
    return "1" + "0" * chance.randint(1, 9) + of_ours(chance)[1:]


def too_long(chance: Random) -> str:
    longest = encoding.MAX_DIGITS
    return "1" + str(chance.randint(1, 9)) * chance.choice((longest, longest + 1, 3 * longest))


def of_any_characters(chance: Random) -> str:
    """Any code points, lone surrogates among them, and one that is no digit."""
    return "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randint(0, 20))) + chance.choice(SPACES)


KINDS: tuple[Callable[[Random], str], ...] = (
    *(base45, lower_case, with_one_character, with_another_head, in_other_digits, without_sentinel, of_another_format),
    *(with_leading_zeros, too_long, of_any_characters),
)


def texts(kind: Callable[[Random], str]) -> Iterator[str]:
    chance = Random(f"{SEED} {kind.__name__}")
    return (kind(chance) for _ in range(COUNT // len(KINDS)))


@pytest.mark.parametrize("kind", KINDS)
def test_e09_a_malformed_text_is_refused_and_nothing_breaks(kind: Callable[[Random], str]) -> None:
    slugs, count = set(), 0
    for text in texts(kind):
        count += 1
        with pytest.raises(Malformed) as refused:
            encoding.bytes_from_text(text)
        slugs.add(refused.value.slug)
    assert (count, slugs) == (COUNT // len(KINDS), {"not-a-pass"})


def test_e09_a_code_of_ours_is_none_of_them() -> None:
    """Else all of this would hold of a decoder that refuses everything."""
    chance = Random(SEED)
    for _ in range(1_000):
        text = of_ours(chance)
        assert encoding.text_from_bytes(encoding.bytes_from_text(text)) == text
