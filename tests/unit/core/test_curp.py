"""CURP: every shared vector, and agreement with an independent library for every CURP that we can build."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.mx import curp as stdnum_curp

from amate.core import curp
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "curp.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


def _answer(call: str, given_input: Any) -> Any:
    if call == "normalise":
        return curp.normalise(given_input)
    if call == "birth_day":
        return curp.birth_day(given_input)
    if call == "validate":
        value = curp.validate(given_input)
        return {**value._asdict(), "birth_date": value.birth_date.isoformat()}
    if call == "expected_letters":
        return curp.expected_letters(**given_input)._asdict()
    person = {**given_input["person"], "birth_date": date.fromisoformat(given_input["person"]["birth_date"])}
    if call == "mismatches":
        return [row._asdict() for row in curp.mismatches(curp.validate(given_input["curp"]), **person)]
    person["state"] = person.pop("birth_state")
    return curp.build(**person, homoclave=given_input["homoclave"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert _answer(case["call"], case["input"]) == case["output"]
    else:
        with pytest.raises(Malformed) as refused:
            _answer(case["call"], case["input"])
        assert refused.value.slug == case["expect"]


NAME = st.text(alphabet="ABCDEFGHIJKLMNÑOPQRSTUVWXYZÁÉÍÓÚÜ'/-. ", max_size=20)


@given(
    NAME,
    NAME,
    NAME,
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from("HM"),
    st.sampled_from(sorted(curp.STATES)),
)
def test_every_curp_that_we_build_is_valid_to_others(
    given_names: str, first: str, second: str, born: date, sex: str, state: str
) -> None:
    text = curp.build(given_names, first, second, birth_date=born, sex=sex, state=state)
    assert curp.validate(text) == curp.Curp(text, born, sex, state)
    assert stdnum_curp.is_valid(text)
    assert not curp.mismatches(
        curp.validate(text),
        given_names=given_names,
        first_surname=first,
        second_surname=second,
        sex=sex,
        birth_date=born,
        birth_state=state,
    )


@given(st.sampled_from([case["input"] for case in CASES if case["call"] == "validate"]), st.data())
def test_we_are_as_strict_as_others_about_any_changed_character(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, max(len(text) - 1, 0)))
    changed = text[:at] + data.draw(st.sampled_from("ABEHMNÑXZ0129")) + text[at + 1 :]
    if changed[10:11] != "X" and _accepted(changed):
        assert stdnum_curp.is_valid(changed)


@given(st.text(max_size=20))
def test_any_other_text_is_refused_or_valid_and_never_breaks(text: str) -> None:
    assert _accepted(curp.normalise(text)) in (True, False)


def _accepted(text: str) -> bool:
    try:
        return curp.validate(text).text == text
    except Malformed as refused:
        return not refused.slug.startswith("curp-")
