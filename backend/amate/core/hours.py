"""Opening hours of a week, and what the clocks show where a clinic stands.

Phones carry time-zone tables as old as they are, and Mexico changed its own in October 2022: so the law is written
here. Source: Ley de los Husos Horarios en los Estados Unidos Mexicanos (DOF 28-10-2022): no summer time but in
municipalities at the northern border, which keep to that of the United States (15 U.S.C. 260a): from 2:00 on the
second Sunday of March to 2:00 on the first one of November.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from amate.core import days

WEEK: Final = 7 * 24 * 60  # minutes

_THURSDAY: Final = 3  # the day of the week, from Monday on, of 1970-01-01
_CHANGE_S: Final = 2 * 3600

# Minutes since Monday 0:00, ends exclusive: in order, apart from one another.
Week = tuple[tuple[int, int], ...]


class Zone(NamedTuple):
    """What clocks show: hours ahead of UTC in winter, and whether an hour more in the summer of the United States."""

    offset_h: int
    has_summer: bool


class Standing(NamedTuple):
    """Whether a clinic is open, and the minute of the week at which that changes; None when it never does."""

    is_open: bool
    until: int | None


def minute_of_week(now: int, zone: Zone) -> int:
    """Minutes since Monday 0:00 on the clocks of a zone; now: seconds since 1970."""
    local = now + 3600 * zone.offset_h
    if zone.has_summer and _is_summer(local):
        local += 3600
    return (local // 60 + _THURSDAY * 1440) % WEEK


def standing(week: Week, minute: int) -> Standing:
    """Whether it is open at a minute of the week, 0 to 10,079, and when that changes, be it in the next week."""
    for begin, end in week:
        if begin <= minute < end:
            return Standing(True, _end_of(week, end))
    later = [begin for begin, _ in week if begin > minute]
    return Standing(False, min(later, default=week[0][0] if week else None))


def _end_of(week: Week, end: int) -> int | None:
    """When a stretch that ends so ends indeed: what goes on over Sunday night begins again on Monday."""
    if end < WEEK:
        return end
    first_begin, first_end = week[0]
    if first_begin > 0:
        return 0
    return None if first_end == WEEK else first_end


def _is_summer(standard: int) -> bool:
    """Whether summer time is in force; standard: seconds since 1970 as clocks without it would show them."""
    year = int(days.date_from_day(standard // 86_400)[:4])
    begin = _sunday(year, 3, 8) * 86_400 + _CHANGE_S
    end = _sunday(year, 11, 1) * 86_400 + _CHANGE_S - 3600  # 2:00 of summer
    return begin <= standard < end


def _sunday(year: int, month: int, day: int) -> int:
    """The first Sunday on or after a date, as days since 1970."""
    first = days.day_from_date(f"{year:04}-{month:02}-{day:02}")
    return first + (6 - (first + _THURSDAY)) % 7
