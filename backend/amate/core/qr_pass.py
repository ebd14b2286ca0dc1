"""The pass is the thing in the QR: a CWT signed by an issuer and, from a phone, signed again at the moment of showing.

Source: RFC 8392 (CWT), RFC 8747 §3.1 (confirmation key), RFC 9052; the private claim -65537 is ours.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amate.core import cose, encoding
from amate.core.cose import PublicKey, Sign, Sign1
from amate.core.encoding import CborValue
from amate.core.entitlement import Entitled
from amate.errors import Malformed

DEVICE, EPHEMERAL, PRINTED = 1, 2, 3

CTI_BYTES: Final = 12
KID_BYTES: Final = 8
LIST_SIZE: Final = 2**20
MAX_NAME: Final = 40
MAX_HINT: Final = 12
MAX_ENTITLEMENTS: Final = 8
MAX_QUALITY_S: Final = 86_400
MAX_INSTITUTION: Final = 999
MAX_DAY: Final = 9_999_999
TAG_BYTES: Final = 16
MAX_CIPHERTEXT: Final = 256
CHALLENGE: Final = re.compile("[0-9]{6}")  # what a counter asks a phone to answer with

_TRUE: Final = b"\xf5"
_NULL: Final = b"\xf6"
_PAIR: Final = b"\x82"  # an array of two
_SHOWN_HEADS: Final = (b"\x83", b"\x84")  # an array of three; of four, with the challenge that it answers
_EXP, _IAT, _CTI, _CNF, _HEALTH = 4, 6, 7, 8, -65537
_PROFILE, _HINT, _ENTITLEMENTS, _CLINIC, _STATUS, _IDENTITY = 1, 2, 3, 4, 5, 6
# Characters that are not seen, or that turn the reading direction: nobody may dress a name with them.
_UNCLEAN: Final = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)

# The claims in their one spelling: deterministic CBOR orders the members and writes each head in one way. What a
# pattern cannot count (rows, the bytes of what stands last) and the ranges are checked after it.
_ITEMS: Final = {
    b"uint32": encoding.UINT32,
    b"uint40": encoding.UINT40,
    b"head": encoding.BYTES_HEAD,
    b"hint": encoding.text_pattern(4 * MAX_HINT),
}
_CLAIMS: Final = re.compile(
    rb"""
    (?: (?P<device> \xa5 ) | \xa4 )
    \x04 (?P<exp> %(uint40)b )
    \x06 (?P<iat> %(uint40)b )
    \x07 \x4c (?P<cti> .{12} )
    (?(device) \x08 \xa1 \x01 \xa4 \x01\x02 \x20\x01 \x21\x58\x20 (?P<x> .{32} ) \x22 (?P<sign> [\xf4\xf5] ) )
    \x3a\x00\x01\x00\x00 \xa6
        \x01 (?(device) \x01 | (?: (?P<printed> \x03 ) | \x02 ) )
        \x02 (?P<hint> %(hint)b )
        \x03 (?P<count> [\x80-\x88] ) (?P<rows> (?: \x83 %(uint32)b [\x01-\x03] (?: \xf6 | %(uint32)b ) )* )
        \x04 (?: \xf6 | \x6b (?P<clinic> [A-Z]{5}[0-9]{6} ) )
        \x05 (?P<status> %(uint40)b )
        \x06 \x82 (?(printed) (?P<who> .* ) | (?P<number> %(uint32)b ) (?P<head> %(head)b ) (?P<sealed> .* ) )
    """
    % _ITEMS,
    re.DOTALL | re.VERBOSE,
)
_ROW: Final = re.compile(rb"\x83 ( %(uint32)b ) ( . ) ( \xf6 | %(uint32)b )" % _ITEMS, re.DOTALL | re.VERBOSE)
_WHO: Final = re.compile(rb"\x72 ([A-Z0-9]{18}) ( [\x61-\x77] | \x78[\x18-\xff] ) (.*)", re.DOTALL | re.VERBOSE)
_SHOWN: Final = re.compile(
    rb"( %(uint40)b ) (?: \xf6 | ( %(uint32)b ) ) (?: \x66 ( [0-9]{6} ) )?" % _ITEMS, re.DOTALL | re.VERBOSE
)


class Identity(NamedTuple):
    """Who the pass is about."""

    curp: str
    name: str


class Sealed(NamedTuple):
    """An identity that only clinics holding sealing key `number` can read."""

    number: int
    ciphertext: bytes


class Claims(NamedTuple):
    """What an issuer says in a pass; times in seconds since 1970.

    holder:   the phone's COSE_Key, in a device pass only
    sealed:   in a device and an ephemeral pass; `identity` in clear only in a printed one
    """

    profile: int
    iat: int
    exp: int
    cti: bytes
    holder: CborValue
    hint: str
    entitlements: tuple[Entitled, ...]
    assigned_clinic: str | None
    status_index: int
    sealed: Sealed | None
    identity: Identity | None


class Pass(NamedTuple):
    """A pass that parses; nothing in it is believed until its signature is verified."""

    kid8: bytes
    claims: Claims
    sign1: Sign1


class Presentation(NamedTuple):
    """A device pass as shown by its phone at `shown_at`; `challenge` is the one that it answers, None for no one's."""

    pass_: Pass
    shown_at: int
    clock_quality_s: int | None
    challenge: str | None
    sign1: Sign1


