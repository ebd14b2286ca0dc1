"""The calendar: every shared vector, and agreement with datetime."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amate.core import days
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "days.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] != "valid":
        with pytest.raises(Malformed) as refused:
            days.day_from_date(case["input"])
        assert refused.value.slug == case["expect"]
    elif case["call"] == "day_from_date":
        assert days.day_from_date(case["input"]) == case["output"]
        assert days.date_from_day(case["output"]) == case["input"]
    elif case["call"] == "day_at":
        assert days.day_at(case["input"]) == case["output"]
    else:
        asked = dict(case["input"])
        assert days.later(asked.pop("day"), **asked) == case["output"]


@given(st.dates())
def test_days_are_those_of_datetime(day: date) -> None:
    assert EPOCH + timedelta(days.day_from_date(day.isoformat())) == day


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 1200))
def test_later_is_the_same_day_of_the_month_or_the_first(start: date, months: int) -> None:
    end = EPOCH + timedelta(days.later((start - EPOCH).days, months=months))
    assert end.day in (start.day, 1)
    passed = (end.year - start.year) * 12 + end.month - start.month
    assert passed == months + (end.day != start.day)
