"""Vectors of the calendar: dates as days, and the same date some months later."""

from __future__ import annotations

from datetime import date
from typing import Any

EPOCH = date(1970, 1, 1)
DATES = ("1970-01-01", "1969-12-31", "1900-02-28", "1900-03-01", "2000-02-29", "2026-06-15", "0001-01-01", "9999-12-31")
NO_DATES = (
    ("thirteenth-month", "2026-13-01"),
    ("month-zero", "2026-00-01"),
    ("thirty-first-of-april", "2026-04-31"),
    ("leap-day-of-1900", "1900-02-29"),
    ("day-zero", "2026-01-00"),
    ("without-hyphens", "20260115"),
    ("with-a-time", "2026-01-15T00:00:00Z"),
    ("digits-of-another-script", "٢٠٢٦-01-15"),
    ("line-break-at-the-end", "2026-01-15\n"),
)
INSTANTS = (  # UTC-6 all year
    ("last-second-of-a-year", 1_798_783_199, "2026-12-31"),
    ("first-second-of-a-year", 1_798_783_200, "2027-01-01"),
    ("in-the-summer", 1_782_885_599, "2026-06-30"),
    ("before-1970", -1, "1969-12-31"),
)
LATER = (
    ("sixteen-years", "2010-06-15", 16, 0, "2026-06-15"),
    ("leap-day-to-a-leap-year", "2008-02-29", 16, 0, "2024-02-29"),
    ("leap-day-to-a-common-year", "2008-02-29", 18, 0, "2026-03-01"),
    ("two-months", "2026-01-15", 0, 2, "2026-03-15"),
    ("two-months-from-the-end-of-december", "2025-12-31", 0, 2, "2026-03-01"),
    ("over-the-year", "2025-11-30", 0, 2, "2026-01-30"),
    ("nothing", "2026-01-31", 0, 0, "2026-01-31"),
)


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "Days since 1970-01-01 of dates and of instants, and the same date later.",
        "source": "Python's datetime for the days; where a month has no such date, the first of the next (our rule)",
        "cases": [*_dates(), *_no_dates(), *_instants(), *_later()],
    }


def _day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def _dates() -> list[dict[str, Any]]:
    return [
        {"id": f"day-of-{text}", "call": "day_from_date", "input": text, "expect": "valid", "output": _day(text)}
        for text in DATES
    ]


def _no_dates() -> list[dict[str, Any]]:
    return [
        {"id": f"no-date-{name}", "call": "day_from_date", "input": text, "expect": "malformed-date"}
        for name, text in NO_DATES
    ]


def _instants() -> list[dict[str, Any]]:
    return [
        {"id": f"day-at-{name}", "call": "day_at", "input": now, "expect": "valid", "output": _day(text)}
        for name, now, text in INSTANTS
    ]


def _later() -> list[dict[str, Any]]:
    near = [
        {
            "id": f"later-{name}",
            "call": "later",
            "input": {"day": _day(start), "years": years, "months": months},
            "expect": "valid",
            "output": _day(end),
        }
        for name, start, years, months, end in LATER
    ]
    # Beyond the dates of the platforms: 400 years are 146,097 days.
    far = {"day": 9_999_999, "years": 400, "months": 0}
    return [*near, {"id": "later-far", "call": "later", "input": far, "expect": "valid", "output": 9_999_999 + 146_097}]
