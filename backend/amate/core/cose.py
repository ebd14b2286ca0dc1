"""COSE_Sign1 with ES256 and nothing else: parsed strictly, verified and signed over the exact bytes received.

Source: RFC 9052 §4.2-4.4 (COSE_Sign1, Sig_structure), RFC 9053 §2.1 and §7.1.1 (ECDSA, EC2 keys).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from amate.core import encoding
from amate.core.encoding import CborValue
from amate.errors import Malformed, Unavailable

ALG: Final = 1
KID: Final = 4
ES256: Final = -7
SIGNATURE_BYTES: Final = 64

# Order of P-256's base point: r and s live in 1..n-1 (SEC 1 §4.1.4, FIPS 186-5 §6.4.2).
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

COORDINATE_BYTES: Final = 32
_ZERO: Final = bytes(32)
_ORDER: Final = ORDER.to_bytes(32, "big")  # bytes of equal length compare as their numbers do
_KEY_MEMBERS: Final = frozenset((1, -1, -2, -3))
_KEY_TYPES: Final = (int, int, bytes, bool)
_key_members: Final = itemgetter(1, -1, -2, -3)
_TAGGED_ARRAY: Final = b"\xd2\x84"  # tag 18, the only tag anywhere, on an array of four
_EMPTY_MAP: Final = b"\xa0"
_SIGNATURE_HEAD: Final = b"\x58\x40"  # 64 bytes follow
_SIGNATURE_ITEM: Final = 2 + SIGNATURE_BYTES
_SIG_STRUCTURE: Final = b"\x84\x6aSignature1"  # then protected header, external data, payload
_NO_EXTERNAL: Final = b"\x40"
# With one of the two protected headers in use, {1: -7} and {1: -7, 4: 8 bytes}, each in its one spelling.
_USUAL: Final = re.compile(
    rb"\xd2\x84 ( \x43\xa1\x01\x26 | \x4d\xa2\x01\x26\x04\x48 (.{8}) ) \xa0 ( %b )"
    rb".* \x58\x40 (.{64})" % encoding.BYTES_HEAD,
    re.DOTALL | re.VERBOSE,
)
_DER_HEADS: Final = (b"\x02\x20", b"\x02\x21\x00")  # of an INTEGER of 32 bytes, by its top bit
_CURVE: Final = ec.SECP256R1()
_ECDSA: Final = ec.ECDSA(hashes.SHA256())

PublicKey = ec.EllipticCurvePublicKey
Sign = Callable[[bytes], bytes]


class Sign1(NamedTuple):
    """A COSE_Sign1 as received; `message` is what the signature covers, cut out of the bytes received."""

    protected: dict[int | str, CborValue]
    protected_bytes: bytes
    payload: bytes
    signature: bytes
    message: bytes


def parse_sign1(raw: bytes) -> Sign1:
    """The four parts of a tagged COSE_Sign1 with an empty unprotected header and an attached payload.

    Raises: Malformed for anything else
    Source: RFC 9052 §4.2; the unprotected header is kept empty so that nothing unsigned is ever read
    """
    found = _USUAL.fullmatch(raw)
    if found is None or len(raw) > encoding.MAX_BYTES:
        return _unusual_sign1(raw)
    header, kid, head, signature = found.groups()
    payload = raw[found.end(3) : -_SIGNATURE_ITEM]
    if encoding.BYTES_HEADS.get(head) != len(payload):
        raise Malformed("malformed", "payload is not as long as its head says")
    protected: dict[int | str, CborValue] = {ALG: ES256, KID: kid} if kid else {ALG: ES256}
    message = b"".join((_SIG_STRUCTURE, header, _NO_EXTERNAL, head, payload))
    return Sign1(protected, header[1:], payload, signature, message)


def to_be_signed(protected_bytes: bytes, payload: bytes) -> bytes:
    """The Sig_structure that the signature covers (RFC 9052 §4.4), without external data."""
    header, content = encoding.bytes_item(protected_bytes), encoding.bytes_item(payload)
    return b"".join((_SIG_STRUCTURE, header, _NO_EXTERNAL, content))


def sign_sign1(
    protected: dict[int | str, CborValue],
    payload: bytes,
    sign: Sign,
    *,
    verify_with: PublicKey | None = None,
) -> bytes:
    """A tagged COSE_Sign1.

    sign:        to-be-signed bytes → raw 64-byte r‖s
    verify_with: checks the signature before it is let out (a fault in a signer can reveal its key)
    Raises:      Unavailable("signature-corrupted") when the signature does not hold
    """
    protected_bytes = encoding.encode_cbor(protected)
    message = to_be_signed(protected_bytes, payload)
    signature = sign(message)
    if verify_with is not None and not verify_raw(signature, message, verify_with):
        raise Unavailable("signature-corrupted", "the signer returned a signature that fails")
    header, *parts = (encoding.bytes_item(part) for part in (protected_bytes, payload, signature))
    return b"".join((_TAGGED_ARRAY, header, _EMPTY_MAP, *parts))


def verify_sign1(sign1: Sign1, key: PublicKey) -> bool:
    """Whether the signature is an ES256 signature by this P-256 key over the bytes received."""
    return verify_raw(sign1.signature, sign1.message, key)


def verify_raw(signature: bytes, message: bytes, key: PublicKey) -> bool:
    """Whether r‖s (64 bytes) is an ES256 signature of the message."""
    if not is_raw_signature(signature):
        return False
    try:
        key.verify(_der_from_raw(signature), message, _ECDSA)
    except InvalidSignature:
        return False
    return True


def is_raw_signature(signature: bytes) -> bool:
    """Whether these bytes can be an ES256 signature at all: 64 of them, r and s in 1..n-1."""
    return len(signature) == SIGNATURE_BYTES and _ZERO < signature[:32] < _ORDER and _ZERO < signature[32:] < _ORDER


def key_from_cose(cose_key: CborValue) -> PublicKey:
    """The P-256 key of a COSE_Key with a compressed point.

    Raises: Malformed for a COSE_Key that point_of refuses, or an x that is on no point of the curve
    """
    try:
        return PublicKey.from_encoded_point(_CURVE, point_of(cose_key))
    except ValueError:
        raise Malformed("malformed", "not a point of the curve") from None


def key_from_point(x: bytes, y: bytes) -> PublicKey:
    """The P-256 key at a point.

    x, y:   32 bytes each
    Raises: Malformed for a point that is not on the curve
    """
    if len(x) != COORDINATE_BYTES or len(y) != COORDINATE_BYTES:
        raise Malformed("malformed", "coordinates are not 32 bytes")
    try:
        return PublicKey.from_encoded_point(_CURVE, b"\x04" + x + y)
    except ValueError:
        raise Malformed("malformed", "not a point of the curve") from None


def point_of(cose_key: CborValue) -> bytes:
    """The compressed point (33 bytes, SEC 1 §2.3.3) that a COSE_Key spells; whether it is on the curve is not checked.

    cose_key: exactly {1: 2, -1: 1, -2: x (32 bytes), -3: sign of y (bool)}
    Raises:   Malformed for other members or another curve
    Source:   RFC 9053 §7.1.1
    """
    if type(cose_key) is not dict or cose_key.keys() != _KEY_MEMBERS:
        raise Malformed("malformed", "not an EC2 key")
    members = _key_members(cose_key)
    _, _, x, sign = members
    # The types first: true is no 1.
    if tuple(map(type, members)) != _KEY_TYPES or members[:2] != (2, 1) or len(x) != COORDINATE_BYTES:
        raise Malformed("malformed", "not a compressed point of P-256")
    point: bytes = (b"\x03" if sign else b"\x02") + x
    return point


def cose_from_key(key: PublicKey) -> dict[int | str, CborValue]:
    """The COSE_Key, with a compressed point, of a P-256 key."""
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    return {1: 2, -1: 1, -2: point[1:], -3: point[0] == 3}


def _unusual_sign1(raw: bytes) -> Sign1:
    """The parts of a COSE_Sign1 with any protected header, or the refusal of what is none."""
    if len(raw) > encoding.MAX_BYTES or raw[:2] != _TAGGED_ARRAY:
        raise Malformed("malformed", "no COSE_Sign1 of four parts")
    protected_bytes, at = encoding.bytes_at(raw, 2)
    if raw[at : at + 1] != _EMPTY_MAP:
        raise Malformed("malformed", "unprotected header is not empty")
    payload, end = encoding.bytes_at(raw, at + 1)
    signature = raw[end + 2 :]
    if raw[end : end + 2] != _SIGNATURE_HEAD or len(signature) != SIGNATURE_BYTES:
        raise Malformed("malformed", "not a raw 64-byte signature, or more after it")
    protected = encoding.decode_cbor(protected_bytes)
    if type(protected) is not dict or protected.get(ALG) != ES256:
        raise Malformed("malformed", "algorithm is not ES256")
    message = _SIG_STRUCTURE + raw[2:at] + _NO_EXTERNAL + raw[at + 1 : end]
    return Sign1(protected, protected_bytes, payload, signature, message)


def _der_from_raw(signature: bytes) -> bytes:
    """SEQUENCE of two INTEGERs (X.690 §8.3): shortest form, a zero byte before a set top bit."""
    r, s = signature[:32], signature[32:]
    both = _der_integer(r) + _der_integer(s)
    return bytes((0x30, len(both))) + both


def _der_integer(half: bytes) -> bytes:
    if half[0]:
        return _DER_HEADS[half[0] >> 7] + half
    digits = half.lstrip(b"\0")
    if digits[0] >> 7:
        digits = b"\0" + digits
    return bytes((2, len(digits))) + digits