def parse(raw: bytes) -> Pass | Presentation:
    """The pass or the presentation that these bytes spell.

    Raises: Malformed for anything that is neither, to the letter
    """
    sign1 = cose.parse_sign1(raw)
    if len(sign1.protected) == 1:
        return _presentation_of(sign1)
    return _pass_of(sign1)


def protected_bytes_of(kid8: bytes) -> bytes:
    """The protected header, encoded, of a pass by the key with this kid (first 8 bytes of its JWK thumbprint)."""
    return encoding.encode_cbor(_protected_of(kid8))


def pass_claims(claims: Claims) -> bytes:
    """The payload of a pass.

    Raises: Malformed for claims that parse() would refuse
    """
    health: dict[int | str, CborValue] = {
        _PROFILE: claims.profile,
        _HINT: claims.hint,
        _ENTITLEMENTS: [list(entitled) for entitled in claims.entitlements],
        _CLINIC: claims.assigned_clinic,
        _STATUS: claims.status_index,
        _IDENTITY: list(claims.sealed or claims.identity or ()),
    }
    payload: dict[int | str, CborValue] = {
        _EXP: claims.exp,
        _IAT: claims.iat,
        _CTI: claims.cti,
        _HEALTH: health,
    }
    if claims.holder is not None:
        payload[_CNF] = {1: claims.holder}
    encoded = encoding.canonical_cbor(payload)
    _claims_of(encoded)  # refuses every spelling but the one
    return encoded


def sign_pass(claims: Claims, *, kid8: bytes, sign: Sign, verify_with: PublicKey | None = None) -> bytes:
    """The bytes of a pass, signed by an issuer."""
    return cose.sign_sign1(_protected_of(kid8), pass_claims(claims), sign, verify_with=verify_with)


def present(
    pass_bytes: bytes, *, shown_at: int, clock_quality_s: int | None, challenge: str | None = None, sign: Sign
) -> bytes:
    """The presentation of a device pass, signed by the phone.

    challenge: six digits that a counter asked for
    Raises:    Malformed for any other challenge
    """
    if challenge is not None and not CHALLENGE.fullmatch(challenge):
        _malformed("challenge")
    answer: list[CborValue] = [] if challenge is None else [challenge]
    payload = encoding.encode_cbor([pass_bytes, shown_at, clock_quality_s, *answer])
    return cose.sign_sign1({cose.ALG: cose.ES256}, payload, sign)


def seal(identity: Identity, *, key: bytes, number: int, cti: bytes, protected_bytes: bytes) -> Sealed:
    """An identity that only the clinics can read, tied to one pass.

    key:             32 bytes
    cti:             12 bytes, never used twice under a key: it is the nonce
    protected_bytes: of the pass that it goes into (additional data)
    """
    plain = encoding.encode_cbor(list(identity))
    return Sealed(number, AESGCM(key).encrypt(cti, plain, protected_bytes))


def unseal(sealed: Sealed, *, key: bytes, cti: bytes, protected_bytes: bytes) -> Identity | None:
    """The identity inside, or None when it was not sealed with this key for this pass."""
    try:
        plain = _cipher(key).decrypt(cti, sealed.ciphertext, protected_bytes)
        return _identity_of(plain[1:]) if plain[:1] == _PAIR else None
    except (InvalidTag, Malformed):
        return None


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """Made once for each sealing key: a clinic holds a few."""
    return AESGCM(key)


def hint_of(given_names: str, first_surname: str, second_surname: str | None, *, birth_mmdd: str) -> str:
    """Initials and birthday, for a look at an identity document: `MHG0427`."""
    names = (given_names, first_surname, second_surname or "")
    return "".join(name.strip(" ")[:1].upper()[:1] for name in names) + birth_mmdd


