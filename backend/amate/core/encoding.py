"""Bytes are read in exactly one spelling: deterministic CBOR, decimal digits, base64url and strict JSON.

Source: RFC 8949 §4.2 (deterministic CBOR), RFC 4648 §5 (base64url), RFC 8259 and RFC 7493 (JSON, I-JSON).
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

import cbor2

from amate.errors import Malformed

CborValue: TypeAlias = "bool | int | str | bytes | Sequence[CborValue] | Mapping[int | str, CborValue] | None"
JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_BYTES: Final = 1024
MAX_DEPTH: Final = 8
MAX_DIGITS: Final = 2470
MAX_JSON_DEPTH: Final = 32
MAX_INTEGER: Final = 2**53 - 1  # the largest that every language holds exactly

_FORMAT: Final = b"1"
_SENTINEL: Final = b"\x01"  # keeps leading zero bytes through the big integer
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_PLAIN: Final = bytes.maketrans(b"-_", b"+/")  # from base64url to base64
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
# The least argument that may use each of the long heads (1, 2, 4, 8 bytes): RFC 8949 §4.2.1, shortest form.
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}
_SIMPLE: Final = frozenset((0xF4, 0xF5, 0xF6))  # false, true, null
_KEY_MAJORS: Final = (0, 1, 3)  # integers and text

# Size of a byte string by its head in the shortest form; no head is the beginning of another.
BYTES_HEADS: Final = {cbor2.dumps(bytes(size))[: -size or None]: size for size in range(MAX_BYTES + 1)}

_HEAD_OF_SIZE: Final = {size: head for head, size in BYTES_HEADS.items()}
BYTES_HEAD: Final = rb"(?:[\x40-\x57]|\x58.|\x59..)"  # whether it is the right one for what follows, BYTES_HEADS tells

_BYTES: Final = re.compile(BYTES_HEAD, re.DOTALL)

# Patterns of single items in their one spelling, for readers of bytes whose every head is known. The first byte of an
# item tells its length, so nothing that they match can be read in two ways. To be compiled with re.DOTALL.
UINT32: Final = rb"(?:[\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)....)"
UINT40: Final = rb"(?:" + UINT32 + rb"|\x1b\x00\x00\x00(?!\x00).....)"


def decode_cbor(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> CborValue:
    """The one value that these bytes spell in deterministic CBOR.

    raw:       integers within ±(2^53-1), bytes, text, arrays, maps keyed by integer or text, false, true, null; no tag
    max_depth: containers inside each other
    Raises:    Malformed for any other spelling of the same value, duplicate keys, trailing bytes, or what is not listed
    Source:    RFC 8949 §4.2.3 (order of keys: shorter first, then bytewise)
    """
    if len(raw) > max_bytes:
        _malformed("too long")
    _check_spelling(raw, max_depth)
    try:
        value: CborValue = cbor2.loads(raw)
    except cbor2.CBORDecodeError:
        _malformed("text is not UTF-8")
    return value


def encode_cbor(value: CborValue, *, max_depth: int = MAX_DEPTH) -> bytes:
    """The deterministic spelling of a value.

    Raises: Malformed for a value that decode_cbor would refuse
    """
    encoded = canonical_cbor(value)
    _check_spelling(encoded, max_depth)
    return encoded


def canonical_cbor(value: CborValue) -> bytes:
    """The deterministic spelling of a value, for a writer that reads it again itself: encode_cbor() checks it."""
    encoded: bytes = cbor2.dumps(value, canonical=True)
    return encoded


def bytes_item(raw: bytes) -> bytes:
    """The byte string in its one spelling."""
    head = _HEAD_OF_SIZE.get(len(raw))
    return canonical_cbor(raw) if head is None else head + raw


def bytes_at(raw: bytes, at: int) -> tuple[bytes, int]:
    """The byte string that begins at `at`, and where it should end: further than `raw` does, where it is cut short.

    For readers of bytes whose every head is known.
    Raises: Malformed when none of at most 1,024 bytes is there, or not in its shortest form
    """
    found = _BYTES.match(raw, at)
    size = BYTES_HEADS.get(found[0]) if found else None
    if found is None or size is None:
        _malformed("no byte string in its shortest form")
    start = found.end()
    return raw[start : start + size], start + size


def text_pattern(max_bytes: int) -> bytes:
    """A pattern of a text of 1 to so many bytes (at most 255); its head is followed by just as many as it says."""
    heads = (
        (b"\\x%02x" % (0x60 + size) if size < 24 else b"\\x78\\x%02x" % size, size) for size in range(1, max_bytes + 1)
    )
    return b"(?:" + b"|".join(b"%b.{%d}" % head for head in heads) + b")"


def uint_of(spelled: bytes) -> int:
    """The number in an item that UINT32 or UINT40 matches."""
    return int.from_bytes(spelled[1:] or spelled, "big")


def text_from_bytes(raw: bytes) -> str:
    """The decimal digits that go into a QR code.

    raw:    at most 1,024 bytes
    Raises: Malformed when longer
    """
    if len(raw) > MAX_BYTES:
        raise Malformed("not-a-pass", "too long")
    return _FORMAT.decode() + str(int.from_bytes(_SENTINEL + raw, "big"))


def bytes_from_text(text: str) -> bytes:
    """The bytes behind the digits of a scanned text.

    Raises: Malformed("not-a-pass") for anything but the one spelling that text_from_bytes writes
    """
    digits = text.encode() if text.isascii() else b""  # isdigit of a text is ten times slower
    if not 2 <= len(digits) <= MAX_DIGITS or not digits.isdigit():
        raise Malformed("not-a-pass", "not digits of a pass")
    if digits[:1] != _FORMAT or digits[1:2] == b"0":
        raise Malformed("not-a-pass", "unknown format")
    number = int(digits[1:])
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if raw[0] != 1 or len(raw) > MAX_BYTES + 1:
        raise Malformed("not-a-pass", "no sentinel, or too long")
    return raw[1:]


def base64url_encode(raw: bytes) -> str:
    """Base64url without padding."""
    return _base64(raw).translate(_URL_SAFE).decode()


def base64url_decode(text: str) -> bytes:
    """The bytes behind a base64url text in its one canonical spelling.

    Raises: Malformed for padding, other characters, or trailing bits that are not zero
    """
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        _malformed("not base64url")
    plain = text.encode().translate(_PLAIN)
    raw = binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))
    if _base64(raw) != plain:
        _malformed("base64url with loose trailing bits")
    return raw


def strict_json(raw: bytes | str) -> JsonValue:
    """The value of a JSON text that every reader understands alike.

    Raises: Malformed for a member named twice, a number that is not an integer within ±(2^53-1), NaN, a byte-order
            mark, lone surrogates, or nesting deeper than 32
    Source: RFC 7493 §2.1-2.3
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value: JsonValue = _JSON.decode(text)
        _check_json(value, MAX_JSON_DEPTH)
    except (ValueError, RecursionError):
        _malformed("not JSON")
    return value


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _check_spelling(raw: bytes, max_depth: int) -> None:
    """Walk the heads before any codec runs: nesting is bounded here, and no length is believed before it is seen."""
    try:
        end = _end_of_item(raw, 0, max_depth)
    except IndexError:
        _malformed("cut short")
    if end != len(raw):
        _malformed("cut short, or followed by more")


