"""The directory's nearest clinic is the nearest over the ground, among those that count."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic

from amate.core.entitlement import Entitled, Rights, answer_at, parse_table, rights_of
from amate.core.hours import WEEK
from amate.features.clinics.model import Clinic, Directory, Hours
from amate.features.clinics.pack import directory_of
from amate.features.clinics.territory import CENTRE
from tests.unit.features.clinics.units import unit

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[3] / "vectors" / "directory.json").read_text())
TABLE = parse_table(VECTORS["table"])
NAMED = directory_of(VECTORS["clinics"])


def asked_of(given: dict[str, Any]) -> Rights:
    names = ("assigned_clinic", "service", "on_day", "birth_day")
    rows = [Entitled(*row) for row in given["entitlements"]]
    return rights_of(TABLE, entitlements=rows, **{name: given[name] for name in names})


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[case["id"] for case in VECTORS["cases"]])
def test_vector(case: dict[str, Any]) -> None:
    given = case["input"]
    rights = asked_of(given)
    near = NAMED.nearest_for(rights, *given["at"], limit=given["limit"], level=given["level"])
    said = [[n.clinic.clues, answer_at(rights, n.clinic.facts).attend, n.distance_m] for n in near]
    assert said == case["output"]


def test_days_and_people_gone_by_are_not_kept_for_ever() -> None:
    directory = Directory(scattered(20, seed=4))
    given = VECTORS["cases"][0]["input"]
    for day in range(1_000):
        directory.nearest_for(asked_of({**given, "on_day": 20_000 + day}), 20.1, -98.7)
    assert len(directory._attending) <= 256
    assert len(directory._trees) <= 4


def test_a_directory_of_nothing_sends_nowhere() -> None:
    assert Directory([]).nearest_for(asked_of(VECTORS["cases"][0]["input"]), 20.1, -98.7) == []


def scattered(count: int, seed: int) -> list[Clinic]:
    chance = random.Random(seed)
    return [
        unit(
            f"HG{chance.choice(['IMB', 'IMS', 'IST'])}{900000 + n}",
            lat=round(chance.uniform(15, 32), 6),
            lon=round(chance.uniform(-115, -88), 6),
            level=chance.choice([1, 1, 1, 2]),
        )
        for n in range(count)
    ]


def over_ground(lat: float, lon: float, clinic: Clinic) -> float:
    length: float = Geodesic.WGS84.Inverse(lat, lon, clinic.lat, clinic.lon)["s12"]
    return length


def test_the_first_place_is_that_of_brute_force_geodesics() -> None:
    clinics = scattered(120, seed=1)
    directory = Directory(clinics)
    chance = random.Random(2)
    for _ in range(300):
        lat, lon = chance.uniform(15, 32), chance.uniform(-115, -88)
        first = min(clinics, key=lambda c: over_ground(lat, lon, c))
        found = directory.nearest(lat, lon, limit=1)[0]
        assert found.clinic.clues == first.clues
        assert found.distance_m == pytest.approx(over_ground(lat, lon, first), abs=1)


def test_filters_give_what_brute_force_gives() -> None:
    clinics = scattered(200, seed=3)
    directory = Directory(clinics)
    kept = [c for c in clinics if c.institution in ("IMS", "IST") and c.level == 1]
    expected = sorted(kept, key=lambda c: over_ground(19.4, -99.1, c))[:7]
    found = directory.nearest(19.4, -99.1, limit=7, institutions=frozenset({"IMS", "IST"}), level=1)
    assert [n.clinic.clues for n in found] == [c.clues for c in expected]


def test_those_that_may_be_open_are_those_that_brute_force_finds() -> None:
    clinics = scattered(900, seed=8)
    chance = random.Random(9)
    weekly = [Hours(CENTRE, ()), Hours(CENTRE, ((0, 600),)), Hours(CENTRE, ((0, WEEK),))]
    known = {each.clues: chance.choice(weekly) for each in clinics if chance.random() < 0.95}
    directory = Directory(clinics, opening=known)
    monday = 1_767_592_800  # 2026-01-05T00:00:00-06:00
    for now, closed in ((monday, {weekly[0]}), (monday + 600 * 60, {weekly[0], weekly[1]})):
        kept = [c for c in clinics if known.get(c.clues) not in closed]
        expected = sorted(kept, key=lambda c: over_ground(19.4, -99.1, c))[:20]
        found = directory.nearest_open(19.4, -99.1, now=now, limit=20)
        assert [n.clinic.clues for n in found] == [c.clues for c in expected]


def test_where_nothing_is_open_the_search_ends() -> None:
    clinics = scattered(900, seed=8)
    closed = {each.clues: Hours(CENTRE, ()) for each in clinics}
    assert Directory(clinics, opening=closed).nearest_open(19.4, -99.1, now=0, limit=50) == []
    assert Directory([]).nearest_open(19.4, -99.1, now=0) == []


def test_there_may_be_fewer_than_asked_for() -> None:
    directory = Directory([unit()])
    assert len(directory.nearest(20.0, -98.7, limit=5)) == 1
    assert directory.nearest(20.0, -98.7, institutions=frozenset({"PMX"})) == []
    assert Directory([]).nearest(20.0, -98.7) == []


def test_units_that_do_not_count_are_never_near() -> None:
    directory = Directory([unit(counts_for_nearest=False), unit("HGIMB900023", lat=21.0)])
    assert [n.clinic.clues for n in directory.nearest(20.144656, -98.740023)] == ["HGIMB900023"]


def test_identical_points_are_one_place() -> None:
    directory = Directory([unit("HGIMB900011", level=2), unit("HGIMS900023"), unit("HGIMB900035", lat=20.2)])
    found = [n.clinic.clues for n in directory.nearest(20.144656, -98.740023)]
    assert found == ["HGIMS900023", "HGIMB900035"]
    both = directory.nearest(20.144656, -98.740023, institutions=frozenset({"IMB", "IMS"}))
    assert [n.clinic.clues for n in both] == found


def test_an_old_key_resolves_through_a_chain() -> None:
    old = unit("HGSSA900011", status=3, replaced_by="HGIMO900011")
    middle = unit("HGIMO900011", status=3, replaced_by="HGIMB900011")
    directory = Directory([old, middle, unit()])
    found = directory.find("HGSSA900011")
    assert found is not None
    assert found.clues == "HGIMB900011"
    assert directory.find("HGSSA999999") is None


def test_a_circle_of_old_keys_ends() -> None:
    one = unit("HGSSA900011", status=3, replaced_by="HGIMO900011")
    other = unit("HGIMO900011", status=3, replaced_by="HGSSA900011")
    found = Directory([one, other]).find("HGSSA900011")
    assert found is not None
    assert found.status == 3
