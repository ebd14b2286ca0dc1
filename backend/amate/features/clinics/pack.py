"""The clinics as verifiers carry them: `clinics.json`, the country's units in operation in few bytes.

Columns of equal length, one place a unit: digits, name, institution, state, level, municipality, nearest. A key is its
state, its institution and its digits; where it begins otherwise, digits has it whole. nearest: 1 where people are sent,
0 elsewhere, as to a private unit. The units stand in the order of a Z-shaped curve over the map, so that neighbours
follow one another, and those at one point too, the first to be named first; units without a place come last. lat_e6 and
lon_e6 are millionths of a degree, each less the one before, of the units with a place alone. aliases: old keys, and the
number of the unit that each stands for now, less the one before. hours, where any are known: zones, each hours ahead of
UTC in winter and 1 where clocks have a summer; weeks, each the number of its zone and then the minutes since Monday
0:00 at which it opens and closes; unit, the numbers of the units that have hours, each less the one before; week, the
number of each one's week.
Files of before 2026-11-30 have whole keys, in the column clues, and are read and cut up as well.
Source: G. M. Morton, A Computer Oriented Geodetic Data Base (IBM, 1966), for the curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, Final, NamedTuple

from amate.core.hours import WEEK, Zone
from amate.errors import Malformed
from amate.features.clinics.model import OPERATING, Clinic, Directory, Hours

_COLUMNS: Final = ("name", "institution", "state", "level", "municipality")
_DIGITS: Final = 6  # the last characters of a key
_WHOLE: Final = "clues"  # 2026-11-30: the column in which a file of before has its keys
_E6: Final = 1_000_000
_WEST, _SOUTH = -180 * _E6, -90 * _E6
_BITS: Final = 29  # of 360 degrees in millionths


class _Row(NamedTuple):
    clues: str
    name: str
    institution: str
    state: str
    level: int
    municipality: str


def packed(
    clinics: Iterable[Clinic], aliases: Mapping[str, str], opening: Mapping[str, Hours] | None = None
) -> dict[str, Any]:
    """The columns of these units.

    aliases: by old key, the key of one of them
    opening: by key, the hours that are known
    """
    units = sorted(clinics, key=_place_in_file)
    mapped = [(unit.lat, unit.lon) for unit in units if unit.lat is not None and unit.lon is not None]
    number = {unit.clues: n for n, unit in enumerate(units)}
    old = sorted((number[clues], alias) for alias, clues in aliases.items())
    return {
        "digits": [_digits(unit) for unit in units],
        **{name: [getattr(unit, name) for unit in units] for name in _COLUMNS},
        "nearest": [int(unit.counts_for_nearest) for unit in units],
        "lat_e6": _steps(_e6(lat) for lat, _ in mapped),
        "lon_e6": _steps(_e6(lon) for _, lon in mapped),
        "aliases": {"clues": [alias for _, alias in old], "unit": _steps(n for n, _ in old)},
        **_packed_hours(units, opening or {}),
    }


def _digits(unit: Clinic) -> str:
    digits = unit.clues[-_DIGITS:]
    return digits if unit.clues == f"{unit.state}{unit.institution}{digits}" else unit.clues


def _packed_hours(units: Sequence[Clinic], opening: Mapping[str, Hours]) -> dict[str, Any]:
    known = [(n, opening[unit.clues]) for n, unit in enumerate(units) if unit.clues in opening]
    if not known:
        return {}
    zones = sorted({hours.zone for _, hours in known})
    weeks = sorted({(zones.index(hours.zone), *chain.from_iterable(hours.week)) for _, hours in known})
    number = {week: n for n, week in enumerate(weeks)}
    return {
        "hours": {
            "zones": [[zone.offset_h, int(zone.has_summer)] for zone in zones],
            "weeks": [list(week) for week in weeks],
            "unit": _steps(n for n, _ in known),
            "week": [number[zones.index(hours.zone), *chain.from_iterable(hours.week)] for _, hours in known],
        }
    }


def directory_of(document: Mapping[str, Any]) -> Directory:
    """The directory that `clinics.json` holds.

    Raises: Malformed("malformed") for a file of another release, or columns that do not fit one another
    """
    return Directory(*_read(document))


def keys_in(document: Mapping[str, Any]) -> list[str]:
    """The key of each unit of a verified `clinics.json`; raises what a column that is missing or too short raises."""
    if _WHOLE in document:
        return list(document[_WHOLE])
    columns = zip(document["state"], document["institution"], document["digits"], strict=True)
    return [digits if len(digits) != _DIGITS else f"{state}{kind}{digits}" for state, kind, digits in columns]


def count_in(document: Mapping[str, Any]) -> int:
    """How many units a verified `clinics.json` has; of another release's, which nobody here can read, none."""
    try:
        return len(_read(document)[0])
    except Malformed:
        return 0


