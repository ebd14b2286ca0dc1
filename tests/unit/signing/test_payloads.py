"""What a key signs, and what it never does: rows A10 and A15."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from amate.core import cose, encoding, qr_pass, sd_jwt
from amate.core.encoding import base64url_decode, base64url_encode
from amate.errors import Refused
from amate.signing import payloads
from tests.soft_jwt import new_key, segment
from tests.unit.signing.messages import REVOCATIONS, USES, Kept, Recorder, claims

KEPT = {use: Kept(use) for use in USES}
KEPT[REVOCATIONS] = Kept(REVOCATIONS, KEPT["status"].key)
HASH = "ab" * 32
KINDS = (*USES, REVOCATIONS)


def refused(message: bytes, use: str) -> bool:
    """Whether the key of this use, or of this kind of message, refuses."""
    try:
        payloads.check(message, KEPT[use].allowed)
    except Refused as error:
        return error.slug == "signing-refused"
    return False


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", KINDS)
def test_a10_a15_a_key_signs_its_own_kind_and_no_other(use: str, kind: str) -> None:
    assert refused(KEPT[kind].message, use) == (use != KEPT[kind].allowed.use)


@pytest.mark.parametrize("kind", KINDS)
def test_a15_one_key_under_another_use_does_not_sign_either(kind: str) -> None:
    """The message names the very key that is asked, which somebody listed for another use."""
    for use in ("pass", "credential", "status"):
        message = Kept(kind, KEPT[use].key).message
        assert refused(message, use) == (use != KEPT[kind].allowed.use)


@pytest.mark.parametrize("use", ["pass", "credential", "status", REVOCATIONS])
def test_a_message_that_names_another_key_is_refused(use: str) -> None:
    assert refused(Kept(use).message, use)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "odd", [b"", b"\x00", b"raw bytes", bytes(32), b"{}", b"a.b", b"e30.e30", b"\x84\x6aSignature1", b"[]", b"null"]
)
def test_raw_bytes_are_never_signed(use: str, odd: bytes) -> None:
    assert refused(odd, use)


@pytest.mark.parametrize("use", KINDS)
def test_a_message_with_anything_before_after_or_missing_is_refused(use: str) -> None:
    message = KEPT[use].message
    for changed in (message + b"\x00", message + b" ", b" " + message, message[:-1], message[1:], message * 2):
        assert refused(changed, use)


@pytest.mark.parametrize("profile", [qr_pass.DEVICE, qr_pass.EPHEMERAL, qr_pass.PRINTED])
def test_a_pass_of_every_profile_is_signed(profile: int) -> None:
    key = KEPT["pass"]
    recorder = Recorder(key.key)
    kid8 = base64url_decode(key.allowed.kid)[:8]
    qr_pass.sign_pass(claims(profile, name="Á" * 40), kid8=kid8, sign=recorder.sign)
    assert not refused(recorder.signed[0], "pass")


def test_a_key_for_passes_signs_no_presentation_and_no_other_claims() -> None:
    kid8 = base64url_decode(KEPT["pass"].allowed.kid)[:8]
    protected = qr_pass.protected_bytes_of(kid8)
    showing = encoding.encode_cbor([b"pass", 1, None])
    for header, payload in (
        (protected, showing),
        (encoding.encode_cbor({1: -7}), showing),
        (protected, encoding.encode_cbor({4: 2, 6: 1, 7: bytes(12)})),
        (protected, b""),
        (protected, bytes(1025)),
    ):
        assert refused(cose.to_be_signed(header, payload), "pass")


def changed(use: str, change: Callable[[Any, Any], object]) -> bytes:
    header, body = (encoding.strict_json(base64url_decode(part)) for part in KEPT[use].message.decode().split("."))
    change(header, body)
    return f"{segment(header)}.{segment(body)}".encode()  # type: ignore[arg-type]


CHANGES: dict[str, Callable[[Any, Any], object]] = {
    "typ of a key binding": lambda h, _: h.update(typ=sd_jwt.KEY_BINDING_TYP),
    "typ in other letters": lambda h, _: h.update(typ=h["typ"].upper()),
    "no typ": lambda h, _: h.pop("typ"),
    "alg none": lambda h, _: h.update(alg="none"),
    "crit": lambda h, _: h.update(crit=["b64"]),
    "jwk": lambda h, _: h.update(jwk={}),
    "one claim more": lambda _, b: b.update(name="María"),
    "one claim less": lambda _, b: b.pop("exp"),
    "text for a time": lambda _, b: b.update(exp="never"),
    "true for a time": lambda _, b: b.update(iat=True),
    "ends before it begins": lambda _, b: b.update(exp=b["iat"]),
}


@pytest.mark.parametrize("use", ["credential", "status", REVOCATIONS])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_jws_that_is_not_exactly_ours_is_refused(use: str, change: Callable[[Any, Any], object]) -> None:
    assert not refused(changed(use, lambda _h, _b: None), use)
    assert refused(changed(use, change), use)


@pytest.mark.parametrize(
    ("use", "claim", "value"),
    [
        ("credential", "iss", ""),
        ("credential", "vct", 1),
        ("credential", "cnf", {"jwk": {"kty": "EC"}}),
        ("credential", "cnf", {"kid": "x"}),
        ("credential", "cnf", []),
        ("credential", "status", {"status_list": {"idx": "7", "uri": "x"}}),
        ("credential", "status", {"status_list": {"idx": 7}}),
        ("credential", "status", {}),
        ("credential", "_sd", ["short"]),
        ("credential", "_sd", [1]),
        ("credential", "_sd", "x"),
        ("credential", "_sd_alg", "md5"),
        ("status", "sub", None),
        ("status", "ttl", "1"),
        ("status", "status_list", {"bits": 2, "lst": "eJwDAAAAAAE"}),
        ("status", "status_list", {"bits": 1, "lst": "eJwDAAAAAAE"}),
        ("status", "status_list", {"bits": 1, "lst": 1}),
        ("status", "status_list", {"bits": 1}),
        ("status", "status_list", [1]),
        (REVOCATIONS, "sub", None),
        (REVOCATIONS, "sub", "http://localhost:8000/status/0"),
        (REVOCATIONS, "ttl", "1"),
        (REVOCATIONS, "lists", -1),
        (REVOCATIONS, "lists", 2**11 + 1),
        (REVOCATIONS, "file", {"sha256": HASH, "size": 1, "url": "https://evil.example"}),
        (REVOCATIONS, "file", {"sha256": HASH, "size": 2**25 + 1}),
        (REVOCATIONS, "file", {"sha256": HASH.upper(), "size": 1}),
        (REVOCATIONS, "file", {"sha256": HASH}),
        (REVOCATIONS, "file", None),
        (REVOCATIONS, "deltas", None),
        (REVOCATIONS, "deltas", [None]),
        (REVOCATIONS, "deltas", [{"from": HASH, "sha256": HASH, "size": 1, "name": "María"}]),
        (REVOCATIONS, "deltas", [{"from": HASH, "sha256": HASH, "size": 1}] * 2),
    ],
)
def test_claims_of_another_shape_are_refused(use: str, claim: str, value: Any) -> None:
    assert refused(changed(use, lambda _, body: body.update({claim: value})), use)


def test_a_private_key_in_cnf_is_refused() -> None:
    assert refused(changed("credential", lambda _, body: body["cnf"]["jwk"].update(d="AAAA")), "credential")


def test_a_member_named_twice_is_refused() -> None:
    head, _, body = KEPT["credential"].message.decode().partition(".")
    text = base64url_decode(body).decode()
    twice = text.replace('{"iss"', '{"exp":1,"iss"', 1)
    assert refused(f"{head}.{base64url_encode(twice.encode())}".encode(), "credential")


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_metadata_is_canonical_json_to_the_letter(role: str) -> None:
    message = KEPT[role].message
    parsed = json.loads(message, strict=False)
    for other in (
        json.dumps(parsed).encode(),
        message.replace(b"{", b"{ ", 1),
        message.replace(b'"version":1', b'"version":1.0', 1),
        message.replace(b'"version":1', b'"version":1,"version":1', 1),
        message.replace(b'"version":1', b'"version":0', 1),
        message.replace(b'"version":1', b'"version":"1"', 1),
        message.replace(b'"spec_version":"1', b'"spec_version":"9', 1),
        message.replace(b'"_type":"', b'"_type":"x', 1),
    ):
        assert refused(other, role), other[:80]


def test_a_key_made_now_is_not_in_the_way_of_another() -> None:
    other = Kept("pass", new_key())
    payloads.check(other.message, other.allowed)
