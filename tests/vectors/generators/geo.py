"""Vectors of geography: distances by an independent library (geographiclib), places in space, the nearest points."""

from __future__ import annotations

from typing import Any

from geographiclib.geodesic import Geodesic

from amate.core import geo

PLACES = {
    "pachuca": (20.1011, -98.7591),
    "mexico-city": (19.4326, -99.1332),
    "tulancingo": (20.0847, -98.3633),
    "tijuana": (32.5149, -117.0382),
    "tapachula": (14.9056, -92.2634),
    "north-pole": (90, 0),
    "date-line": (10, 180),
    "null-island": (0, 0),
}
DISTANCES = (
    ("same-place", (20.1011, -98.7591), (20.1011, -98.7591)),
    ("one-metre", (20.1011, -98.7591), (20.10111, -98.7591)),
    ("across-a-town", (20.1011, -98.7591), (20.0847, -98.3633)),
    ("across-mexico", (32.5149, -117.0382), (14.9056, -92.2634)),
    ("along-the-equator", (0, 0), (0, 1)),
    ("along-a-meridian", (14, -99), (33, -99)),
    ("pole-to-pole", (90, 0), (-90, 0)),
    ("same-pole-under-two-longitudes", (90, 0), (90, 50)),
    ("two-names-of-the-date-line", (20, 180), (20, -180)),
    ("less-than-numbers-can-tell", (0, 0), (0, 5e-324)),
)
# Where Vincenty does not settle, both cores promise 0.6 % only.
OPPOSITE = (
    ("opposite-on-the-equator", (0, 0), (0, 180)),
    ("nearly-opposite", (0, 0), (0.5, 179.7)),
    ("opposite-of-mexico", (20, -99), (-20, 81)),
)
OUTSIDE = (
    ("latitude-beyond-the-pole", (90.0001, 0)),
    ("longitude-beyond-the-date-line", (0, -180.0001)),
)
TOWNS = ("tijuana", "pachuca", "mexico-city", "tapachula", "tulancingo", "pachuca")


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "WGS-84: places in space, distances (metres, within `within_m`), the nearest points.",
        "source": "distances: geographiclib (C. Karney, Algorithms for geodesics, 2013)",
        "cases": [*_places(), *_distances(), *_outside(), *_nearest()],
    }


def _places() -> list[dict[str, Any]]:
    return [
        {
            "id": f"place-{name}",
            "call": "to_ecef",
            "input": list(place),
            "expect": "valid",
            "output": [round(metres, 4) + 0.0 for metres in geo.to_ecef(*place)],
            "within_m": 0.001,
        }
        for name, place in PLACES.items()
    ]


def _distances() -> list[dict[str, Any]]:
    near = [_distance(name, a, b, 0.001) for name, a, b in DISTANCES]
    return near + [_distance(name, a, b, 120_000) for name, a, b in OPPOSITE]


def _distance(name: str, a: geo.Point, b: geo.Point, within_m: float) -> dict[str, Any]:
    metres: float = Geodesic.WGS84.Inverse(*a, *b)["s12"]
    return {
        "id": f"distance-{name}",
        "call": "distance_m",
        "input": {"a": list(a), "b": list(b)},
        "expect": "valid",
        "output": round(metres, 4),
        "within_m": within_m,
    }


def _outside() -> list[dict[str, Any]]:
    return [
        {"id": f"outside-{name}", "call": "to_ecef", "input": list(place), "expect": "location-out-of-range"}
        for name, place in OUTSIDE
    ]


def _nearest() -> list[dict[str, Any]]:
    return [
        _nearest_case("all-by-distance", 9, None, [5, 1, 4, 2, 3, 0]),
        _nearest_case("the-first-two-equal-by-number", 2, None, [1, 5]),
        _nearest_case("only-those-kept", 2, [0, 2, 3], [2, 3]),
        _nearest_case("none-kept", 2, [], []),
        _nearest_case("limit-zero", 0, None, []),
    ]


def _nearest_case(name: str, limit: int, kept: list[int] | None, expected: list[int]) -> dict[str, Any]:
    places = [list(PLACES[town]) for town in TOWNS]
    origin = [20.08, -98.75]
    order = sorted(expected, key=lambda n: (Geodesic.WGS84.Inverse(*origin, *places[n])["s12"], n))
    given = {"places": places, "origin": origin, "limit": limit, "keep": kept}
    return {"id": f"nearest-{name}", "call": "nearest", "input": given, "expect": "valid", "output": order}
