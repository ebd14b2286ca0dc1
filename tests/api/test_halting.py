"""One wrong signature, and the key signs nothing more for anybody until somebody has looked: row A16."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from amate.context import Context
from amate.errors import Conflict, Unavailable
from amate.features.audit import store as audit
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from tests.api.conftest import Amate, LoginAs
from tests.api.issuing import claimed, enrol, offer_to
from tests.api.soft_signer import Meddling, corrupted, dead, meddle_with
from tests.api.soft_wallet import SoftWallet, error_of, json_of
from tests.conftest import Clock


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context) -> SoftWallet:
    """A phone with its credential."""
    return claimed(client, clock, offer_to(ctx, enrol(ctx)))


@pytest.fixture
def err_once(apps: list[Flask], wallet: SoftWallet, ctx: Context) -> Callable[[], str]:
    """Has the signer err once, over a pass, and says whose signature that was; then it is as good as before."""

    def err() -> str:
        good = [app.extensions["amate.signer"] for app in apps]
        meddle_with(apps, corrupted)
        assert error_of(wallet.new_pass(), 503) == "signature-corrupted"
        for app, signer in zip(apps, good, strict=True):
            app.extensions["amate.signer"] = signer
        (halt,) = trust.halts(ctx)
        ctx.commit()
        return halt.kid

    return err


def figures(client: FlaskClient) -> dict[str, float]:
    text = client.get("/metrics").get_data(as_text=True)
    found = re.findall(r'^amate_signing_(alarms_total|halted)\{use="pass"\} (\S+)$', text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_a16_one_wrong_signature_halts_its_key_in_every_worker(
    wallet: SoftWallet, err_once: Callable[[], str], ctx: Context
) -> None:
    """The other shards stop with it: what erred is the machine that signs with them all."""
    json_of(wallet.new_pass())
    kid = err_once()
    for _ in range(8):  # each worker, and whatever shard chance would take
        assert error_of(wallet.new_pass(), 503) == "signing-halted"
        assert error_of(wallet.qr_token(), 503) == "signing-halted"
    trust.unhalt(ctx, kid)
    ctx.commit()
    for _ in range(2):
        json_of(wallet.new_pass())


def test_what_other_keys_sign_goes_on(wallet: SoftWallet, err_once: Callable[[], str], ctx: Context) -> None:
    err_once()
    json_of(wallet.credential())
    status.publish(ctx)
    trust.publish(ctx)


def test_the_alarm_is_raised_everywhere_it_is_looked_for(
    client: FlaskClient,
    err_once: Callable[[], str],
    ctx: Context,
) -> None:
    assert [figures(client) for _ in range(2)] == [{"alarms_total": 0, "halted": 0}] * 2
    assert client.get("/readyz").json == {"status": "ready"}
    with capture_logs() as logged:
        kid = err_once()
    (said,) = [line for line in logged if line["event"] == "signing.alarm"]
    assert (said["log_level"], said["key"], said["use"]) == ("error", kid, "pass")
    assert [figures(client) for _ in range(2)] == [{"alarms_total": 1, "halted": 1}] * 2
    for _ in range(2):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json) == (200, {"status": "ready", "signing": "halted"})
    ctx.commit()
    trust.unhalt(ctx, kid)
    ctx.commit()
    assert [figures(client) for _ in range(2)] == [{"alarms_total": 1, "halted": 0}] * 2
    assert client.get("/readyz").json == {"status": "ready"}
    written = ctx.tx.execute(select(audit.entries.c.action).where(audit.entries.c.subject == kid)).scalars()
    assert {"key.halted", "key.unhalted"} <= set(written)


def test_that_nothing_signs_any_more_is_told_as_loudly(client: FlaskClient, wallet: SoftWallet, ctx: Context) -> None:
    def keys_that_sign() -> str:
        found = re.search(r'^amate_signing_keys\{use="pass"\} (\S+)$', client.get("/metrics").text, re.MULTILINE)
        assert found is not None
        return found[1]

    mine = [key.kid for key in trust.list_keys(ctx) if key.use == "pass"]
    ctx.commit()
    assert float(keys_that_sign()) == len(mine)
    for kid in mine:
        assert client.get("/readyz").json == {"status": "ready"}
        trust.freeze_key(ctx, kid, reason="stolen")
        ctx.commit()
    assert error_of(wallet.new_pass(), 503) == "no-signing-key"
    assert (client.get("/readyz").status_code, client.get("/readyz").json) == (
        200,
        {"status": "ready", "signing": "stopped"},
    )
    assert float(keys_that_sign()) == 0


def test_a_halted_key_halts_cards_too_and_they_say_why(
    client: FlaskClient, err_once: Callable[[], str], login_as: LoginAs
) -> None:
    err_once()
    answer = client.post("/api/v1/people/p-1/cards", headers=login_as("enrolment"))
    assert error_of(answer, 503) == "signing-halted"
    assert answer.headers["Retry-After"]


def test_a_wallet_hears_of_it_in_the_words_of_its_protocol(wallet: SoftWallet, apps: list[Flask], ctx: Context) -> None:
    meddle_with(apps, corrupted)
    for _ in range(3):
        assert error_of(wallet.credential(), 503) == "temporarily_unavailable"
    ctx.commit()
    (halt,) = trust.halts(ctx)
    assert (halt.use, halt.faults) == ("credential", 1), "a halted key was not tried again"


def test_a_signer_that_only_does_not_answer_is_no_alarm(
    wallet: SoftWallet, client: FlaskClient, apps: list[Flask]
) -> None:
    meddle_with(apps, dead)
    assert error_of(wallet.new_pass(), 503) == "key-unavailable"
    assert figures(client) == {"alarms_total": 0, "halted": 0}


def test_the_commands_of_an_operator(
    wallet: SoftWallet, err_once: Callable[[], str], amate: Amate, ctx: Context
) -> None:
    kid = err_once()
    assert re.search(rf"^{kid} .* HALTED ", amate("keys", "list").output, re.MULTILINE)
    assert {key["kid"] for key in amate.json("keys", "list")["keys"] if key["halted"]} == {kid}
    assert amate.json("keys", "unhalt", kid[:8]) == {"kid": kid, "halted": False}
    assert "HALTED" not in amate("keys", "list").output
    json_of(wallet.new_pass())
    assert amate("keys", "unhalt", kid).exit_code == 0
    ctx.commit()
    written = select(audit.entries.c.seq).where(audit.entries.c.action == "key.unhalted")
    assert len(ctx.tx.execute(written).all()) == 1, "a second time changes nothing"
    other = next(key.kid for key in trust.list_keys(ctx) if key.kid != kid)
    ctx.commit()
    refused = amate("keys", "unhalt", other).exception
    assert isinstance(refused, Conflict)
    assert refused.slug == "not-halted"


def test_publishing_halts_alike(ctx: Context, wallet: SoftWallet) -> None:
    good = ctx.signer
    before = trust.publish(ctx).release
    ctx.signer = lambda uri: Meddling(good(uri), corrupted if "/timestamp-" in uri else lambda _m, s: s)
    with pytest.raises(Unavailable, match=r"timestamp lacks 1 signature\(s\): signature-corrupted"):
        trust.publish(ctx)
    ctx.signer = good
    with pytest.raises(Unavailable, match=r"timestamp lacks 1 signature\(s\): signing-halted"):
        trust.publish(ctx)
    (halt,) = trust.halts(ctx)
    assert halt.use == "timestamp"
    trust.unhalt(ctx, halt.kid)
    after = trust.publish(ctx).release
    assert before is not None
    assert after is not None
    assert after.timestamp == before.timestamp + 1


def test_a_frozen_key_frees_the_other_shards(wallet: SoftWallet, err_once: Callable[[], str], ctx: Context) -> None:
    """What an operator does who is sure that it is the one key: freezing needs nobody else."""
    kid = err_once()
    trust.freeze_key(ctx, kid, reason="test")
    ctx.commit()
    for _ in range(4):
        json_of(wallet.new_pass())


def test_a_status_list_that_is_signed_wrongly_is_not_published(ctx: Context, wallet: SoftWallet) -> None:
    good = ctx.signer
    status.publish(ctx)
    published = (ctx.settings.published / "status" / "0").read_bytes()
    ctx.signer = lambda uri: Meddling(good(uri), corrupted)
    for slug in ("signature-corrupted", "signing-halted"):
        with pytest.raises(Unavailable) as refused:
            status.publish(ctx)
        assert refused.value.slug == slug
    assert (ctx.settings.published / "status" / "0").read_bytes() == published
