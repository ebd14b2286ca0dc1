"""Verdicts: every shared vector, every reason at least once, and an answer to whatever is scanned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vectors.generators import _judge

from amate.core import encoding

VECTORS = Path(__file__).parents[2] / "vectors" / "verdict.json"
FILE: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = FILE["cases"]
WORLDS = {name: _judge.ready(described) for name, described in FILE["worlds"].items()}
DEVICE = next(case for case in CASES if case["id"] == "device")

REASONS = {
    "not-a-pass malformed no-trust unknown-issuer bad-signature wrong-key-use key-revoked key-not-in-force key-retired"
    " presentation-missing bad-presentation bad-identity expired lifetime-too-long status-out-of-range revoked"
    " already-used clock-behind trust-expired trust-stale status-missing status-expired status-stale printed"
    " single-use-unproven presentation-stale clock-skewed challenge-met challenge-unanswered trust-aging status-aging"
    " identity-sealed"
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    made = _judge.judge(WORLDS[case["input"]["world"]], case["input"], case["now"])
    assert made.verdict == case["expect"]
    assert _judge.verdict_json(made) == case["output"]


def test_every_verdict_and_every_reason_has_a_vector() -> None:
    seen = {reason for case in CASES for reason in case["output"]["reasons"]}
    assert seen == set(" ".join(REASONS).split())
    assert {case["expect"] for case in CASES} == {"valid", "check_identity", "stale", "not_valid", "not_a_pass"}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_refused_pass_tells_nothing_about_anybody(case: dict[str, Any]) -> None:
    output = case["output"]
    told = [output[name] for name in ("person", "entitlement", "assigned_clinic", "cti")]
    if case["expect"] in ("not_valid", "not_a_pass") or "no-trust" in output["reasons"]:
        assert told == [None] * 4
    else:
        assert output["person"] is not None
        assert output["entitlement"] is not None


def test_a08_a_malleated_signature_is_the_same_pass() -> None:
    ctis = {case["id"]: case["output"]["cti"] for case in CASES}
    assert ctis["a08-malleated-presentation"] == ctis["a08-malleated-pass"] == ctis["device"]


@given(st.text(max_size=200) | st.from_regex(r"1[0-9]{0,900}", fullmatch=True))
def test_every_text_has_a_verdict(text: str) -> None:
    made = _judge.judge(WORLDS["usual"], {"text": text}, DEVICE["now"])
    assert made.verdict == "not_a_pass"


@settings(max_examples=200)
@given(st.data())
def test_a_changed_byte_is_never_valid(data: st.DataObject) -> None:
    raw = bytearray(encoding.bytes_from_text(DEVICE["input"]["text"]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    made = _judge.judge(WORLDS["usual"], {"text": encoding.text_from_bytes(bytes(raw))}, DEVICE["now"])
    assert made.verdict in ("not_valid", "not_a_pass")


@given(st.integers(0, 2**33), st.sampled_from(sorted(WORLDS)))
def test_whatever_the_clock_says_a_stale_device_never_says_valid(now: int, world: str) -> None:
    made = _judge.judge(WORLDS[world], DEVICE["input"] | {"clinic": None}, now)
    if made.verdict == "valid":
        assert made.trust_age_s is not None
        assert made.trust_age_s <= 7 * 86_400
