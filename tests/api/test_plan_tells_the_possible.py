"""What the plan asks for is not refused when somebody does it, and no date stands in it that cannot be any more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amate.context import Context
from amate.core.trust import seconds_from_iso
from amate.errors import Refused
from amate.features.rotation import actions, lifecycle, model, people, planning, saying, saying_plan
from amate.features.rotation.steps import Step
from amate.features.trust import actions as trust
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.model import DAY_S, IssuerKey, iso
from amate.signing.signer import open_signer
from tests.api.conftest import Amate
from tests.api.holders import People
from tests.api.rotating import change, done, holder, stage, stage_unpublished

LEAD_S, OVERLAP_S = 14 * DAY_S, 7 * DAY_S


def first(ctx: Context, use: str = "pass", shard: int = 0) -> IssuerKey:
    return next(key for key in trust.list_keys(ctx) if (key.use, key.shard) == (use, shard))


def asked(ctx: Context, use: str = "pass", shard: int = 0) -> list[Step]:
    return [step for step in planning.plan(ctx).steps if (step.use, step.shard) == (use, shard)]


def told(ctx: Context) -> list[tuple[str, int]]:
    """What is asked of the share, and in how many seconds."""
    return [(step.what, step.due_at - ctx.now) for step in asked(ctx)]


def date_in(command: str) -> int:
    words = command.split()
    return seconds_from_iso(words[words.index("--sign-from") + 1])


@pytest.fixture
def demo(ctx: Context) -> Context:
    trust.init(ctx)
    return ctx


@pytest.fixture
def late(demo: Context) -> IssuerKey:
    """A key that two people staged, and of which verifiers are not told for two days."""
    stage_unpublished(demo, "pass", trust.make_file_key(demo, "pass"))
    (key,) = [key for key in trust.list_keys(demo) if key.state == "next"]
    demo.now += 2 * DAY_S
    return key


class TestDatesThatCannotBe:
    @pytest.mark.parametrize("is_published", [False, True])
    def test_the_plan_offers_others_and_they_are_taken(
        self, demo: Context, late: IssuerKey, is_published: bool
    ) -> None:
        if is_published:
            trust.publish(demo)
        (step,) = [step for step in asked(demo) if step.kid == late.kid and step.what != "publish"]
        assert (step.what, step.due_at) == ("schedule", demo.now)
        assert step.command.startswith(f"amate keys propose schedule {late.kid} --sign-from ")
        assert step.command.endswith(" --key URI")
        safe = date_in(step.command)
        assert safe == demo.now + LEAD_S + DAY_S
        change(demo, model.SCHEDULE, late.kid, sign_from=safe)
        demo.now = safe
        assert change(demo, model.ACTIVATE, late.kid).state == "active"

    def test_as_soon_as_it_was_published_too_late_and_not_before(self, demo: Context, late: IssuerKey) -> None:
        demo.now = late.sign_from - LEAD_S
        assert {step.what for step in asked(demo) if step.kid == late.kid} == {"publish"}
        demo.now += 1
        assert "schedule" in {step.what for step in asked(demo) if step.kid == late.kid}
        trust.publish(demo)
        demo.now += LEAD_S
        with pytest.raises(Refused, match="published-too-late"):
            change(demo, model.ACTIVATE, late.kid)
        assert "activate" not in {step.what for step in asked(demo)}

    def test_nor_is_a_key_given_dates_beyond_its_own_end(self, demo: Context, late: IssuerKey) -> None:
        demo.now = late.sign_until - LEAD_S
        assert f"amate keys propose retire {late.kid} --key URI" in [step.command for step in asked(demo)]
        assert "schedule" not in {step.what for step in asked(demo)}

    def test_a_proposal_to_give_others_is_the_step(self, demo: Context, late: IssuerKey) -> None:
        trust.publish(demo)
        (step,) = [step for step in asked(demo) if step.what == "schedule"]
        actions.propose(demo, "schedule", late.kid, holder(demo, 0), details={"sign_from": date_in(step.command)})
        assert [step.what for step in asked(demo) if step.kid == late.kid] == ["approve"]

    def test_no_hand_over_is_planned_for_them(self, demo: Context, late: IssuerKey) -> None:
        before = first(demo)
        safe = demo.now + LEAD_S + DAY_S
        said = planning.plan(demo).hand_overs
        assert said[before.kid] == safe
        assert said[late.kid] > safe
        trust.publish(demo)
        assert planning.plan(demo).hand_overs[before.kid] == safe

    def test_the_list_says_that_they_cannot_be(self, demo: Context, late: IssuerKey, amate: Amate) -> None:
        trust.publish(demo)
        safe, passed = iso(demo.now + LEAD_S + DAY_S)[:10], iso(late.sign_from)[:10]
        known, rules = trust.list_keys(demo), actions.rules_of(demo)
        day = lifecycle.other_day(trust.find_key(demo, late.kid), rules, now=demo.now)
        said = saying.key(trust.find_key(demo, late.kid), actions.hanging_on(demo, late), other_day=day)
        assert f"CANNOT sign from {passed} any more: other dates, from {safe} on" in saying.keys_text([said])
        assert all(lifecycle.other_day(key, rules, now=demo.now) is None for key in known if key.kid != late.kid)
        demo.commit()
        lines = amate("keys", "list").stdout.splitlines()
        assert "CANNOT sign from" in next(line for line in lines if line.startswith(late.kid))
        assert passed not in next(line for line in lines if line.startswith(first(demo).kid))


class TestRetiring:
    @pytest.fixture
    def both(self, demo: Context) -> tuple[IssuerKey, IssuerKey]:
        """A key on which nothing hangs, and its successor in force, which signs from the next day on."""
        key = stage(demo, "pass")
        demo.now += LEAD_S
        return first(demo), change(demo, model.ACTIVATE, key.kid)

    def test_waits_for_the_overlap(self, demo: Context, both: tuple[IssuerKey, IssuerKey]) -> None:
        old, new = both
        (step,) = [step for step in asked(demo) if step.what == "retire"]
        assert (step.kid, step.due_at) == (old.kid, new.sign_from + OVERLAP_S)
        demo.now = step.due_at
        assert change(demo, model.RETIRE, old.kid).state == "retired"

    def test_has_a_proposal_in_its_place(self, demo: Context, both: tuple[IssuerKey, IssuerKey]) -> None:
        old, new = both
        demo.now = new.sign_from + OVERLAP_S
        actions.propose(demo, model.RETIRE, old.kid, holder(demo, 0))
        assert [step.what for step in asked(demo) if step.kid == old.kid] == ["approve"]

    def test_is_not_asked_for_a_successor_that_signs_nothing(
        self, demo: Context, both: tuple[IssuerKey, IssuerKey]
    ) -> None:
        old, new = both
        actions.freeze(demo, new.kid, reason="lost")
        demo.now = new.sign_from + OVERLAP_S
        assert "retire" not in {step.what for step in asked(demo) if step.kid == old.kid}


class TestProposals:
    def test_is_due_now_and_says_when_it_ends(self, demo: Context) -> None:
        made = actions.propose_stage(demo, "pass", holder(demo, 0))
        assert told(demo) == [("approve", 0)], "the new key is not asked for besides"
        ends = iso(made.proposal.expires_at)[:10]
        (line,) = [
            line for line in saying_plan.plan_text(planning.plan(demo), width=80).splitlines() if "approve" in line
        ]
        assert f"amate keys approve {made.proposal.id} --key URI  a second person, ends on {ends}" in line
        assert "(now)" in line
        actions.approve(demo, made.proposal.id, holder(demo, 1))
        assert told(demo) == [("carry-out", 0)]
        demo.now = made.proposal.expires_at
        assert "stage" in {what for what, _ in told(demo)}, "one that is too old answers nothing"

    def test_whose_dates_are_too_near_by_now_is_to_be_withdrawn(self, demo: Context) -> None:
        made = actions.propose_stage(demo, "pass", holder(demo, 0))
        demo.now += DAY_S
        assert told(demo) == [("approve", 0)]
        demo.now += 1
        (step,) = asked(demo)
        assert (step.what, step.command) == ("withdraw", f"amate keys withdraw {made.proposal.id}")
        with pytest.raises(Refused, match="too-early"):
            done(demo, made)
        actions.withdraw(demo, made.proposal.id)
        assert [what for what, _ in told(demo)] == ["stage"]

    def test_to_put_a_key_in_force_is_the_step(self, demo: Context) -> None:
        key = stage(demo, "pass")
        demo.now = key.sign_from
        made = actions.propose(demo, model.ACTIVATE, key.kid, holder(demo, 0))
        assert [step.what for step in asked(demo) if step.kid == key.kid] == ["approve"]
        done(demo, made)

    def test_to_let_a_frozen_key_sign_again_decides_it(self, demo: Context) -> None:
        kid = first(demo).kid
        actions.freeze(demo, kid, reason="test")
        actions.propose(demo, model.RESUME, kid, holder(demo, 0))
        assert "frozen" not in {step.what for step in asked(demo)}


class TestDrafts:
    """Where holders of targets keys sign elsewhere."""

    @pytest.fixture
    def staged(self, ctx: Context, tmp_path: Path) -> tuple[People, IssuerKey]:
        """A key whose draft waits for the holders."""
        ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
        made = People.of(ctx, tmp_path).joined("issuer", "Pass 0").joined("issuer", "Pass new")
        uri = json.dumps(made["Pass 0"].uri)
        ceremonies.run(ctx, f'{made.ceremony()}[[issuer_keys]]\nuse = "pass"\nshard = 0\nuri = {uri}\n')
        one, two = (people.with_key(ctx, made[name].uri) for name in ("Targets 1", "Targets 2"))
        standing = actions.propose_stage(ctx, "pass", one, uri=made["Pass new"].uri)
        actions.approve(ctx, standing.proposal.id, two)
        actions.carry_out(ctx, standing.proposal.id)
        trust.publish(ctx)
        return made, trust.find_key(ctx, standing.proposal.kid)

    def test_nobody_is_asked_to_publish_what_lacks_signatures(
        self, ctx: Context, staged: tuple[People, IssuerKey]
    ) -> None:
        steps = planning.plan(ctx).steps
        assert "2 more by Targets 1" in steps[0].by
        assert "publish" not in {step.what for step in steps}
        assert "amate trust publish" not in {step.command for step in steps if step.what != "seal"}

    def test_one_that_is_signed_too_late_leads_to_other_dates(
        self, ctx: Context, staged: tuple[People, IssuerKey]
    ) -> None:
        made, key = staged
        ctx.now += 2 * DAY_S
        assert [step.what for step in asked(ctx)] == ["schedule"], "while it waits"
        (waiting,) = trust.waiting_drafts(ctx)
        draft = drafts.export(ctx, waiting.number)
        for name in ("Targets 1", "Targets 2"):
            draft = drafts.sign(draft, open_signer(made[name].uri, passphrase_file=ctx.settings.passphrase_file))
        drafts.take(ctx, draft)
        trust.publish(ctx)
        assert trust.find_key(ctx, key.kid).published_at == ctx.now
        assert [step.what for step in asked(ctx)] == ["schedule"], "and once it is published"
