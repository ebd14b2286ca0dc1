"""What an emergency's commands say is so: of a key that is distrusted, that is to be, that is only frozen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskClient

from amate.context import Context
from amate.errors import Malformed, Refused
from amate.features.rotation import actions, planning, saying_plan
from amate.features.trust import actions as trust
from amate.features.trust import commands as trust_commands
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.model import iso
from tests.api.conftest import Amate, LoginAs
from tests.api.holders import People
from tests.api.rotating import change, holder


@pytest.fixture
def people(ctx: Context, tmp_path: Path) -> People:
    """A deployment whose targets keys sign away from publishing, with two keys of the issuer."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    made = People.of(ctx, tmp_path)
    text = made.ceremony()
    for shard in (0, 1):
        made = made.joined("issuer", f"Pass {shard}")
        uri = json.dumps(made[f"Pass {shard}"].uri)
        text += f'[[issuer_keys]]\nuse = "pass"\nshard = {shard}\nuri = {uri}\n'
    ceremonies.run(ctx, text)
    ctx.commit()
    return made


@pytest.fixture
def staging(amate: Amate) -> Amate:
    return Amate(amate.env | {"AMATE_ENV": "staging"})


def shown(done: Result) -> str:
    if done.exception is not None:
        raise done.exception
    return done.stdout


def kid_of(ctx: Context) -> str:
    return next(key.kid for key in trust.list_keys(ctx) if key.shard == 0)


def key_of(people: People, name: str) -> str:
    return people.unattended(people[name].uri)


def distrusted(ctx: Context, amate: Amate, people: People) -> tuple[str, str]:
    """The kid, and the draft's number, after the two people of security did all that they can."""
    kid = kid_of(ctx)
    ctx.commit()
    made = amate.json("keys", "revoke", kid, "--emergency", "--key", key_of(people, "Targets 1"))["proposal"][
        "proposal"
    ]
    amate.json("keys", "approve", made, "--key", key_of(people, "Targets 2"))
    done = amate("keys", "revoke", made, "--json")
    assert done.exit_code == 3, done.output
    (waits,) = json.loads(done.stdout)["published"]["waits_for"]
    return kid, str(waits["number"])


def test_a_distrust_that_waits_for_signatures_is_not_called_one(ctx: Context, people: People, staging: Amate) -> None:
    kid, number = distrusted(ctx, staging, people)
    said = shown(staging("keys", "list"))
    (line,) = [line for line in said.splitlines() if line.startswith(kid)]
    for word in ("VERIFIERS STILL BELIEVE IT", f"draft {number}", "2 more", "Targets 1, Targets 2, Targets 3"):
        assert word in line
    assert "distrusted since" not in line
    (listed,) = [key for key in staging.json("keys", "list")["keys"] if key["kid"] == kid]
    assert (listed["told"], [each["number"] for each in listed["waits_for"]]) == (False, [int(number)])
    (other,) = [key for key in staging.json("keys", "list")["keys"] if key["kid"] != kid]
    assert (other["told"], other["waits_for"]) == (True, [])


def test_the_plan_says_first_whose_signatures_are_awaited(ctx: Context, people: People, staging: Amate) -> None:
    _, number = distrusted(ctx, staging, people)
    due = staging("keys", "plan").stdout.partition("What is due:\n")[2].splitlines()
    assert f"amate trust draft export {number} --to FILE" in due[0]
    assert "2 more by Targets 1, Targets 2, Targets 3" in due[0]
    step = staging.json("keys", "plan")["steps"][0]
    assert (step["what"], step["use"], step["is_due"]) == ("draft", "targets", True)


def test_the_plan_names_the_key_whose_distrust_waits_for_them(ctx: Context, people: People, staging: Amate) -> None:
    kid, number = distrusted(ctx, staging, people)
    first = staging("keys", "plan").stdout.partition("What is due:\n")[2].splitlines()[0]
    for word in (f"the distrust of {kid} (pass 0) waits", "VERIFIERS STILL BELIEVE IT", f"draft export {number} "):
        assert word in first
    said = staging.json("keys", "plan")
    assert (said["steps"][0]["kid"], said["steps"][0]["shard"]) == (kid, 0)
    assert {key["kid"]: key["told"] for key in said["keys"]}[kid] is False


def test_the_plan_draws_a_key_as_believed_until_verifiers_are_told(
    ctx: Context, people: People, staging: Amate
) -> None:
    kid, _ = distrusted(ctx, staging, people)
    drawn = shown(staging("keys", "plan")).partition("What is due:")[0]
    (lane,) = [line for line in drawn.splitlines() if f"  {kid[:10]} " in line]
    assert "╳" not in lane
    assert lane.endswith("!!!!"), "until it is told, verifiers believe it, whatever was decided"
    assert "! decided, not told: still believed" in drawn


def test_a_distrust_that_nobody_has_published_is_due_first(ctx: Context) -> None:
    """A command that was cut off between the decision and its publication left no draft."""
    trust.init(ctx)
    kid = next(key.kid for key in trust.list_keys(ctx) if (key.use, key.shard) == ("pass", 0))
    made = actions.propose(ctx, "revoke", kid, holder(ctx, 0), details={"reason": "stolen"}).proposal.id
    actions.approve(ctx, made, holder(ctx, 1))
    actions.carry_out(ctx, made)
    plan = planning.plan(ctx)
    assert (plan.steps[0].what, plan.steps[0].kid, plan.steps[0].command) == ("publish", kid, "amate trust publish")
    assert f"the distrust of {kid} (pass 0) waits" in saying_plan.plan_text(plan, width=100)


