"""Vectors of opening hours: what clocks show in a zone, and whether a week's hours are open then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

CENTRE, EAST, PACIFIC, SONORA = [-6, False], [-5, False], [-7, False], [-7, False]
TIJUANA, MATAMOROS, JUAREZ = [-8, True], [-6, True], [-7, True]
MON, TUE, WED, THU, FRI, SAT, SUN = (day * 1440 for day in range(7))
WEEK = 7 * 1440
EIGHT, HALF_PAST_TWO = 8 * 60, 14 * 60 + 30
WEEKDAYS = [[day + EIGHT, day + HALF_PAST_TWO] for day in (MON, TUE, WED, THU, FRI)]
NIGHTS = [
    [MON, MON + 360],
    [FRI + 1320, SAT + 360],
    [SUN + 1320, WEEK],
]  # from Sunday 22:00 to Monday 6:00, and Fridays
ALWAYS = [[0, WEEK]]
SPLIT = [[SAT + 480, SAT + 720], [SAT + 900, SAT + 1080]]

# Clocks are changed on 2026-03-08 and 2026-11-01, 2027-03-14 and 2027-11-07, 2028-03-12 and 2028-11-05.
CLOCKS = (
    ("centre-in-winter", "2026-01-05T06:00:00Z", CENTRE, MON),
    ("centre-in-summer", "2026-07-06T06:00:00Z", CENTRE, MON),
    ("centre-a-second-before-monday", "2026-01-05T05:59:59Z", CENTRE, WEEK - 1),
    ("east", "2026-07-06T05:00:00Z", EAST, MON),
    ("pacific", "2026-07-06T07:00:00Z", PACIFIC, MON),
    ("sonora-knows-no-summer", "2026-08-05T07:30:00Z", SONORA, WED + 30),
    ("tijuana-before-summer", "2026-03-08T09:59:59Z", TIJUANA, SUN + 119),
    ("tijuana-with-summer", "2026-03-08T10:00:00Z", TIJUANA, SUN + 180),
    ("tijuana-at-the-end-of-summer", "2026-11-01T08:59:59Z", TIJUANA, SUN + 119),
    ("tijuana-after-summer", "2026-11-01T09:00:00Z", TIJUANA, SUN + 60),
    ("matamoros-before-summer", "2027-03-14T07:59:59Z", MATAMOROS, SUN + 119),
    ("matamoros-with-summer", "2027-03-14T08:00:00Z", MATAMOROS, SUN + 180),
    ("matamoros-at-the-end-of-summer", "2027-11-07T06:59:59Z", MATAMOROS, SUN + 119),
    ("matamoros-after-summer", "2027-11-07T07:00:00Z", MATAMOROS, SUN + 60),
    ("juarez-with-summer", "2028-03-12T09:00:00Z", JUAREZ, SUN + 180),
    ("juarez-after-summer", "2028-11-05T08:00:00Z", JUAREZ, SUN + 60),
    ("juarez-in-july", "2028-07-05T12:00:00Z", JUAREZ, WED + 360),
    ("juarez-at-new-year", "2028-01-01T06:30:00Z", JUAREZ, FRI + 1410),
    ("thursday-in-1970", "1970-01-01T06:00:00Z", CENTRE, THU),
    ("before-1970", "1969-12-31T06:00:00Z", CENTRE, WED),
)
STANDINGS = (
    ("opens-now", WEEKDAYS, MON + EIGHT, True, MON + HALF_PAST_TWO),
    ("a-minute-before", WEEKDAYS, MON + EIGHT - 1, False, MON + EIGHT),
    ("last-minute", WEEKDAYS, FRI + HALF_PAST_TWO - 1, True, FRI + HALF_PAST_TWO),
    ("closes-now", WEEKDAYS, TUE + HALF_PAST_TWO, False, WED + EIGHT),
    ("over-the-weekend", WEEKDAYS, FRI + HALF_PAST_TWO, False, MON + EIGHT),
    ("at-the-end-of-the-week", WEEKDAYS, WEEK - 1, False, MON + EIGHT),
    ("always", ALWAYS, WED, True, None),
    ("over-sunday-night", NIGHTS, SUN + 1380, True, MON + 360),
    ("on-monday-at-night", NIGHTS, MON, True, MON + 360),
    ("after-the-night", NIGHTS, MON + 360, False, FRI + 1320),
    ("over-midnight", NIGHTS, SAT, True, SAT + 360),
    ("to-the-end-of-the-week", [[SUN + 480, WEEK]], SUN + 600, True, MON),
    ("between-two-turns", SPLIT, SAT + 800, False, SAT + 900),
    ("after-the-last-turn", SPLIT, SUN, False, SAT + 480),
    ("never", [], WED, False, None),
)


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "Minutes since Monday 0:00 on the clocks of a zone; whether hours are open at one, and until when.",
        "source": "Ley de los Husos Horarios (DOF 28-10-2022); 15 U.S.C. 260a; instants worked out by hand",
        "cases": [*_clocks(), *_standings()],
    }


def _clocks() -> list[dict[str, Any]]:
    asked = [(name, {"now": _seconds(at), "zone": zone}, minute) for name, at, zone, minute in CLOCKS]
    return [
        {"id": f"clock-{name}", "call": "minute_of_week", "input": given, "output": minute}
        for name, given, minute in asked
    ]


def _standings() -> list[dict[str, Any]]:
    return [
        {
            "id": f"standing-{name}",
            "call": "standing",
            "input": {"week": week, "minute": minute},
            "output": {"is_open": is_open, "until": until},
        }
        for name, week, minute, is_open, until in STANDINGS
    ]


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
