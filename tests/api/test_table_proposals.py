"""The decision table changes as two people want it, by command, and never by a release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amate.context import Context, system_clock
from amate.core.days import date_from_day, day_at
from amate.errors import AmateError, Conflict, Malformed, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions as entitlement
from amate.features.entitlement import table_store
from amate.features.rotation import actions, model, planning
from amate.features.rotation import store as rotation_store
from amate.features.trust import actions as trust
from amate.features.trust import store as trust_store
from tests.api.conftest import Amate, LoginAs
from tests.api.enrolling import padron
from tests.api.issuing import CURP, enrol
from tests.api.rotating import holder, stage
from tests.api.tabling import VERSION, phase, phase_file, proposed, published
from tests.api.test_table_versions import told
from tests.conftest import NOW, Clock
from tests.thief import take_refusals_away
from tests.unit.features.clinics.units import unit

TABLE = "/api/v1/decision-table"
TODAY = day_at(NOW)
LATE = {
    "before": "exchange-2027",
    "id": "late",
    "until": None,
    "when": {
        "standing": ["active"],
        "clinic": ["insured"],
        "kind": ["insured"],
        "minor": [True],
        "service": ["laboratory"],
    },
    "then": {"payer": "own", "attend": "here_by_exchange", "services": ["laboratory"]},
    "basis": "policy",
    "source": "a test",
}
ELSEWHERE = unit("HGIST900011", institution="IST")


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)


def attend(ctx: Context, on_day: int) -> tuple[str, str]:
    """How somebody insured elsewhere is attended on a day, and the table that says so."""
    person = entitlement.find_person(ctx, CURP)
    answer = entitlement.explain(ctx, person, ELSEWHERE.clues, service="general", on_day=on_day).answer
    return answer.attend, answer.rule_version


@pytest.fixture
def _insured(ctx: Context, tmp_path: Path) -> None:
    enrol(ctx)
    clinics.save(ctx, {ELSEWHERE.clues: ELSEWHERE}, clinics.Imported())
    padron(ctx, tmp_path, 2, f"{CURP},titular,titular,,2018-01-01,")


@pytest.mark.usefixtures("_insured")
def test_two_people_change_a_rule_and_any_day_is_answered_by_the_table_of_then(ctx: Context, tmp_path: Path) -> None:
    first = entitlement.shipped()["version"]
    assert attend(ctx, TODAY + 400) == ("refer", first)
    done = published(ctx, tmp_path, on_day=TODAY + 1)
    assert (done.proposal.state, told(ctx)["version"]) == ("done", VERSION)
    assert attend(ctx, TODAY) == ("refer", VERSION), "its day is ahead"
    assert attend(ctx, TODAY + 1) == ("here_by_exchange", VERSION)
    assert attend(ctx, TODAY - 1) == ("refer", first)
    ctx.now += 900 * 86_400
    assert attend(ctx, TODAY - 1) == ("refer", first), "years later, too"
    assert attend(ctx, TODAY + 1) == ("here_by_exchange", VERSION)
    assert attend(ctx, 10) == ("refer", first), "before there was any, the first"
    kept = entitlement.versions(ctx)
    assert [(each.version, each.published_at, each.changed_by) for each in kept] == [
        (first, NOW, None),
        (VERSION, NOW, done.proposal.id),
    ]
    assert audit.verify(ctx)[1] == []


def test_what_changes_is_told_rule_by_rule(ctx: Context, tmp_path: Path) -> None:
    change = proposed(ctx, tmp_path, signed=False).difference
    assert change is not None
    assert (change["from"], change["to"]) == (entitlement.shipped()["version"], VERSION)
    assert [each["rule"]["id"][:8] for each in change["added"]] == ["exchange"] * 3
    assert [each["place"] for each in change["added"]][:2] == [8, 9]
    ended = {each["after"]["id"]: (each["before"]["until"], each["after"]["until"]) for each in change["changed"]}
    assert ended["exchange-services"] == (None, date_from_day(TODAY))
    assert (change["removed"], change["moved"], change["other"]) == ([], [], {})


def test_a_whole_table_is_proposed_where_a_draft_cannot_say_it(ctx: Context, tmp_path: Path) -> None:
    table = entitlement.shipped()
    table |= {"version": "whole", "federalised_states": sorted({*table["federalised_states"], "JC"})}
    table["other_states"] = [state for state in table["other_states"] if state != "JC"]
    table["rules"] = [rule for rule in table["rules"] if rule["id"] != "retained-imss"]
    path = tmp_path / "table.json"
    path.write_text(json.dumps(table))
    made = actions.propose_table(ctx, path, holder(ctx, 0))
    assert made.difference is not None
    assert [rule["id"] for rule in made.difference["removed"]] == ["retained-imss"]
    assert made.difference["other"].keys() == {"federalised_states", "other_states"}
    actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    actions.carry_out(ctx, made.proposal.id)
    trust.publish(ctx)
    assert told(ctx) == table
    with pytest.raises(Refused, match="version-known"):
        actions.propose_table(ctx, path, holder(ctx, 0))
    path.write_text(json.dumps(table | {"version": "the same again"}))
    with pytest.raises(Refused, match="table-unchanged"):
        actions.propose_table(ctx, path, holder(ctx, 0))


def test_one_person_is_not_two(ctx: Context, tmp_path: Path) -> None:
    made = proposed(ctx, tmp_path, signed=False)
    with pytest.raises(Refused, match="same-person"):
        actions.approve(ctx, made.proposal.id, holder(ctx, 0))
    with pytest.raises(Refused, match="signatures-missing"):
        actions.carry_out(ctx, made.proposal.id)
    ctx.commit()
    said = made.proposal.content
    with pytest.raises(IntegrityError, match="two-people-needed"):  # whatever program asks
        entitlement.adopt(ctx, said["table"], follows=said["follows"], proposal=made.proposal.id)
    ctx.tx.rollback()
    assert told(ctx)["version"] == entitlement.shipped()["version"]


def test_the_database_takes_no_other_table_than_the_one_that_was_signed(ctx: Context, tmp_path: Path) -> None:
    made = proposed(ctx, tmp_path)
    said = made.proposal.content
    ctx.commit()
    for other in (said["table"] | {"adult_age": 21}, entitlement.shipped() | {"version": "x"}):
        with pytest.raises(IntegrityError, match="two-people-needed"):
            entitlement.adopt(ctx, other, follows=said["follows"], proposal=made.proposal.id)
        ctx.tx.rollback()
    kid = trust.active_key(ctx, "pass").kid
    signed_key = actions.propose(ctx, "retire", kid, holder(ctx, 0)).proposal.id
    actions.approve(ctx, signed_key, holder(ctx, 1))
    ctx.commit()
    with pytest.raises(IntegrityError, match="two-people-needed"):
        entitlement.adopt(ctx, said["table"], follows=said["follows"], proposal=signed_key)
    ctx.tx.rollback()


def test_a_proposal_that_was_written_over_is_not_carried_out(ctx: Context, tmp_path: Path) -> None:
    made = proposed(ctx, tmp_path)
    take_refusals_away(ctx.tx, "rotation_proposal")
    other = {**made.proposal.content, "on": None}
    ctx.tx.execute(rotation_store.proposals.update().values(content=model.encode(other)))
    with pytest.raises(Refused, match="proposal-changed"):
        actions.carry_out(ctx, made.proposal.id)


def test_a_change_is_of_the_table_that_people_saw(ctx: Context, tmp_path: Path) -> None:
    late, soon = proposed(ctx, tmp_path, version="late"), proposed(ctx, tmp_path, version="soon")
    actions.carry_out(ctx, soon.proposal.id)
    with pytest.raises(Conflict, match="table-superseded") as refused:
        actions.carry_out(ctx, late.proposal.id)
    assert f"amate entitlement withdraw {late.proposal.id}" in refused.value.detail
    ctx.commit()
    said = late.proposal.content
    with pytest.raises(Conflict, match="table-superseded"):
        entitlement.adopt(ctx, said["table"], follows=said["follows"], proposal=late.proposal.id)
    known = entitlement.versions(ctx)
    again = known[-1]._replace(number=9, kid=late.proposal.kid, version="late", changed_by=late.proposal.id)
    with pytest.raises(IntegrityError, match="table-superseded"):  # whatever program asks
        table_store.add(ctx.tx, again._replace(follows=known[0].kid, published_at=None), "{}")
    ctx.tx.rollback()


REPLACED = (
    "SELECT number, kid, version, kid, '{}', changed_by, adopted_at, published_at FROM decision_table WHERE number = 2"
)
REPLACING = {
    "sqlite": f"INSERT OR REPLACE INTO decision_table {REPLACED}",
    "postgresql": f"INSERT INTO decision_table {REPLACED} ON CONFLICT (number) DO UPDATE SET document = '{{}}'",
}


def test_g07_not_even_with_its_own_signatures_is_a_table_replaced(ctx: Context, tmp_path: Path) -> None:
    published(ctx, tmp_path)
    with pytest.raises(IntegrityError, match=r"never-changed|proposal-ended|table-superseded"):
        ctx.tx.execute(text(REPLACING[ctx.tx.dialect.name]))
    ctx.tx.rollback()


def test_a_day_that_is_over_is_not_changed(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="day-passed"):
        proposed(ctx, tmp_path, on_day=TODAY - 1)
    made = proposed(ctx, tmp_path, on_day=TODAY)
    ctx.now += 86_400
    with pytest.raises(Refused, match="day-passed"):
        actions.carry_out(ctx, made.proposal.id)
    ctx.now -= 86_400
    assert actions.carry_out(ctx, made.proposal.id).proposal.state == "done"


def test_what_test_refuses_is_not_proposed(ctx: Context, tmp_path: Path) -> None:
    rule = phase(date_from_day(TODAY))["rules"][0]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"rules": [rule | {"before": "otherwise"}]}, "draft-does-not-hold"),
        ({"ends": ["no-such-rule"]}, "malformed-table"),
        ({"version": "v" * 41}, "malformed-table"),
        ({"version": entitlement.shipped()["version"]}, "version-known"),
    ]
    for bent, slug in cases:
        with pytest.raises(AmateError, match=slug):
            proposed(ctx, tmp_path, **bent)
    assert actions.standings(ctx) == []


def test_each_verb_may_be_repeated(ctx: Context, tmp_path: Path) -> None:
    made = [proposed(ctx, tmp_path).proposal.id for _ in range(2)]
    assert made[0] == made[1]
    assert [actions.carry_out(ctx, made[0]).proposal.state for _ in range(2)] == ["done", "done"]
    assert [trust.publish(ctx).changed for _ in range(2)] == [True, False]
    assert len(entitlement.versions(ctx)) == 2


def test_a_table_that_waits_for_the_signatures_of_the_targets_is_not_in_force(ctx: Context, tmp_path: Path) -> None:
    made = proposed(ctx, tmp_path)
    keys = [Path(key.uri.removeprefix("file:")) for key in trust_store.role_keys(ctx.tx) if key.role == "targets"]
    away = [path.rename(path.with_suffix(".away")) for path in keys]
    actions.carry_out(ctx, made.proposal.id)
    assert trust.publish(ctx).waiting[0].role == "targets"
    before = entitlement.shipped()["version"]
    assert entitlement.table_in_force(ctx).version == told(ctx)["version"] == before, "as verifiers answer"
    assert [each.published_at for each in entitlement.versions(ctx)] == [NOW, None]
    for path in away:
        path.rename(path.with_suffix(".pem"))
    ctx.now += 60
    assert trust.publish(ctx).waiting == ()
    assert entitlement.table_in_force(ctx).version == told(ctx)["version"] == VERSION
    assert entitlement.versions(ctx)[1].published_at == NOW + 60


def test_before_anything_was_published_nothing_is_proposed(ctx: Context, tmp_path: Path) -> None:
    take_refusals_away(ctx.tx, "decision_table")
    ctx.tx.execute(table_store.tables.delete())
    with pytest.raises(Unavailable, match="trust publish"):
        proposed(ctx, tmp_path)


def test_keys_are_planned_as_before_beside_it(ctx: Context, tmp_path: Path) -> None:
    proposed(ctx, tmp_path, signed=False)
    assert [step for step in planning.plan(ctx).steps if step.what == "approve"] == []
    stage(ctx, "pass")
    with pytest.raises(Malformed, match="unknown-action"):
        actions.propose(ctx, model.TABLE, trust.list_keys(ctx)[0].kid, None)


def test_by_command(ctx: Context, amate: Amate, tmp_path: Path) -> None:
    ctx.now = system_clock()
    trust.publish(ctx)
    keys = [each.uri or "" for each in trust.holders(ctx)]
    ctx.commit()
    draft = str(phase_file(tmp_path, day_at(ctx.now)))
    made = amate.json("entitlement", "propose", draft, "--key", keys[0])
    shown = amate("entitlement", "propose", draft, "--key", keys[0]).output
    for words in (
        made["digest"],
        "+ exchange-2027, from",
        "~ exchange-services, number 10: until none → ",
        "approve kp-",
    ):
        assert words in shown
    other = ("--digest", "0" * 64)
    with pytest.raises(Refused, match="another-digest"):
        amate.json("entitlement", "approve", made["proposal"], "--key", keys[1], *other)
    signed = amate.json(
        "entitlement", "approve", made["proposal"], "--key", keys[1], "--digest", made["digest"].upper()
    )
    assert (signed["missing"], [each["means"] for each in signed["signed_by"]]) == (0, ["key", "key"])
    done = amate.json("entitlement", "publish", made["proposal"])
    assert (done["state"], done["in_force"], done["published"]["waits_for"]) == ("done", VERSION, [])
    assert amate("entitlement", "publish", made["proposal"]).exit_code == 0
    listed = amate.json("entitlement", "proposals")
    assert [each["version"] for each in listed["versions"] if each["is_in_force"]] == [VERSION]
    assert listed["proposals"][0]["difference"]["to"] == VERSION
    assert "table" not in listed["proposals"][0]["content"], "kept once, in its place"
    assert "published on" in amate("entitlement", "proposals").output
    assert amate.json("keys", "proposals")["proposals"] == []
    assert amate.json("entitlement", "drafts")["in_force"] == VERSION


def test_what_a_command_refuses(ctx: Context, amate: Amate, tmp_path: Path) -> None:
    ctx.now = system_clock()
    trust.publish(ctx)
    keys = [each.uri or "" for each in trust.holders(ctx)]
    kid = trust.active_key(ctx, "pass").kid
    about_a_key = actions.propose(ctx, "retire", kid, holder(ctx, 0)).proposal.id
    made = proposed(ctx, tmp_path, signed=False).proposal.id
    ctx.commit()
    for verb, more in (("approve", ["--key", keys[1]]), ("publish", []), ("withdraw", [])):
        with pytest.raises(Malformed, match="other-action"):
            amate.json("entitlement", verb, about_a_key, *more)
    with pytest.raises(Malformed, match=r"other-action.*amate entitlement approve"):
        amate.json("keys", "approve", made, "--key", keys[1])
    with pytest.raises(Refused, match=r"signatures-missing.*amate entitlement approve"):
        amate.json("entitlement", "publish", made)
    assert amate.json("entitlement", "withdraw", made)["state"] == "withdrawn"
    with pytest.raises(Conflict, match="proposal-ended"):
        amate.json("entitlement", "approve", made, "--key", keys[1])


def test_the_console_reads_the_table_in_force_and_signs_a_change_of_it(
    ctx: Context, client: FlaskClient, login_as: LoginAs, tmp_path: Path
) -> None:
    made = proposed(ctx, tmp_path, signed=False).proposal.id
    ctx.commit()
    security, auditor = login_as("security"), login_as("auditor")
    said = client.get(TABLE, headers=auditor).json
    assert said["rules"] == entitlement.shipped()["rules"]
    assert (said["version"], said["versions"][0]["is_in_force"]) == (entitlement.shipped()["version"], True)
    assert [phase["on"][:4] for phase in said["phases"]] == ["2027", "2028", "2029", "2030"]
    shipped = entitlement.shipped()["institutions"]
    assert said["institutions"] == [{"code": code, **shipped[code]} for code in sorted(shipped, key=int)]
    assert all(each["source"] for each in said["institutions"])
    (listed,) = client.get("/api/v1/keys/proposals", headers=auditor).json["proposals"]
    assert (listed["action"], listed["difference"]["to"]) == ("table", VERSION)
    assert model.digest_of(listed["content"]) == listed["digest"], "who signs can see all of what they sign"
    early = client.post(f"/api/v1/keys/proposals/{made}/done", headers=security)
    assert (early.status_code, early.json["type"]) == (403, "/problems/signatures-missing")
    actions.approve(ctx, made, holder(ctx, 1))
    ctx.commit()
    assert client.post(f"/api/v1/keys/proposals/{made}/done", headers=security).json["state"] == "done"
    said = client.get(TABLE, headers=security).json
    assert (said["version"], len(said["rules"])) == (VERSION, len(entitlement.shipped()["rules"]) + 3)
    assert told(ctx)["version"] == VERSION


@pytest.mark.parametrize(("role", "status"), [("security", 200), ("auditor", 200), ("admin", 200), ("clinic", 403)])
def test_who_may_read_the_table(client: FlaskClient, login_as: LoginAs, ctx: Context, role: str, status: int) -> None:
    ctx.commit()
    assert client.get(TABLE, headers=login_as(role)).status_code == status


def test_what_is_too_late_is_said_to_the_console(
    ctx: Context, client: FlaskClient, login_as: LoginAs, tmp_path: Path, clock: Clock
) -> None:
    one, other = (proposed(ctx, tmp_path, version=name).proposal.id for name in ("one", "other"))
    ctx.commit()
    done = [f"/api/v1/keys/proposals/{each}/done" for each in (one, other)]
    assert client.post(done[0], headers=login_as("security")).status_code == 200
    answer = client.post(done[1], headers=login_as("security"))
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/table-superseded")
    late = proposed(ctx, tmp_path, version="late", ends=[], rules=[LATE | {"from": date_from_day(TODAY)}]).proposal.id
    ctx.commit()
    clock.now += 86_400
    answer = client.post(f"/api/v1/keys/proposals/{late}/done", headers=login_as("security"))
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/day-passed")
