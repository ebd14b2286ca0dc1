"""Receipts: every shared vector, the counter's own signature, and no second spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vectors.generators import receipt as made

from amate.core import cose
from amate.core.receipt import Receipt, Seen, digest_of, parse_receipt, sign_receipt
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "receipt.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
FIRST = bytes.fromhex(next(case for case in CASES if case["id"] == "parse-first")["input"]["hex"])


def receipt_from(row: dict[str, Any]) -> Receipt:
    seen = row["seen"] and Seen(**row["seen"] | {"cti": bytes.fromhex(row["seen"]["cti"])})
    previous = row["previous"] and bytes.fromhex(row["previous"])
    return Receipt(**row | {"device": bytes.fromhex(row["device"]), "previous": previous, "seen": seen})


def answer(call: str, given: dict[str, Any]) -> Any:
    if call == "sign_receipt":
        signature = bytes.fromhex(given["signature"])
        return sign_receipt(receipt_from(given["receipt"]), lambda _: signature).hex()
    raw = bytes.fromhex(given["hex"])
    found = parse_receipt(raw).receipt
    return made.output_of(found) | {"scanned_at": found.scanned_at, "digest": digest_of(raw).hex()}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert answer(case["call"], case["input"]) == case["output"]
    else:
        with pytest.raises(Malformed) as refused:
            answer(case["call"], case["input"])
        assert refused.value.slug == case["expect"]


def test_a_receipt_is_its_counters_own_word() -> None:
    sign1 = parse_receipt(FIRST).sign1
    assert cose.verify_sign1(sign1, made.COUNTER.public_key())
    assert not cose.verify_sign1(sign1._replace(message=sign1.message + b"\0"), made.COUNTER.public_key())


@settings(max_examples=300)
@given(st.data())
def test_any_changed_byte_is_malformed_or_another_receipt(data: st.DataObject) -> None:
    raw = bytearray(FIRST)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        parsed = parse_receipt(bytes(raw))
    except Malformed:
        return
    assert parsed != parse_receipt(FIRST)


def test_what_would_not_be_read_is_not_signed() -> None:
    with pytest.raises(Malformed):
        sign_receipt(made.FIRST._replace(verdict="not_valid"), lambda _: bytes(64))
