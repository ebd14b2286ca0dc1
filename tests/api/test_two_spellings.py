"""Whoever signs twice is one person, however their name is spelt: by invitation, by ceremony, and under a proposal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from amate.context import Context
from amate.errors import Malformed, Refused
from amate.features.audit import actions as audit
from amate.features.login import actions as login
from amate.features.login import store as login_store
from amate.features.login.model import Staff
from amate.features.rotation import actions, store
from amate.features.trust import actions as trust
from amate.features.trust.ceremonies import actions as ceremonies
from tests.api.conftest import Amate
from tests.api.holders import People
from tests.api.rotating import holder

HOLDER = "Custodio de objetivos 1 (demostración)"
ALIKE = [
    "Custodio de objetivos 1",
    "CUSTODIO DE OBJETIVOS 1 [seguridad]",
    "Objetivos 1, custodio de",
    "Custodió de objetivos 1.",
    "Custodio 1",
    "Custodio de objetivos 1 de la Torre",
]


@pytest.fixture
def _init(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


def invited(amate: Amate, name: str, *more: str, role: str = "security") -> Result:
    return amate("staff", "invite", "--role", role, "--name", name, *more)


def refusal_of(done: Result) -> tuple[str, str]:
    assert isinstance(done.exception, Refused | Malformed), done.output
    return done.exception.slug, done.exception.detail


@pytest.mark.usefixtures("_init")
@pytest.mark.parametrize("name", ALIKE)
def test_a_name_too_like_a_holders_is_not_invited(amate: Amate, ctx: Context, name: str) -> None:
    slug, detail = refusal_of(invited(amate, name))
    assert slug == "name-too-like"
    assert HOLDER in detail
    assert invited(amate, name, role="auditor").exit_code == 0, "who signs no proposals is asked for nothing"
    assert login_store.open_invitations(ctx.tx, "security", ctx.now) == []


@pytest.mark.usefixtures("_init")
def test_nor_one_too_like_that_of_somebody_of_security_or_who_is_invited_to_it(amate: Amate, ctx: Context) -> None:
    login_store.add_staff(ctx.tx, Staff("st-1", "Rosa Islas", "security", None, b"1", None), ctx.now)
    login_store.add_staff(ctx.tx, Staff("st-2", "Beto Cruz", "security", None, b"2", ctx.now), ctx.now)
    ctx.commit()
    assert refusal_of(invited(amate, "Rosa Islas Mora"))[0] == "name-too-like"
    assert invited(amate, "Beto Cruz Lima").exit_code == 0, "somebody who may log in no more"
    assert refusal_of(invited(amate, "Cruz Lima Beto"))[0] == "name-too-like"


@pytest.mark.usefixtures("_init")
def test_the_same_spelling_is_the_same_person_and_said_to_be(amate: Amate) -> None:
    done = invited(amate, HOLDER)
    assert done.exit_code == 0
    assert "counts as one person" in done.output


@pytest.mark.usefixtures("_init")
def test_whoever_invites_may_state_that_it_is_another_person_and_the_log_says_so(amate: Amate, ctx: Context) -> None:
    name = "Custodio de objetivos 1 Pérez"
    assert invited(amate, name, "--another-person").exit_code == 0
    said = ctx.tx.execute(text("SELECT detail FROM audit_entry WHERE action = 'staff.invited'")).scalars().all()
    assert [each for each in said if "another_person" in each]
    assert not [each for each in said if "Custodio" in each]
    assert audit.verify(ctx)[1] == []
    ctx.commit()
    slug, detail = refusal_of(invited(amate, "Custodio de objetivos 1 [Pérez]", "--another-person"))
    assert slug == "name-too-like", "under such a name they would be counted as one, whatever anybody states"
    assert "in full" in detail


@pytest.mark.usefixtures("_init")
@pytest.mark.parametrize("name", ["", "  ", "¿?"])
def test_nobody_of_security_is_without_a_name(amate: Amate, name: str) -> None:
    assert refusal_of(invited(amate, name))[0] == "name-needed"


@pytest.mark.usefixtures("_init")
def test_nor_under_letters_that_look_like_others(amate: Amate) -> None:
    """A Cyrillic а: on a screen the first holder's name, and other words."""
    slug, detail = refusal_of(invited(amate, HOLDER.replace("a", "\u0430"), "--another-person"))
    assert (slug, detail.startswith("CYRILLIC SMALL LETTER A")) == ("name-not-latin", True)


