"""Keys change only as two people want it and as verifiers can follow; the database itself refuses the rest."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amate.context import Context
from amate.core.trust import refusal
from amate.demo.seed import acting
from amate.errors import Conflict, Malformed, Refused, Unavailable, Unknown
from amate.features.issuance import actions as issuance
from amate.features.issuance import ledger
from amate.features.rotation import actions, commands, lifecycle, model, people, planning, saying, saying_plan, store
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust import commands as trust_commands
from amate.features.trust import founding
from amate.features.trust import store as trust_store
from amate.features.trust.model import DAY_S, IssuerKey
from amate.terminal import open_migrated
from tests.api.rotating import change, holder, rotate, stage
from tests.conftest import NOW
from tests.soft_jwt import new_key
from tests.thief import take_refusals_away

LEAD_S = 14 * DAY_S


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)


def first(ctx: Context, use: str = "pass", shard: int = 0) -> IssuerKey:
    return next(key for key in trust.list_keys(ctx) if (key.use, key.shard) == (use, shard))


def listed(ctx: Context) -> dict[str, str]:
    document = trust.published_issuers(ctx)
    assert document is not None
    return {key["kid"]: key["state"] for issuer in document["issuers"] for key in issuer["keys"]}


def test_verifiers_are_told_of_a_key_before_it_signs(ctx: Context) -> None:
    key = stage(ctx, "pass")
    assert (key.state, key.published_at, listed(ctx)[key.kid]) == ("next", NOW, "next")
    assert key.kid not in {trust.active_key(ctx, "pass").kid for _ in range(40)}
    ctx.now = key.sign_from
    assert change(ctx, "activate", key.kid).state == "active"
    assert key.kid in {trust.active_key(ctx, "pass").kid for _ in range(60)}


def test_a_key_that_verifiers_may_not_know_yet_is_not_put_in_force(ctx: Context) -> None:  # row D11
    key = stage(ctx, "pass")
    ctx.now += LEAD_S - 1
    with pytest.raises(Refused, match="too-early") as refused:
        change(ctx, "activate", key.kid)
    assert "2026-12-02" in refused.value.detail, "says from when on"
    ctx.now += 1
    assert change(ctx, "activate", key.kid).state == "active"


def test_a_key_that_was_published_late_needs_other_dates(ctx: Context) -> None:
    uri = trust.make_file_key(ctx, "pass")
    made = actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri)
    actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    actions.carry_out(ctx, made.proposal.id)
    kid = made.proposal.kid
    with pytest.raises(Refused, match="not-published"):
        change(ctx, "activate", kid)
    ctx.now += 3 * DAY_S
    trust.publish(ctx)
    ctx.now += LEAD_S
    with pytest.raises(Refused, match="published-too-late"):
        change(ctx, "activate", kid)
    moved = change(ctx, "schedule", kid, sign_from=ctx.now + LEAD_S)
    assert moved.published_at == ctx.now, "verifiers learn of other dates as of a new key"
    ctx.now += LEAD_S
    assert change(ctx, "activate", kid).state == "active"


def test_dates_that_no_verifier_can_follow_are_refused_when_they_are_proposed(ctx: Context) -> None:
    uri = trust.make_file_key(ctx, "pass")
    with pytest.raises(Refused, match="too-early"):
        actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri, sign_from=NOW + LEAD_S - 1)
    ends = first(ctx).sign_until
    with pytest.raises(Refused, match="short-overlap") as refused:
        actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri, sign_from=ends - 7 * DAY_S + 1)
    assert first(ctx).kid in refused.value.detail
    assert actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri, sign_from=ends - 7 * DAY_S).missing == 1
    with pytest.raises(Malformed, match="unknown-shard"):
        actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri, shard=4)


def test_a_key_is_proposed_once_for_a_shard_however_often_somebody_asks(ctx: Context) -> None:
    made = [actions.propose_stage(ctx, "pass", holder(ctx, n % 2)) for n in range(3)]
    assert len({each.proposal.id for each in made}) == 1
    assert len(list(ctx.settings.demo_keys.glob("pass-0-*"))) == 2, "the first one, and one new"
    assert actions.propose_stage(ctx, "pass", holder(ctx, 0), shard=1).proposal.id != made[0].proposal.id
    with pytest.raises(Conflict, match="proposal-open") as refused:
        actions.propose_stage(ctx, "pass", holder(ctx, 0), sign_from=NOW + 20 * DAY_S)
    assert f"amate keys withdraw {made[0].proposal.id}" in refused.value.detail
    other = trust.make_file_key(ctx, "other")
    with pytest.raises(Conflict, match="proposal-open"):
        actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=other)
    ctx.now += 8 * DAY_S
    anew = actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=other)
    assert anew.proposal.id != made[0].proposal.id, "one that is too old waits for nobody"


def test_a_proposal_is_found_again_behind_any_number_of_others(ctx: Context) -> None:
    waits = actions.propose_stage(ctx, "pass", holder(ctx, 0)).proposal
    for number in range(201):  # more than a list of them shows
        other = replace(waits, id=f"kp-{number}", action=model.REVOKE, digest=f"{number:064x}", state=model.WITHDRAWN)
        store.add_proposal(ctx.tx, replace(other, proposed_at=ctx.now + 1))
    assert actions.propose_stage(ctx, "pass", holder(ctx, 0)).proposal.id == waits.id


def test_dates_that_are_refused_leave_no_key_behind(ctx: Context) -> None:
    before = sorted(ctx.settings.demo_keys.iterdir())
    with pytest.raises(Refused, match="too-early"):
        actions.propose_stage(ctx, "pass", holder(ctx, 0), sign_from=NOW + LEAD_S - 1)
    assert sorted(ctx.settings.demo_keys.iterdir()) == before


def test_a_shard_has_one_next_key_at_a_time(ctx: Context) -> None:
    key, before = stage(ctx, "pass"), len(list(ctx.settings.demo_keys.iterdir()))
    with pytest.raises(Refused, match="next-key-waits") as refused:
        actions.propose_stage(ctx, "pass", holder(ctx, 0))
    for word in (key.kid, "amate keys propose activate", "amate keys propose retire", "--emergency"):
        assert word in refused.value.detail
    assert len(list(ctx.settings.demo_keys.iterdir())) == before
    other = trust.make_file_key(ctx, "other")
    with pytest.raises(Refused, match="next-key-waits"):
        actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=other)
    assert actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=other, shard=1).missing == 1
    change(ctx, "retire", key.kid)
    assert stage(ctx, "pass").state == "next"


def test_of_two_proposals_for_one_shard_only_the_first_is_carried_out(ctx: Context) -> None:
    late = actions.propose_stage(ctx, "pass", holder(ctx, 0))
    actions.approve(ctx, late.proposal.id, holder(ctx, 1))
    take_refusals_away(ctx.tx, "rotation_proposal")
    ctx.tx.execute(store.proposals.update().values(state="done"))  # unseen by whoever proposes beside it
    stage(ctx, "pass")
    ctx.tx.execute(store.proposals.update().where(store.proposals.c.id == late.proposal.id).values(state="open"))
    with pytest.raises(Refused, match="next-key-waits"):
        actions.carry_out(ctx, late.proposal.id)


def test_a_next_key_that_was_frozen_holds_nobody_up(ctx: Context) -> None:
    stolen = stage(ctx, "pass")
    actions.freeze(ctx, stolen.kid, reason="stolen")
    assert stage(ctx, "pass").kid != stolen.kid


def test_nobody_is_two_people(ctx: Context) -> None:
    key = stage(ctx, "pass")
    ctx.now = key.sign_from
    made = actions.propose(ctx, "activate", key.kid, holder(ctx, 0))
    with pytest.raises(Refused, match="signatures-missing"):
        actions.carry_out(ctx, made.proposal.id)
    with pytest.raises(Refused, match="same-person") as refused:
        actions.approve(ctx, made.proposal.id, holder(ctx, 0))
    assert "made this proposal" in refused.value.detail
    name = made.signatures[0].person
    passkey = people.with_passkey(ctx, people.StaffSignature("st-1", f" {name.upper()} ", "passkey", "{}"))
    with pytest.raises(Refused, match="same-person"):
        actions.approve(ctx, made.proposal.id, passkey)
    assert actions.approve(ctx, made.proposal.id, holder(ctx, 1)).missing == 0
    assert actions.carry_out(ctx, made.proposal.id).proposal.state == "done"


def test_a_row_in_somebodys_name_is_told_to_them_as_what_it_is(ctx: Context) -> None:
    made = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "stolen"})
    theirs = holder(ctx, 1)(made.proposal)
    assert store.add_signature(ctx.tx, replace(theirs, proof="00ff", signed_at=0))
    assert actions.standing(ctx, made.proposal.id).missing == 1, "it does not count"
    assert not actions.has_signed(ctx, made.proposal, holder(ctx, 1))
    with pytest.raises(Refused, match="proposal-changed") as refused:
        actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    assert f"withdraw {made.proposal.id}, propose anew" in refused.value.detail
    assert actions.approve(ctx, made.proposal.id, holder(ctx, 2)).missing == 0, "a third holder is not held up"


def test_a_database_that_lost_whose_the_keys_are_says_so(ctx: Context) -> None:
    actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "test"})
    ctx.tx.execute(text("DELETE FROM role_key"))
    for work in (trust.holders, trust.publish, actions.standings):
        with pytest.raises(Unavailable, match="storage-unavailable") as damaged:
            work(ctx)
        assert "put it back from the backup" in damaged.value.detail


def test_only_who_the_root_names_may_sign(ctx: Context) -> None:
    stranger = trust.make_file_key(ctx, "stranger")
    with pytest.raises(Refused, match="not-a-holder"):
        people.with_key(ctx, stranger)


def test_a_signature_is_for_one_proposal_as_it_was_read(ctx: Context) -> None:
    made = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "stolen"})
    actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    other = {**made.proposal.content, "kid": first(ctx, shard=1).kid}
    take_refusals_away(ctx.tx, "rotation_proposal")
    ctx.tx.execute(store.proposals.update().values(content=model.encode(other)))
    with pytest.raises(Refused, match="proposal-changed"):
        actions.carry_out(ctx, made.proposal.id)
    ctx.tx.execute(store.proposals.update().values(digest=model.digest_of(other)))
    assert actions.standing(ctx, made.proposal.id).missing == 2, "what was signed was another digest"


def test_every_verb_may_be_repeated(ctx: Context) -> None:
    kid = first(ctx).kid
    made = [actions.propose(ctx, "revoke", kid, holder(ctx, 0), details={"reason": "lost"}) for _ in range(2)]
    assert made[0].proposal.id == made[1].proposal.id
    proposal = made[0].proposal.id
    assert [actions.approve(ctx, proposal, holder(ctx, 1)).missing for _ in range(2)] == [0, 0]
    assert [actions.carry_out(ctx, proposal).proposal.state for _ in range(2)] == ["done", "done"]
    with pytest.raises(Conflict, match="proposal-ended"):
        actions.approve(ctx, proposal, holder(ctx, 2))
    with pytest.raises(Conflict, match="proposal-ended"):
        actions.withdraw(ctx, proposal)
    with pytest.raises(Unknown, match="unknown-proposal"):
        actions.carry_out(ctx, "kp-none")


def test_what_is_asked_of_the_wrong_proposal_or_without_a_key_says_what_to_type(ctx: Context) -> None:
    made = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "lost"})
    with pytest.raises(Malformed, match="other-action") as wrong:
        actions.carry_out(ctx, made.proposal.id, expected_action="stage")
    assert wrong.value.detail.endswith(f"is a proposal to revoke: `amate keys revoke {made.proposal.id}`")
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    with pytest.raises(Refused, match="make the key with `amate keys make URI`, and name it with --uri"):
        trust.make_file_key(ctx, "pass")


def test_a_proposal_waits_a_week_and_no_longer(ctx: Context) -> None:
    made = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "lost"})
    actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    ctx.now += 7 * DAY_S
    said = saying.standing(actions.standing(ctx, made.proposal.id))
    assert (said["state"], len(saying.standing_text(said).splitlines())) == ("expired", 7), "and nothing to do"
    with pytest.raises(Conflict, match="proposal-ended"):
        actions.carry_out(ctx, made.proposal.id)
    anew = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "lost"})
    assert (anew.proposal.id != made.proposal.id, anew.missing) == (True, 1)


def test_distrust_is_for_everything_whatever_date_it_bears(ctx: Context) -> None:  # a thief writes any date
    kid = first(ctx).kid
    change(ctx, "revoke", kid, reason="stolen")
    loaded = trust.load_trust(ctx.settings.home, env="test")
    (key,) = [key for keys in loaded.trust.keys.values() for key in keys if key.kid == kid]
    for iat in (NOW - 30 * DAY_S, NOW - 1, NOW):
        assert refusal(key, "pass", iat=iat, now=NOW) == "key-revoked"
    assert kid not in {trust.active_key(ctx, "pass").kid for _ in range(40)}
    with pytest.raises(Refused, match="already-revoked"):
        change(ctx, "revoke", kid, reason="stolen")


def test_one_person_freezes_and_two_resume(ctx: Context) -> None:
    for shard in range(4):
        actions.freeze(ctx, first(ctx, shard=shard).kid, reason="stolen")
    with pytest.raises(Unavailable, match="no-signing-key"):
        trust.active_key(ctx, "pass")
    assert trust.active_key(ctx, "credential").use == "credential"
    change(ctx, "resume", first(ctx).kid)
    assert trust.active_key(ctx, "pass").kid == first(ctx).kid
    with pytest.raises(Refused, match="not-frozen"):
        change(ctx, "resume", first(ctx).kid)
    with pytest.raises(Malformed, match="unknown-reason"):
        actions.freeze(ctx, first(ctx).kid, reason="because")


def test_a_key_is_not_retired_while_anything_hangs_on_it(ctx: Context) -> None:
    old = first(ctx)
    until = ctx.now + 90 * DAY_S
    intent = {"id": "cd-1", "kind": "card", "person_id": "pe-1", "status_index": 5, "created_at": ctx.now}
    ctx.tx.execute(
        ledger.issued.insert().values(
            **intent, idempotency_key="k", signed_by=old.kid, tbs_sha256="0", state="issued", expires_at=until
        )
    )
    rotate(ctx, "pass")
    assert issuance.signed_by(ctx, old.kid).cards == 1
    with pytest.raises(Refused, match="key-in-use") as refused:
        change(ctx, "retire", old.kid)
    assert "cards: 1," in refused.value.detail
    ctx.now = until
    retired = change(ctx, "retire", old.kid)
    assert (retired.state, retired.accept_until, listed(ctx)[old.kid]) == ("retired", until, "retired")


def test_the_last_key_is_not_retired(ctx: Context) -> None:
    status.allocate(ctx, "card")
    with pytest.raises(Refused, match="key-in-use"):
        change(ctx, "retire", first(ctx, "status").kid)  # the lists in force are its own
    for shard in (1, 2, 3):
        change(ctx, "retire", first(ctx, shard=shard).kid)
    with pytest.raises(Refused, match="last-key"):
        change(ctx, "retire", first(ctx).kid)


def test_two_keys_that_passes_could_not_tell_apart_are_refused(ctx: Context) -> None:  # row A05
    old = first(ctx)
    colliding = replace(old, kid=old.kid[:12] + "A" * 31)
    with pytest.raises(Refused, match="kid-collision"):
        lifecycle.staged(colliding, trust.list_keys(ctx), actions.rules_of(ctx), now=ctx.now)
    with pytest.raises(Refused, match="key-known"):
        lifecycle.staged(old, trust.list_keys(ctx), actions.rules_of(ctx), now=ctx.now)


def test_keys_side_by_side_sign_equal_shares(ctx: Context) -> None:
    signed = Counter(trust.active_key(ctx, "pass").kid for _ in range(2000))
    assert len(signed) == 4
    assert min(signed.values()) > 400


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE issuer_key SET state = 'active', activated_at = :now WHERE kid = :kid",
        "UPDATE issuer_key SET state = 'revoked' WHERE kid = :first",
        "UPDATE issuer_key SET state = 'retired', accept_until = :now WHERE kid = :first",
        "UPDATE issuer_key SET sign_until = sign_until + 1 WHERE kid = :first",
        "UPDATE issuer_key SET is_first = :yes WHERE kid = :kid",
        "UPDATE issuer_key SET lead_s = 0 WHERE kid = :kid",
        "UPDATE issuer_key SET frozen_at = NULL WHERE kid = :frozen",
        "UPDATE issuer_key SET state = 'gone' WHERE kid = :first",
        "UPDATE issuer_key SET jwk = '{}' WHERE kid = :first",
    ],
)
def test_the_database_itself_refuses_what_two_people_have_not_signed(ctx: Context, statement: str) -> None:
    kid, frozen = stage(ctx, "pass").kid, first(ctx, shard=1).kid
    actions.freeze(ctx, frozen, reason="test")
    ctx.commit()
    values = {"kid": kid, "first": first(ctx).kid, "frozen": frozen, "now": NOW, "yes": True}
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    with pytest.raises(IntegrityError):
        ctx.tx.execute(text(statement), used)
    ctx.tx.rollback()


def test_the_database_itself_refuses_an_early_start_and_a_retirement_in_use(ctx: Context) -> None:
    key = stage(ctx, "pass")
    ctx.now = key.sign_from
    signed = actions.propose(ctx, "activate", key.kid, holder(ctx, 0)).proposal.id
    actions.approve(ctx, signed, holder(ctx, 1))
    ctx.commit()
    early = replace(key, state="active", activated_at=key.published_at)
    with pytest.raises(IntegrityError):
        trust_store.change_issuer_key(ctx.tx, key, early, changed_by=signed)
    ctx.tx.rollback()
    old = first(ctx)
    ctx.tx.execute(
        ledger.issued.insert().values(
            id="x", kind="card", person_id="p", idempotency_key="i", status_index=1, signed_by=old.kid,
            tbs_sha256="0", state="issued", created_at=NOW, expires_at=NOW + 99 * DAY_S,
        )
    )  # fmt: skip
    proposal = store.find_proposal(ctx.tx, signed)
    assert proposal is not None
    retire = replace(proposal, id="kp-r", action="retire", kid=old.kid, digest="d")
    store.add_proposal(ctx.tx, retire)
    for number in (0, 1):
        store.add_signature(ctx.tx, replace(holder(ctx, number)(proposal), proposal_id="kp-r"))
    ctx.commit()
    with pytest.raises(IntegrityError):
        trust_store.change_issuer_key(
            ctx.tx, old, replace(old, state="retired", sign_until=NOW, accept_until=NOW), changed_by="kp-r"
        )
    ctx.tx.rollback()


def test_no_key_is_there_from_the_first_once_verifiers_are(ctx: Context) -> None:
    old = first(ctx)
    forged = replace(old, kid="A" * 43, shard=0)
    with pytest.raises(IntegrityError):
        trust_store.add_issuer_key(ctx.tx, forged)
    ctx.tx.rollback()


def test_the_plan_says_what_is_due_and_changes_nothing(ctx: Context) -> None:
    trust.publish(ctx)  # with the sealing key of the next week
    calm = planning.plan(ctx)
    assert {step.what for step in calm.steps} == {"stage", "seal"}
    assert all(step.due_at > ctx.now for step in calm.steps)
    assert calm.diff == ()
    made = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "stolen"})
    plan = planning.plan(ctx)
    assert '+ "state": "revoked",' in plan.diff
    assert [step.command for step in plan.steps if step.what == "approve"] == [
        f"amate keys approve {made.proposal.id} --key URI"
    ]
    assert (plan.threshold, len(plan.signers)) == (2, 3)
    assert trust.list_keys(ctx) == [key for key, _ in calm.keys]
    staged = stage(ctx, "pass", shard=1)
    due = {step.what: step.due_at for step in planning.plan(ctx).steps if step.kid == staged.kid}
    assert due == {"activate": NOW + LEAD_S}


def test_the_calendar_keeps_the_rule_of_overlap(ctx: Context) -> None:
    year = planning.calendar(ctx, "pass", months=12)
    assert len(year) == 4 * 11
    for shard in range(4):
        mine = [each for each in year if each.shard == shard]
        for before, after in itertools.pairwise(mine):
            assert after.sign_from - before.sign_from == 30 * DAY_S
            assert before.hand_over_at == after.sign_from
            assert before.sign_until - after.sign_from >= 7 * DAY_S
            assert after.sign_from - after.stage_by > LEAD_S
    with pytest.raises(Refused, match="short-overlap"):
        planning.calendar(ctx, "pass", months=12, overlap_days=6)
    with pytest.raises(Malformed, match="dates-out-of-order"):
        planning.calendar(ctx, "pass", months=12, overlap_days=400)
    tighter = [each for each in planning.calendar(ctx, "pass", months=2, overlap_days=380) if each.shard == 0]
    assert tighter[1].sign_from - tighter[0].sign_from == 20 * DAY_S


def test_calendar_plan_and_proposal_give_a_key_the_same_dates(ctx: Context) -> None:
    calendar = [each for each in planning.calendar(ctx, "pass", months=3) if each.shard == 0]
    plan = planning.plan(ctx)
    (due,) = [step.due_at for step in plan.steps if (step.what, step.use, step.shard) == ("stage", "pass", 0)]
    assert (calendar[0].stage_by, calendar[0].sign_from) == (due, plan.hand_overs[first(ctx).kid])
    ctx.now = due
    staged = stage(ctx, "pass")
    assert (staged.sign_from, staged.sign_until) == (calendar[0].sign_from, calendar[0].sign_until)
    assert planning.plan(ctx).hand_overs[first(ctx).kid] == staged.sign_from, (
        "the successor's own first day, once known"
    )
    again = [each for each in planning.calendar(ctx, "pass", months=3) if each.shard == 0]
    assert again[0] == calendar[1]
    assert planning.plan(ctx).hand_overs[staged.kid] == calendar[0].hand_over_at
    change(ctx, "revoke", staged.kid, reason="lost")
    assert staged.kid not in planning.plan(ctx).hand_overs
    (due,) = [s.due_at for s in planning.plan(ctx).steps if (s.what, s.use, s.shard) == ("stage", "pass", 0)]
    assert planning.calendar(ctx, "pass", months=3)[0].stage_by == due, "a key that nobody believes has no successor"


def test_the_two_ends_of_signing_are_told_apart(ctx: Context) -> None:
    said = saying_plan.plan_text(planning.plan(ctx), width=80)
    assert "pass: the next hand-over to a successor is planned for 2026-12-18" in said
    assert "may sign until 2027-12-23 at the latest" in said
    head, row, *_, why = saying_plan.calendar_text(planning.calendar(ctx, "pass", months=3)).splitlines()
    assert head.split() == ["shard", *["stage", "by", "activate", "signs", "from", "hand-over", "at", "latest"]]
    assert row.split() == ["0", "2026-12-03", "2026-12-17", "2026-12-18", "2027-01-17", "2028-01-22"]
    assert "if none comes" in why


def test_a_demonstration_says_that_its_keys_are_from_before_it_was_made(ctx: Context) -> None:
    made = planning.plan(ctx)
    assert {key.sign_from for key, _ in made.keys} == {NOW - 40 * DAY_S}
    assert saying_plan.plan(made)["backdated_days"] == 40
    assert "dates from 40 days before they were made" in saying_plan.plan_text(made, width=80)


def test_nowhere_else_is_a_key_older_than_it_is(ctx: Context) -> None:
    real = ctx.settings.model_copy(update={"env": "staging", "home": ctx.settings.home.parent / "real"})
    real = real.model_copy(update={"database_url": f"sqlite:///{real.home}/amate.db"})
    with acting(open_migrated(real), real, NOW) as there:
        key = founding.add_first_key(there, "pass", 0, "file:pass", new_key().public_key())
        made = planning.plan(there)
    assert (key.sign_from, made.backdated_s) == (NOW, 0)
    assert "demonstration" not in saying_plan.plan_text(made, width=80)


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "commands"))
    monkeypatch.setenv("AMATE_ENV", "demo")
    runner = CliRunner()
    assert runner.invoke(trust_commands.trust, ["init"], catch_exceptions=False).exit_code == 0

    def run(*words: str) -> dict[str, object]:
        answer = runner.invoke(commands.keys, [*words, "--json"], catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        said: dict[str, object] = json.loads(answer.output)
        return said

    uris = [each["uri"] for each in run("people")["people"]]
    made = run("propose", "stage", "--use", "pass", "--shard", "2", "--key", uris[0])
    assert (made["state"], made["missing"]) == ("open", 1)
    proposal = str(made["proposal"])
    with pytest.raises(Refused, match="signatures-missing"):
        runner.invoke(commands.keys, ["stage", proposal], catch_exceptions=False)
    with pytest.raises(Refused, match="same-person"):
        runner.invoke(commands.keys, ["approve", proposal, "--key", uris[0]], catch_exceptions=False)
    run("approve", proposal, "--key", uris[1])
    done = run("stage", proposal)
    assert (done["state"], done["published"]["targets"]) == ("done", 2)
    assert run("stage", proposal)["published"]["targets"] == 2, "a second time changes nothing"
    kid = str(made["kid"])
    assert {key["kid"]: key["state"] for key in run("list")["keys"]}[kid] == "next"
    frozen = run("revoke", kid[:12], "--emergency", "--key", uris[2])
    assert frozen["frozen"]["frozen_at"] is not None
    proposal = str(frozen["proposal"]["proposal"])
    run("approve", proposal, "--key", uris[0])
    assert run("revoke", proposal)["state"] == "done"
    text_ = runner.invoke(commands.keys, ["plan", "--width", "80"], catch_exceptions=False).output
    assert "╳" in text_
    assert max(map(len, text_.splitlines()[:12])) <= 80
    assert "short-overlap" in str(
        runner.invoke(commands.keys, ["schedule", "--use", "pass", "--overlap", "1"]).exception
    )


@pytest.mark.parametrize("column", ["action", "kid", "expires_at"])
def test_what_is_carried_out_is_what_was_signed_and_not_what_the_row_says(ctx: Context, column: str) -> None:
    """Two people sign that a frozen key may resume; somebody with the database alone makes a retirement of it."""
    kid, other = first(ctx).kid, first(ctx, shard=1).kid
    actions.freeze(ctx, kid, reason="test")
    proposal = actions.propose(ctx, "resume", kid, holder(ctx, 0)).proposal.id
    actions.approve(ctx, proposal, holder(ctx, 1))
    rewritten: object = {"action": "retire", "kid": other, "expires_at": NOW + 99 * DAY_S}[column]
    take_refusals_away(ctx.tx, "rotation_proposal")
    ctx.tx.execute(store.proposals.update().values({column: rewritten}))
    with pytest.raises(Refused, match="proposal-changed"):
        actions.carry_out(ctx, proposal)
    with pytest.raises(Refused, match="proposal-changed"):
        actions.approve(ctx, proposal, holder(ctx, 2))
    assert [key.state for key in trust.list_keys(ctx)] == ["active"] * len(trust.list_keys(ctx))


def test_another_change_of_the_same_kind_is_not_taken_for_the_one_that_waits(ctx: Context) -> None:
    key = stage(ctx, "pass")
    later = key.sign_from + DAY_S
    made = actions.propose(ctx, "schedule", key.kid, holder(ctx, 0), details={"sign_from": later})
    assert actions.propose(ctx, "schedule", key.kid, holder(ctx, 0), details={"sign_from": later}) == made
    with pytest.raises(Conflict, match="proposal-open") as refused:
        actions.propose(ctx, "schedule", key.kid, holder(ctx, 0), details={"sign_from": later + DAY_S})
    assert made.proposal.id in refused.value.detail


@pytest.mark.parametrize("proof", ["{}", "", "[]", '{"id": "x", "response": {"clientDataJSON": "AAAA"}}'])
def test_a_passkeys_signature_is_verified_again_when_it_counts(ctx: Context, proof: str) -> None:
    made = actions.propose(ctx, "revoke", first(ctx).kid, holder(ctx, 0), details={"reason": "stolen"})
    nobody = people.with_passkey(ctx, people.StaffSignature("st-9", "Rosa Islas", "passkey", proof))
    store.add_signature(ctx.tx, nobody(made.proposal))  # a row that no authenticator ever made
    assert actions.standing(ctx, made.proposal.id).missing == 1
    with pytest.raises(Refused, match="signatures-missing"):
        actions.carry_out(ctx, made.proposal.id)


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_a15_who_signs_for_a_role_of_the_repository_signs_no_pass(ctx: Context, role: str) -> None:
    uri = next(key.uri for key in trust_store.role_keys(ctx.tx) if key.role == role)
    with pytest.raises(Conflict, match=f"key-use-taken.*a key of the {role} role.*make a key of its own for pass"):
        actions.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri)
    assert store.list_proposals(ctx.tx) == []


def test_a_key_that_signs_again_is_not_to_be_distrusted_by_one_old_signature(ctx: Context) -> None:
    kid = first(ctx).kid
    actions.freeze(ctx, kid, reason="stolen")
    distrust = actions.propose(ctx, model.REVOKE, kid, holder(ctx, 0), details={"reason": "stolen"})
    change(ctx, model.RESUME, kid)
    assert actions.find(ctx, distrust.proposal.id).state == model.WITHDRAWN
    with pytest.raises(Conflict, match="proposal-ended"):
        actions.approve(ctx, distrust.proposal.id, holder(ctx, 1))
    assert change(ctx, model.REVOKE, kid, reason="stolen").state == "revoked", "proposed anew, it may be"


def test_what_waits_for_a_key_that_is_revoked_is_closed(ctx: Context) -> None:
    old = first(ctx)
    ctx.now += 2 * DAY_S
    retire = actions.propose(ctx, model.RETIRE, old.kid, holder(ctx, 0))
    change(ctx, model.REVOKE, old.kid, reason="lost")
    assert actions.find(ctx, retire.proposal.id).state == model.WITHDRAWN
