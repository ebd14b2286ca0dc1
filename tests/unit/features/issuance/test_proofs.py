"""A proof fits one request, one issuer, one moment, one key; anything else is refused."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from amate.core.encoding import base64url_encode
from amate.errors import Malformed
from amate.features.issuance import proofs
from tests.soft_jwt import jwk_of, jwt, new_key

NOW = 1_795_000_000
ISSUER = "http://localhost:8000"
URL = f"{ISSUER}/oid4vci/token"
KEY = new_key()


def dpop(header: dict[str, Any] | None = None, **claims: Any) -> str:
    made = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(KEY)} | (header or {})
    return jwt(KEY, made, {"jti": "one", "htm": "POST", "htu": URL, "iat": NOW} | claims)


def check(encoded: str | None, **over: Any) -> proofs.Dpop:
    return proofs.check_dpop(encoded, **({"method": "POST", "url": URL, "now": NOW} | over))


def ath(token: str) -> str:
    return base64url_encode(hashlib.sha256(token.encode()).digest())


def test_a_dpop_proof_fits_its_request() -> None:
    found = check(dpop())
    assert found.jkt == check(dpop(jti="two")).jkt
    assert found.proof_id == check(dpop(iat=NOW - 1)).proof_id != check(dpop(jti="two")).proof_id
    assert check(dpop(htu=f"{URL}?a=b#c")).jkt == found.jkt  # RFC 9449 §4.3 step 9
    assert check(dpop(ath=ath("t")), access_token="t").jkt == found.jkt


def test_the_same_jti_of_another_key_is_another_proof() -> None:
    other = new_key()
    theirs = jwt(
        other,
        {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(other)},
        {"jti": "one", "htm": "POST", "htu": URL, "iat": NOW},
    )
    assert check(theirs).proof_id != check(dpop()).proof_id


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "GET"},
        {"htm": "post"},
        {"htu": "http://localhost:8000/oid4vci/credential"},
        {"htu": "https://localhost:8000/oid4vci/token"},
        {"htu": "http://localhost:8000.evil.example/oid4vci/token"},
        {"htu": "http://evil@localhost:8000/oid4vci/token"},
        {"htu": "/oid4vci/token"},
        {"htu": "http://[/oid4vci/token"},
        {"htu": 7},
        {"iat": NOW - 301},
        {"iat": NOW + 61},
        {"iat": "now"},
        {"exp": NOW},
        {"nbf": NOW + 61},
        {"jti": ""},
        {"jti": "j" * 201},
        {"jti": 7},
    ],
)
def test_f04_a_dpop_proof_for_something_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="invalid-dpop-proof"):
        check(dpop(**claims))


@pytest.mark.parametrize("over", [{"ath": ath("other")}, {"ath": "t"}, {"ath": 7}, {}])
def test_f04_a_dpop_proof_without_its_token_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="invalid-dpop-proof"):
        check(dpop(**over), access_token="t")


@pytest.mark.parametrize(
    "header",
    [{"jwk": None}, {"jwk": {}}, {"kid": "x"}, {"typ": "JWT"}, {"alg": "none"}, {"jwk": jwk_of(new_key())}],
)
def test_f04_a_dpop_proof_of_no_key_or_another_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="invalid-dpop-proof"):
        check(dpop(header))


@pytest.mark.parametrize("encoded", [None, "", "x", "a.b.c"])
def test_f04_no_dpop_proof_is_refused(encoded: str | None) -> None:
    with pytest.raises(Malformed, match="invalid-dpop-proof"):
        check(encoded)


def proof(header: dict[str, Any] | None = None, **claims: Any) -> str:
    made = {"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": jwk_of(KEY)} | (header or {})
    return jwt(KEY, made, {"aud": ISSUER, "iat": NOW, "nonce": "n"} | claims)


def check_proof(encoded: str, client_id: str | None = None) -> proofs.KeyProof:
    return proofs.check_key_proof(encoded, audience=ISSUER, now=NOW, client_id=client_id)


def test_a_key_proof_gives_key_and_nonce() -> None:
    found = check_proof(proof())
    assert found.nonce == "n"
    assert found.key.members == jwk_of(KEY)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://localhost:8001"},
        {"aud": [ISSUER]},
        {"aud": f"{ISSUER}/"},
        {"iat": NOW - 301},
        {"iat": NOW + 61},
        {"iss": "anybody"},
    ],
)
def test_a_key_proof_for_something_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="invalid-proof"):
        check_proof(proof(**claims))


def test_a_named_client_signs_with_its_name() -> None:
    assert check_proof(proof(iss="wallet"), client_id="wallet").nonce == "n"
    assert check_proof(proof(), client_id="wallet").nonce == "n"
    with pytest.raises(Malformed, match="invalid-proof"):
        check_proof(proof(iss="other"), client_id="wallet")


@pytest.mark.parametrize("nonce", [7, None, ["n"]])
def test_f05_a_nonce_that_is_no_text_is_refused(nonce: object) -> None:
    with pytest.raises(Malformed, match="invalid-nonce"):
        check_proof(proof(nonce=nonce))


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": jwk_of(KEY) | {"d": "AAAA"}},
        {"kid": "did:example:1"},
        {"x5c": ["MII"]},
        {"alg": "RS512"},
        {"typ": "dpop+jwt"},
        {"typ": "JWT"},
        {"crit": ["exp"]},
    ],
)
def test_f06_a_private_key_two_keys_or_another_algorithm_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="invalid-proof"):
        check_proof(proof(header))


def test_a10_a_dpop_proof_is_no_key_proof_and_the_other_way_round() -> None:
    everything = {"aud": ISSUER, "nonce": "n", "jti": "one", "htm": "POST", "htu": URL, "iat": NOW}
    with pytest.raises(Malformed):
        check_proof(dpop(**everything))
    with pytest.raises(Malformed):
        check(proof(**everything))
