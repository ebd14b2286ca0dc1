"""What PyJWT lets through, and every forgery that names its own rules, is refused before a claim is read."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.core.encoding import base64url_decode, base64url_encode
from amate.errors import Malformed
from amate.web import strict_jwt
from amate.web.strict_jwt import Token
from tests.soft_jwt import ORDER, jwk_of, jwt, new_key, raw_signature, segment

TYPES = ("dpop+jwt", "openid4vci-proof+jwt", "dc+sd-jwt", "statuslist+jwt", "kb+jwt")
KEY = new_key()
HEADER = {"alg": "ES256", "typ": "dpop+jwt"}
CLAIMS = {"jti": "a", "iat": 1_795_000_000}


def decode(encoded: str, typ: str = "dpop+jwt") -> Token:
    return strict_jwt.decode(
        encoded, expected_type=typ, key_of=lambda _: KEY.public_key(), required=frozenset(("jti", "iat"))
    )


def assert_refused(encoded: str) -> None:
    with pytest.raises(Malformed, match="bad-token"):
        decode(encoded)


def test_a_good_token_is_read() -> None:
    assert decode(jwt(KEY, HEADER, CLAIMS)).claims == CLAIMS


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None])
def test_a01_alg_none_in_any_spelling(alg: str | None) -> None:
    message = f"{segment(HEADER | {'alg': alg})}.{segment(CLAIMS)}"
    assert_refused(f"{message}.")
    assert_refused(f"{message}.{base64url_encode(raw_signature(KEY, message.encode()))}")


def public_spellings() -> list[bytes]:
    public = KEY.public_key()
    return [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        str(jwk_of(KEY)).replace("'", '"').encode(),
    ]


@pytest.mark.parametrize("secret", public_spellings(), ids=["pem", "der", "point", "jwk"])
def test_a02_hs256_with_the_public_key(secret: bytes) -> None:
    for alg, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
        message = f"{segment(HEADER | {'alg': alg})}.{segment(CLAIMS)}"
        assert_refused(f"{message}.{base64url_encode(hmac.new(secret, message.encode(), digest).digest())}")


@pytest.mark.parametrize("pointer", sorted(strict_jwt.REFUSED_HEADERS))
def test_a03_a04_a06_no_header_points_to_a_key_or_changes_the_rules(pointer: str) -> None:
    for value in ("https://evil.example/jwks", ["x"], False, "../../etc/passwd", "'; DROP TABLE x; --", "\0"):
        assert_refused(jwt(KEY, HEADER | {pointer: value}, CLAIMS))


def test_a04_two_hundred_odd_kids_touch_nothing() -> None:
    odd = ["../" * n + "key" for n in range(1, 67)]
    odd += [f"http://169.254.169.254/{n}" for n in range(67)]
    odd += ["' OR 1=1 --", "\0", "k" * 5000, *(chr(n) * 9 for n in range(0x20, 0x60))]
    for kid in odd:
        assert_refused(jwt(KEY, HEADER | {"kid": kid}, CLAIMS))
    assert_refused(jwt(KEY, HEADER | {"kid": "k" * 1_000_000}, CLAIMS))


def test_a08_a_padded_or_loose_spelling_is_refused_and_a_malleated_one_has_the_same_jti() -> None:
    good = jwt(KEY, HEADER, CLAIMS)
    message, _, signature = good.rpartition(".")
    raw = base64url_decode(signature)
    for spelled in (f"{good}=", f"{good}==", f"{good} ", f"{good}\n", f" {good}", good.replace("-", "+")):
        if spelled != good:
            assert_refused(spelled)
    assert_refused(f"{message}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}")
    s = ORDER - int.from_bytes(raw[32:], "big")
    malleated = f"{message}.{base64url_encode(raw[:32] + s.to_bytes(32, 'big'))}"
    assert decode(malleated).claims["jti"] == decode(good).claims["jti"]


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ('{"alg":"none","alg":"ES256","typ":"dpop+jwt"}', '{"jti":"a","iat":1}'),
        ('{"alg":"ES256","typ":"x","typ":"dpop+jwt"}', '{"jti":"a","iat":1}'),
        ('{"alg":"ES256","typ":"dpop+jwt"}', '{"jti":"a","jti":"b","iat":1}'),
        ('{"alg":"ES256","typ":"dpop+jwt"}', '{"jti":"a","iat":1,"iat":2}'),
        ("[]", '{"jti":"a","iat":1}'),
        ('{"alg":"ES256","typ":"dpop+jwt"}', "[]"),
        ("", ""),
    ],
)
def test_a09_no_member_twice_and_nothing_but_objects(header: str, claims: str) -> None:
    assert_refused(jwt(KEY, header, claims))


def test_a10_each_type_of_token_passes_only_as_itself() -> None:
    for made, expected in itertools.product(TYPES, TYPES):
        encoded = jwt(KEY, HEADER | {"typ": made}, CLAIMS)
        if made == expected:
            assert decode(encoded, expected).claims == CLAIMS
        else:
            with pytest.raises(Malformed):
                decode(encoded, expected)


@pytest.mark.parametrize("typ", [None, "", "JWT", "jwt", "DPOP+JWT", "application/dpop+jwt", ["dpop+jwt"]])
def test_a10_a_missing_or_other_type_is_refused(typ: object) -> None:
    assert_refused(jwt(KEY, HEADER | {"typ": typ}, CLAIMS))
    assert_refused(jwt(KEY, {"alg": "ES256"}, CLAIMS))


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize(
    "text", ['"1795000000"', "1.5", "1e3", "-1", "null", "true", "NaN", "Infinity", "99999999999999999999", "[]"]
)
def test_a12_times_are_whole_seconds(name: str, text: str) -> None:
    claims = {"jti": '"a"', "iat": "1"} | {name: text}
    assert_refused(jwt(KEY, HEADER, "{" + ",".join(f'"{k}":{v}' for k, v in claims.items()) + "}"))


def test_required_claims_are_required() -> None:
    assert_refused(jwt(KEY, HEADER, {"iat": 1}))
    assert_refused(jwt(KEY, HEADER, {"jti": "a"}))


def test_a07_signatures_that_are_none() -> None:
    message = f"{segment(HEADER)}.{segment(CLAIMS)}"
    zero, order = bytes(32), ORDER.to_bytes(32, "big")
    for raw in (b"", zero * 2, order * 2, zero + order, b"\1" * 63, b"\1" * 65, b"\1" * 70):
        assert_refused(f"{message}.{base64url_encode(raw)}")


@pytest.mark.parametrize("encoded", ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", "x" * 9000, "~~", "a.b.c~"])
def test_what_is_no_jwt_is_refused(encoded: str) -> None:
    assert_refused(encoded)


def test_another_key_is_refused() -> None:
    assert_refused(jwt(new_key(), HEADER, CLAIMS))


def bent_keys() -> list[Any]:
    good = jwk_of(KEY)
    x = base64url_decode(good["x"])
    number = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    return [
        None,
        "key",
        {},
        good | {"d": "AA"},
        good | {"k": "AA"},
        good | {"crv": "P-384"},
        good | {"crv": "secp256k1"},
        good | {"kty": "OKP"},
        good | {"alg": "ES384"},
        good | {"use": "enc"},
        good | {"x": good["y"], "y": good["x"]},
        good | {"x": base64url_encode(bytes(32)), "y": base64url_encode(bytes(32))},
        good | {"x": base64url_encode(x + b"\0")},
        good | {"x": base64url_encode(x[1:])},
        good | {"x": good["x"] + "="},
        good | {"x": 7},
        good | {"extra": "x"},
        {"kty": "EC", "crv": "P-256", "x": good["x"]},
        {"kty": "RSA", "n": base64url_encode(number.to_bytes(256, "big")), "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
    ]


@pytest.mark.parametrize("jwk", bent_keys())
def test_a11_f06_only_a_public_p256_key_is_a_key(jwk: Any) -> None:
    with pytest.raises(Malformed):
        strict_jwt.public_jwk(jwk)


def test_a_key_as_browsers_export_it_is_taken_without_its_ornaments() -> None:
    exported = jwk_of(KEY) | {"ext": True, "key_ops": ["verify"], "alg": "ES256", "use": "sig"}
    found = strict_jwt.public_jwk(exported)
    assert found.members == jwk_of(KEY)
    assert isinstance(found.key, ec.EllipticCurvePublicKey)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    # RFC 7517 appendix A.1's EC key; its thumbprint, computed by the rule of RFC 7638 §3.
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    expected = base64url_encode(hashlib.sha256(canonical.encode()).digest())
    assert strict_jwt.public_jwk(jwk).thumbprint == expected
