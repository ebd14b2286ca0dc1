"""The pass is the thing in the QR: a CWT signed by an issuer and, from a phone, signed again at the moment of showing.

Source: RFC 8392 (CWT), RFC 8747 §3.1 (confirmation key), RFC 9052; the private claim -65537 is ours.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn, TypeGuard

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
MAX_STATUS_INDEX: Final = 2**40 - 1
MAX_TIME: Final = 2**40 - 1
MAX_NAME: Final = 40
MAX_HINT: Final = 12
MAX_ENTITLEMENTS: Final = 8
MAX_QUALITY_S: Final = 86_400
MAX_INSTITUTION: Final = 999
MAX_DAY: Final = 9_999_999
MAX_SEALING_NUMBER: Final = 2**32 - 1
TAG_BYTES: Final = 16
MAX_CIPHERTEXT: Final = 256
ROLES: Final = (1, 2, 3)  # titular, beneficiary, pensioner

_EXP, _IAT, _CTI, _CNF, _HEALTH = 4, 6, 7, 8, -65537
_PROFILE, _HINT, _ENTITLEMENTS, _CLINIC, _STATUS, _IDENTITY = 1, 2, 3, 4, 5, 6
_CLAIMS: Final = frozenset((_EXP, _IAT, _CTI, _HEALTH))
_DEVICE_CLAIMS: Final = _CLAIMS | {_CNF}
_KEY_ONLY: Final = frozenset((1,))
_HEALTH_CLAIMS: Final = frozenset((_PROFILE, _HINT, _ENTITLEMENTS, _CLINIC, _STATUS, _IDENTITY))

_CLUES: Final = re.compile(r"[A-Z]{5}[0-9]{6}")
_CURP: Final = re.compile(r"[A-Z0-9]{18}")
# Characters that are not seen, or that turn the reading direction: nobody may dress a name with them.
_UNCLEAN: Final = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
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
    """A device pass as shown by its phone at `shown_at`."""

    pass_: Pass
    shown_at: int
    clock_quality_s: int | None
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
    encoded = encoding.encode_cbor(payload)
    _claims_of(encoded)
    return encoded


def sign_pass(claims: Claims, *, kid8: bytes, sign: Sign, verify_with: PublicKey | None = None) -> bytes:
    """The bytes of a pass, signed by an issuer."""
    return cose.sign_sign1(_protected_of(kid8), pass_claims(claims), sign, verify_with=verify_with)


def present(pass_bytes: bytes, *, shown_at: int, clock_quality_s: int | None, sign: Sign) -> bytes:
    """The presentation of a device pass, signed by the phone."""
    payload = encoding.encode_cbor([pass_bytes, shown_at, clock_quality_s])
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
        plain = AESGCM(key).decrypt(cti, sealed.ciphertext, protected_bytes)
        return _identity_of(encoding.decode_cbor(plain))
    except (InvalidTag, Malformed):
        return None


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
    shown = encoding.decode_cbor(sign1.payload)
    if type(shown) is not list or len(shown) != 3:
        _malformed("not a presentation")
    pass_bytes, shown_at, quality_s = shown
    if type(pass_bytes) is not bytes or not _is_within(shown_at, MAX_TIME):
        _malformed("presentation of the wrong types")
    if quality_s is not None and not _is_within(quality_s, MAX_QUALITY_S):
        _malformed("clock quality")
    pass_ = _pass_of(cose.parse_sign1(pass_bytes))
    if pass_.claims.profile != DEVICE:
        _malformed("only a device pass is presented")
    return Presentation(pass_, shown_at, quality_s, sign1)


def _pass_of(sign1: Sign1) -> Pass:
    kid8 = sign1.protected.get(cose.KID)
    if len(sign1.protected) != 2 or type(kid8) is not bytes or len(kid8) != KID_BYTES:
        _malformed("not the protected header of a pass")
    return Pass(kid8, _claims_of(sign1.payload), sign1)


def _claims_of(payload: bytes) -> Claims:
    claims = _map_of(encoding.decode_cbor(payload), _CLAIMS, _DEVICE_CLAIMS)
    health = _map_of(claims[_HEALTH], _HEALTH_CLAIMS)
    iat, exp = _times_of(claims)
    profile = _profile_of(health[_PROFILE], has_key=_CNF in claims)
    who = health[_IDENTITY]
    return Claims(
        profile=profile,
        iat=iat,
        exp=exp,
        cti=_bytes_of(claims[_CTI], CTI_BYTES),
        holder=_holder_of(claims[_CNF]) if profile == DEVICE else None,
        hint=_clean_text(health[_HINT], MAX_HINT),
        entitlements=_entitlements_of(health[_ENTITLEMENTS]),
        assigned_clinic=_clinic_of(health[_CLINIC]),
        status_index=_number_of(health[_STATUS], MAX_STATUS_INDEX),
        sealed=None if profile == PRINTED else _sealed_of(who),
        identity=_identity_of(who) if profile == PRINTED else None,
    )


def _map_of(value: CborValue, *allowed: frozenset[int]) -> dict[int | str, CborValue]:
    if type(value) is not dict or value.keys() not in allowed:
        _malformed("members missing, or too many")
    return value


def _times_of(claims: dict[int | str, CborValue]) -> tuple[int, int]:
    iat, exp = _number_of(claims[_IAT], MAX_TIME), _number_of(claims[_EXP], MAX_TIME)
    if iat >= exp:
        _malformed("ends before it begins")
    return iat, exp


def _profile_of(value: CborValue, *, has_key: bool) -> int:
    profile = _number_of(value, PRINTED)
    if profile == 0 or (profile == DEVICE) != has_key:
        _malformed("profile")
    return profile


def _holder_of(value: CborValue) -> CborValue:
    holder = _map_of(value, _KEY_ONLY)[1]
    cose.point_of(holder)  # its form; that it is on the curve is found when it is used
    return holder


def _entitlements_of(value: CborValue) -> tuple[Entitled, ...]:
    if type(value) is not list or len(value) > MAX_ENTITLEMENTS:
        _malformed("entitlements")
    return tuple([_entitled_of(row) for row in value])


def _entitled_of(row: CborValue) -> Entitled:
    if type(row) is not list or len(row) != 3:
        _malformed("entitlement")
    institution, role, until_day = row
    role = _number_of(role, len(ROLES))
    if role == 0:
        _malformed("role")
    return Entitled(
        _number_of(institution, MAX_INSTITUTION),
        role,
        None if until_day is None else _number_of(until_day, MAX_DAY),
    )


def _clinic_of(value: CborValue) -> str | None:
    if value is None:
        return None
    if type(value) is not str or not _CLUES.fullmatch(value):
        _malformed("clinic")
    return value


def _sealed_of(value: CborValue) -> Sealed:
    if type(value) is not list or len(value) != 2:
        _malformed("sealed identity")
    number, ciphertext = value
    if type(ciphertext) is not bytes or not TAG_BYTES < len(ciphertext) <= MAX_CIPHERTEXT:
        _malformed("ciphertext")
    return Sealed(_number_of(number, MAX_SEALING_NUMBER), ciphertext)


def _identity_of(value: CborValue) -> Identity:
    if type(value) is not list or len(value) != 2:
        _malformed("identity")
    curp, name = value
    if type(curp) is not str or not _CURP.fullmatch(curp):
        _malformed("curp")
    return Identity(curp, _clean_text(name, MAX_NAME))


def _clean_text(value: CborValue, most: int) -> str:
    if type(value) is not str or not 0 < len(value) <= most or _UNCLEAN.search(value):
        _malformed("text")
    return value


def _bytes_of(value: CborValue, size: int) -> bytes:
    if type(value) is not bytes or len(value) != size:
        _malformed("bytes")
    return value


def _is_within(value: CborValue, most: int) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= most


def _number_of(value: CborValue, most: int) -> int:
    if not _is_within(value, most):
        _malformed("number")
    return value
