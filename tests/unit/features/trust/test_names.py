"""People are told apart by the words of their names: case, accents, punctuation, order and brackets make nobody two."""

from __future__ import annotations

import pytest

from amate.features.trust.names import are_alike, person_named, strange_letter

SAME = [
    ("Custodio de objetivos 1 (demostración)", "Custodio de objetivos 1"),
    ("Custodio de objetivos 1 (demostración)", "OBJETIVOS 1, Custodio de"),
    ("  Rosa   Islas ", "rosa islas"),
    ("José Núñez", "Jose Nun\u0303ez"),
    ("José Núñez", "NUNEZ, JOSE"),
    ("Ana María O'Gorman-Ruiz", "Ana Maria OGorman Ruiz"),
    ("Ana [turno (noche)] Ruiz", "Ana Ruiz"),
    ("Ana Ruiz （noche）", "Ana Ruiz"),
    ("Ana\u200b Ru\u00adiz", "Ana Ruiz"),
    ("Ana\u00a0Ruiz", "Ana Ruiz"),
    ("Ana Ruiz Ruiz", "Ruiz Ana"),
    ("Straße", "STRASSE"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_are_one_person(one: str, other: str) -> None:
    assert person_named(one) == person_named(other)
    assert are_alike(one, other)


def test_other_words_are_another_person() -> None:
    assert person_named("Custodio de objetivos 1") != person_named("Custodio de objetivos 2")
    assert not are_alike("Custodio de objetivos 1 (demostración)", "Custodio de objetivos 2 (demostración)")
    assert not are_alike("Ana López Ruiz", "Ana López Díaz")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana", "Ana López Ruiz"), ("ANA LÓPEZ RUIZ DE LA O", "Lopez, Ana"), ("Mariajosé Gil", "María José Gil")],
)
def test_words_within_the_others_and_words_run_together_are_alike_both_ways(one: str, other: str) -> None:
    assert person_named(one) != person_named(other)
    assert are_alike(one, other)
    assert are_alike(other, one)


def test_a_name_all_in_brackets_or_of_signs_alone_is_still_somebodys() -> None:
    assert person_named("(Ana)") == person_named("Ana")
    assert person_named("¿?") != person_named("!!")
    assert not are_alike("¿?", "Ana")
    assert person_named("(((Ana") == person_named("ana")


def test_a_person_fits_where_it_is_kept() -> None:
    assert len(person_named("ﷺ" * 120)) <= 120


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Аna Ruiz", "CYRILLIC CAPITAL LETTER A"),
        ("Ana Ruiz de lа O", "CYRILLIC SMALL LETTER A"),
        ("Αna", "GREEK CAPITAL LETTER ALPHA"),
        ("Anɑ", "LATIN SMALL LETTER ALPHA"),
        ("Anı", "LATIN SMALL LETTER DOTLESS I"),
        ("Objetivos ١", "ARABIC-INDIC DIGIT ONE"),
    ],
)
def test_a_letter_that_looks_like_another_is_named(name: str, letter: str) -> None:
    assert strange_letter(name) == letter


@pytest.mark.parametrize(
    "name", ["José Núñez", "Ana María O\u2019Gorman-Ruiz", "Jürgen Groß", "Łukasz", "1ª Ana (noche)", "Bjørn", "Ａna"]
)
def test_names_as_people_here_have_them_have_none(name: str) -> None:
    assert strange_letter(name) is None
