"""Three hundred synthetic clinics, four at each locality, as a file in the columns of the official catalogue."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator

from amate.demo.places import PLACES, STATE_NAMES, Place

SEED = 7
SPREAD_DEGREES = 0.03
COLUMNS = (
    "CLUES",
    "CLAVE DE LA INSTITUCION",
    "CLAVE DE LA ENTIDAD",
    "ENTIDAD",
    "CLAVE DEL MUNICIPIO",
    "MUNICIPIO",
    "CLAVE DE LA LOCALIDAD",
    "LOCALIDAD",
    "CLAVE DE TIPOLOGIA",
    "NOMBRE DE LA UNIDAD",
    "CLAVE ESTATUS DE OPERACION",
    "ESTATUS DE OPERACION",
    "CLAVE NIVEL ATENCION",
    "NIVEL ATENCION",
    "LATITUD",
    "LONGITUD",
)
# institution, typology, level, name; the open one is IMSS-Bienestar where it took the state's services over
OPEN = {"HG": "IMB", "CS": "IMB", "JC": "SSA"}
# Institution or kind, days, opening and closing; the others have told nobody when they are open.
HOURS = (
    ("hospital", "LUNES A DOMINGO", "00:00", "24:00"),
    ("open", "LUNES A VIERNES", "08:00", "14:30"),
    ("open", "SABADO", "08:00", "12:00"),
    ("IMS", "LUNES A VIERNES", "08:00", "20:00"),
)
KINDS = (
    ("open", "D", 1, "C.S. {place} (demo)"),
    ("IMS", "F", 1, "UMF {number} {place} (demo)"),
    ("IST", "E", 1, "UMF ISSSTE {place} (demo)"),
    ("hospital", "M", 2, "Hospital General {place} (demo)"),
)


def catalogue() -> str:
    """The file, CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(rows())
    return out.getvalue()


def opening_hours() -> str:
    """A file of when they are open, CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("CLUES", "DIA", "ABRE", "CIERRA"))
    for number, (clues, *_rest) in enumerate(rows()):
        owner = KINDS[number % len(KINDS)][0]
        writer.writerows((clues, *told) for kind, *told in HOURS if kind == owner)
    return out.getvalue()


def rows() -> Iterator[tuple[object, ...]]:
    """One row a clinic, always the same ones."""
    chance = random.Random(SEED)
    for number, place in enumerate(PLACES, start=1):
        for kind, (owner, typology, level, name) in enumerate(KINDS):
            institution = _institution(owner, place, number)
            clues = f"{place.state}{institution}9{number:03d}{kind}0"
            lat, lon = (round(x + chance.uniform(-1, 1) * SPREAD_DEGREES, 6) for x in (place.lat, place.lon))
            title = name.format(place=place.name, number=number)
            yield _row(clues, institution, place, number, typology, level, title, lat, lon)


def _institution(owner: str, place: Place, number: int) -> str:
    if owner == "hospital":
        return "IMS" if number % 5 == 0 else OPEN[place.state]
    return OPEN[place.state] if owner == "open" else owner


def _row(
    clues: str,
    institution: str,
    place: Place,
    number: int,
    typology: str,
    level: int,
    title: str,
    lat: float,
    lon: float,
) -> tuple[object, ...]:
    inegi, state = STATE_NAMES[place.state]
    level_name = ("NO APLICA", "PRIMER NIVEL", "SEGUNDO NIVEL")[level]
    # From 901 on: INEGI has no such municipality, and the real workbook may be imported beside these.
    where = (inegi, state, f"9{number:02d}", place.name.upper(), "0001", place.name.upper())
    return (clues, institution, *where, typology, title, "1", "EN OPERACION", level, level_name, lat, lon)
