"""Dates as days since 1970-01-01, by the Gregorian calendar and without the year limits of the platforms' date types.

Source: Howard Hinnant, chrono-compatible low-level date algorithms (days_from_civil, civil_from_days).
"""

from __future__ import annotations

import re

from amate.errors import Malformed


def day_from_date(text: str) -> int:
    """Days since 1970-01-01 of a date written YYYY-MM-DD.

    Raises: Malformed for another spelling, or a date that is none
    """
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if match is None:
        raise Malformed("malformed-date", "not YYYY-MM-DD")
    year, month, day = map(int, match.groups())
    if not 1 <= month <= 12 or _date_of(_day_of(year, month, day)) != (year, month, day):
        raise Malformed("malformed-date", "no such date")
    return _day_of(year, month, day)


def day_at(now: int) -> int:
    """The day in central Mexico at an instant: UTC-6 all year (Ley de los Husos Horarios, DOF 28-10-2022)."""
    return (now - 6 * 3600) // 86_400


def date_from_day(day: int) -> str:
    """A day written YYYY-MM-DD."""
    return "{:04}-{:02}-{:02}".format(*_date_of(day))


def later(day: int, *, years: int = 0, months: int = 0) -> int:
    """The same date some years or months later; where the month has no such date, the first of the next one."""
    year, month, day_of_month = _date_of(day)
    count = year * 12 + month - 1 + years * 12 + months
    first, following = (_day_of(n // 12, n % 12 + 1, 1) for n in (count, count + 1))
    return min(first + day_of_month - 1, following)


def _day_of(year: int, month: int, day: int) -> int:
    """Days since 1970, by years that begin in March: the leap day comes last."""
    shifted = year - (month <= 2)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719468


def _date_of(day: int) -> tuple[int, int, int]:
    """Year, month and day of month, by years that begin in March."""
    era, day_of_era = divmod(day + 719468, 146097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1