def by_state(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`clinics.json` cut up by the state of its units: by its code, what packed() makes of one state's alone.

    Raises: Malformed("malformed"), as directory_of()
    """
    clinics, aliases, opening = _read(document)
    units: dict[str, list[Clinic]] = {}
    old: dict[str, dict[str, str]] = {}
    state_of = {clinic.clues: clinic.state for clinic in clinics}
    for clinic in clinics:
        units.setdefault(clinic.state, []).append(clinic)
    for alias, clues in aliases.items():
        old.setdefault(state_of[clues], {})[alias] = clues
    said = {name: value for name, value in document.items() if name != "hours"}  # a state may know of none
    pieces = {state: {**said, **packed(units[state], old.get(state, {}), opening)} for state in sorted(units)}
    return pieces if _WHOLE not in document else {state: _of_before(piece) for state, piece in pieces.items()}


def _of_before(piece: dict[str, Any]) -> dict[str, Any]:
    """With whole keys, byte for byte as they were: what was signed then names the pieces by their hashes."""
    ours = {name: value for name, value in piece.items() if name != _WHOLE}
    return {name: keys_in(ours) if name == _WHOLE else value for name, value in piece.items() if name != "digits"}


def _read(document: Mapping[str, Any]) -> tuple[list[Clinic], dict[str, str], dict[str, Hours]]:
    """The units, the key of one by each old key, and hours by key."""
    try:
        return _columns(document)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Malformed("malformed", f"clinics.json: {error}") from error


def _columns(document: Mapping[str, Any]) -> tuple[list[Clinic], dict[str, str], dict[str, Hours]]:
    columns = [keys_in(document), *(document[name] for name in _COLUMNS)]
    rows = [_Row._make(row) for row in zip(*columns, strict=True)]
    lats, lons = ([e6 / _E6 for e6 in accumulate(document[name])] for name in ("lat_e6", "lon_e6"))
    places: list[tuple[float, float] | tuple[None, None]] = [*zip(lats, lons, strict=True)]
    places += [(None, None)] * (len(rows) - len(places))
    units = zip(rows, places, document["nearest"], strict=True)
    clinics = [_clinic(row, *place, is_counted=bool(counts)) for row, place, counts in units]
    aliases = document["aliases"]
    numbers = [*accumulate(aliases["unit"])]
    if min(numbers, default=0) < 0:
        raise ValueError("an old key of no unit")
    old = zip(aliases["clues"], numbers, strict=True)
    opening = {clinics[n].clues: hours for n, hours in _read_hours(document.get("hours"))}
    return clinics, {alias: clinics[n].clues for alias, n in old}, opening


def _read_hours(told: Mapping[str, Any] | None) -> Iterator[tuple[int, Hours]]:
    """Units by number, with their hours."""
    if told is None:
        return
    zones = [Zone(offset, has_summer=bool(summer)) for offset, summer in told["zones"]]
    weeks = [Hours(zones[zone], tuple(zip(edges[::2], edges[1::2], strict=True))) for zone, *edges in told["weeks"]]
    for _, *edges in told["weeks"]:
        if any(before >= after for before, after in pairwise([-1, *edges, WEEK + 1])):
            raise ValueError("hours out of order")
    numbers = [*accumulate(told["unit"])]
    if min((*numbers, *told["week"]), default=0) < 0:
        raise ValueError("hours of no unit")
    for n, week in zip(numbers, told["week"], strict=True):
        yield n, weeks[week]


def _clinic(row: _Row, lat: float | None, lon: float | None, *, is_counted: bool) -> Clinic:
    return Clinic(
        clues=row.clues,
        name=row.name,
        institution=row.institution,
        state=row.state,
        municipality_key="",
        municipality=row.municipality,
        locality_key="",
        locality="",
        level=row.level,
        lat=lat,
        lon=lon,
        typology="",
        status=OPERATING,
        closing=None,
        counts_for_nearest=is_counted and lat is not None,
        address="",
        phone="",
        opened_on=None,
        closed_on=None,
    )


def _place_in_file(unit: Clinic) -> tuple[bool, int, int, str]:
    if unit.lat is None or unit.lon is None:
        return True, 0, 0, unit.clues
    along = _interleaved(_e6(unit.lat) - _SOUTH, _e6(unit.lon) - _WEST)
    return False, along, unit.level, unit.clues


def _interleaved(north: int, east: int) -> int:
    """The bits of both in turn, north's first."""
    return sum((north >> bit & 1) << (2 * bit + 1) | (east >> bit & 1) << (2 * bit) for bit in range(_BITS))


def _e6(degrees: float) -> int:
    return round(degrees * _E6)


def _steps(values: Iterable[int]) -> Sequence[int]:
    return [after - before for before, after in pairwise([0, *values])]
