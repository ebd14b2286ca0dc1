"""Who is who among those that sign: two spellings of a name are one person. PURE.

A name is free text, and whoever invites or writes a ceremony's file decides who is who: these rules catch the slip and
the cheap trick, and let no letter in that merely looks like another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PERSON_LENGTH: Final = 120  # what is kept of a person under a proposal
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|«[^«»]*»")
_UNSEEN: Final = ("Mn", "Me", "Cf", "Cc")  # marks over letters, and what no screen shows
_WITHIN_WORDS: Final = "'’‘ʼ`´"
_WITHOUT_MARKS: Final = "ßæœøłđðþ"  # letters of Latin names that are none of ours with a mark


def person_named(name: str) -> str:
    """A person as they are counted: the words of the name in one order, at most 120 characters.

    Case, accents, punctuation, the order of the words and what stands in brackets make nobody a second person.
    """
    return " ".join(sorted(set(_words(name))))[:PERSON_LENGTH] or " ".join(name.split())[:PERSON_LENGTH]


def are_alike(one: str, other: str) -> bool:
    """Whether two names may be one person's: the same words, all of one within the other, or the same run together."""
    words, others = _words(one), _words(other)
    if not words or not others:
        return person_named(one) == person_named(other)
    within = set(words) <= set(others) or set(others) <= set(words)
    return within or "".join(words) == "".join(others)


def strange_letter(name: str) -> str | None:
    """The first letter or digit that Latin names do not have, by its name in Unicode; None when there is none.

    A Cyrillic а on a screen is an a, and would make one person two.
    """
    for character in unicodedata.normalize("NFKD", name):
        is_known = character.isascii() or character.lower() in _WITHOUT_MARKS or character in _WITHIN_WORDS
        if character.isalnum() and not is_known:
            return unicodedata.name(character, f"U+{ord(character):04X}")
    return None


def has_words(name: str) -> bool:
    """Whether a name names anybody."""
    return bool(_words(name))


def _words(name: str) -> list[str]:
    """Those outside brackets; of a name that is all in brackets, those within."""
    plain = unicodedata.normalize("NFKC", name)
    while (less := _IN_BRACKETS.sub(" ", plain)) != plain:
        plain = less
    return _spelt(plain).split() or _spelt(name).split()


def _spelt(text: str) -> str:
    """Letters and digits alone, in small letters without accents; what else there is parts words."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_letter(character) for character in letters)


def _letter(character: str) -> str:
    if character.isalnum():
        return character
    is_unseen = unicodedata.category(character) in _UNSEEN and not character.isspace()
    return "" if is_unseen or character in _WITHIN_WORDS else " "
