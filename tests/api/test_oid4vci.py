"""OpenID4VCI 1.0 end to end: metadata, offers, tokens, nonces, credentials; attack rows F01, F02, F05–F08."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from amate.context import Context
from amate.features.audit import store as audit
from amate.features.issuance import actions, model, store
from amate.features.issuance.model import Offer
from tests.api.issuing import at_once, claimed, code_of, enrol, offer_to
from tests.api.soft_wallet import (
    CONFIGURATION,
    CREDENTIAL,
    ISSUER,
    NONCE,
    PRE_AUTHORISED,
    SoftWallet,
    error_of,
    json_of,
)
from tests.conftest import Clock
from tests.soft_jwt import jwk_of, new_key


@pytest.fixture
def person_id(ctx: Context) -> str:
    return enrol(ctx)


@pytest.fixture
def offer(ctx: Context, person_id: str) -> Offer:
    return offer_to(ctx, person_id)


@pytest.fixture
def code(client: FlaskClient, offer: Offer) -> str:
    return code_of(client, offer)


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock) -> SoftWallet:
    """A phone that has nothing yet."""
    return SoftWallet(client, clock)


@pytest.fixture
def redeemed(wallet: SoftWallet, code: str, offer: Offer) -> SoftWallet:
    """A phone that took the offer up and has no credential yet."""
    json_of(wallet.redeem(code, offer.tx_code))
    return wallet


def many(apps: list[Flask], clock: Clock, wallet: SoftWallet) -> list[SoftWallet]:
    """The same phone at every worker, each with connections of its own."""
    return [SoftWallet(app.test_client(), clock, wallet.key, wallet.access_token) for app in apps]


def test_metadata_names_this_issuer_byte_for_byte(client: FlaskClient, person_id: str) -> None:
    issuer = json_of(client.get("/.well-known/openid-credential-issuer"))
    assert issuer["credential_issuer"] == ISSUER
    assert issuer["batch_credential_issuance"]["batch_size"] >= 2
    configuration = issuer["credential_configurations_supported"][CONFIGURATION]
    assert configuration["format"] == "dc+sd-jwt"
    assert configuration["vct"] == f"{ISSUER}/credentials/salud/1"
    assert configuration["cryptographic_binding_methods_supported"] == ["jwk"]
    assert configuration["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}
    assert "display" not in configuration  # moved in the final version
    locales = [each["locale"] for each in configuration["credential_metadata"]["display"]]
    assert locales == ["es-MX", "en"]


def test_metadata_of_the_authorisation_server(client: FlaskClient) -> None:
    server = json_of(client.get("/.well-known/oauth-authorization-server"))
    assert server["issuer"] == ISSUER
    assert server["dpop_signing_alg_values_supported"] == ["ES256"]
    assert server["pre-authorized_grant_anonymous_access_supported"] is True
    assert PRE_AUTHORISED in server["grant_types_supported"]


def test_keys_of_the_credentials_are_public_only(client: FlaskClient, person_id: str) -> None:
    document = json_of(client.get("/.well-known/jwt-vc-issuer"))
    assert document["issuer"] == ISSUER
    keys = document["jwks"]["keys"]
    assert len(keys) == 4, "one of each shard"
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)


def test_an_offer_can_be_fetched_until_it_is_used(client: FlaskClient, offer: Offer, wallet: SoftWallet) -> None:
    address = f"/oid4vci/offers/{offer.code}"
    answer = client.get(address)
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    body = json_of(answer)
    assert body["credential_issuer"] == ISSUER
    assert body["credential_configuration_ids"] == [CONFIGURATION]
    grant = body["grants"][PRE_AUTHORISED]
    assert (grant["tx_code"]["input_mode"], grant["tx_code"]["length"]) == ("numeric", 6)
    assert len(grant["tx_code"]["description"]) <= 300
    assert client.get(address.lower()).json == body
    json_of(wallet.redeem(grant["pre-authorized_code"], offer.tx_code))
    assert error_of(client.get(address), 404) == "offer-invalid"


def test_an_offer_tells_nothing_of_the_person(client: FlaskClient, offer: Offer) -> None:
    said = client.get(f"/oid4vci/offers/{offer.code}").get_data(as_text=True)
    for secret in ("HEGG", "Hern", offer.tx_code, "p-1"):
        assert secret not in said


@pytest.mark.parametrize("typed", ["ABCD-EFGH-JKMN", "x", "%00", "' OR 1=1 --", "0" * 500])
def test_an_unknown_code_is_404(client: FlaskClient, typed: str) -> None:
    assert error_of(client.get(f"/oid4vci/offers/{typed}"), 404) == "offer-invalid"


def test_a_new_offer_ends_the_older_one(
    ctx: Context, client: FlaskClient, person_id: str, offer: Offer, code: str, wallet: SoftWallet
) -> None:
    newer = offer_to(ctx, person_id)
    assert error_of(client.get(f"/oid4vci/offers/{offer.code}"), 404) == "offer-invalid"
    assert error_of(wallet.redeem(code, offer.tx_code)) == "invalid_grant"
    json_of(wallet.redeem(code_of(client, newer), newer.tx_code))


def test_an_offer_ends_after_a_day(wallet: SoftWallet, offer: Offer, code: str, clock: Clock) -> None:
    clock.now += model.OFFER_S
    assert error_of(wallet.redeem(code, offer.tx_code)) == "invalid_grant"


def test_the_token_answer_is_short_lived_bound_and_never_cached(wallet: SoftWallet, offer: Offer, code: str) -> None:
    answer = wallet.redeem(code, offer.tx_code)
    body = json_of(answer)
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("DPoP", 300)
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_hashes_are_stored(ctx: Context, redeemed: SoftWallet, offer: Offer, code: str) -> None:
    nonce = redeemed.nonce()
    ctx.commit()
    tables = (store.offers, store.grants, store.access_tokens, store.nonces)
    said = str([tuple(row) for table in tables for row in ctx.tx.execute(select(table))])
    for secret in (code, offer.code, offer.code.replace("-", ""), redeemed.access_token, redeemed.refresh_token, nonce):
        assert secret not in said
    assert f"'{offer.tx_code}'" not in said


def test_f01_a_code_gives_one_token_in_sequence(wallet: SoftWallet, offer: Offer, code: str) -> None:
    json_of(wallet.redeem(code, offer.tx_code))
    for _ in range(3):
        assert error_of(wallet.redeem(code, offer.tx_code)) == "invalid_grant"


def test_f01_a_code_gives_one_token_to_a_hundred_at_once(
    apps: list[Flask], clock: Clock, wallet: SoftWallet, offer: Offer, code: str, ctx: Context
) -> None:
    wallets = many(apps, clock, wallet)
    answers = at_once(100, lambda n: wallets[n % 2].redeem(code, offer.tx_code))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 99
    assert {error_of(answer) for answer in answers if answer.status_code == 400} == {"invalid_grant"}
    ctx.commit()
    assert len(ctx.tx.execute(select(store.grants)).all()) == 1


def test_f02_a_wrong_tx_code_does_not_burn_the_offer(wallet: SoftWallet, offer: Offer, code: str) -> None:
    assert error_of(wallet.redeem(code, wrong(offer))) == "invalid_grant"
    json_of(wallet.redeem(code, offer.tx_code))


def test_f02_five_wrong_ones_kill_it_and_are_written_down(
    wallet: SoftWallet, offer: Offer, code: str, client: FlaskClient, ctx: Context
) -> None:
    answers = [wallet.redeem(code, wrong(offer)) for _ in range(5)]
    after = wallet.redeem(code, offer.tx_code)
    assert {error_of(answer) for answer in [*answers, after]} == {"invalid_grant"}
    *open_yet, locking = [answer.get_json()["error_description"] for answer in answers]
    assert set(open_yet) == {"tx_code is wrong"}
    assert locking == after.get_json()["error_description"], "the person is told at once that the offer is over"
    assert error_of(client.get(f"/oid4vci/offers/{offer.code}"), 404) == "offer-invalid"
    ctx.commit()
    assert "offer.locked" in ctx.tx.execute(select(audit.entries.c.action)).scalars().all()


def test_f02_a_hundred_guesses_at_once_are_no_more_than_five(
    apps: list[Flask], clock: Clock, wallet: SoftWallet, offer: Offer, code: str, ctx: Context
) -> None:
    wallets = many(apps, clock, wallet)
    at_once(100, lambda n: wallets[n % 2].redeem(code, wrong(offer)))
    ctx.commit()
    assert ctx.tx.execute(select(store.offers.c.tries)).scalar_one() == 5
    ctx.commit()
    assert error_of(wallet.redeem(code, offer.tx_code)) == "invalid_grant"


def test_f02_a_right_code_on_the_fifth_try_still_opens(wallet: SoftWallet, offer: Offer, code: str) -> None:
    for _ in range(4):
        wallet.redeem(code, wrong(offer))
    json_of(wallet.redeem(code, offer.tx_code))


def wrong(offer: Offer) -> str:
    return f"{(int(offer.tx_code) + 1) % 1_000_000:06d}"


def test_the_token_endpoint_says_what_is_wrong(wallet: SoftWallet, offer: Offer, code: str) -> None:
    full = {"grant_type": PRE_AUTHORISED, "pre-authorized_code": code, "tx_code": offer.tx_code}
    for missing in full:
        form = {name: value for name, value in full.items() if name != missing}
        assert error_of(wallet.token(form)) == "invalid_request"
    assert error_of(wallet.token(full | {"grant_type": "authorization_code"})) == "unsupported_grant_type"
    assert error_of(wallet.token(full | {"pre-authorized_code": "guess"})) == "invalid_grant"
    assert error_of(wallet.token(full | {"tx_code": [offer.tx_code, offer.tx_code]})) == "invalid_request"
    headers = {"DPoP": wallet.dpop("/oid4vci/token")}
    assert error_of(wallet.client.post("/oid4vci/token", json=full, headers=headers)) == "invalid_request"
    json_of(wallet.token(full))


def test_a_nonce_is_fresh_and_never_cached(client: FlaskClient) -> None:
    answers = [client.post(NONCE) for _ in range(3)]
    assert len({answer.json["c_nonce"] for answer in answers if answer.json}) == 3
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert all(set(answer.json or {}) == {"c_nonce"} for answer in answers)


def test_f05_a_nonce_is_used_once(redeemed: SoftWallet) -> None:
    nonce = redeemed.nonce()
    json_of(redeemed.credential(redeemed.proof(nonce)))
    assert error_of(redeemed.credential(redeemed.proof(nonce))) == "invalid_nonce"
    assert error_of(redeemed.new_pass(redeemed.proof(nonce)), 422) == "invalid-nonce"


def test_f05_an_old_guessed_or_foreign_nonce_is_refused(redeemed: SoftWallet, clock: Clock) -> None:
    nonce = redeemed.nonce()
    clock.now += 299
    json_of(redeemed.refresh())
    clock.now += 1
    assert error_of(redeemed.credential(redeemed.proof(nonce))) == "invalid_nonce"
    for guessed in ("guess", "A" * 43, "' OR 1=1 --"):
        assert error_of(redeemed.credential(redeemed.proof(guessed))) == "invalid_nonce"


def test_f05_a_nonce_serves_one_of_a_hundred_at_once(apps: list[Flask], clock: Clock, redeemed: SoftWallet) -> None:
    nonce, wallets = redeemed.nonce(), many(apps, clock, redeemed)
    answers = at_once(100, lambda n: wallets[n % 2].credential(redeemed.proof(nonce)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 99
    assert {error_of(answer) for answer in answers if answer.status_code == 400} == {"invalid_nonce"}


def test_f06_bad_proofs_give_nothing(redeemed: SoftWallet) -> None:
    private = {"jwk": jwk_of(redeemed.key) | {"d": "AAAA"}}
    for header in (private, {"kid": "did:example:1"}, {"alg": "RS512"}, {"alg": "none"}, {"typ": "JWT"}):
        assert error_of(redeemed.credential(redeemed.proof(header=header))) == "invalid_proof"
    for claims in ({"aud": "https://evil.example"}, {"aud": [ISSUER]}, {"iat": 1}, {"iss": "me"}):
        assert error_of(redeemed.credential(redeemed.proof(**claims))) == "invalid_proof"
    other = {"jwk": jwk_of(new_key())}
    assert error_of(redeemed.credential(redeemed.proof(header=other))) == "invalid_proof"


def test_f07_a_batch_gives_one_credential_for_each_key(redeemed: SoftWallet) -> None:
    nonce = redeemed.nonce()
    proofs = [redeemed.proof(nonce, key=new_key()) for _ in range(model.BATCH_SIZE)]
    body = json_of(redeemed.credential(*proofs))
    assert len({each["credential"] for each in body["credentials"]}) == model.BATCH_SIZE


def test_f07_too_many_or_twice_the_same_key_is_refused(redeemed: SoftWallet) -> None:
    nonce = redeemed.nonce()
    one = redeemed.proof(nonce)
    assert error_of(redeemed.credential(one, one)) == "invalid_proof"
    assert error_of(redeemed.credential(one, redeemed.proof(nonce))) == "invalid_proof"
    assert error_of(redeemed.credential(*[one] * (model.BATCH_SIZE + 1))) == "invalid_credential_request"
    assert redeemed.credential(body={"proofs": {"jwt": ["x"] * 1_000_000}}).status_code in (400, 413)


def test_f08_a_configuration_that_was_not_offered_is_denied(
    ctx: Context, client: FlaskClient, wallet: SoftWallet, person_id: str
) -> None:
    offer = actions.make_offer(ctx, person_id, configurations=("mx.salud.other",))
    ctx.commit()
    json_of(wallet.redeem(code_of(client, offer), offer.tx_code))
    assert error_of(wallet.credential()) == "credential_request_denied"


def test_the_credential_endpoint_says_what_is_wrong(redeemed: SoftWallet) -> None:
    for body, error in (
        ({"credential_configuration_id": "other"}, "unknown_credential_configuration"),
        ({"credential_identifier": "x", "credential_configuration_id": None}, "unknown_credential_identifier"),
        ({"credential_identifier": "x"}, "invalid_credential_request"),
        ({"credential_configuration_id": None}, "invalid_credential_request"),
        ({"proof": {"proof_type": "jwt", "jwt": "x"}}, "invalid_credential_request"),
        ({"credential_response_encryption": {"jwk": {}}}, "invalid_encryption_parameters"),
        ({"proofs": None}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": ["x"], "attestation": ["x"]}}, "invalid_proof"),
        ({"proofs": {"jwt": [7]}}, "invalid_proof"),
    ):
        assert error_of(redeemed.credential(body=body)) == error, body


@pytest.mark.parametrize("data", ["", "{", "[]", '{"a":1,"a":2}', '{"a":1.5}', "nul\0"])
def test_a_body_that_is_no_json_object_is_refused(redeemed: SoftWallet, data: str) -> None:
    headers = redeemed.bound(CREDENTIAL)
    answer = redeemed.client.post(CREDENTIAL, data=data, content_type="application/json", headers=headers)
    assert error_of(answer) == "invalid_credential_request"


def test_g02_nothing_personal_before_every_proof(client: FlaskClient, offer: Offer, wallet: SoftWallet) -> None:
    asked = [
        client.get(f"/oid4vci/offers/{offer.code}"),
        client.post("/oid4vci/token", data={"grant_type": PRE_AUTHORISED, "pre-authorized_code": "x", "tx_code": "1"}),
        wallet.redeem(code_of(client, offer), wrong(offer)),
        client.post(CREDENTIAL, json={}),
        client.get("/api/v1/me/card"),
        wallet.card(access_token=offer.code),
        wallet.credential(wallet.proof(), access_token=code_of(client, offer)),
    ]
    for answer in asked:
        said = answer.get_data(as_text=True)
        assert not any(secret in said for secret in ("HEGG", "Hern", "Guadalupe", "p-1"))


def test_a_lost_answer_costs_nothing(redeemed: SoftWallet, ctx: Context) -> None:
    first = json_of(redeemed.credential())
    second = json_of(redeemed.credential())  # the first answer never arrived
    assert first != second
    json_of(redeemed.new_pass())
    ctx.commit()
    states = [(each.state, each.reason) for each in actions.list_issued(ctx, "p-1")]
    assert sorted(states, key=str) == [("issued", None), ("revoked", "superseded")]


def test_storage_wiped_a_new_offer_gives_the_card_back(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str, offer: Offer
) -> None:
    """J08: a browser that forgot all costs one more offer, and the card of before ends: test_changing_phones."""
    claimed(client, clock, offer)
    again = claimed(client, clock, offer_to(ctx, person_id))
    json_of(again.new_pass())