def test_the_check_says_that_a_distrust_waits_and_for_whom(
    ctx: Context, people: People, staging: Amate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust_commands, "endings", lambda *_, **__: [])  # this one has no keys for other uses
    before = staging("trust", "check")
    assert (before.exit_code, "the repository holds" in before.stdout) == (0, True), before.output
    kid, number = distrusted(ctx, staging, people)
    done = staging("trust", "check")
    assert done.exit_code == 3, done.output
    for word in (f"the distrust of {kid} (pass 0) waits", "VERIFIERS STILL BELIEVE IT", f"draft {number} "):
        assert word in done.stdout
    assert "2 more by keys that root 1 gives targets: Targets 1, Targets 2, Targets 3" in done.stdout
    assert "the repository holds" not in done.stdout
    (said,) = json.loads(staging("trust", "check", "--json").stdout)["untold"]
    assert (said["kid"], said["use"], said["shard"]) == (kid, "pass", 0)
    assert [each["number"] for each in said["waits_for"]] == [int(number)]
    lenient = staging("trust", "check", "--allow-ending")
    assert (lenient.exit_code, kid in lenient.stdout) == (0, True), "a start is not held up, and says so"


def test_what_fails_the_check_fails_it_also_while_a_distrust_waits(
    ctx: Context, people: People, staging: Amate
) -> None:
    kid, _ = distrusted(ctx, staging, people)
    done = staging("trust", "check")
    assert (done.exit_code, f"the distrust of {kid}" in done.stdout, "are missing" in done.stdout) == (1, True, True)


def test_the_console_is_told_that_verifiers_believe_a_key(
    ctx: Context, people: People, staging: Amate, client: FlaskClient, login_as: LoginAs
) -> None:
    kid, number = distrusted(ctx, staging, people)
    keys = client.get("/api/v1/keys", headers=login_as("security")).json["keys"]
    (listed,) = [key for key in keys if key["kid"] == kid]
    assert (listed["state"], listed["told"]) == ("revoked", False)
    assert [key["told"] for key in keys if key["kid"] != kid] == [True]
    waiting = client.get("/api/v1/keys/alarms", headers=login_as("security")).json["waiting"]
    (waits,) = [draft for draft in waiting if draft["role"] == "targets"]
    (need,) = waits["needs"]
    assert waits["number"] == int(number)
    assert (need["missing"], need["holders"]) == (2, ["Targets 1", "Targets 2", "Targets 3"])


def test_once_verifiers_are_told_it_is_one(ctx: Context, amate: Amate) -> None:
    trust.init(ctx)
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    change(ctx, "revoke", kid, reason="stolen")
    ctx.commit()
    (line,) = [line for line in amate("keys", "list").stdout.splitlines() if line.startswith(kid)]
    assert f"distrusted since {iso(ctx.now)[:16]} (stolen)" in line
    assert "BELIEVE" not in line
    assert [step.what for step in planning.plan(ctx).steps if step.what == "draft"] == []


@pytest.mark.parametrize("with_key", [False, True])
def test_to_stop_a_key_that_is_distrusted_says_since_when_it_is(ctx: Context, amate: Amate, with_key: bool) -> None:
    trust.init(ctx)
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    change(ctx, "revoke", kid, reason="stolen")
    uri = trust.holders(ctx)[0].uri or ""
    ctx.commit()
    done = amate("keys", "revoke", kid, "--emergency", *(("--key", uri) if with_key else ()))
    assert done.exit_code == 0, done.output
    assert f"{kid} is distrusted since {iso(ctx.now)[:16]} (stolen)" in done.stdout
    assert "still believed" not in done.stdout
    assert "To distrust it" not in done.stdout


def test_and_one_that_waits_to_be_says_that_it_waits(ctx: Context, people: People, staging: Amate) -> None:
    kid, number = distrusted(ctx, staging, people)
    said = shown(staging("keys", "revoke", kid, "--emergency"))
    assert "VERIFIERS STILL BELIEVE IT" in said
    assert f"draft {number}" in said


def test_a_key_is_frozen_also_where_the_proposal_fails_and_both_are_said(
    ctx: Context, people: People, staging: Amate, tmp_path: Path
) -> None:
    kid = kid_of(ctx)
    ctx.commit()
    wrong = tmp_path / "wrong"
    wrong.write_text("not the word at all")
    uri = f"{people['Targets 1'].uri}?passphrase-source=file:{wrong}"
    done = staging("keys", "revoke", kid, "--emergency", "--key", uri)
    assert isinstance(done.exception, Malformed)
    assert done.exception.slug == "wrong-passphrase"
    for word in (f"{kid} IS FROZEN", "nobody has proposed to distrust it", f"amate keys propose revoke {kid}"):
        assert word in done.exception.detail
    assert trust.find_key(ctx, kid).frozen_at is not None
    stranger = people.joined("other", "Nobody")
    ctx.commit()
    done = staging("keys", "revoke", kid, "--emergency", "--key", key_of(stranger, "Nobody"))
    assert isinstance(done.exception, Refused)
    assert (done.exception.slug, "IS FROZEN" in done.exception.detail) == ("not-a-holder", True)
