"""`amate entitlement explain`: the answer at a clinic on a day, and the path to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from amate.cli import cli
from amate.context import Context
from amate.core.days import date_from_day, day_at
from amate.core.decision_table import STANDINGS
from amate.core.entitlement import SERVICES, RowReason
from amate.errors import Malformed, Unknown
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions, wording
from amate.features.register import actions as register
from tests.api.conftest import Amate
from tests.api.enrolling import padron
from tests.api.issuing import CURP, enrol, register_person
from tests.conftest import NOW
from tests.unit.features.clinics.units import unit

IMSS, OPEN = unit("HGIMS900023", institution="IMS"), unit("HGIMB900011")


@pytest.fixture
def person_id(ctx: Context, tmp_path: Path) -> str:
    """Titular of IMSS until the end of 2026, once a beneficiary of ISSSTE."""
    person_id = enrol(ctx)
    clinics.save(ctx, {each.clues: each for each in (IMSS, OPEN)}, clinics.Imported())
    padron(ctx, tmp_path, 2, f"{CURP},titular,titular,,2018-01-01,2027-01-01")
    padron(ctx, tmp_path, 3, f"{CURP},beneficiary,spouse,,2010-01-01,2015-01-01")
    return person_id


def explained(amate: Amate, person: str, clues: str, on: str, *more: str) -> Any:
    return amate.json("entitlement", "explain", "--person", person, "--clinic", clues, "--on", on, *more)


def test_the_path_is_told_from_the_affiliations_to_the_rule(amate: Amate, person_id: str) -> None:
    said = explained(amate, person_id, IMSS.clues, "2026-12-31")
    assert [(each["label"], each["reason"]) for each in said["affiliations"]] == [
        ("IMSS", "in-force"),
        ("ISSSTE", "ended"),
    ]
    assert (said["counted"]["label"], said["counted"]["until"]) == ("IMSS", "2027-01-01")
    assert (said["facts"]["clinic"], said["facts"]["standing"]) == ("own", "active")
    assert (said["answer"]["attend"], said["answer"]["rule"]) == ("here", "own-institution")
    assert {"rule": "urgent-with-affiliation", "because": "service"} in said["passed_over"]
    assert said["basis"] == "law"
    assert "LSS" in said["source"]


def test_an_answer_of_days_to_come_names_the_phases_that_would_change_it(amate: Amate, person_id: str) -> None:
    assert explained(amate, person_id, IMSS.clues, "2026-12-31")["announced"] == []
    found = explained(amate, person_id, IMSS.clues, "2028-01-01")["announced"]
    assert found == [{"version": f"{year}-01-01.1", "on": f"{year}-01-01"} for year in (2027, 2028)]
    words = ("entitlement", "explain", "--person", person_id, "--clinic", IMSS.clues, "--on", "2027-06-01")
    said = amate(*words).output
    assert "Announced by then, and not adopted: 2027-01-01.1 from 2027-01-01 (amate entitlement drafts)" in said


@pytest.mark.parametrize(
    ("on", "status", "rule"),
    [
        ("2026-12-31", "active", "own-institution"),
        ("2027-01-01", "retained", "retained-imss"),
        ("2027-02-25", "retained", "retained-imss"),
        ("2027-02-26", "uninsured", None),
    ],
)
def test_any_day_may_be_asked_for(amate: Amate, person_id: str, on: str, status: str, rule: str | None) -> None:
    said = explained(amate, person_id, IMSS.clues, on)
    assert said["answer"]["status"] == status
    assert rule in (None, said["answer"]["rule"])


def test_of_a_day_before_the_first_table_it_is_said_that_none_was_in_force(amate: Amate, person_id: str) -> None:
    first, version = day_at(NOW), actions.shipped()["version"]
    for on_day, was_in_force in ((first - 1, False), (first, True)):
        on = date_from_day(on_day)
        said = explained(amate, person_id, IMSS.clues, on)
        assert (said["table_in_force"], said["table_in_force_since"]) == (was_in_force, date_from_day(first))
        text = amate("entitlement", "explain", "--person", person_id, "--clinic", IMSS.clues, "--on", on).stdout
        told = f"by table {version}, the first, in force since {date_from_day(first)}."
        assert (f"\nNo table was in force on that day: this is {told}\n" in text) is not was_in_force


def test_before_any_was_published_the_table_of_the_release_is_in_force_from_today(amate: Amate, ctx: Context) -> None:
    today = day_at(ctx.now)
    assert [actions.was_in_force(ctx, day) for day in (today - 1, today, today + 1)] == [False, True, True]
    person = register_person(ctx)
    clinics.save(ctx, {IMSS.clues: IMSS}, clinics.Imported())
    ctx.commit()
    said = amate("entitlement", "explain", "--person", person, "--clinic", IMSS.clues, "--on", "2019-01-01").stdout
    told = f"by table {actions.shipped()['version']}, which is not published yet."
    assert said.splitlines()[1] == f"No table was in force on that day: this is {told}"


def test_urgent_care_is_given_whatever_else(amate: Amate, person_id: str) -> None:
    said = explained(amate, person_id, OPEN.clues, "2026-12-31", "--service", "urgent")
    assert (said["answer"]["attend"], said["passed_over"]) == ("here", [])


def test_people_read_it_too_and_the_curp_stays_out_of_sight(amate: Amate, person_id: str) -> None:
    words = ("entitlement", "explain", "--person", "-", "--clinic", IMSS.clues.lower(), "--on", "2026-12-31")
    said = CliRunner().invoke(cli, words, env=amate.env, input=f"{CURP.lower()}\n").output
    assert said.startswith(
        f"{person_id} at {IMSS.clues} on 2026-12-31, for general care:\n"
        "The person is entitled, through IMSS as titular until 2027-01-01 (that day no more).\n"
        f"{IMSS.clues} attends the person for general care.\n"
        "IMSS pays.\n"
        "The right covers general care, urgent care, specialised care,"
    )
    assert "So says rule own-institution of the table " in said
    assert "\n  IMSS: titular since 2018-01-01 until 2027-01-01, in force.\n" in said
    assert "\n  urgent-with-affiliation: it is for other services.\n" in said
    assert CURP not in said


def test_who_is_sent_elsewhere_reads_where_and_who_pays(amate: Amate, person_id: str) -> None:
    said = amate(
        "entitlement", "explain", "--person", person_id, "--clinic", IMSS.clues, "--on", "2027-02-26"
    ).stdout.splitlines()
    assert said[1:4] == [
        "The person has no social security.",
        f"For general care, {IMSS.clues} sends the person elsewhere; it gives urgent care itself.",
        "IMSS-Bienestar pays.",
    ]


def test_every_word_of_the_table_has_its_english() -> None:
    table = actions.shipped()
    asked = {name for rule in table["rules"] for name in rule["when"]}
    assert asked | {"from", "until"} <= set(wording.BECAUSE)
    assert {rule["then"]["attend"] for rule in table["rules"]} <= set(wording.ATTEND)
    assert {rule["basis"] for rule in table["rules"]} <= set(wording.BASIS)
    assert set(wording.STATUS) == set(STANDINGS)
    assert set(wording.SERVICES) == set(SERVICES)
    assert set(wording.REASONS) == set(get_args(RowReason))


def test_what_cannot_be_answered_says_why(amate: Amate, person_id: str) -> None:
    with pytest.raises(Unknown, match="unknown-person"):
        explained(amate, "p-none", IMSS.clues, "2026-12-31")
    with pytest.raises(Malformed, match="unknown-clinic"):
        explained(amate, person_id, "HGIMS999999", "2026-12-31")
    with pytest.raises(Malformed, match="bad-date"):
        explained(amate, person_id, IMSS.clues, "31/12/2026")


def test_a_day_begins_at_midnight_in_mexico(ctx: Context, person_id: str, tmp_path: Path) -> None:
    padron(ctx, tmp_path, 4, f"{CURP},pensioner,pensioner,,2018-01-01,2027-01-01")
    person = register.person(ctx, person_id)
    assert person is not None
    ctx.now = 1_798_783_200 - 1  # 2026-12-31T23:59:59-06:00
    assert 4 in [row.institution for row in actions.entitlements_for_pass(ctx, person)]
    ctx.now += 1
    assert 4 not in [row.institution for row in actions.entitlements_for_pass(ctx, person)]
