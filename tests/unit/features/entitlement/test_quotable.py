"""What a rejected line holds is quoted where it helps, and never when it may be a CURP, a name or a person's number."""

from __future__ import annotations

import pytest

from amate.demo.people import everybody
from amate.errors import Malformed
from amate.features.entitlement.model import COLUMNS, read_line
from amate.features.entitlement.quotable import seen

CURP = "SABC560626MDFLRN01"
SOUND = {"curp": CURP, "role": "titular"}


def said(**cells: str) -> str:
    with pytest.raises(Malformed) as caught:
        read_line(SOUND | cells, 2)
    return f"{caught.value.where}: {caught.value.detail}"


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("since", "31/02/2025", 'since: "31/02/2025" is not a date (YYYY-MM-DD)'),
        ("until", "2026-02-31", 'until: "2026-02-31" is not a date (YYYY-MM-DD)'),
        ("until", "2026-02-01 00:00:00", 'until: "2026-02-01 00:00:00" is not a date (YYYY-MM-DD)'),
        ("student_until", "31-feb-2025", 'student_until: "31-feb-2025" is not a date (YYYY-MM-DD)'),
        ("since", "45689", 'since: "45689" is not a date (YYYY-MM-DD)'),
        ("role", "x", 'role: "x" is not one of titular, beneficiary, pensioner, 1, 2, 3'),
        ("role", "Pensionado", 'role: "Pensionado" is not one of titular, beneficiary, pensioner, 1, 2, 3'),
        ("role", "7", 'role: "7" is not one of titular, beneficiary, pensioner, 1, 2, 3'),
        ("role", "", "role: it is empty, and must be one of titular, beneficiary, pensioner, 1, 2, 3"),
        ("relation", "hijo", 'relation: "hijo" is not one of child, other, parent, pensioner, spouse, titular'),
        ("disabled", "x", 'disabled: "x" is not 1 or 0'),
        ("clinic", "UMF 3", 'clinic: "UMF 3" is not a CLUES (five letters and six digits)'),
        ("clinic", "HGIMS90011", 'clinic: "HGIMS90011" is not a CLUES (five letters and six digits)'),
    ],
)
def test_what_was_found_is_quoted(column: str, text: str, expected: str) -> None:
    assert said(**{column: text}) == expected


def test_dates_in_the_wrong_order_are_both_told() -> None:
    assert said(since="2026-01-02", until="2026-01-01") == 'until: "2026-01-01" is before since, "2026-01-02"'


@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "curp"])
def test_what_may_be_a_person_is_described_and_not_shown(column: str) -> None:
    assert "(9 characters, not shown: it may be a name)" in said(**{column: "Ana Reyes"})


def test_nothing_of_a_person_is_quoted_wherever_it_stands() -> None:
    """A column too many, or one too few, puts names and keys where roles and dates belong."""
    for person in everybody():
        names = f"{person.given_names} {person.first_surname} {person.second_surname}"
        curp = person.curp
        of_theirs = {names, *names.split(), person.given_names, curp, curp[:10], curp[:13], curp[:17], curp + "X"}
        for text in {spell(each) for each in of_theirs for spell in (str, str.upper, str.lower) if each}:
            assert "not shown" in seen(text), text


@pytest.mark.parametrize(
    "number", ["5512345678", "12345678901", "12-34-56-7890-1", "+52 55 1234 5678", "a@b.mx", "Ana 12", "Espósito"]
)
def test_numbers_of_people_are_not_quoted(number: str) -> None:
    assert "not shown" in seen(number)


def test_a_curp_that_is_wrong_is_not_shown() -> None:
    for wrong in (CURP[:-1] + "2", CURP[:12], "JUAN PEREZ"):
        assert wrong not in said(curp=wrong)
