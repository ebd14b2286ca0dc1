"""The columns of the official CLUES catalogue, found by name, and the units that its rows describe.

The catalogue's columns change from month to month in number and spelling, and re-published copies lose zero padding or
turn codes into numbers and dates; what a row means stays the same.
Source: DGIS, ESTABLECIMIENTO_SALUD_YYYYMM, header of 202501 and 202608.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Final, NamedTuple, TypedDict

from amate.errors import Malformed
from amate.features.clinics.finding import shown
from amate.features.clinics.model import CLUES, STATES, Clinic, counts_for_nearest, in_mexico

Cell = Hashable
Row = Sequence[Cell]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "clues": ("clues", "clave clues"),
    "name": ("nombre de la unidad", "nombre unidad", "nombre comercial"),
    "institution": ("clave de la institucion", "clave institucion"),
    "municipality_key": ("clave del municipio", "clave municipio"),
    "municipality": ("municipio", "nombre del municipio"),
    "locality_key": ("clave de la localidad", "clave localidad"),
    "locality": ("localidad", "nombre de la localidad"),
    "typology": ("clave de tipologia", "clave tipologia"),
    "status_key": ("clave estatus de operacion", "clave de estatus de operacion"),
    "status": ("estatus de operacion", "estatus operacion"),
    "level_key": ("clave nivel atencion", "clave de nivel de atencion", "clave nivel de atencion"),
    "level": ("nivel atencion", "nivel de atencion"),
    "lat": ("latitud",),
    "lon": ("longitud",),
    "street_kind": ("tipo de vialidad",),
    "street": ("vialidad",),
    "number": ("numero exterior",),
    "settlement": ("asentamiento",),
    "postcode": ("codigo postal",),
    "phone": ("telefono 1 del establecimiento", "telefono 1", "telefono"),
    "opened": ("fecha de inicio de operacion", "fecha inicio de operacion"),
    "closed": ("fecha efectiva de baja",),
    "closing_key": ("clave motivo baja", "clave motivo de baja"),
    "closing": ("motivo baja", "motivo de baja"),
}
REQUIRED: Final = (("clues",), ("name",), ("status_key", "status"), ("level_key", "level"), ("lat",), ("lon",))
STATUSES: Final = {
    "EN OPERACION": 1,
    "PENDIENTE DE ENTRAR EN OPERACION": 2,
    "FUERA DE OPERACION": 3,
    "EN PROCESO DE CONSTRUCCION": 4,
}
LEVELS: Final = {"PRIMER NIVEL": 1, "SEGUNDO NIVEL": 2, "TERCER NIVEL": 3, "NO APLICA": 0}
EMPTY: Final = frozenset({"", "NAN", "NONE", "NULL", "N/A", "#N/A", "SIN NUMERO", "SIN NÚMERO"})
EPOCH: Final = date(1970, 1, 1).toordinal()
EXCEL_EPOCH: Final = date(1899, 12, 30).toordinal()  # serial dates of Excel, with its leap year that never was


class _Cells(NamedTuple):
    """The cells of one row that count; the names are those of COLUMNS."""

    clues: Cell
    name: Cell
    institution: Cell
    municipality_key: Cell
    municipality: Cell
    locality_key: Cell
    locality: Cell
    typology: Cell
    status_key: Cell
    status: Cell
    level_key: Cell
    level: Cell
    lat: Cell
    lon: Cell
    street_kind: Cell
    street: Cell
    number: Cell
    settlement: Cell
    postcode: Cell
    phone: Cell
    opened: Cell
    closed: Cell
    closing_key: Cell
    closing: Cell


class _Kind(TypedDict):
    institution: str
    typology: str
    status: int
    level: int


class _Place(TypedDict):
    municipality_key: str
    municipality: str
    locality_key: str
    locality: str


class Parsed(NamedTuple):
    """A unit and, where its place on the map cannot be used, why."""

    clinic: Clinic
    warning: str | None


def folded(value: object) -> str:
    """A header or label without accents, case, underscores and repeated spaces."""
    bare = unicodedata.normalize("NFKD", str(value)).replace("_", " ").replace("\ufeff", "")
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).lower().split())


def columns_of(header: Row, columns: Mapping[str, Sequence[str]] = COLUMNS) -> dict[str, int] | None:
    """Where each known column stands, or None when this row is no header (has no CLUES column)."""
    place = {folded(name): i for i, name in reversed(list(enumerate(header)))}
    found = {field: next((place[n] for n in names if n in place), None) for field, names in columns.items()}
    known = {field: i for field, i in found.items() if i is not None}
    return known if "clues" in known else None


def check_columns(columns: Mapping[str, int]) -> None:
    """A file must say of each unit its key, name, status, level and place.

    Raises: Malformed("missing-columns") that names the missing ones
    """
    missing = [COLUMNS[group[-1]][0].upper() for group in REQUIRED if not any(f in columns for f in group)]
    if missing:
        raise Malformed(
            "missing-columns",
            f"The file has no column {', '.join(missing)}: use it as the DGIS publishes it.",
            where=missing[0],
        )


class Reader:
    """Turns the rows of one file into units; codes, labels and dates that many rows repeat are read once."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        width = max(columns.values()) + 1
        # One empty cell is put behind each row: columns that the file lacks point there.
        self._pick = itemgetter(*(columns.get(field, width) for field in _Cells._fields))
        self._width = width
        self._label = cache(_text)
        self._padded = cache(_padded)
        self._status = cache(_status)
        self._level = cache(_level)
        self._closing = cache(_closing)
        self._day = cache(_day)

    def read(self, row: Row) -> Parsed:
        """The unit that a row describes.

        Raises: Malformed with the reason to reject the row
        """
        kept = row[: self._width]
        cells = _Cells._make(self._pick([*kept, *[""] * (self._width + 1 - len(kept))]))
        clues = clues_of(cells.clues)
        name = _text(cells.name)
        if not name:
            raise Malformed("clinic-name-missing", "NOMBRE DE LA UNIDAD is empty")
        lat, lon = _point(cells.lat, cells.lon)
        kind = self._kind(cells, clues)
        fault = _no_place(lat, lon)
        clinic = Clinic(
            clues=clues,
            name=name[:200],
            state=clues[:2],
            lat=lat,
            lon=lon,
            counts_for_nearest=counts_for_nearest(**kind, on_map=fault is None),
            closing=self._closing(cells.closing_key, cells.closing),
            address=self._address(cells),
            phone=_phone(cells.phone),
            opened_on=self._day(cells.opened),
            closed_on=self._day(cells.closed),
            **self._place(cells),
            **kind,
        )
        return Parsed(clinic, fault)

    def _kind(self, cells: _Cells, clues: str) -> _Kind:
        institution = self._label(cells.institution).upper()
        return {
            "institution": institution if len(institution) == 3 else clues[2:5],
            "typology": self._label(cells.typology).upper()[:12],
            "status": self._status(cells.status_key, cells.status),
            "level": self._level(cells.level_key, cells.level),
        }

    def _place(self, cells: _Cells) -> _Place:
        return {
            "municipality_key": self._padded(cells.municipality_key, 3),
            "municipality": self._label(cells.municipality)[:120],
            "locality_key": self._padded(cells.locality_key, 4),
            "locality": self._label(cells.locality)[:160],
        }

    def _address(self, cells: _Cells) -> str:
        street = self._label(cells.street)
        way = (self._label(cells.street_kind) if street else "", street, self._label(cells.number))
        code = self._padded(cells.postcode, 5).strip("0") and "C.P. " + self._padded(cells.postcode, 5)
        return ", ".join(filter(None, (" ".join(filter(None, way)), self._label(cells.settlement), code)))[:240]


