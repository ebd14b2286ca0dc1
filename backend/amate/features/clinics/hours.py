"""Opening hours as a file tells them: CLUES, DIA, ABRE, CIERRA, a line for each stretch of a unit's week.

A day is a name, some of them, or from one to another: LUNES; SABADO Y DOMINGO; LUNES A VIERNES; LUN-VIE. What closes
earlier than it opens closes the next day; 24:00 is midnight. A line with a key alone says that a unit's hours are not
known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from amate.core.hours import WEEK, Week
from amate.errors import Malformed
from amate.features.clinics.catalogue import Row, clues_of, columns_of, folded
from amate.features.clinics.finding import Finding, shown

DAYS: Final = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
DAY: Final = 24 * 60
LEAST_NAME: Final = 3  # letters: LUN, MAR, MIE
COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "clues": ("clues", "clave clues"),
    "day": ("dia", "dias", "dia de la semana"),
    "opens": ("abre", "hora de apertura", "hora apertura", "hora inicio"),
    "closes": ("cierra", "hora de cierre", "hora cierre", "hora fin"),
}
_UNKNOWN: Final = -1
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")
_EXCEL_MIDNIGHT: Final = date(1900, 1, 1)  # how a sheet shows one whole day in a format without days


class Stretch(NamedTuple):
    """Some hours of a day, which is 1 (Monday) to 7; closes: 24:00 at the latest."""

    day: int
    opens: str
    closes: str


class Line(NamedTuple):
    """What a line tells of a unit: stretches in minutes since Monday 0:00; none says that its hours are not known."""

    number: int
    clues: str
    stretches: tuple[tuple[int, int], ...]


class Told(NamedTuple):
    """What the lines of a file tell, and those that cannot be understood."""

    rows: int
    lines: list[Line]
    rejected: list[Finding]


def find_columns(header: Row) -> dict[str, int] | None:
    """Where the columns stand; None when this row is not the header of a table of hours."""
    found = columns_of(header, COLUMNS)
    return found if found is not None and found.keys() == COLUMNS.keys() else None


def read(columns: Mapping[str, int], rows: Iterable[tuple[int, Row]]) -> Told:
    """What the lines of a file tell."""
    count, lines, rejected = 0, [], []
    for number, row in rows:
        if not any(row):
            continue
        count += 1
        clues, day, opens, closes = (row[columns[name]] if columns[name] < len(row) else "" for name in COLUMNS)
        try:
            lines.append(Line(number, clues_of(clues), tuple(_stretches(day, opens, closes))))
        except Malformed as error:
            rejected.append(Finding(number, shown(clues).upper(), error.slug, error.detail))
    return Told(count, lines, rejected)


def week_of(stretches: Iterable[tuple[int, int]]) -> Week:
    """Stretches of minutes since Monday 0:00 in order, those that touch as one; what goes over Sunday night in two."""
    within: list[tuple[int, int]] = []
    for begin, end in stretches:
        within += [(begin, end)] if end <= WEEK else [(begin, WEEK), (0, end - WEEK)]
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(within):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def text_of(week: Week) -> str:
    """A week as it is kept: `480-870 1920-2310`."""
    return " ".join(f"{begin}-{end}" for begin, end in week)


def week_from(text: str) -> Week:
    """The week that is kept so."""
    pairs = (stretch.split("-") for stretch in text.split())
    return tuple((int(begin), int(end)) for begin, end in pairs)


def by_day(week: Week) -> list[Stretch]:
    """A week as people read it: a day at a time."""
    return [Stretch(day + 1, _clock(begin), _clock(end)) for day, begin, end in _within_days(week)]


def _within_days(week: Week) -> Iterator[tuple[int, int, int]]:
    for begin, end in week:
        for day in range(begin // DAY, (end + DAY - 1) // DAY):
            yield day, max(begin - day * DAY, 0), min(end - day * DAY, DAY)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _stretches(day: object, opens: object, closes: object) -> list[tuple[int, int]]:
    """The stretches that one line tells; none where it says that nothing is known.

    Raises: Malformed("hours-malformed")
    """
    if not any(str(cell).strip() for cell in (day, opens, closes)):
        return []
    begin, end = _minutes(opens, "ABRE"), _minutes(closes, "CIERRA")
    if begin in {end, DAY}:
        raise Malformed("hours-malformed", f"ABRE and CIERRA: all day is 00:00 and 24:00, not {shown(opens)}")
    length = end - begin if end > begin else end + DAY - begin
    return [(at * DAY + begin, at * DAY + begin + length) for at in _days(day)]


def _days(cell: object) -> list[int]:
    found: list[int] = []
    for part in re.split(r",| y ", folded(cell).removeprefix("de ")):
        ends = [_day(name) for name in re.split(r" a |[-\u2013\u2014]", part)]
        if _UNKNOWN in ends or len(ends) > 2 or len(ends) != len(set(ends)):
            known = ", ".join(DAYS).upper()
            raise Malformed("hours-malformed", f'DIA: "{shown(cell)}" is none of {known}, and not from one to another')
        first, last = ends[0], ends[-1]
        found += [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
    return found


def _day(name: str) -> int:
    """The day with this name, or with one that begins so; _UNKNOWN of none."""
    begins = name.strip().removesuffix(".")
    fitting = (at for at, day in enumerate(DAYS) if day.startswith(begins) and len(begins) >= LEAST_NAME)
    return next(fitting, _UNKNOWN)


def _minutes(cell: object, column: str) -> int:
    minutes = _minutes_of_a_sheet(cell)
    if minutes is None:
        match = _TIME.fullmatch(str(cell).strip())
        minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else DAY + 1
    if not 0 <= minutes <= DAY:
        raise Malformed("hours-malformed", f'{column}: "{shown(cell)}" is not a time from 00:00 to 24:00')
    return minutes


def _minutes_of_a_sheet(cell: object) -> int | None:
    """Minutes of a cell that holds a time, or a length of time: a sheet's 24:00 is one day; None of anything else."""
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    if isinstance(cell, timedelta):
        return round(cell.total_seconds() / 60)
    if isinstance(cell, date):
        is_midnight = cell == _EXCEL_MIDNIGHT or cell == datetime.combine(_EXCEL_MIDNIGHT, time())
        return DAY if is_midnight else DAY + 1
    return round(cell * DAY) if isinstance(cell, float) and 0 <= cell < 1 else None
