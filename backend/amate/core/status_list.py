"""Status lists: one bit per credential, in a signed token that anyone may keep and nobody can ask about one person.

Source: draft-ietf-oauth-status-list §4 (Status List) and §5.1 (Status List Token in JWT format).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, NoReturn

import jwt
from jwt.api_jws import PyJWS

from amate.core import cose, encoding, trust
from amate.core.encoding import JsonValue
from amate.core.trust import IssuerKey
from amate.errors import Malformed

LIST_SIZE: Final = 2**20
MAX_NUMBER: Final = 2**20 - 1
MAX_TOKEN: Final = 2**20  # characters; a list in which every bit is a coin toss has about 235,000
VALID: Final = 0
TYP: Final = "statuslist+jwt"

_WIDTHS: Final = (1, 2, 4, 8)
_HEADER: Final = frozenset(("alg", "kid", "typ"))
_NUMBER: Final = re.compile(r"(?:.*/)?status/(0|[1-9][0-9]{0,6})", re.ASCII)
_JWS: Final = PyJWS(algorithms=["ES256"])


class StatusList(NamedTuple):
    """A status list whose token was verified; times in seconds since 1970, `raw` is the inflated byte array."""

    uri: str
    number: int
    bits: int
    size: int
    raw: bytes
    iat: int
    exp: int | None
    ttl: int | None


def pack_statuses(statuses: Mapping[int, int], *, bits: int = 1, size: int = LIST_SIZE) -> bytes:
    """The compressed byte array of a status list.

    statuses: by index; what is not listed is 0 (valid)
    bits:     width of one status: 1, 2, 4 or 8
    size:     number of entries, a multiple of 8 / bits
    Returns:  zlib stream, level 9
    Raises:   Malformed("status-out-of-range") for an index or a status that does not fit
    Source:   draft-ietf-oauth-status-list §4.1 (from the least significant bit)
    """
    per_byte = _per_byte(bits)
    packed = bytearray(size // per_byte)
    for index, status in statuses.items():
        if not (0 <= index < size and 0 <= status < 1 << bits):
            raise Malformed("status-out-of-range", "index or status")
        packed[index // per_byte] |= status << (index % per_byte * bits)
    return zlib.compress(bytes(packed), 9)


def unpack(encoded: bytes, *, max_bytes: int = LIST_SIZE // 8) -> bytes:
    """The byte array of a compressed status list; inflating stops at `max_bytes`.

    Raises: Malformed for a stream that is larger, cut short, damaged or followed by more
    """
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(encoded, max_bytes + 1)
    except zlib.error:
        _malformed("not a zlib stream")
    if len(raw) > max_bytes or not inflater.eof or inflater.unused_data:
        _malformed("too large, cut short, or followed by more")
    return raw


def status_at(status_list: StatusList, index: int) -> int:
    """The status of one credential, 0 when valid.

    Raises: Malformed("status-out-of-range") for an index that the list does not have
    """
    if not 0 <= index < status_list.size:
        raise Malformed("status-out-of-range", "index")
    bits = status_list.bits
    per_byte = 8 // bits
    return status_list.raw[index // per_byte] >> (index % per_byte * bits) & ((1 << bits) - 1)


def make_status_list(uri: str, raw: bytes, *, bits: int, iat: int, exp: int | None, ttl: int | None) -> StatusList:
    """A status list from its parts; the number is the end of its URI, `{base}/status/{number}`.

    Raises: Malformed for a URI of another form
    """
    return StatusList(uri, number_of(uri), bits, len(raw) * _per_byte(bits), raw, iat, exp, ttl)


def number_of(uri: str) -> int:
    """The number of the list at this URI.

    Raises: Malformed for a URI of another form, or a number of 2^20 or more
    """
    found = _NUMBER.fullmatch(uri)
    if found is None or int(found[1]) > MAX_NUMBER:
        _malformed("not the URI of a status list")
    return int(found[1])


def parse_status_token(encoded_jwt: str, *, keys: Iterable[IssuerKey], expected_uri: str) -> StatusList:
    """The status list inside a token that a key for status lists signed while it was in force.

    Raises: as signed_claims
    Source: draft-ietf-oauth-status-list §5.1, §8.3; 1-bit lists only
    """
    claims = signed_claims(encoded_jwt, typ=TYP, keys=keys, expected_uri=expected_uri)
    raw = unpack(_lst_of(claims.get("status_list")))
    exp, ttl = _optional_time_of(claims, "exp"), _optional_time_of(claims, "ttl")
    return make_status_list(expected_uri, raw, bits=1, iat=time_of(claims, "iat"), exp=exp, ttl=ttl)


def signed_claims(encoded_jwt: str, *, typ: str, keys: Iterable[IssuerKey], expected_uri: str) -> dict[str, JsonValue]:
    """The claims of a token of this type and place that a key for status lists signed while it was in force.

    Raises: Malformed("malformed"), ("unknown-issuer"), ("bad-signature"), ("wrong-status-list") when the token is
            another list's, or the slug of trust.refusal
    """
    header, claims = _parts_of(encoded_jwt, typ)
    key = _verified_by(encoded_jwt, header, keys)
    iat = time_of(claims, "iat")
    slug = trust.refusal(key, "status", iat=iat, now=iat)
    if slug is not None:
        raise Malformed(slug, "key of the status list")
    if claims.get("sub") != expected_uri:
        raise Malformed("wrong-status-list", "sub is another URI")
    return claims


def time_of(claims: Mapping[str, JsonValue], name: str) -> int:
    """A claim that counts from 0.

    Raises: Malformed("malformed")
    """
    value = claims.get(name)
    if type(value) is not int or value < 0:
        _malformed(name)
    return value


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _per_byte(bits: int) -> int:
    if bits not in _WIDTHS:
        _malformed("bits")
    return 8 // bits


def _parts_of(encoded_jwt: str, typ: str) -> tuple[dict[str, str], dict[str, JsonValue]]:
    parts = encoded_jwt.split(".")
    if len(encoded_jwt) > MAX_TOKEN or len(parts) != 3:
        _malformed("not a compact JWS")
    raw_header, raw_claims, signature = (encoding.base64url_decode(part) for part in parts)
    header, claims = encoding.strict_json(raw_header), encoding.strict_json(raw_claims)
    # Exactly these members: nothing in a header (jwk, jku, x5c, crit, b64) may choose how it is checked.
    if not isinstance(header, dict) or header.keys() != _HEADER or not isinstance(claims, dict):
        _malformed("header or claims")
    texts = {name: value for name, value in header.items() if isinstance(value, str)}
    if len(texts) != 3 or texts["alg"] != "ES256" or texts["typ"] != typ:
        _malformed(f"not of type {typ}")
    if not cose.is_raw_signature(signature):
        raise Malformed("bad-signature", "r or s out of range")
    return texts, claims


def _verified_by(encoded_jwt: str, header: dict[str, str], keys: Iterable[IssuerKey]) -> IssuerKey:
    key = next((key for key in keys if key.kid == header["kid"]), None)
    if key is None:
        raise Malformed("unknown-issuer", "kid")
    try:
        _JWS.decode(encoded_jwt, key.public_key, algorithms=["ES256"])
    except jwt.InvalidTokenError:
        raise Malformed("bad-signature", "status token") from None
    return key


def _lst_of(value: JsonValue) -> bytes:
    if not isinstance(value, dict) or type(value.get("bits")) is not int or value["bits"] != 1:
        _malformed("status_list")
    lst = value.get("lst")
    if not isinstance(lst, str):
        _malformed("lst")
    return encoding.base64url_decode(lst)


def _optional_time_of(claims: dict[str, JsonValue], name: str) -> int | None:
    return time_of(claims, name) if name in claims else None
