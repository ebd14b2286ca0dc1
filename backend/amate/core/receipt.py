"""A receipt is a counter's signed word that it gave a verdict; it names the one before it, and nobody's name.

What a verdict does not vouch for it does not name either: a refused code leaves no pass in a receipt, so that a forged
one is put down to nobody.

Source: RFC 9052 (COSE_Sign1), RFC 9596 (typ), RFC 7638 (thumbprint); the payload is ours.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple, NoReturn

from amate.core import cose, encoding
from amate.core.cose import Sign, Sign1
from amate.core.encoding import CborValue
from amate.core.entitlement import SERVICES
from amate.core.qr_pass import CTI_BYTES, DEVICE, LIST_SIZE, PRINTED
from amate.core.verdict import CHECK_IDENTITY, NOT_A_PASS, NOT_VALID, STALE, VALID
from amate.errors import Malformed

TYPE: Final = "amate-receipt+cbor"
DIGEST_BYTES: Final = 32
MAX_NUMBER: Final = 2**32 - 1
MAX_TIME: Final = 2**40 - 1
MAX_SKEW_S: Final = 10**10
MAX_STATUS_INDEX: Final = LIST_SIZE * LIST_SIZE - 1
MAX_REASON: Final = 40

_TYP: Final = 16
_PROTECTED: Final[dict[int | str, CborValue]] = {cose.ALG: cose.ES256, _TYP: TYPE}
_WORDS: Final = (VALID, CHECK_IDENTITY, STALE, NOT_VALID, NOT_A_PASS)
_REFUSED: Final = (NOT_VALID, NOT_A_PASS)
_CLUES: Final = re.compile(r"[A-Z]{5}[0-9]{6}")
_SLUG: Final = re.compile(r"[a-z]+(-[a-z]+)*")


class Seen(NamedTuple):
    """The pass that a verdict vouched for.

    cti: 12 bytes
    """

    profile: int
    cti: bytes
    status_index: int


class Receipt(NamedTuple):
    """What a counter says of one scan.

    device:    thumbprint (32 bytes) of the counter's key for receipts
    number:    1, 2, 3, … of this key
    previous:  SHA-256 of the receipt before it; None for the first
    device_at: seconds since 1970, by the counter's own clock
    skew_s:    that clock minus the time that the counter reckons it is; None when nothing vouches for that
    clinic:    CLUES, when the counter knows where it stands
    reason:    the weightiest of the verdict's
    """

    device: bytes
    number: int
    previous: bytes | None
    device_at: int
    skew_s: int | None
    clinic: str | None
    verdict: str
    reason: str | None
    service: str | None
    seen: Seen | None

    @property
    def scanned_at(self) -> int:
        """Seconds since 1970, as well as the counter knew it."""
        return self.device_at - (self.skew_s or 0)


class SignedReceipt(NamedTuple):
    """A receipt that parses; nothing in it is believed until its signature is verified."""

    receipt: Receipt
    sign1: Sign1


def parse_receipt(raw: bytes) -> SignedReceipt:
    """The receipt that these bytes spell.

    Raises: Malformed for anything that is none, to the letter
    """
    sign1 = cose.parse_sign1(raw)
    if sign1.protected != _PROTECTED:
        _malformed("not the protected header of a receipt")
    return SignedReceipt(_receipt_of(sign1.payload), sign1)


def sign_receipt(receipt: Receipt, sign: Sign) -> bytes:
    """The bytes of a receipt, signed by its counter.

    Raises: Malformed for a receipt that parse_receipt() would refuse
    """
    seen: CborValue = None if receipt.seen is None else [*receipt.seen]
    payload = encoding.encode_cbor([*receipt[:-1], seen])
    _receipt_of(payload)
    return cose.sign_sign1(_PROTECTED, payload, sign)


def digest_of(raw: bytes) -> bytes:
    """The name of a receipt, by which the next one follows it: SHA-256 of its bytes."""
    return hashlib.sha256(raw).digest()


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _receipt_of(payload: bytes) -> Receipt:
    device, number, previous, at, skew, clinic, word, reason, service, seen = _row(encoding.decode_cbor(payload), 10)
    found = Receipt(
        _bytes(device, DIGEST_BYTES),
        _number(number, MAX_NUMBER),
        None if previous is None else _bytes(previous, DIGEST_BYTES),
        _number(at, MAX_TIME),
        None if skew is None else _number(skew, MAX_SKEW_S, least=-MAX_SKEW_S),
        None if clinic is None else _text(clinic, _CLUES),
        _one_of(word, _WORDS),
        None if reason is None else _text(reason, _SLUG),
        None if service is None else _one_of(service, SERVICES),
        None if seen is None else _seen(seen),
    )
    if found.number == 0 or (found.number == 1) != (found.previous is None):
        _malformed("the first receipt alone follows none")
    if not 0 <= found.scanned_at <= MAX_TIME:
        _malformed("time")
    if found.seen is not None and found.verdict in _REFUSED:
        _malformed("a refused code is put down to nobody")
    return found


def _seen(value: CborValue) -> Seen:
    profile, cti, index = _row(value, 3)
    return Seen(_number(profile, PRINTED, least=DEVICE), _bytes(cti, CTI_BYTES), _number(index, MAX_STATUS_INDEX))


def _row(value: CborValue, size: int) -> list[CborValue]:
    return value if isinstance(value, list) and len(value) == size else _malformed("not a row")


def _bytes(value: CborValue, size: int) -> bytes:
    return value if type(value) is bytes and len(value) == size else _malformed("bytes")


def _number(value: CborValue, most: int, *, least: int = 0) -> int:
    return value if type(value) is int and least <= value <= most else _malformed("number")


def _text(value: CborValue, pattern: re.Pattern[str]) -> str:
    is_one = type(value) is str and len(value) <= MAX_REASON and pattern.fullmatch(value)
    return value if type(value) is str and is_one else _malformed("text")


def _one_of(value: CborValue, words: tuple[str, ...]) -> str:
    return value if type(value) is str and value in words else _malformed("word")
