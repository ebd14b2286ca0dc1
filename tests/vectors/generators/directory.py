"""Vectors of the directory: where a person is sent from a place, under the decision table in force.

Not of the core, but of its twin readers of clinics.json, which must name the same clinics in the same order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from geographiclib.geodesic import Geodesic

from generators import decision_table
from generators._material import Case, case

ORIGIN = (20.1, -98.7)
COLUMNS = ("digits", "name", "institution", "state", "level", "municipality")
ON_DAY = 20_619  # 2026-06-15
ADULT, CHILD = None, 16_000
# Key | level | kilometres to the north of the origin | whether a person can go there
UNITS = """
HGIST000010 | 1 | 0.3 | yes
HGIMB000011 | 1 | 1.0 | yes
HGIMS000067 | 1 | 1.5 | no
HGIMS000012 | 1 | 2.0 | yes
HGIMS000034 | 3 | 3.0 | yes
HGSSA000045 | 1 | 4.0 | yes
HGIMS000023 | 2 | 5.0 | yes
HGIMB000078 | 1 | 6.0 | yes
HGIMS000089 | 1 | 6.0 | yes
ZZSSA000017 | 1 | 7.0 | yes
NLSSA000018 | 1 | 8.0 | yes
HGPMX000056 | 2 | 20.0 | yes
"""
# id | rows of the pass (institution/role) | what else is asked | the last digits of the units, in order, with the word
ROWS = """
imss | 2/1 | assigned=HGIMS000012 | 12:here 23:here 89:here 10:refer
imss-third-level-where-nothing-is-assigned | 2/1 | . | 12:here 34:here 23:here 89:here 10:refer
imss-assigned-to-the-third-level | 2/1 | assigned=HGIMS000034 | 12:here 23:here 89:here 10:refer
imss-the-two-nearest | 2/1 | assigned=HGIMS000012 limit=2 | 12:here 10:refer
issste-whose-unit-is-the-very-nearest | 3/2 | . | 10:here
pemex | 4/1 | . | 56:here 10:refer
two-institutions | 2/1 3/2 | assigned=HGIMS000012 | 10:here 12:here 23:here 89:here
imss-prevention-by-exchange | 2/1 | assigned=HGIMS000012 service=prevention | EXCHANGE
imss-urgent | 2/1 | service=urgent | 10:here 11:here 12:here 34:here 45:here
imss-retained | 2/1=20600 | assigned=HGIMS000012 | 12:here 23:here 89:here 10:refer
imss-lapsed | 2/1=20000 | . | 11:here 45:here 78:here 18:here 10:refer
uninsured | . | . | 11:here 45:here 78:here 18:here 10:refer
uninsured-the-three-nearest | . | limit=3 | 11:here 45:here 10:refer
uninsured-child-by-exchange | . | born=16000 | CHILD
bienestar | 14/1 | . | 11:here 45:here 78:here 17:here 10:refer
unconfirmed | 8/1 | . | 11:here 45:here 78:here 17:here 10:refer
second-level-imss | 2/1 | assigned=HGIMS000012 level=2 | 23:here
second-level-pemex | 4/1 | level=2 | 56:here 23:refer
second-level-issste-has-none | 3/1 | level=2 | 23:refer
second-level-uninsured-has-none | . | level=2 | 23:refer
no-unit-of-this-level | 2/1 | assigned=HGIMS000012 level=9 | .
"""
WORDS = {
    "EXCHANGE": "10:here_by_exchange 11:here_by_exchange 12:here 34:here 45:here_by_exchange",
    "CHILD": "10:here_by_exchange 11:here 12:here_by_exchange 34:here_by_exchange 45:here",
}


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    units = [_unit(line) for line in UNITS.strip().splitlines()]
    far = {unit["clues"][-2:]: unit for unit in units}
    return {
        "about": "Where a person is sent: clues, what the table says there, whole metres. Every row written by hand.",
        "source": "geographiclib for the distances; the decision table in force",
        "table": decision_table.first(),
        "clinics": _columns(units),
        "cases": [_sent(line, far) for line in ROWS.strip().splitlines()],
    }


def _unit(line: str) -> dict[str, Any]:
    clues, level, north_km, counts = (part.strip() for part in line.split("|"))
    there = Geodesic.WGS84.Direct(*ORIGIN, 0, float(north_km) * 1000)
    return {
        "clues": clues,
        "digits": clues[5:],
        "name": f"UNIDAD {clues[-2:]}",
        "institution": clues[2:5],
        "state": clues[:2],
        "level": int(level),
        "lat": round(there["lat2"], 6),
        "lon": ORIGIN[1],
        "municipality": "PACHUCA DE SOTO",
        "nearest": counts == "yes",
    }


def _columns(units: list[dict[str, Any]]) -> dict[str, Any]:
    """As clinics.json has them; all at one longitude, so that from south to north is along the curve."""
    rows = sorted(units, key=lambda unit: (unit["lat"], unit["level"], unit["clues"]))
    columns = {name: [unit[name] for unit in rows] for name in COLUMNS}
    north = [round(unit["lat"] * 1_000_000) for unit in rows]
    return {
        "version": 1,
        "env": "test",
        **columns,
        "nearest": [int(unit["nearest"]) for unit in rows],
        "lat_e6": [after - before for before, after in pairwise([0, *north])],
        "lon_e6": [round(ORIGIN[1] * 1_000_000)] + [0] * (len(rows) - 1),
        "aliases": {
            "clues": ["HGSSA000011"],
            "unit": [next(n for n, u in enumerate(rows) if u["clues"] == "HGIMB000011")],
        },
    }


def _sent(line: str, far: dict[str, dict[str, Any]]) -> Case:
    identity, rows, asked, expected = (part.strip() for part in line.split("|"))
    told = {} if asked == "." else dict(word.split("=") for word in asked.split())
    given = {
        "entitlements": [_row(text) for text in rows.split() if text != "."],
        "assigned_clinic": told.get("assigned"),
        "service": told.get("service", "general"),
        "on_day": ON_DAY,
        "birth_day": int(told["born"]) if "born" in told else None,
        "at": list(ORIGIN),
        "limit": int(told.get("limit", 5)),
        "level": int(told["level"]) if "level" in told else None,
    }
    words = [] if expected == "." else WORDS.get(expected, expected).split()
    return case(identity, "nearest_for", given, output=[_place(far, *word.split(":")) for word in words])


def _row(text: str) -> list[int | None]:
    belongs, _, until = text.partition("=")
    institution, role = belongs.split("/")
    return [int(institution), int(role), int(until) if until else None]


def _place(far: dict[str, dict[str, Any]], digits: str, attend: str) -> list[Any]:
    unit = far[digits]
    way = Geodesic.WGS84.Inverse(*ORIGIN, unit["lat"], unit["lon"])["s12"]
    return [unit["clues"], attend, round(way)]
