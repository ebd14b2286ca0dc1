"""The credential itself, and that nothing is signed which was not stored first: rows A16, B07, B08, K06."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text

from amate.context import Context, open_context
from amate.core import encoding, sd_jwt, status_list
from amate.features.audit import store as audit
from amate.features.issuance import actions, ledger, metadata, model
from amate.features.issuance.model import Offer
from amate.features.status import actions as status
from amate.features.status import store as status_store
from amate.features.trust import actions as trust
from tests.api.issuing import CURP, NAME, code_of, enrol, offer_to
from tests.api.soft_signer import corrupted, dead, meddle_with
from tests.api.soft_wallet import ISSUER, SoftWallet, error_of, json_of
from tests.conftest import Clock
from tests.soft_jwt import jwk_of, new_key


@pytest.fixture
def offer(ctx: Context) -> Offer:
    return offer_to(ctx, enrol(ctx))


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, offer: Offer) -> SoftWallet:
    """A phone that took the offer up and has no credential yet."""
    wallet = SoftWallet(client, clock)
    json_of(wallet.redeem(code_of(client, offer), offer.tx_code))
    return wallet


def encoded_of(wallet: SoftWallet, *proofs: str) -> list[str]:
    return [each["credential"] for each in json_of(wallet.credential(*proofs))["credentials"]]


def verified(ctx: Context, encoded: str) -> sd_jwt.Verified:
    """The credential, checked with the keys that the trust list publishes."""
    loaded = trust.load_trust(ctx.settings.home, env=ctx.settings.env)
    keys = {
        key.kid: key.public_key for listed in loaded.trust.keys.values() for key in listed if "credential" in key.use
    }
    return sd_jwt.verify(encoded, find_key=lambda kid: keys.get(kid or ""), now=ctx.now)


def in_clear(encoded: str) -> Any:
    return encoding.strict_json(encoding.base64url_decode(encoded.split(".")[1]))


def salt_of(disclosure: str) -> str:
    parts = encoding.strict_json(encoding.base64url_decode(disclosure))
    assert isinstance(parts, list)
    return str(parts[0])


def states(engine: Engine) -> list[str]:
    with engine.connect() as tx:
        return list(tx.execute(select(ledger.issued.c.state).order_by(ledger.issued.c.created_at)).scalars())


def test_a_credential_verifies_and_is_bound_to_the_phones_key(wallet: SoftWallet, ctx: Context) -> None:
    (encoded,) = encoded_of(wallet)
    claims = verified(ctx, encoded).claims
    assert claims["iss"] == ISSUER
    assert claims["vct"] == metadata.vct(ISSUER)
    assert claims["cnf"] == {"jwk": jwk_of(wallet.key)}
    assert (claims["name"], claims["curp"], claims["birth_date"]) == (NAME, CURP, "1956-04-27")
    assert claims["sex"] == "M"
    assert isinstance(claims["entitlements"], list)
    assert claims["organ_donation"] == "not_stated"


def test_its_status_is_in_the_published_list(wallet: SoftWallet, ctx: Context) -> None:
    (encoded,) = encoded_of(wallet)
    place: Any = verified(ctx, encoded).claims["status"]
    number, index = place["status_list"]["uri"].rsplit("/", 1)[1], place["status_list"]["idx"]
    assert place["status_list"]["uri"] == f"{ISSUER}/status/{number}"
    (issued,) = actions.list_issued(ctx, "p-1")
    assert issued.status_index == int(number) * 2**20 + index
    actions.revoke(ctx, issued.id, "lost")
    status.publish(ctx)
    loaded = trust.load_trust(ctx.settings.home, env=ctx.settings.env)
    keys = [key for listed in loaded.trust.keys.values() for key in listed]
    token = (ctx.settings.published / "status" / number).read_text()
    found = status_list.parse_status_token(token, keys=keys, expected_uri=place["status_list"]["uri"])
    assert status_list.status_at(found, index) == 1


def test_b07_what_makes_it_valid_never_hides_and_what_is_personal_always_does(wallet: SoftWallet) -> None:
    (encoded,) = encoded_of(wallet)
    payload = in_clear(encoded)
    assert set(payload) == {"iss", "vct", "iat", "exp", "cnf", "status", "_sd", "_sd_alg"}
    hidden = [encoding.strict_json(encoding.base64url_decode(part)) for part in encoded.split("~")[1:-1]]
    names = {part[1] for part in hidden if isinstance(part, list)}
    assert names <= {name for name, _, _ in metadata.CLAIMS}
    assert not names & sd_jwt.UNDISCLOSABLE
    for secret in (CURP, "1956", "Hern", "Guadalupe"):
        assert secret not in str(payload)


def test_b08_nothing_links_the_credentials_of_a_batch(wallet: SoftWallet, ctx: Context) -> None:
    batches = []
    for _ in range(4):
        nonce = wallet.nonce()
        batches += encoded_of(wallet, *[wallet.proof(nonce, key=new_key()) for _ in range(model.BATCH_SIZE)])
    payloads = [in_clear(encoded) for encoded in batches]
    for member in ("_sd", "cnf", "status"):
        values = [str(value) for each in payloads for value in (each[member] if member == "_sd" else [each[member]])]
        assert len(set(values)) == len(values)
    salts = [salt_of(part) for encoded in batches for part in encoded.split("~")[1:-1]]
    assert len(set(salts)) == len(salts)
    assert {len(each["_sd"]) for each in payloads} == {len(metadata.CLAIMS)}
    assert {each["exp"] % model.DAY_S for each in payloads} == {0}
    assert {each["iat"] % model.DAY_S for each in payloads} == {0}


def test_indices_are_random(wallet: SoftWallet, ctx: Context) -> None:
    nonce = wallet.nonce()
    encoded_of(wallet, *[wallet.proof(nonce, key=new_key()) for _ in range(8)])
    indices = [each.status_index for each in actions.list_issued(ctx, "p-1")]
    assert max(indices) - min(indices) > 1000


def test_what_will_be_signed_is_committed_before_it_is_signed(
    wallet: SoftWallet, apps: list[Flask], engine: Engine
) -> None:
    seen: list[list[str]] = []

    def look(_message: bytes, signature: bytes) -> bytes:
        seen.append(states(engine))
        return signature

    meddle_with(apps, look)
    encoded_of(wallet)
    assert seen == [["intent"]]
    assert states(engine) == ["issued"]


def test_a_signer_that_dies_leaves_an_intent_that_recovery_gives_up(
    wallet: SoftWallet, apps: list[Flask], engine: Engine, ctx: Context
) -> None:
    ctx.commit()
    meddle_with(apps, dead)
    assert error_of(wallet.credential(), 503) == "temporarily_unavailable"
    assert states(engine) == ["intent"]
    assert actions.recover(ctx).burned == 0  # it may still be at work
    ctx.now += model.STALE_INTENT_S
    assert actions.recover(ctx).burned == 1
    assert actions.recover(ctx).burned == 0
    (issued,) = actions.list_issued(ctx, "p-1")
    assert (issued.state, issued.reason) == ("burned", "never-issued")
    entry = ctx.tx.execute(select(status_store.status_entry.c.reason, status_store.status_entry.c.revoked_at)).one()
    assert tuple(entry) == ("never-issued", ctx.now)
    ctx.commit()
    assert states(engine) == ["burned"]


def test_a16_a_corrupted_signature_never_leaves(wallet: SoftWallet, apps: list[Flask], engine: Engine) -> None:
    encoded_of(wallet)
    meddle_with(apps, corrupted)
    for answer in (wallet.credential(), wallet.new_pass(), wallet.qr_token()):
        assert answer.status_code == 503
        assert "~" not in answer.get_data(as_text=True)
    assert sorted(states(engine)) == ["intent", "issued"]


def test_what_cannot_be_stored_is_not_signed(wallet: SoftWallet, apps: list[Flask], engine: Engine) -> None:
    signed: list[bytes] = []

    def count(message: bytes, signature: bytes) -> bytes:
        signed.append(message)
        return signature

    meddle_with(apps, count)
    with engine.begin() as tx:
        tx.execute(text("ALTER TABLE issuance_issued RENAME TO gone"))
    assert wallet.credential().status_code == 500
    assert signed == []


def test_what_recovery_gave_up_does_not_leave_after_all(
    wallet: SoftWallet, apps: list[Flask], engine: Engine, clock: Clock
) -> None:
    def too_slow(_message: bytes, signature: bytes) -> bytes:
        settings = apps[0].extensions["amate.settings"]
        with open_context(engine, settings, clock=lambda: clock.now + 61) as other:
            assert actions.recover(other).burned == 1
        return signature

    meddle_with(apps, too_slow)
    answer = wallet.credential()
    assert error_of(answer, 503) == "temporarily_unavailable"
    assert "~" not in answer.get_data(as_text=True)
    assert states(engine) == ["burned"]


def test_the_log_of_who_did_what_tells_the_story_without_names(wallet: SoftWallet, ctx: Context) -> None:
    encoded_of(wallet)
    (issued,) = actions.list_issued(ctx, "p-1")
    actions.revoke(ctx, issued.id, "lost")
    rows = ctx.tx.execute(select(audit.entries)).all()
    written = {row.action for row in rows}
    assert {"offer.made", "offer.redeemed", "credential.issued", "credential.revoked", "status.revoked"} <= written
    assert CURP not in str(rows)
    assert "Hern" not in str(rows)


def test_k06_no_name_and_no_secret_reaches_the_log(
    wallet: SoftWallet, offer: Offer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        wallet.redeem("guess", offer.tx_code)
        (encoded,) = encoded_of(wallet)
        secret_pass = json_of(wallet.new_pass())["pass"]
        token = json_of(wallet.qr_token())["text"]
        wallet.card()
        wallet.card(access_token="canary-access-token")
    said = "".join(capfd.readouterr()) + caplog.text
    secrets = (CURP, "Hern", encoded, secret_pass, token, offer.code, offer.tx_code)
    for secret in (*secrets, wallet.access_token, wallet.refresh_token, "canary-access-token"):
        assert secret not in said