def cut_name(name: str) -> str:
    """The name in at most 40 characters, cut after a word when one fits."""
    words = [word for word in name.split(" ") if word]
    while len(" ".join(words)) > MAX_NAME and len(words) > 1:
        words.pop()
    return " ".join(words)[:MAX_NAME]


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _protected_of(kid8: bytes) -> dict[int | str, CborValue]:
    return {cose.ALG: cose.ES256, cose.KID: kid8}


def _presentation_of(sign1: Sign1) -> Presentation:
    head = sign1.payload[:1]
    if head not in _SHOWN_HEADS:
        _malformed("not a presentation")
    pass_bytes, at = encoding.bytes_at(sign1.payload, 1)
    found = _SHOWN.fullmatch(sign1.payload, at)
    if found is None:
        _malformed("time of showing, clock quality, or challenge")
    shown_at, quality, challenge = found.groups()
    if (challenge is None) != (head == _SHOWN_HEADS[0]):
        _malformed("not as many members as the head says")
    quality_s = None if quality is None else encoding.uint_of(quality)
    if quality_s is not None and quality_s > MAX_QUALITY_S:
        _malformed("clock quality")
    pass_ = _pass_of(cose.parse_sign1(pass_bytes))
    if pass_.claims.profile != DEVICE:
        _malformed("only a device pass is presented")
    answered = None if challenge is None else challenge.decode()
    return Presentation(pass_, encoding.uint_of(shown_at), quality_s, answered, sign1)


def _pass_of(sign1: Sign1) -> Pass:
    kid8 = sign1.protected.get(cose.KID)
    if len(sign1.protected) != 2 or type(kid8) is not bytes or len(kid8) != KID_BYTES:
        _malformed("not the protected header of a pass")
    return Pass(kid8, _claims_of(sign1.payload), sign1)


def _claims_of(payload: bytes) -> Claims:
    found = _CLAIMS.fullmatch(payload)
    if found is None:
        _malformed("not the claims of a pass")
    device, exp, iat, cti, x, sign, printed, hint, count, rows, clinic, status, who, *sealed = found.groups()
    begins, ends = encoding.uint_of(iat), encoding.uint_of(exp)
    if begins >= ends:
        _malformed("ends before it begins")
    return Claims(  # by position: names cost a tenth of reading a pass
        DEVICE if device else PRINTED if printed else EPHEMERAL,
        begins,
        ends,
        cti,
        {1: 2, -1: 1, -2: x, -3: sign == _TRUE} if device else None,
        _clean_text(hint[1 if len(hint) <= 24 else 2 :], MAX_HINT),
        _entitlements_of(count, rows),
        None if clinic is None else clinic.decode(),
        encoding.uint_of(status),
        None if printed else _sealed_of(*sealed),
        _identity_of(who) if printed else None,
    )


def _entitlements_of(count: bytes, rows: bytes) -> tuple[Entitled, ...]:
    found = _ROW.findall(rows)
    if len(found) != count[0] - 0x80:
        _malformed("entitlements")
    return tuple([_entitled_of(*row) for row in found])


def _entitled_of(institution: bytes, role: bytes, until: bytes) -> Entitled:
    code, until_day = encoding.uint_of(institution), None if until == _NULL else encoding.uint_of(until)
    if code > MAX_INSTITUTION or (until_day is not None and until_day > MAX_DAY):
        _malformed("entitlement")
    return Entitled(code, role[0], until_day)


def _sealed_of(number: bytes, head: bytes, ciphertext: bytes) -> Sealed:
    size = len(ciphertext)
    if encoding.BYTES_HEADS.get(head) != size or not TAG_BYTES < size <= MAX_CIPHERTEXT:
        _malformed("ciphertext")
    return Sealed(encoding.uint_of(number), ciphertext)


def _identity_of(pair: bytes) -> Identity:
    found = _WHO.fullmatch(pair)
    if found is None:
        _malformed("identity")
    curp, head, name = found.groups()
    if head[-1] - (0x60 if len(head) == 1 else 0) != len(name):
        _malformed("name is not as long as its head says")
    return Identity(curp.decode(), _clean_text(name, MAX_NAME))


def _clean_text(raw: bytes, most: int) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        _malformed("text is not UTF-8")
    if len(text) > most or _UNCLEAN.search(text):
        _malformed("text")
    return text
