"""Strict encodings: every shared vector, and properties over what nobody wrote down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.vectors.generators._material import from_json_form

from amate.core import encoding
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "encoding.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
MAX = 2**53 - 1


def _decode(given: dict[str, Any]) -> Any:
    limits = {name: given[name] for name in ("max_bytes", "max_depth") if name in given}
    return encoding.decode_cbor(bytes.fromhex(given["hex"]), **limits)


CALLS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "decode_cbor": _decode,
    "encode_cbor": lambda given: encoding.encode_cbor(from_json_form(given["value"])).hex(),
    "text_from_bytes": lambda given: encoding.text_from_bytes(bytes.fromhex(given["hex"])),
    "bytes_from_text": lambda given: encoding.bytes_from_text(given["text"]).hex(),
    "base64url_encode": lambda given: encoding.base64url_encode(bytes.fromhex(given["hex"])),
    "base64url_decode": lambda given: encoding.base64url_decode(given["text"]).hex(),
    "strict_json": lambda given: encoding.strict_json(given.get("text") or bytes.fromhex(given.get("hex", ""))),
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        output = from_json_form(case["output"]) if case["call"] == "decode_cbor" else case["output"]
        assert CALLS[case["call"]](case["input"]) == output
    else:
        with pytest.raises(Malformed) as refused:
            CALLS[case["call"]](case["input"])
        assert refused.value.slug == case["expect"]


KEY = st.integers(-300, 70_000) | st.text(max_size=3)
SCALAR = st.none() | st.booleans() | st.integers(-MAX, MAX) | st.binary(max_size=40) | st.text(max_size=20)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)


@given(VALUE)
def test_what_is_encoded_decodes_to_the_same(value: Any) -> None:
    assert encoding.decode_cbor(encoding.encode_cbor(value, max_depth=20), max_bytes=10_000, max_depth=20) == value


@given(st.binary(max_size=24))
def test_what_decodes_has_one_spelling(raw: bytes) -> None:
    try:
        value = encoding.decode_cbor(raw)
    except Malformed:
        return
    assert encoding.encode_cbor(value) == raw
    assert cbor2.dumps(value, canonical=True) == raw


@given(VALUE, st.data())
def test_a_changed_byte_never_decodes_to_the_same(value: Any, data: st.DataObject) -> None:
    raw = bytearray(encoding.encode_cbor(value, max_depth=20))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        decoded = encoding.decode_cbor(bytes(raw), max_bytes=10_000, max_depth=20)
    except Malformed:
        return
    assert repr(decoded) != repr(value)


@given(st.binary(max_size=1024))
def test_digits_come_back_as_bytes(raw: bytes) -> None:
    text = encoding.text_from_bytes(raw)
    assert text.isascii()
    assert text.isdigit()
    assert encoding.bytes_from_text(text) == raw


@given(st.text(max_size=60) | st.from_regex(r"1[0-9]{0,60}", fullmatch=True))
def test_any_text_is_a_pass_text_or_refused(text: str) -> None:
    try:
        raw = encoding.bytes_from_text(text)
    except Malformed:
        return
    assert encoding.text_from_bytes(raw) == text


@given(st.binary(max_size=100))
def test_base64url_comes_back(raw: bytes) -> None:
    assert encoding.base64url_decode(encoding.base64url_encode(raw)) == raw


def test_a_bomb_of_nesting_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Malformed):
        encoding.strict_json("[" * 1_000_000)
    with pytest.raises(Malformed):
        encoding.decode_cbor(b"\x81" * 1_000_000, max_bytes=2_000_000)
