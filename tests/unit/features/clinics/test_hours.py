"""Opening hours as files tell them: which lines are understood, and what of a unit is taken when one is not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from amate.core.hours import WEEK, Week
from amate.features.clinics import hours
from amate.features.clinics.territory import CENTRE, zone_of

COLUMNS = {"clues": 0, "day": 1, "opens": 2, "closes": 3}
KEY = "HGIMB900011"
DAY = 1440


def told(*lines: tuple[object, ...]) -> hours.Told:
    return hours.read(COLUMNS, enumerate(lines, start=2))


def week(*lines: tuple[object, ...]) -> Week:
    """The week of one unit of which lines tell."""
    said = told(*((KEY, *line) for line in lines))
    assert said.rejected == []
    return hours.week_of(stretch for line in said.lines for stretch in line.stretches)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("LUNES", "08:00", "14:30")], ((480, 870),)),
        ([("Miércoles", "8:00", "9:00:00")], ((2 * DAY + 480, 2 * DAY + 540),)),
        ([("SABADO Y DOMINGO", time(8), time(12, 30))], tuple((d * DAY + 480, d * DAY + 750) for d in (5, 6))),
        ([("lunes a viernes", "08:00", "14:30")], tuple((d * DAY + 480, d * DAY + 870) for d in range(5))),
        ([("LUNES-MARTES, JUEVES", "08:00", "09:00")], tuple((d * DAY + 480, d * DAY + 540) for d in (0, 1, 3))),
        ([("SABADO A LUNES", "08:00", "09:00")], tuple((d * DAY + 480, d * DAY + 540) for d in (0, 5, 6))),
        ([("LUNES A DOMINGO", "00:00", "24:00")], ((0, WEEK),)),
        ([("LUNES", "22:00", "06:00")], ((1320, DAY + 360),)),
        ([("DOMINGO", "22:00", "06:00")], ((0, 360), (6 * DAY + 1320, WEEK))),
        ([("LUNES", "08:00", "12:00"), ("LUNES", "12:00", "14:00"), ("LUNES", "09:00", "10:00")], ((480, 840),)),
        ([("LUNES", "08:00", "12:00"), ("LUNES", "15:00", "18:00")], ((480, 720), (900, 1080))),
        ([("", "", "")], ()),
        ([("DE LUNES A VIERNES", "08:00", "14:30")], tuple((d * DAY + 480, d * DAY + 870) for d in range(5))),
        ([("LUN\u2013MIE", "08:00", "09:00")], tuple((d * DAY + 480, d * DAY + 540) for d in range(3))),
        ([("Sáb., Dom.", "08:00", "09:00")], tuple((d * DAY + 480, d * DAY + 540) for d in (5, 6))),
        ([("LUNES A DOMINGO", 0.0, timedelta(days=1))], ((0, WEEK),)),
        ([("LUNES A DOMINGO", time(0), datetime.combine(date(1900, 1, 1), time()))], ((0, WEEK),)),
        ([("LUNES A DOMINGO", time(0), date(1900, 1, 1))], ((0, WEEK),)),
        ([("LUNES", 1 / 3, timedelta(hours=14, minutes=30))], ((480, 870),)),
    ],
)
def test_what_a_line_means(lines: list[tuple[object, ...]], expected: Week) -> None:
    assert week(*lines) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((KEY, "LUNAS", "08:00", "14:00"), 'DIA: "LUNAS"'),
        ((KEY, "LUNES A", "08:00", "14:00"), "DIA"),
        ((KEY, "LUNES A MARTES A JUEVES", "08:00", "14:00"), "DIA"),
        ((KEY, "", "08:00", "14:00"), 'DIA: ""'),
        ((KEY, "LUNES", "8", "14:00"), 'ABRE: "8"'),
        ((KEY, "LUNES", 8.0, "14:00"), 'ABRE: "8.0"'),
        ((KEY, "LUNES", "08:00", timedelta(days=2)), "CIERRA"),
        ((KEY, "LUNES", "08:00", datetime.combine(date(2026, 1, 1), time())), "CIERRA"),
        ((KEY, "LUNES A LUNES", "08:00", "14:00"), "DIA"),
        ((KEY, "LU", "08:00", "14:00"), "DIA"),
        ((KEY, "LUNES", "08:00", "24:01"), 'CIERRA: "24:01"'),
        ((KEY, "LUNES", "08:60", "14:00"), "ABRE"),
        ((KEY, "LUNES", "08:00", ""), 'CIERRA: ""'),
        ((KEY, "LUNES", "08:00", "08:00"), "all day is 00:00 and 24:00"),
        ((KEY, "LUNES", "24:00", "08:00"), "all day is 00:00 and 24:00"),
        (("HG", "LUNES", "08:00", "14:00"), "CLUES"),
    ],
)
def test_a_line_that_is_not_understood_is_rejected_with_its_reason(line: tuple[object, ...], said: str) -> None:
    (finding,) = told(line).rejected
    assert (finding.line, said in finding.detail) == (2, True), finding.detail
    assert told(line).lines == []


def test_a_short_line_is_one_with_empty_cells_and_an_empty_one_is_none() -> None:
    assert told((KEY,), ("", "")) == (1, [(2, KEY, ())], [])


def test_a_header_has_all_of_the_columns() -> None:
    names = ("CLUES", "DIA", "ABRE", "CIERRA")
    assert [hours.find_columns([name for name in names if name != missing]) for missing in names] == [None] * 4
    assert hours.find_columns(["CLUES", "Día", "Hora de apertura", "HORA_CIERRE"]) == COLUMNS
    assert hours.find_columns(["a title above"]) is None


def test_a_week_is_kept_and_read_as_it_was() -> None:
    kept = week(("SABADO", "22:00", "06:00"), ("LUNES A VIERNES", "08:00", "14:30"))
    assert hours.week_from(hours.text_of(kept)) == kept
    assert hours.week_from("") == ()


def test_people_read_it_day_by_day() -> None:
    assert hours.by_day(week(("SABADO", "22:00", "06:00"), ("LUNES", "08:00", "14:30"))) == [
        (1, "08:00", "14:30"),
        (6, "22:00", "24:00"),
        (7, "00:00", "06:00"),
    ]
    assert len(hours.by_day(((0, WEEK),))) == 7


@pytest.mark.parametrize(
    ("state", "municipality", "offset_h", "has_summer"),
    [
        ("HG", "048", -6, False),
        ("QR", "005", -5, False),
        ("SR", "030", -7, False),
        ("NT", "017", -7, False),
        ("NT", "020", -6, False),
        ("BC", "004", -8, True),
        ("CH", "019", -6, False),
        ("CH", "037", -7, True),
        ("CH", "052", -6, True),
        ("TS", "022", -6, True),
        ("TS", "041", -6, False),
        ("NE", "", -6, False),
    ],
)
def test_what_clocks_show(state: str, municipality: str, offset_h: int, has_summer: bool) -> None:
    assert zone_of(state, municipality) == (offset_h, has_summer)
    assert zone_of("HG", "") == CENTRE
