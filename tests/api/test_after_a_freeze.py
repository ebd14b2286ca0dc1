"""What `amate keys` says once a key was frozen or distrusted: what it is, since when, and what is to be done next."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from amate.context import Context
from amate.errors import Unknown
from amate.features.issuance import actions as issuance
from amate.features.rotation import actions, commands, planning, saying, saying_plan
from amate.features.rotation.timeline import BELIEVED, SIGNS, timeline
from amate.features.trust import actions as trust
from amate.features.trust import commands as trust_commands
from amate.features.trust import store
from amate.features.trust.model import DAY_S, IssuerKey, iso
from tests.api.issuing import enrol
from tests.api.rotating import change, holder, stage
from tests.conftest import NOW

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)


def first(ctx: Context, use: str = "pass", shard: int = 0) -> IssuerKey:
    return next(key for key in trust.list_keys(ctx) if (key.use, key.shard) == (use, shard))


def steps(ctx: Context, kid: str) -> list[tuple[str, str, int, int]]:
    """What the plan asks to do with a key: what, use, shard, days from now."""
    due = (step for step in planning.plan(ctx).steps if step.kid == kid)
    return [(step.what, step.use, step.shard, (step.due_at - ctx.now) // DAY_S) for step in due]


def test_a_distrusted_key_says_so_and_since_when_it_was_frozen(ctx: Context) -> None:
    kid = first(ctx).kid
    actions.freeze(ctx, kid, reason="stolen")
    ctx.now += 600
    key = change(ctx, "revoke", kid, reason="stolen")
    said = saying.key(key, actions.hanging_on(ctx, key))
    assert (said["frozen_at"], said["distrust"]["at"]) == (iso(NOW), iso(NOW + 600))
    (line,) = saying.keys_text([said]).splitlines()
    assert "revoked" in line
    assert f"distrusted since {iso(NOW + 600)[:16]} (stolen)" in line
    assert "believed until" not in line


def test_a_key_that_was_distrusted_without_a_freeze_signs_nothing_since_then(ctx: Context) -> None:
    assert change(ctx, "revoke", first(ctx).kid, reason="stolen").frozen_at == NOW


def test_the_plan_asks_to_distrust_a_frozen_key_once_and_names_its_share(ctx: Context) -> None:
    kid = first(ctx, shard=2).kid
    actions.freeze(ctx, kid, reason="lost")
    assert ("frozen", "pass", 2, 0) in steps(ctx, kid)
    made = actions.propose(ctx, "revoke", kid, holder(ctx, 0), details={"reason": "lost"})
    asked = [step for step in steps(ctx, kid) if step[0] != "stage"]
    assert asked == [("approve", "pass", 2, 0)], "due now: every hour of it is believed"
    actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    assert [step for step in steps(ctx, kid) if step[0] != "stage"] == [("carry-out", "pass", 2, 0)]


def test_a_frozen_key_is_not_drawn_as_signing_nor_put_in_force(ctx: Context) -> None:
    key = stage(ctx, "pass", shard=1)
    actions.freeze(ctx, key.kid, reason="lost")
    asked = {what for what, *_ in steps(ctx, key.kid)}
    assert asked == {"frozen"}
    actions.freeze(ctx, first(ctx).kid, reason="lost")
    drawn = timeline(planning.plan(ctx), width=120).splitlines()
    (row,) = [line for line in drawn if first(ctx).kid[:10] in line]
    assert row[25:].strip("· ").lstrip(SIGNS).strip(BELIEVED) == "", "it signed, and is believed since"
    assert BELIEVED in row
    assert SIGNS not in next(line for line in drawn if key.kid[:10] in line)


def test_after_a_distrust_the_plan_asks_for_the_renewal(ctx: Context) -> None:
    card = issuance.printed_card(ctx, enrol(ctx))
    ctx.commit()
    assert card
    kid = next(key.kid for key in trust.list_keys(ctx) if actions.hanging_on(ctx, key).cards)
    change(ctx, "revoke", kid, reason="stolen")
    assert ("reissue", 0) in [(what, days) for what, _, _, days in steps(ctx, kid)]
    assert list(actions.ask_to_renew(ctx, trust.find_key(ctx, kid), rate=10, sleep=lambda _: None)) == [1]
    assert "reissue" not in {what for what, *_ in steps(ctx, kid)}, "everybody was asked"


def test_the_plan_has_what_is_late_with_its_day_and_what_was_halted(ctx: Context) -> None:
    key = first(ctx)
    (due,) = (step.due_at for step in planning.plan(ctx).steps if step.kid == key.kid)
    ctx.now = due + 45 * DAY_S
    assert "(45 days late)" in saying_plan.plan_text(planning.plan(ctx), width=80)
    store.halt_key(ctx.tx, key.kid, "pass", ctx.now)
    assert ("halted", "pass", 0, 0) in steps(ctx, key.kid)


def test_a_plan_for_real_keys_names_the_new_key(ctx: Context) -> None:
    for env, names_it in (("demo", False), ("production", True)):
        there = replace(ctx, settings=ctx.settings.model_copy(update={"env": env}))
        asked = [step.command for step in planning.plan(there).steps if step.what == "stage"]
        assert asked
        assert {"--uri NEW_KEY" in command for command in asked} == {names_it}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`amate keys …` on a demonstration of its own: exit code and what it printed."""
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "commands"))
    monkeypatch.setenv("AMATE_ENV", "demo")
    runner = CliRunner()
    assert runner.invoke(trust_commands.trust, ["init"], catch_exceptions=False).exit_code == 0

    def invoke(*words: str) -> Any:
        answer = runner.invoke(commands.keys, list(words), catch_exceptions=False)
        return answer.exit_code, json.loads(answer.stdout) if "--json" in words else answer.stdout

    return invoke


