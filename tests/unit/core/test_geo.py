"""Geography: every shared vector, and millimetres against geographiclib at random places."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from amate.core import geo
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "geo.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    asked = case["input"]
    if case["expect"] != "valid":
        with pytest.raises(Malformed) as refused:
            geo.to_ecef(*asked)
        assert refused.value.slug == case["expect"]
    elif case["call"] == "to_ecef":
        assert geo.to_ecef(*asked) == pytest.approx(case["output"], rel=0, abs=case["within_m"])
    elif case["call"] == "distance_m":
        metres = geo.distance_m(tuple(asked["a"]), tuple(asked["b"]))
        assert metres == pytest.approx(case["output"], rel=0, abs=case["within_m"])
    else:
        assert _nearest(asked) == case["output"]


def _nearest(asked: dict[str, Any]) -> list[int]:
    ecef = [metres for place in asked["places"] for metres in geo.to_ecef(*place)]
    kept = asked["keep"]
    keep = None if kept is None else kept.__contains__
    return geo.nearest(ecef, tuple(asked["origin"]), limit=asked["limit"], keep=keep)


@pytest.mark.parametrize("place", [(math.nan, 0.0), (0.0, math.inf)])
def test_what_is_no_number_is_no_place(place: geo.Point) -> None:
    with pytest.raises(Malformed):
        geo.distance_m((0.0, 0.0), place)


PLACE_IN_MEXICO = st.tuples(st.floats(14, 33), st.floats(-118.5, -86.5))
PLACE = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(PLACE_IN_MEXICO, PLACE_IN_MEXICO)
def test_distances_in_mexico_are_right_to_a_millimetre(a: geo.Point, b: geo.Point) -> None:
    assert geo.distance_m(a, b) == pytest.approx(Geodesic.WGS84.Inverse(*a, *b)["s12"], rel=0, abs=0.001)


@given(PLACE, PLACE)
def test_distances_anywhere_are_right_to_a_part_in_a_hundred(a: geo.Point, b: geo.Point) -> None:
    assert geo.distance_m(a, b) == pytest.approx(Geodesic.WGS84.Inverse(*a, *b)["s12"], rel=0.006, abs=0.001)


@given(PLACE_IN_MEXICO, st.lists(PLACE_IN_MEXICO, min_size=1, max_size=30))
def test_the_nearest_by_chord_is_the_nearest_over_the_ground(origin: geo.Point, places: list[geo.Point]) -> None:
    ecef = [metres for place in places for metres in geo.to_ecef(*place)]
    best = geo.nearest(ecef, origin, limit=1)[0]
    shortest = min(geo.distance_m(origin, place) for place in places)
    assert geo.distance_m(origin, places[best]) == pytest.approx(shortest, rel=1e-5, abs=0.001)
