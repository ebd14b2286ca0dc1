"""What commands say is to be typed as it stands, and says what is wrong where it is: also while the signer is down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from amate.cli import cli
from amate.context import Context
from amate.errors import Malformed, Unavailable
from amate.features.rotation import lifecycle, planning, proposing, saying, saying_plan
from amate.features.rotation.timeline import timeline
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust import commands
from amate.features.trust.model import DAY_S
from tests.api.conftest import Amate, LoginAs
from tests.conftest import Clock


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)
    status.publish(ctx)
    ctx.commit()


@pytest.mark.parametrize("verb", ["stage", "activate", "retire", "revoke", "apply"])
def test_who_carries_a_proposal_out_reads_in_its_help_when_it_waits(verb: str) -> None:
    said = CliRunner().invoke(cli, ["keys", verb, "--help"]).output
    assert "Exit 3" in said


def test_an_alarm_holds_commands_and_nothing_else_one_for_each_series(
    client: FlaskClient, login_as: LoginAs, clock: Clock, ctx: Context
) -> None:
    clock.now = ctx.now + 200 * DAY_S
    rings = client.get("/api/v1/keys/alarms", headers=login_as("security")).json["alarms"]
    said = {(each["kind"], each["name"]): each["do"].splitlines() for each in rings}
    stage = "amate keys propose stage --use pass --shard {} --key URI"
    assert said["key", "pass"] == [stage.format(shard) for shard in range(4)]
    assert said["role", "targets"] == ["amate trust publish", "amate trust drafts"]
    for lines in said.values():
        assert all(line.startswith("amate ") and not set(line) & set(",:`") for line in lines), lines


def test_the_check_says_in_good_english_what_ends(amate: Amate, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "system_clock", clock)
    clock.now += 10 * DAY_S
    said = amate("trust", "check").output
    assert "status lists ended " in said
    assert "; amate trust drafts" in said
    assert commands._when(commands.Ending("lists", "lists", None, ""), 0) == "are missing"
    assert commands._when(commands.Ending("lists", "lists", 9, ""), 0).startswith("end 1970")
    assert commands._when(commands.Ending("sealing", "sealing", None, ""), 0) == "is missing"


def test_one_of_a_thing_is_one(ctx: Context) -> None:
    one = {"credentials": 1, "cards": 0, "passes": 0, "lists": 0, "until": "2027-01-01"}
    assert saying._hanging_text(one) == "1 credential hangs on it until 2027-01-01"
    assert saying._hanging_text(one | {"passes": 2, "lists": 1}).startswith("1 credential, 2 passes, 1 list hang on it")
    assert saying_plan._lateness(0, DAY_S) == " (1 day late)"
    key = trust.list_keys(ctx)[0]
    with pytest.raises(Exception, match="cards: 1,") as refused:
        lifecycle.retired(key, lifecycle.Hanging(0, 1, 0, 0, 9), [key], now=ctx.now)
    assert "1 cards" not in str(refused.value)


class TestSignerDown:
    """Where `AMATE_SIGNER_SOCKET` says that another process signs, and none listens."""

    @pytest.fixture
    def socket(self, tmp_path: Path) -> Path:
        return tmp_path / "nobody.sock"

    @pytest.fixture
    def told(self, amate: Amate, socket: Path) -> Amate:
        return Amate(amate.env | {"AMATE_SIGNER_SOCKET": str(socket)})

    def test_the_check_names_it_and_asks_for_no_ceremony(self, told: Amate, socket: Path) -> None:
        done = told("trust", "check")
        assert done.exit_code == 1
        assert f"the signing process does not answer at {socket}" in done.output
        assert f"amate signer --socket {socket}" in done.output
        assert "ceremony" not in done.output
        assert "NOBODY CAN SIGN" not in done.output
        assert str(socket) in json.loads(told("trust", "check", "--json").output)["signer_down"]

    def test_so_does_publishing(self, told: Amate, socket: Path) -> None:
        done = told("trust", "publish")
        assert isinstance(done.exception, Unavailable)
        assert f"amate signer --socket {socket}" in done.exception.detail

    def test_a_key_that_is_gone_beside_a_signer_that_answers_is_still_replaced(
        self, amate: Amate, ctx: Context
    ) -> None:
        from amate.features.trust import store

        path = next(key.uri for key in store.role_keys(ctx.tx) if key.role == "snapshot").removeprefix("file:")
        ctx.tx.rollback()
        Path(path).unlink()
        said = amate("trust", "check").output
        assert "snapshot: NOBODY CAN SIGN FOR IT" in said
        assert "ceremony" in said


def test_the_plan_puts_a_draft_before_what_is_late(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = trust.Waiting(7, "targets", 2, "00", (), "")
    monkeypatch.setattr(planning.trust, "waiting_drafts", lambda _ctx: [waits])
    ctx.now += 60 * DAY_S
    steps = planning.plan(ctx).steps
    assert (steps[0].what, steps[0].command) == ("draft", "amate trust publish")
    assert steps[1].due_at < steps[0].due_at


def test_a_key_that_signs_on_is_renewed_with_a_warning(amate: Amate, ctx: Context) -> None:
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    ctx.tx.rollback()
    done = amate("keys", "reissue", kid)
    assert (done.exit_code, f"{kid} signs on as usual" in done.stderr) == (0, True)
    assert f"amate keys revoke {kid} --emergency" in done.stderr
    amate("keys", "revoke", kid, "--emergency")
    assert "signs on" not in amate("keys", "reissue", kid).stderr


def test_both_pictures_have_the_planned_hand_over(ctx: Context) -> None:
    drawn = timeline(planning.plan(ctx), width=120).splitlines()
    rows = [line for line in drawn if line.startswith(("pass", "credential", "status"))]
    assert len(rows) == 9
    assert all(row.count("▽") == 1 and row.index("▽") > drawn[0].index("▼") for row in rows)
    assert "▽ planned hand-over" in drawn[-1]
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    trust.freeze_key(ctx, kid, reason="test")
    (row,) = [line for line in timeline(planning.plan(ctx), width=120).splitlines() if kid[:10] in line]
    assert "▽" not in row


def test_a_clock_that_was_set_back_is_told_before_it_ages_everybodys_trust(
    amate: Amate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set the clock" not in amate("trust", "publish").stderr
    monkeypatch.setattr(commands.actions, "last_signed_at", lambda ctx: ctx.now + DAY_S)
    assert "set the clock" in amate("trust", "publish").stderr


def test_a_day_is_its_midnight_and_what_is_no_date_says_both_spellings() -> None:
    assert proposing._instant("2027-03-01", "--sign-from") == proposing._instant("2027-03-01T00:00:00Z", "--sign-from")
    with pytest.raises(Malformed, match="malformed-date") as wrong:
        proposing._instant("1.3.2027", "--sign-from")
    assert "YYYY-MM-DD, which is midnight UTC" in wrong.value.detail
