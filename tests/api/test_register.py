"""One CURP never makes two people, and what a person said about organ donation is never rewritten."""

from __future__ import annotations

from datetime import date

import pytest

from amate.context import Context
from amate.core import curp
from amate.errors import Conflict, Malformed, Unknown
from amate.features.audit import store as audit_store
from amate.features.register import actions
from amate.features.register.model import Facts
from tests.conftest import Clock

BORN = date(1980, 5, 17)
CURP = curp.build("Ana Laura", "Olvera", "Trejo", birth_date=BORN, sex="M", state="HG")
OTHER = curp.build("Ana Laura", "Olvera", "Trejo", birth_date=BORN, sex="M", state="HG", homoclave="7")


def facts(text: str = CURP, born: date = BORN, choice: str = "not_stated") -> Facts:
    return Facts(
        curp=text,
        given_names="Ana Laura",
        first_surname="Olvera",
        second_surname="Trejo",
        sex="M",
        birth_date=born,
        birth_state="HG",
        nationality="MEX",
        organ_donation=choice,
        lat=20.1,
        lon=-98.7,
        phone=None,
        guardian_id=None,
        assigned_clinic=None,
    )


def test_a_person_entered_twice_is_one_person(ctx: Context) -> None:
    first, created = actions.enrol_person(ctx, facts())
    again, created_again = actions.enrol_person(ctx, facts() | {"phone": "7710000000"})
    assert (created, created_again) == (True, False)
    assert again == first
    assert (actions.person(ctx, first.id), actions.find_by_curp(ctx, CURP)) == (first, first)
    assert actions.count(ctx) == 1


def test_a_replaced_curp_still_finds_the_person_and_makes_no_other(ctx: Context) -> None:
    person, _ = actions.enrol_person(ctx, facts())
    actions.replace_curp(ctx, person.id, OTHER)
    by_old, by_new = actions.find_by_curp(ctx, CURP), actions.find_by_curp(ctx, OTHER)
    assert by_old == by_new
    assert by_new is not None
    assert by_new.curp == OTHER
    assert actions.enrol_person(ctx, facts()) == (by_new, False)
    actions.replace_curp(ctx, person.id, OTHER)


def test_a_curp_cannot_be_taken_from_another_person(ctx: Context) -> None:
    actions.enrol_person(ctx, facts())
    other, _ = actions.enrol_person(ctx, facts(OTHER))
    with pytest.raises(Conflict, match="curp-of-another-person"):
        actions.replace_curp(ctx, other.id, CURP)


def test_nobody_is_found_where_nobody_is(ctx: Context) -> None:
    assert actions.person(ctx, "p-none") is None
    assert actions.find_by_curp(ctx, CURP) is None
    with pytest.raises(Unknown):
        actions.state_organ_donation(ctx, "p-none", "yes")
    with pytest.raises(Unknown):
        actions.replace_curp(ctx, "p-none", CURP)


def test_statements_about_organ_donation_are_only_added(ctx: Context, clock: Clock) -> None:
    person, _ = actions.enrol_person(ctx, facts(choice="yes"))
    ctx.now = clock.now + 60
    actions.state_organ_donation(ctx, person.id, "no")
    said = actions.organ_donation_history(ctx, person.id)
    assert [(s.seq, s.choice, s.at) for s in said] == [(1, "yes", clock.now), (2, "no", clock.now + 60)]
    now = actions.person(ctx, person.id)
    assert now is not None
    assert now.organ_donation == "no"


@pytest.mark.parametrize(("choice", "slug"), [("yes", "organ-donation-minor"), ("maybe", "organ-donation-unknown")])
def test_a_minor_and_an_unknown_word_state_nothing(ctx: Context, choice: str, slug: str) -> None:
    born = date(2015, 5, 17)
    child = curp.build("Ana Laura", "Olvera", "Trejo", birth_date=born, sex="M", state="HG")
    with pytest.raises(Malformed) as caught:
        actions.enrol_person(ctx, facts(child, born, choice))
    assert caught.value.slug == slug


def test_the_log_names_fields_and_never_what_is_in_them(ctx: Context) -> None:
    person, _ = actions.enrol_person(ctx, facts())
    actions.update_person(ctx, person.id, phone="7711234567")
    with pytest.raises(Malformed, match="not-changeable"):
        actions.update_person(ctx, person.id, curp=OTHER)
    entries = [str(e) for lane in range(16) for e in audit_store.lane_entries(ctx.tx, lane)]
    assert len(entries) == 2
    assert not any(secret in entry for entry in entries for secret in (CURP, "Olvera", "7711234567"))
