"""Opening hours: every shared vector, and agreement with a week that is counted minute by minute."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amate.core.hours import WEEK, Week, Zone, minute_of_week, standing

VECTORS = Path(__file__).parents[2] / "vectors" / "hours.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    asked = case["input"]
    if case["call"] == "minute_of_week":
        assert minute_of_week(asked["now"], Zone(*asked["zone"])) == case["output"]
    else:
        week = tuple((begin, end) for begin, end in asked["week"])
        assert standing(week, asked["minute"])._asdict() == case["output"]


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    edges = sorted(draw(st.sets(st.integers(0, WEEK // 30), max_size=12)))
    return tuple((begin * 30, end * 30) for begin, end in zip(edges[::2], edges[1::2], strict=False))


@given(weeks(), st.integers(0, WEEK - 1))
def test_it_stands_as_it_does_until_then(week: Week, minute: int) -> None:
    said = standing(week, minute)
    minutes = {at for begin, end in week for at in range(begin, end)}
    assert said.is_open == (minute in minutes)
    ahead = [(minute + step) % WEEK for step in range(1, WEEK + 1)]
    changed = [at for at in ahead if (at in minutes) != said.is_open]
    assert said.until == (changed[0] if changed else None)


@given(st.integers(-(2**31), 2**33), st.integers(-8, -5), st.booleans())
def test_a_minute_later_it_is_a_minute_later_but_where_clocks_are_changed(
    now: int, offset_h: int, summer: bool
) -> None:
    zone = Zone(offset_h, summer)
    step = (minute_of_week(now + 60, zone) - minute_of_week(now, zone)) % WEEK
    assert step == 1 or (summer and step in (61, WEEK - 59))