def _end_of_item(raw: bytes, start: int, depth: int) -> int:
    first = raw[start]
    if _SIZES[first]:
        return start + _SIZES[first]
    major, argument, at = first >> 5, first & 31, start + 1
    if argument >= 24:
        argument, at = _long_argument(raw, argument, at)
    if major < 2:
        if argument > MAX_INTEGER - major:  # -1 - n: the most negative is -(2^53-1)
            _malformed("integer out of range")
        return at
    if major < 4:
        return at + argument
    if major > 5:
        _malformed("tag, float or simple value")
    if depth == 0:
        _malformed("too deep")
    if major == 4:
        return _end_of_array(raw, at, argument, depth - 1)
    return _end_of_map(raw, at, argument, depth - 1)


def _long_argument(raw: bytes, info: int, at: int) -> tuple[int, int]:
    if info > 27:
        _malformed("indefinite length")
    end = at + (1 << (info - 24))
    argument = int.from_bytes(raw[at:end], "big")
    if argument < _LEAST[info]:
        _malformed("not the shortest form")
    return argument, end


def _end_of_array(raw: bytes, at: int, count: int, depth: int) -> int:
    for _ in range(count):  # a false count ends at the end of the bytes, by IndexError
        at = at + _SIZES[raw[at]] if _SIZES[raw[at]] else _end_of_item(raw, at, depth)
    return at


def _end_of_map(raw: bytes, at: int, count: int, depth: int) -> int:
    previous = b""
    for _ in range(count):
        if raw[at] >> 5 not in _KEY_MAJORS:
            _malformed("key is neither integer nor text")
        end = at + _SIZES[raw[at]] if _SIZES[raw[at]] else _end_of_item(raw, at, depth)
        key = raw[at:end]
        if len(key) < len(previous) or (len(key) == len(previous) and key <= previous):
            _malformed("keys out of order, or twice")
        previous = key
        at = end + _SIZES[raw[end]] if _SIZES[raw[end]] else _end_of_item(raw, end, depth)
    return at


def _size_of(first: int) -> int:
    major, argument = first >> 5, first & 31
    if first in _SIMPLE or (major < 2 and argument < 24):
        return 1
    return 1 + argument if major in (2, 3) and argument < 24 else 0


# Whole size of an item by its first byte, where that byte tells it; 0 where there is more to look at. For speed alone.
_SIZES: Final = tuple(_size_of(first) for first in range(256))


def _base64(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=")


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _malformed("member named twice")
    return members


def _integer(digits: str) -> int:
    if len(digits) > 17 or digits == "-0" or abs(int(digits)) > MAX_INTEGER:
        _malformed("integer out of range")
    return int(digits)


_JSON: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_malformed, parse_constant=_malformed
)


def _check_json(value: JsonValue, depth: int) -> None:
    if isinstance(value, str):
        value.encode("utf-8")  # a lone surrogate cannot be
    elif isinstance(value, (list, dict)):
        if depth == 0:
            _malformed("too deep")
        for name in value if isinstance(value, dict) else ():
            name.encode("utf-8")
        for item in value.values() if isinstance(value, dict) else value:
            _check_json(item, depth - 1)