def _point(raw_lat: Cell, raw_lon: Cell) -> tuple[float, float] | tuple[None, None]:
    """Where a unit is; a place that cannot be is no missing place: it would take the good one's.

    Raises: Malformed("location-malformed")
    """
    lat, lon = _degrees(raw_lat), _degrees(raw_lon)
    for name, raw, degrees, most in (("LATITUD", raw_lat, lat, 90), ("LONGITUD", raw_lon, lon, 180)):
        if (degrees is None and _text(raw).strip("0.,-")) or abs(degrees or 0) > most:
            raise Malformed("location-malformed", f'{name}: "{shown(raw)}" is not between -{most} and {most} degrees')
    return (None, None) if lat is None or lon is None else (lat, lon)


def _no_place(lat: float | None, lon: float | None) -> str | None:
    if lat is None or lon is None:
        return "location-missing"
    return None if in_mexico(lat, lon) else "location-outside-mexico"


def _text(cell: object) -> str:
    """A cell as text with single spaces; 13.0 is 13, a cell that says nothing is empty."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = " ".join(str(cell).split())
    return "" if text.upper() in EMPTY else text


def clues_of(cell: object) -> str:
    """The key in a cell.

    Raises: Malformed("clues-missing", "clues-malformed", "clues-state")
    """
    # The last digit is no check digit that anybody published: it is never judged.
    clues = str(cell).strip().upper()
    if not clues:
        raise Malformed("clues-missing", "CLUES is empty")
    if not CLUES.fullmatch(clues):
        raise Malformed("clues-malformed", f'CLUES: "{shown(cell)}" is not five letters and six digits')
    if clues[:2] not in STATES:
        raise Malformed("clues-state", f'CLUES: "{clues}" begins with "{clues[:2]}", which is no state')
    return clues


def _number(text: str) -> int | None:
    """The number in a code that may have lost its padding or become 3.0."""
    bare = text.removesuffix(".0")
    return int(bare) if bare.isascii() and bare.isdigit() else None


def _padded(cell: Cell, width: int) -> str:
    number = _number(_text(cell))
    return "" if number is None else str(number).zfill(width)


def _status(key: Cell, text: Cell) -> int:
    status = STATUSES.get(folded(text).upper()) or _number(_text(key))
    if status is None or status not in STATUSES.values():
        raise Malformed("clinic-status", _unknown_status(key, text))
    return status


def _unknown_status(key: Cell, text: Cell) -> str:
    if _text(text):
        return f'ESTATUS DE OPERACION: "{shown(text)}" is not one of {", ".join(STATUSES)}'
    codes = ", ".join(map(str, sorted(STATUSES.values())))
    return f'CLAVE ESTATUS DE OPERACION: "{shown(key)}" is not one of {codes}'


def _level(key: Cell, text: Cell) -> int:
    level = LEVELS.get(folded(text).upper())
    if level is None:
        level = _number(_text(key))
    return level if level in (1, 2, 3) else 0


def _closing(key: Cell, text: Cell) -> int | None:
    number = _number(_text(key))
    return 9 if number is None and "cambio de institucion" in folded(text) else number


def _degrees(cell: object) -> float | None:
    """Degrees to six decimals; 0 is how the catalogue says that it does not know."""
    try:
        degrees = round(float(str(cell).strip().replace(",", ".")), 6)
    except ValueError:
        return None
    return degrees if degrees and math.isfinite(degrees) else None


def _day(cell: object) -> int | None:
    """Days since 1970 of a date: dd/mm/yyyy, ISO 8601, a date cell or Excel's serial number."""
    if isinstance(cell, datetime | date):
        return cell.toordinal() - EPOCH
    text = str(cell).strip()
    if not text:
        return None
    if match := re.match(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", text):
        day, month, year = map(int, match.groups())
    elif match := re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = map(int, match.groups())
    else:
        serial = _number(text)
        return serial + EXCEL_EPOCH - EPOCH if serial and 1 < serial < 80_000 else None
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None


def _phone(cell: Cell) -> str:
    digits = re.sub(r"\D", "", _text(cell))
    return digits if len(digits) == 10 and digits.strip("0") else ""
