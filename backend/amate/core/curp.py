"""A CURP is read position by position, and every disagreement with a person's data can be explained.

Source: Instructivo Normativo para la asignación de la CURP (DOF 1996-10-23, replaced DOF 2021-10-18); GIIS-B015.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from operator import mul
from string import ascii_uppercase, digits
from typing import Final, NamedTuple

from amate.errors import Malformed

LENGTH: Final = 18
BORN_ABROAD: Final = "NE"
UNKNOWN_PATIENT: Final = "XXXX999999XXXXXX99"  # GIIS: a record without a CURP; names nobody

_STATES: Final = "AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS NE"
STATES: Final = frozenset(_STATES.split())

_EPOCH: Final = date(1970, 1, 1).toordinal()
_SHAPE: Final = re.compile("[A-Z]{4}[0-9]{6}[A-Z]{6}[A-Z0-9][0-9]")
_KINDS: Final = "AAAA999999AAAAAA*9"  # the same, to name the first position at fault
_CHARACTERS: Final = {"A": ascii_uppercase, "9": digits, "*": ascii_uppercase + digits}
_VOWELS: Final = "AEIOU"
_VOWEL_SET: Final = frozenset(_VOWELS)
# The values of the check digit count Ñ after N, although no CURP holds one.
_VALUES: Final = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ")}
_VALUE_OF_BYTE: Final = bytes(_VALUES.get(chr(byte), 0) for byte in range(256))
_WEIGHTS: Final = range(LENGTH, 1, -1)
_PARTICLES: Final = re.compile("DAS?|DEL?|DER|DI|DIE|DD|EL|LAS?|LOS|LES?|MAC|MC|VAN|VON|Y")
# Given names that a second one replaces: María and José, also shortened.
_COMMON: Final = frozenset(("MARIA", "MA", "MA.", "JOSE", "J", "J."))
# Instructivo, annex of inconvenient words: position 2 becomes X.
_WORDS: Final = """
BACA BAKA BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO GETA GUEI GUEY
JETA JOTO KACA KACO KAGA KAGO KAKA KAKO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO LOCA LOCO LOKA LOKO MAME MAMO
MEAR MEAS MEON MIAR MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE PIPI PITO POPO PUTA PUTO QULO RATA ROBA ROBE
ROBO RUIN SENO TETA VACA VAGA VAGO VAKA VUEI VUEY WUEI WUEY
"""
_INCONVENIENT: Final = frozenset(_WORDS.split())


class Curp(NamedTuple):
    """A valid CURP and what it says of its holder."""

    text: str
    birth_date: date
    sex: str
    state: str


class Letters(NamedTuple):
    """What the rules take from a name: positions 1-4 and 14-16."""

    first_four: str
    consonants: str


class Mismatch(NamedTuple):
    """One disagreement between a CURP and a person's data.

    value, expected, found: what was typed, what the CURP would hold for it, what it does hold
    """

    field: str
    slug: str
    value: str
    expected: str
    found: str


def normalise(text: str) -> str:
    """The text as a CURP is written: without spaces or hyphens, in capitals."""
    kept = re.sub(r"[ \t\r\n\u00a0-]", "", text)
    return "".join(c.upper() if c.isascii() else c for c in kept)


def validate(text: str) -> Curp:
    """The CURP spelled by 18 characters.

    text:   capitals and digits, as `normalise` returns them
    Raises: Malformed with one slug for the first fault, from the most general to the check digit
    """
    _check_shape(text)
    if text == UNKNOWN_PATIENT:
        raise Malformed("curp-unknown-patient", "stands for nobody", where="curp")
    if text[1] not in "AEIOUX":
        raise Malformed("curp-vowel", "position 2 is not a vowel or X", where="curp")
    if text[:4] in _INCONVENIENT:
        raise Malformed("curp-inconvenient-word", "position 2 should be X", where="curp")
    birth_date = _birth_date(text)
    if text[10] not in "HMX":
        raise Malformed("curp-sex", "position 11 is not H, M or X", where="curp")
    if text[11:13] not in STATES:
        raise Malformed("curp-state", "positions 12-13 name no state", where="curp")
    if not _VOWEL_SET.isdisjoint(text[13:16]):
        raise Malformed("curp-consonants", "positions 14-16 hold a vowel", where="curp")
    if text[17] != check_digit(text[:17]):
        raise Malformed("curp-check-digit", "position 18 does not follow", where="curp")
    return Curp(text, birth_date, text[10], text[11:13])


def birth_day(text: str) -> int | None:
    """Days since 1970-01-01 of the birth that a CURP tells; None for a text that is no CURP."""
    try:
        return validate(text).birth_date.toordinal() - _EPOCH
    except Malformed:
        return None


def check_digit(seventeen: str) -> str:
    """The last character of the CURP that begins with these 17 capitals and digits."""
    return str(-sum(map(mul, seventeen.encode("latin-1").translate(_VALUE_OF_BYTE), _WEIGHTS)) % 10)


def expected_letters(given_names: str, first_surname: str, second_surname: str = "") -> Letters:
    """The letters that a name puts into its CURP.

    second_surname: empty when there is none (X in its places)
    """
    words = _key_words(given_names, first_surname, second_surname)
    first, second, given = words
    four = _initial(first) + _vowel(first) + _initial(second) + _initial(given)
    if four in _INCONVENIENT:
        four = four[0] + "X" + four[2:]
    return Letters(four, "".join(map(_consonant, words)))


def mismatches(
    curp: Curp,
    *,
    given_names: str,
    first_surname: str,
    second_surname: str,
    sex: str,
    birth_date: date,
    birth_state: str,
) -> list[Mismatch]:
    """Where a valid CURP disagrees with a person's data, in the order of its positions."""
    found = curp.text
    first, second, given = _key_words(given_names, first_surname, second_surname)
    born, read = birth_date.isoformat(), curp.birth_date.isoformat()
    start = _initial(first) + _vowel_beside(first, found)
    rows = (
        ("first_surname", "mismatch-first-surname", first_surname, start, found[:2]),
        ("second_surname", "mismatch-second-surname", second_surname, _initial(second), found[2]),
        ("given_names", "mismatch-given-names", given_names, _initial(given), found[3]),
        ("birth_date", "mismatch-birth-date", born, born, read),
        ("sex", "mismatch-sex", sex, sex, curp.sex),
        ("birth_state", "mismatch-birth-state", birth_state, birth_state, curp.state),
        ("first_surname", "mismatch-consonant", first_surname, _consonant(first), found[13]),
        ("second_surname", "mismatch-consonant", second_surname, _consonant(second), found[14]),
        ("given_names", "mismatch-consonant", given_names, _consonant(given), found[15]),
    )
    return [Mismatch(*row) for row in rows if row[3] != row[4]]