def test_an_emergency_beside_a_proposal_that_waits_says_both(run: Run) -> None:
    uris = [each["uri"] for each in run("people", "--json")[1]["people"]]
    kid = next(key["kid"] for key in run("list", "--json")[1]["keys"] if key["use"] == "pass")
    proposal = run("propose", "revoke", kid, "--reason", "lost", "--key", uris[0], "--json")[1]["proposal"]
    code, said = run("revoke", kid, "--emergency", "--key", uris[1])
    assert code == 3
    assert f"{kid} signs nothing from now on" in said
    assert f"{proposal} waits already, for the reason lost" in said
    assert f"amate keys approve {proposal} --key URI" in said
    code, said = run("revoke", kid, "--emergency", "--reason", "lost", "--key", uris[1], "--json")
    assert (code, said["proposal"], said["waiting"]["proposal"]) == (3, None, proposal), "to freeze is not to distrust"
    assert run("proposals", "--json")[1]["proposals"][0]["missing"] == 1
    code, said = run("revoke", kid, "--emergency", "--reason", "lost", "--key", uris[0], "--json")
    assert (code, said["proposal"]["missing"]) == (0, 1), "whoever proposed it reads how it stands"


def test_the_last_key_of_a_use_says_that_nothing_is_issued_any_more(run: Run) -> None:
    kids = [key["kid"] for key in run("list", "--json")[1]["keys"] if key["use"] == "credential"]
    assert "--reason test --key URI" in run("revoke", kids[0], "--emergency", "--reason", "test")[1]
    for kid in kids[:-1]:
        assert "issuing stops" not in run("revoke", kid, "--emergency")[1]
    assert "nothing else signs for credential: issuing stops" in run("revoke", kids[-1], "--emergency")[1]


@pytest.mark.parametrize("verb", ["stage", "activate", "retire", "apply", "revoke", "withdraw", "approve"])
def test_a_key_where_a_proposal_is_asked_for_is_told_apart(run: Run, verb: str) -> None:
    kid = run("list", "--json")[1]["keys"][0]["kid"]
    own = ["--key", run("people", "--json")[1]["people"][0]["uri"]] if verb == "approve" else []
    with pytest.raises(Unknown, match="is a key: stop it with"):
        run(verb, kid, *own)
    with pytest.raises(Unknown, match="no proposal 'kp-none': "):
        run(verb, "kp-none", *own)