@pytest.mark.usefixtures("_init")
@pytest.mark.parametrize("name", ALIKE[:4])
def test_two_spellings_under_a_proposal_are_one_person(ctx: Context, name: str) -> None:
    """A passkey that was registered before names were compared, by the person who holds the first key."""
    assert trust.holders(ctx)[0].name == HOLDER
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    made = actions.propose(ctx, "revoke", kid, holder(ctx, 0), details={"reason": "test"})
    passkey = actions.people.with_passkey(ctx, actions.people.StaffSignature("st-1", name, "passkey", "{}"))
    with pytest.raises(Refused, match="same-person"):
        actions.approve(ctx, made.proposal.id, passkey)
    with pytest.raises(Refused, match="signatures-missing"):
        actions.carry_out(ctx, made.proposal.id)


@pytest.mark.usefixtures("_init")
def test_a_signature_that_was_kept_under_another_spelling_counts_once(ctx: Context) -> None:
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    made = actions.propose(ctx, "revoke", kid, None, details={"reason": "test"})
    signature = holder(ctx, 0)(made.proposal)
    store.add_signature(ctx.tx, replace(signature, person=HOLDER.casefold()))
    assert actions.standing(ctx, made.proposal.id).missing == 1, "of before: it still counts"
    demo = replace(signature, person="custodio de objetivos 1", means="demo", credential="demo-security", proof="")
    store.add_signature(ctx.tx, demo)
    assert actions.standing(ctx, made.proposal.id).missing == 1


@pytest.mark.parametrize("name", ["{} 1", "1, {} (en casa)", "{} 1 Mora"])
@pytest.mark.parametrize("role", ["root", "targets"])
def test_a_ceremony_gives_nobody_two_keys_of_a_role_by_two_spellings(
    ctx: Context, tmp_path: Path, role: str, name: str
) -> None:
    people = People.of(ctx, tmp_path)
    with pytest.raises(Malformed, match="malformed-ceremony") as refused:
        ceremonies.run(ctx, people.joined(role, name.format(role)).ceremony())
    assert f"{role.capitalize()} 1" in str(refused.value.detail)


def test_a_ceremony_gives_nobody_a_second_key_by_letters_that_look_like_others(ctx: Context, tmp_path: Path) -> None:
    people = People.of(ctx, tmp_path).joined("targets", "T\u0430rgets 1")
    with pytest.raises(Malformed, match="malformed-ceremony") as refused:
        ceremonies.run(ctx, people.ceremony())
    assert "CYRILLIC SMALL LETTER A" in str(refused.value.detail)


def test_a_ceremony_may_state_that_it_is_another_person(ctx: Context, tmp_path: Path) -> None:
    people = People.of(ctx, tmp_path).joined("targets", "Targets 1 Mora")
    text_ = people.ceremony().replace('holder = "Targets 1 Mora"', 'holder = "Targets 1 Mora"\nanother_person = true')
    ceremonies.run(ctx, text_)
    assert "Targets 1 Mora" in [each.name for each in trust.holders(ctx)]
    same = text_.replace("Targets 1 Mora", "TARGETS 1 (de día)")
    with pytest.raises(Malformed, match="malformed-ceremony"):
        ceremonies.file.parse(same)


@pytest.mark.usefixtures("_init")
def test_whose_a_signature_is_said_as_their_name_is_spelt(ctx: Context) -> None:
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    made = actions.propose(ctx, "revoke", kid, holder(ctx, 0), details={"reason": "test"})
    demo = login.demo_staff(ctx, "security")
    by_click = actions.people.StaffSignature(demo.id, demo.name, "demo", "")
    signed = actions.approve(ctx, made.proposal.id, actions.people.with_passkey(ctx, by_click))
    assert sorted(signed.names) == [HOLDER, "Seguridad de demostración"]


@pytest.mark.usefixtures("_init")
def test_a_passkey_of_a_like_name_is_told_apart_only_where_its_invitation_did(ctx: Context) -> None:
    """One that was invited before names were compared, or before the holder had a key."""
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    made = actions.propose(ctx, "revoke", kid, holder(ctx, 0), details={"reason": "test"})
    one = Staff("st-1", "Custodio de objetivos 1 Pérez", "security", None, b"1", None)
    for staff in (one, replace(one, id="st-2", user_handle=b"2", another_person=True)):
        login_store.add_staff(ctx.tx, staff, ctx.now)
    signed = [
        actions.people.with_passkey(ctx, actions.people.StaffSignature(id_, one.name, "passkey", "{}"))
        for id_ in ("st-1", "st-2")
    ]
    with pytest.raises(Refused, match="name-too-like") as refused:
        actions.approve(ctx, made.proposal.id, signed[0])
    assert "--another-person" in refused.value.detail
    actions.approve(ctx, made.proposal.id, signed[1])
    assert len(store.signatures_of(ctx.tx, made.proposal.id)) == 2
