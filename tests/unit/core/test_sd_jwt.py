"""SD-JWT: every shared vector, and what no issuer and no change of a character may bring about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from amate.core import encoding, sd_jwt
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "sd_jwt.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
VERIFIED = [case for case in CASES if case["call"] == "verify"]
ISSUED = [case for case in CASES if case["call"] == "issue"]
KEY = ec.derive_private_key(20260615, ec.SECP256R1())  # TEST key
NOW = 1_781_000_000
CLAIMS: dict[str, Any] = {
    "iss": "https://amate.example",
    "vct": "https://amate.example/vct",
    "exp": NOW + 1000,
    "nbf": NOW,
    "aud": "x",
    "cnf": {"jwk": {}},
    "status": {"status_list": {"idx": 1}},
    "name": "Ana",
    "curp": "x",
    "list": [1, {"a": 2}],
}


def _sign(message: bytes) -> bytes:
    r, s = decode_dss_signature(KEY.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _verified(asked: dict[str, Any], now: int) -> sd_jwt.Verified:
    keys = {kid: sd_jwt.holder_key({"jwk": jwk}) for kid, jwk in asked["keys"].items()}
    return sd_jwt.verify(
        asked["encoded"],
        find_key=lambda kid: keys.get(kid or ""),
        now=now,
        binding=asked["binding"] and sd_jwt.Binding(**asked["binding"]),
        expected_typ=asked["typ"],
        required=asked["required"],
    )


@pytest.mark.parametrize("case", VERIFIED, ids=[case["id"] for case in VERIFIED])
def test_verify_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert _verified(case["input"], case["now"]).claims == case["output"]
    else:
        with pytest.raises(Malformed) as refused:
            _verified(case["input"], case["now"])
        assert refused.value.slug == case["expect"]


@pytest.mark.parametrize("case", ISSUED, ids=[case["id"] for case in ISSUED])
def test_issue_vector(case: dict[str, Any]) -> None:
    asked = case["input"]
    salts = [bytes.fromhex(salt) for salt in asked["salts"]]
    rest = {name: asked[name] for name in ("disclosable", "kid", "decoys")}
    if case["expect"] != "valid":
        with pytest.raises(Malformed) as refused:
            sd_jwt.issue(asked["claims"], salts=salts, sign=_sign, **rest)
        assert refused.value.slug == case["expect"]
        return
    made = sd_jwt.issue(asked["claims"], salts=salts, sign=_sign, **rest)
    # Another key signs here: everything but the signature is the same to the byte.
    assert _unsigned(made) == _unsigned(case["output"])


def _unsigned(encoded: str) -> tuple[str, str]:
    jwt, _, disclosures = encoded.partition("~")
    return jwt.rpartition(".")[0], disclosures


@given(
    st.sets(st.sampled_from([*sorted(CLAIMS), "nickname"])),
    st.integers(0, 5),
    st.binary(min_size=16, max_size=16),
)
def test_an_issuer_never_hides_what_makes_a_credential_valid(hidden: set[str], decoys: int, seed: bytes) -> None:
    salts = [bytes([n]) + seed for n in range(20)]
    asked: dict[str, Any] = {"disclosable": hidden, "salts": salts, "kid": "k", "sign": _sign, "decoys": decoys}
    if hidden & sd_jwt.UNDISCLOSABLE:
        with pytest.raises(Malformed, match="undisclosable-claim"):
            sd_jwt.issue(CLAIMS, **asked)
        return
    encoded = sd_jwt.issue(CLAIMS, **asked)
    verified = sd_jwt.verify(encoded, find_key=lambda _: KEY.public_key(), now=NOW)
    assert verified.claims == CLAIMS
    assert {one.name for one in verified.disclosures} == hidden - {"nickname"}
    payload: Any = encoding.strict_json(encoding.base64url_decode(encoded.split(".")[1]))
    digests = payload.get("_sd", [])
    assert len(set(digests)) == len(digests) == len(hidden - {"nickname"}) + decoys
    assert digests == sorted(digests)


def test_no_digest_is_seen_twice_in_a_batch() -> None:
    seen: set[str] = set()
    for n in range(1000):
        salts = [n.to_bytes(8, "big") + bytes([k]) * 8 for k in range(3)]
        encoded = sd_jwt.issue(CLAIMS, disclosable=("name", "curp"), salts=salts, kid="k", sign=_sign, decoys=1)
        payload: Any = encoding.strict_json(encoding.base64url_decode(encoded.split(".")[1]))
        seen.update(payload["_sd"])
    assert len(seen) == 3000


WHOLE = sd_jwt.issue(
    CLAIMS, disclosable=("name", "curp", "list"), salts=[bytes([n]) * 16 for n in range(3)], kid="k", sign=_sign
)


@given(st.integers(0, len(WHOLE) - 1), st.sampled_from("AZaz09-_~.= é\0"))
def test_any_changed_character_is_refused_with_a_slug(at: int, character: str) -> None:
    changed = WHOLE[:at] + character + WHOLE[at + 1 :]
    if changed != WHOLE:
        with pytest.raises(Malformed):
            sd_jwt.verify(changed, find_key=lambda _: KEY.public_key(), now=NOW)


@given(st.text(max_size=60))
def test_any_text_is_refused_with_a_slug(text: str) -> None:
    with pytest.raises(Malformed):
        sd_jwt.verify(text, find_key=lambda _: KEY.public_key(), now=NOW)
