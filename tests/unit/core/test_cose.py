"""COSE_Sign1: every shared vector, and a faulty signer whose word does not get out."""

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
from tests.vectors.generators._material import from_json_form

from amate.core import cose
from amate.errors import Malformed, Unavailable

VECTORS = Path(__file__).parents[2] / "vectors" / "cose.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
KEY = ec.derive_private_key(4242, ec.SECP256R1())


def _sign(message: bytes) -> bytes:
    r, s = decode_dss_signature(KEY.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _answer(call: str, given: dict[str, Any]) -> Any:
    if call == "parse_sign1":
        parts = cose.parse_sign1(bytes.fromhex(given["hex"]))
        return [parts.protected, parts.protected_bytes, parts.payload, parts.signature]
    if call == "to_be_signed":
        return cose.to_be_signed(bytes.fromhex(given["protected_bytes"]), bytes.fromhex(given["payload"])).hex()
    if call == "sign_sign1":
        signature = bytes.fromhex(given["signature"])
        protected, payload = from_json_form(given["protected"]), bytes.fromhex(given["payload"])
        return cose.sign_sign1(protected, payload, lambda _: signature).hex()
    if call == "verify_sign1":
        return cose.verify_sign1(
            cose.parse_sign1(bytes.fromhex(given["hex"])), cose.key_from_cose(from_json_form(given["key"]))
        )
    if call == "key_from_cose":
        numbers = cose.key_from_cose(from_json_form(given["key"])).public_numbers()
        return {"x": f"{numbers.x:064x}", "y": f"{numbers.y:064x}"}
    x, y = int(given["x"], 16), int(given["y"], 16)
    return cose.cose_from_key(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())


def _output(case: dict[str, Any]) -> Any:
    output = case["output"]
    if case["call"] == "parse_sign1":
        parts = [bytes.fromhex(output[name]) for name in ("protected_bytes", "payload", "signature")]
        return [from_json_form(output["protected"]), *parts]
    return from_json_form(output) if case["call"] == "cose_from_key" else output


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert _answer(case["call"], case["input"]) == _output(case)
    else:
        with pytest.raises(Malformed) as refused:
            _answer(case["call"], case["input"])
        assert refused.value.slug == case["expect"]


@given(st.binary(max_size=80))
def test_what_is_signed_verifies_and_parses_back(payload: bytes) -> None:
    raw = cose.sign_sign1({1: -7}, payload, _sign, verify_with=KEY.public_key())
    sign1 = cose.parse_sign1(raw)
    assert sign1.payload == payload
    assert cose.verify_sign1(sign1, KEY.public_key())


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_changed_signature_never_verifies(at: int, change: int) -> None:
    raw = bytearray(_sign(b"message"))
    raw[at] ^= change
    assert not cose.verify_raw(bytes(raw), b"message", KEY.public_key())


def test_a16_a_corrupted_signature_never_leaves() -> None:
    def faulty(message: bytes) -> bytes:
        good = _sign(message)
        return good[:-1] + bytes((good[-1] ^ 1,))

    with pytest.raises(Unavailable) as refused:
        cose.sign_sign1({1: -7}, b"payload", faulty, verify_with=KEY.public_key())
    assert refused.value.slug == "signature-corrupted"


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_of_another_length_is_none(size: int) -> None:
    assert not cose.verify_raw(b"\x01" * size, b"message", KEY.public_key())


def test_a_signature_that_would_begin_inside_the_header_is_none() -> None:
    kid = b"\0\0\0\0\x58\x40\0\0"
    raw = bytes.fromhex("d2844da201260448") + kid + bytes.fromhex("a040") + b"\1" * 60
    assert raw[-66:-64] == b"\x58\x40"
    with pytest.raises(Malformed):
        cose.parse_sign1(raw)
