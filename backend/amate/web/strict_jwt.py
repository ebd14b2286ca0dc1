"""A JWT is read in one spelling only: ES256, the expected `typ`, canonical base64url, no member twice, whole seconds.

PyJWT verifies the signature; the token is taken apart here, because PyJWT lets through padded base64url, duplicate
members, any `typ`, text for times. The text of a token is never a replay key, because r‖s and r‖n-s are both its
signature: `jti` is.
Source: RFC 7515, RFC 7519, RFC 8725 §3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from amate.core import cose, encoding, trust
from amate.core.encoding import JsonValue
from amate.errors import Malformed

MAX_BYTES: Final = 8192
TIMES: Final = ("iat", "exp", "nbf", "auth_time")
# No header may point to another key, change how the token is read, or claim an extension that we do not know.
REFUSED_HEADERS: Final = frozenset(("crit", "b64", "zip", "jku", "x5u", "x5c", "x5t", "x5t#S256", "kid", "cty"))
PRIVATE_MEMBERS: Final = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"))
HARMLESS_MEMBERS: Final = frozenset(("use", "key_ops", "alg", "ext", "kid"))
KEY_MEMBERS: Final = frozenset(("kty", "crv", "x", "y"))
_ES256: Final = ECAlgorithm(ECAlgorithm.SHA256)

Header = Mapping[str, JsonValue]
KeyOf = Callable[[Header], ec.EllipticCurvePublicKey]


class Token(NamedTuple):
    """A token whose signature holds."""

    header: dict[str, JsonValue]
    claims: dict[str, JsonValue]


class PublicJwk(NamedTuple):
    """A P-256 key; `members` is exactly {kty, crv, x, y}, `thumbprint` as of RFC 7638."""

    key: ec.EllipticCurvePublicKey
    members: dict[str, str]
    thumbprint: str


def decode(
    encoded: str,
    *,
    expected_type: str,
    key_of: KeyOf,
    required: frozenset[str],
    allowed_pointers: frozenset[str] = frozenset(),
) -> Token:
    """The header and claims of a token that was signed by the key that `key_of` finds for its header.

    required:         claims that must be there
    allowed_pointers: headers otherwise refused that this type of token carries (a `kid` looked up by exact match)
    Raises:           Malformed("bad-token") for any other spelling, algorithm, type or signature
    """
    header, claims, signature = _parts(encoded)
    if header.get("alg") != "ES256" or header.get("typ") != expected_type:
        raise Malformed("bad-token", "another algorithm or type of token")
    if (REFUSED_HEADERS - allowed_pointers) & header.keys():
        raise Malformed("bad-token", "a header that is not accepted here")
    if len(signature) != 64:
        raise Malformed("bad-token", "not a raw 64-byte signature")
    if not _ES256.verify(encoded.rpartition(".")[0].encode(), key_of(header), signature):
        raise Malformed("bad-token", "the signature does not hold")
    if required - claims.keys():
        raise Malformed("bad-token", f"claims missing: {', '.join(sorted(required - claims.keys()))}")
    for name in TIMES:
        _check_time(claims, name)
    return Token(header, claims)


def public_jwk(value: JsonValue) -> PublicJwk:
    """The P-256 key that a JWK spells.

    Raises: Malformed("bad-token") for private members, another curve, or a point that is not on it
    """
    if not isinstance(value, dict) or PRIVATE_MEMBERS & value.keys():
        raise Malformed("bad-token", "not a public key")
    if value.keys() - HARMLESS_MEMBERS != KEY_MEMBERS or (value["kty"], value["crv"]) != ("EC", "P-256"):
        raise Malformed("bad-token", "not a key on P-256")
    if value.get("alg", "ES256") != "ES256" or value.get("use", "sig") != "sig":
        raise Malformed("bad-token", "a key for something else")
    x, y = value["x"], value["y"]
    if not isinstance(x, str) or not isinstance(y, str):
        raise Malformed("bad-token", "not a coordinate of 32 bytes")
    try:
        key = cose.key_from_point(encoding.base64url_decode(x), encoding.base64url_decode(y))
    except Malformed as error:
        raise Malformed("bad-token", error.detail) from error
    members = {"crv": "P-256", "kty": "EC", "x": x, "y": y}  # in their one spelling: others do not decode
    return PublicJwk(key, members, encoding.base64url_encode(trust.thumbprint(members)))


def _parts(encoded: str) -> tuple[dict[str, JsonValue], dict[str, JsonValue], bytes]:
    if len(encoded) > MAX_BYTES or encoded.count(".") != 2:
        raise Malformed("bad-token", "not a JWT")
    try:
        raw_header, raw_claims, signature = (encoding.base64url_decode(part) for part in encoded.split("."))
        header, claims = encoding.strict_json(raw_header), encoding.strict_json(raw_claims)
    except Malformed as error:
        raise Malformed("bad-token", error.detail) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Malformed("bad-token", "not a JWT")
    return header, claims, signature


def _check_time(claims: Mapping[str, JsonValue], name: str) -> None:
    value = claims.get(name)
    if name in claims and (type(value) is not int or value < 0):
        raise Malformed("bad-token", f"{name} is not a whole number of seconds")
