"""Passes and presentations: every shared vector, the budget of the QR code, and nothing that survives a changed bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vectors.generators import _world
from tests.vectors.generators._material import from_json_form, kid8, signer

from amate.core import encoding, qr_pass
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Claims, Identity, Sealed
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "qr_pass.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
DEVICE = next(case for case in CASES if case["id"] == "parse-device")


def _pass_json(parsed: qr_pass.Pass) -> dict[str, Any]:
    claims = parsed.claims
    sealed = None if claims.sealed is None else [claims.sealed.number, claims.sealed.ciphertext.hex()]
    rows = [list(row) for row in claims.entitlements]
    identity = None if claims.identity is None else claims.identity._asdict()
    simple = claims._asdict() | {"cti": claims.cti.hex(), "sealed": sealed, "entitlements": rows, "identity": identity}
    return {"kid8": parsed.kid8.hex(), **simple}


def _expected_pass(output: dict[str, Any]) -> dict[str, Any]:
    sealed = output["sealed"] and [output["sealed"]["number"], output["sealed"]["ciphertext"]]
    return output | {"sealed": sealed, "holder": from_json_form(output["holder"])}


def _claims(given: dict[str, Any]) -> Claims:
    sealed, identity = given["sealed"], given["identity"]
    return Claims(
        **given
        | {
            "cti": bytes.fromhex(given["cti"]),
            "holder": from_json_form(given["holder"]),
            "entitlements": tuple(Entitled(*row) for row in given["entitlements"]),
            "sealed": sealed and Sealed(sealed["number"], bytes.fromhex(sealed["ciphertext"])),
            "identity": identity and Identity(**identity),
        }
    )


def _answer(call: str, given: dict[str, Any]) -> Any:
    if call == "pass_claims":
        return qr_pass.pass_claims(_claims(given["claims"])).hex()
    if call == "present":
        signature = bytes.fromhex(given["signature"])
        when = {name: given.get(name) for name in ("shown_at", "clock_quality_s", "challenge")}
        return qr_pass.present(bytes.fromhex(given["pass"]), **when, sign=lambda _: signature).hex()
    if call in ("hint_of", "cut_name"):
        return getattr(qr_pass, call)(**given)
    bound = {name: bytes.fromhex(given[name]) for name in ("key", "cti", "protected_bytes")}
    if call == "seal":
        return qr_pass.seal(Identity(**given["identity"]), number=given["number"], **bound).ciphertext.hex()
    opened = qr_pass.unseal(Sealed(given["number"], bytes.fromhex(given["ciphertext"])), **bound)
    return None if opened is None else opened._asdict()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] != "valid":
        with pytest.raises(Malformed) as refused:
            _parse(case) if case["call"] == "parse" else _answer(case["call"], case["input"])
        assert refused.value.slug == case["expect"]
    elif case["call"] == "parse":
        _compare(_parse(case), case["output"])
    elif case["call"] == "text_from_bytes":
        assert encoding.text_from_bytes(bytes.fromhex(case["input"]["hex"])) == case["output"]
    else:
        assert _answer(case["call"], case["input"]) == case["output"]


def _parse(case: dict[str, Any]) -> qr_pass.Pass | qr_pass.Presentation:
    return qr_pass.parse(bytes.fromhex(case["input"]["hex"]))


def _compare(parsed: qr_pass.Pass | qr_pass.Presentation, output: dict[str, Any]) -> None:
    if isinstance(parsed, qr_pass.Presentation):
        said = {name: output[name] for name in ("shown_at", "clock_quality_s", "challenge")}
        assert {name: getattr(parsed, name) for name in said} == said
        parsed, output = parsed.pass_, output["pass"]
    assert _pass_json(parsed) == _expected_pass(output)


@pytest.mark.parametrize(
    ("name", "size_bytes", "digits", "version"),
    [
        ("budget-device-name-of-35", 366, 883, 12),
        ("budget-device-name-of-40", 424, 1022, 13),
        ("budget-device-with-challenge-name-of-35", 373, 1022, 13),
        ("budget-device-with-challenge-name-of-40", 431, 1101, 14),
    ],
)
def test_a_presentation_fits_its_qr_code(name: str, size_bytes: int, digits: int, version: int) -> None:
    case = next(case for case in CASES if case["id"] == name)
    code = segno.make(case["output"], mode="numeric", error="L", micro=False, boost_error=False)
    assert len(case["input"]["hex"]) // 2 <= size_bytes
    assert len(case["output"]) <= digits
    assert int(code.version) <= version


def test_a_printed_pass_fits_version_11_at_m() -> None:
    case = next(case for case in CASES if case["id"] == "parse-printed-name-of-40")
    text = encoding.text_from_bytes(bytes.fromhex(case["input"]["hex"]))
    assert int(segno.make(text, mode="numeric", error="M", micro=False, boost_error=False).version) <= 11


@settings(max_examples=300)
@given(st.data())
def test_any_changed_byte_is_malformed_or_another_pass(data: st.DataObject) -> None:
    good = bytes.fromhex(DEVICE["input"]["hex"])
    raw = bytearray(good)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        parsed = qr_pass.parse(bytes(raw))
    except Malformed:
        return
    assert parsed != qr_pass.parse(good)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_pass_or_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        qr_pass.parse(raw)


def test_what_is_issued_parses_back_to_its_claims() -> None:
    key = _world.ISSUER
    for profile in (qr_pass.DEVICE, qr_pass.EPHEMERAL, qr_pass.PRINTED):
        claims = _world.claims(profile)
        raw = qr_pass.sign_pass(claims, kid8=kid8(key), sign=signer(key), verify_with=key.public_key())
        parsed = qr_pass.parse(raw)
        assert isinstance(parsed, qr_pass.Pass)
        assert parsed.claims == claims
        assert parsed.sign1.protected_bytes == qr_pass.protected_bytes_of(parsed.kid8)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"\x03\x81\x83", b"\x03\x82\x83"),  # one entitlement more than there are
        (b"\x03\x81\x83", b"\x03\x80\x83"),
        (b"\x78\x23MAR", b"\x78\x24MAR"),  # a name one byte longer than there are
        (b"\x78\x23MAR", b"\x78\x22MAR"),
        (b"\x06\x82\x72", b"\x06\x82\x07\x72"),  # a number before the identity, as where it is sealed
    ],
)
def test_a_head_that_lies_is_malformed(right: bytes, wrong: bytes) -> None:
    payload = qr_pass.pass_claims(_world.claims(qr_pass.PRINTED))
    assert payload.count(right) == 1
    with pytest.raises(Malformed):
        qr_pass.parse(_world.pass_from_map(payload.replace(right, wrong)))
