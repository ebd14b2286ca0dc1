"""Tokens are worth nothing without the key they were bound to: row F04 of the attack table, and A10 over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from amate.context import Context
from amate.features.issuance import actions, model, store
from tests.api.issuing import at_once, claimed, code_of, enrol, offer_to
from tests.api.soft_wallet import CARD, CREDENTIAL, PASSES, TOKEN, SoftWallet, error_of, json_of
from tests.conftest import Clock
from tests.soft_jwt import new_key


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context) -> SoftWallet:
    """A phone with its credential."""
    return claimed(client, clock, offer_to(ctx, enrol(ctx)))


def proofs_kept(ctx: Context) -> int:
    count: int = ctx.tx.execute(select(func.count()).select_from(store.dpop_proofs)).scalar_one()
    ctx.commit()
    return count


def test_f04_no_token_or_another_kind_is_401(wallet: SoftWallet) -> None:
    for path in (PASSES, "/api/v1/qr-tokens", CREDENTIAL):
        proof = {"DPoP": wallet.dpop(path, token=wallet.access_token)}
        for authorization in (None, "", "DPoP ", "DPoP x", f"Bearer {wallet.access_token}", "Basic YTpi"):
            headers = proof | ({"Authorization": authorization} if authorization is not None else {})
            answer = wallet.client.post(path, json={}, headers=headers)
            assert error_of(answer, 401).replace("_", "-") in ("invalid-token", "invalid-dpop-proof")
            error = ', error="invalid_' if authorization else ""
            assert answer.headers["WWW-Authenticate"].startswith(f'DPoP algs="ES256"{error}')


def test_f04_a_stolen_token_is_worth_nothing(wallet: SoftWallet) -> None:
    thief = SoftWallet(wallet.client, wallet.clock, new_key(), wallet.access_token, wallet.refresh_token)
    assert error_of(thief.card(), 401) == "invalid-dpop-proof"
    assert error_of(thief.credential(), 401) == "invalid_dpop_proof"
    assert error_of(thief.refresh()) == "invalid_grant"
    json_of(wallet.card())


@pytest.mark.parametrize(
    "bent",
    [
        {"htm": "POST"},
        {"htu": "http://localhost:8000/api/v1/passes"},
        {"htu": "https://evil.example/api/v1/me/card"},
        {"iat": 1},
        {"iat": 2_000_000_000},
        {"ath": "x"},
        {"ath": None},
        {"jti": None},
        {"header": {"typ": "JWT"}},
        {"header": {"alg": "none"}},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    ],
)
def test_f04_a_proof_made_for_something_else_is_401(wallet: SoftWallet, bent: dict[str, Any]) -> None:
    assert error_of(wallet.card(**bent), 401) == "invalid-dpop-proof"


def test_f04_a_proof_is_used_once_at_whatever_worker(wallet: SoftWallet) -> None:
    headers = wallet.bound(CARD, "GET")
    json_of(wallet.client.get(CARD, headers=headers))
    for _ in range(2):
        assert error_of(wallet.client.get(CARD, headers=headers), 401) == "invalid-dpop-proof"


def test_f04_a_proof_serves_one_of_a_hundred_at_once(wallet: SoftWallet, apps: list[Flask]) -> None:
    headers, clients = wallet.bound(CARD, "GET"), [app.test_client() for app in apps]
    answers = at_once(100, lambda n: clients[n % 2].get(CARD, headers=headers).status_code)
    assert sorted(answers) == [200] + [401] * 99


def test_f04_the_token_endpoint_takes_a_proof_once(wallet: SoftWallet, apps: list[Flask]) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": wallet.refresh_token}
    headers, clients = {"DPoP": wallet.dpop(TOKEN)}, [app.test_client() for app in apps]
    answers = at_once(100, lambda n: clients[n % 2].post(TOKEN, data=form, headers=headers))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 99
    assert {error_of(each) for each in answers if each.status_code == 400} == {"invalid_dpop_proof"}


def test_f04_no_proof_two_proofs_or_rubbish_at_the_token_endpoint(wallet: SoftWallet) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": wallet.refresh_token}
    two = [("DPoP", wallet.dpop(TOKEN)), ("DPoP", wallet.dpop(TOKEN))]
    for headers in ([], two, [("DPoP", "x")], [("DPoP", "")]):
        answer = wallet.client.post(TOKEN, data=form, headers=headers)
        assert error_of(answer) == "invalid_dpop_proof"


def test_an_access_token_ends_after_five_minutes(wallet: SoftWallet, clock: Clock) -> None:
    clock.now += model.ACCESS_S - 1
    json_of(wallet.card())
    clock.now += 1
    assert error_of(wallet.card(), 401) == "invalid-token"
    json_of(wallet.refresh())
    json_of(wallet.card())


def test_a_refresh_token_lives_for_months_and_a_lost_answer_costs_nothing(wallet: SoftWallet, clock: Clock) -> None:
    for _ in range(3):
        clock.now += 100 * 86_400
        first, again = wallet.refresh(), wallet.refresh()  # the first answer never arrived
        assert "refresh_token" not in json_of(first)
        json_of(again)
        json_of(wallet.card())
    clock.now += 100 * 86_400
    assert error_of(wallet.refresh()) == "invalid_grant"


def test_a_withdrawn_card_refreshes_nothing(wallet: SoftWallet, ctx: Context) -> None:
    actions.revoke_person(ctx, "p-1", "lost")
    ctx.commit()
    assert error_of(wallet.refresh()) == "invalid_grant"
    assert error_of(wallet.card(), 403) == "credential-revoked"
    assert error_of(wallet.credential()) == "credential_request_denied"


def test_a10_one_kind_of_token_is_no_other(client: FlaskClient, wallet: SoftWallet, ctx: Context) -> None:
    offer = offer_to(ctx, "p-1")
    code = code_of(client, offer)
    credential = json_of(wallet.credential())["credentials"][0]["credential"]
    key_proof, dpop = wallet.proof(), wallet.dpop(CARD, "GET", token=wallet.access_token)
    for wrong in (key_proof, dpop, credential, wallet.refresh_token, code, offer.code, offer.tx_code):
        assert error_of(wallet.card(access_token=wrong), 401) == "invalid-token"
    for wrong in (key_proof, credential, wallet.access_token, code):
        headers = {"Authorization": f"DPoP {wallet.access_token}", "DPoP": wrong}
        assert error_of(client.get(CARD, headers=headers), 401) == "invalid-dpop-proof"
    for wrong in (dpop, credential, credential.split("~")[0], wallet.access_token):
        assert error_of(wallet.credential(wrong)) == "invalid_proof"
    for wrong in (wallet.access_token, code, key_proof):
        form = {"grant_type": "refresh_token", "refresh_token": wrong}
        assert error_of(wallet.token(form)) == "invalid_grant"
    assert (
        client.get("/api/v1/sealing-keys", headers={"Authorization": f"Bearer {wallet.access_token}"}).status_code
        == 401
    )


def test_g03_a_wallet_reads_only_its_own_card(
    client: FlaskClient, clock: Clock, ctx: Context, wallet: SoftWallet
) -> None:
    other = claimed(client, clock, offer_to(ctx, enrol(ctx, "LOOA531113HTCPBN07", "p-2")))
    assert json_of(other.card())["curp"] == "LOOA531113HTCPBN07"
    assert json_of(wallet.card())["curp"] != "LOOA531113HTCPBN07"
    answer = other.new_pass(other.proof(key=wallet.key))  # the key of somebody else's credential
    assert error_of(answer, 422) == "invalid-proof"


def test_what_ended_is_swept_away(wallet: SoftWallet, ctx: Context, clock: Clock) -> None:
    assert proofs_kept(ctx) > 0
    ctx.now = clock.now = clock.now + 10_000
    assert actions.recover(ctx).swept > 0
    assert proofs_kept(ctx) == 0
