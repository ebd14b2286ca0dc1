"""Everything that is wrong with an application is told at once, in Spanish, where it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from amate.core import curp
from amate.features.enrolment.model import faults_in, tidy
from amate.features.enrolment.wording import WORDS

TODAY = date(2026, 11, 18)


def application(**changes: Any) -> dict[str, Any]:
    """Somebody who does not exist, without a fault."""
    born = date(1984, 3, 9)
    facts = {
        "curp": curp.build("Xóchitl", "Ñúñez", "Olvera", birth_date=born, sex="M", state="HG"),
        "given_names": "Xóchitl",
        "first_surname": "Ñúñez",
        "second_surname": "Olvera",
        "sex": "M",
        "birth_date": born,
        "birth_state": "HG",
        "nationality": "MEX",
        "organ_donation": "yes_limited",
        "location": {"lat": 20.12, "lon": -98.73},
    }
    return tidy(facts | changes)


def slugs(**changes: Any) -> dict[str, str]:
    return {fault.where: fault.slug for fault in faults_in(application(**changes), TODAY)}


def test_a_sound_application_has_no_fault() -> None:
    assert slugs() == {}
    assert slugs(phone="+52 771 123-4567", second_surname="Olvera ", affiliations=[]) == {}


def test_what_is_typed_is_tidied() -> None:
    tidied = application(curp=" xxxx ", given_names="  Ana   Laura ", phone="(771) 123 4567", guardian_curp=None)
    assert (tidied["curp"], tidied["given_names"], tidied["phone"]) == ("XXXX", "Ana Laura", "7711234567")
    assert "guardian_curp" not in tidied


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"first_surname": "Gómez"}, {"first_surname": "mismatch-first-surname"}),
        ({"second_surname": ""}, {"second_surname": "mismatch-second-surname"}),
        ({"given_names": "Ana"}, {"given_names": "mismatch-given-names"}),
        ({"birth_date": date(1984, 3, 10)}, {"birth_date": "mismatch-birth-date"}),
        ({"sex": "H"}, {"sex": "mismatch-sex"}),
        ({"birth_state": "JC"}, {"birth_state": "mismatch-birth-state"}),
        ({"birth_state": "ZZ"}, {"birth_state": "birth-state-unknown"}),
        ({"sex": "F"}, {"sex": "sex-unknown"}),
        ({"nationality": "MX"}, {"nationality": "nationality-unknown"}),
        ({"organ_donation": "maybe"}, {"organ_donation": "organ-donation-unknown"}),
        ({"location": {"lat": 40.7, "lon": -74.0}}, {"location": "location-outside-mexico"}),
        ({"phone": "123"}, {"phone": "phone-malformed"}),
        ({"curp": "X"}, {"curp": "curp-length"}),
        ({"guardian_curp": "X"}, {"guardian_curp": "curp-length"}),
        ({"affiliations": [{"institution": 7, "role": 1}]}, {"affiliations.0": "affiliation-unknown"}),
        ({"affiliations": [{"institution": 2, "role": 4}]}, {"affiliations.0": "affiliation-unknown"}),
        ({"affiliations": [{"institution": 2, "role": 1, "clinic": "x"}]}, {"affiliations.0": "clues-malformed"}),
        (
            {"affiliations": [{"institution": 2, "role": 1, "since": date(2026, 2, 1), "until": date(2026, 1, 1)}]},
            {"affiliations.0": "affiliation-dates"},
        ),
        ({"affiliations": [{"institution": 2, "role": 1}] * 9}, {"affiliations": "too-many"}),
    ],
)
def test_each_fault_is_told_where_it_is(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert slugs(**changes) == expected


@pytest.mark.parametrize("name", ["X9", "<b>", "Ana\u202eLaura", "-", "a" * 101])
def test_a_name_has_only_what_names_have(name: str) -> None:
    assert slugs(given_names=name)["given_names"] == "name-malformed"


@pytest.mark.parametrize("name", ["O'Brien", "D’Amico", "Pérez-Gil", "Ma. del Carmen", "Łukasz", "Nguyễn"])
def test_the_names_of_the_world_are_names(name: str) -> None:
    assert slugs(given_names=name).get("given_names") != "name-malformed"


def test_the_future_and_the_too_distant_past_are_faults() -> None:
    assert slugs(birth_date=date(2027, 1, 1))["birth_date"] == "mismatch-birth-date"
    lone = {"birth_date": date(2027, 1, 1)}
    assert [f.slug for f in faults_in(tidy(lone), TODAY)] == ["birth-date-future"]
    assert [f.slug for f in faults_in(tidy({"birth_date": date(1890, 1, 1)}), TODAY)] == ["birth-date-too-old"]


def test_a_minor_needs_a_guardian_and_decides_nothing_about_organs() -> None:
    born = date(2015, 6, 1)
    text = curp.build("Xóchitl", "Ñúñez", "Olvera", birth_date=born, sex="M", state="HG")
    child = {"curp": text, "birth_date": born}
    assert slugs(**child) == {"guardian_curp": "guardian-required", "organ_donation": "organ-donation-minor"}
    assert slugs(**child, organ_donation="not_stated", guardian_curp=text) == {"guardian_curp": "guardian-same-person"}


def test_every_sentence_is_spanish_and_says_what_was_found() -> None:
    (fault,) = faults_in(application(first_surname="Gómez"), TODAY)
    assert fault.detail == 'The CURP begins with XU, but "Gómez" gives GO.'
    assert all(said[0].isupper() and said.endswith(".") for said in WORDS.values())


def test_facts_that_are_missing_are_not_judged() -> None:
    assert faults_in(tidy({}), TODAY) == []