def build(
    given_names: str,
    first_surname: str,
    second_surname: str,
    *,
    birth_date: date,
    sex: str,
    state: str,
    homoclave: str = "",
) -> str:
    """A synthetic CURP by the rules, for demonstrations and tests; the real ones are assigned by RENAPO.

    homoclave: position 17; empty means the first of the century, 0 or A
    Raises:    Malformed when the parts make no CURP, or the homoclave belongs to the other century
    """
    four, consonants = expected_letters(given_names, first_surname, second_surname)
    mark = homoclave or ("0" if birth_date.year < 2000 else "A")
    body = f"{four}{birth_date:%y%m%d}{sex}{state}{consonants}{mark}"
    known = all(c in _VALUES for c in body)
    curp = validate(body + (check_digit(body) if known else "0"))
    if curp.birth_date != birth_date:
        raise Malformed("curp-century", "the homoclave is of another century", where="homoclave")
    return curp.text


def _check_shape(text: str) -> None:
    if _SHAPE.fullmatch(text):
        return
    if len(text) != LENGTH:
        raise Malformed("curp-length", f"{len(text)} characters, not {LENGTH}", where="curp")
    pairs = zip(text, _KINDS, strict=True)
    position = next(n for n, (c, kind) in enumerate(pairs, start=1) if c not in _CHARACTERS[kind])
    raise Malformed("curp-characters", f"position {position}", where="curp")


def _birth_date(text: str) -> date:
    # Position 17 tells the century: a digit until 1999, a letter from 2000 on.
    century = "19" if text[16].isdigit() else "20"
    try:
        return date.fromisoformat(century + text[4:10])
    except ValueError:
        raise Malformed("curp-date", "positions 5-10 are no date", where="curp") from None


def _key_words(given_names: str, first_surname: str, second_surname: str) -> tuple[str, str, str]:
    given = _without_particles(_words(given_names))
    if len(given) > 1 and given[0] in _COMMON:
        given = _without_particles(given[1:])
    first = _without_particles(_words(first_surname))
    second = _without_particles(_words(second_surname))
    return _letters(first), _letters(second), _letters(given)


def _words(name: str) -> list[str]:
    # Ñ counts as X before the accents go, or it would become N.
    upper = unicodedata.normalize("NFC", name).upper().replace("Ñ", "X")
    bare = unicodedata.normalize("NFKD", upper).upper()
    kept = "".join(c for c in bare if unicodedata.category(c) != "Mn")
    return [word for word in re.split(r"[ \t\r\n]+", kept) if word]


def _without_particles(words: list[str]) -> list[str]:
    while len(words) > 1 and _PARTICLES.fullmatch(words[0]):
        words = words[1:]
    return words


def _letters(words: list[str]) -> str:
    """The first word, with / for every character that is not a letter; / for no word at all."""
    return re.sub(r"[^A-Z]", "/", words[0]) if words else "/"


def _initial(word: str) -> str:
    return "X" if word[0] == "/" else word[0]


def _vowel(word: str) -> str:
    return _inner(word, _VOWELS)


def _consonant(word: str) -> str:
    return _inner(word, "BCDFGHJKLMNPQRSTVWXYZ")


def _inner(word: str, wanted: str) -> str:
    """The first inner letter of a kind; a character that is no letter counts as X where it is met first."""
    letter = next((c for c in word[1:] if c in wanted + "/"), "/")
    return "X" if letter == "/" else letter


def _vowel_beside(word: str, found: str) -> str:
    """The vowel expected at position 2, given the three letters really around it."""
    vowel = _vowel(word)
    return "X" if found[0] + vowel + found[2:4] in _INCONVENIENT else vowel
