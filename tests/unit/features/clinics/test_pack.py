"""The clinics that verifiers carry: what is packed is what comes out, in few bytes, and what cannot be is refused."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from amate.core.hours import WEEK, Zone
from amate.errors import Malformed
from amate.features.clinics.model import Clinic, Directory, Hours
from amate.features.clinics.pack import by_state, count_in, directory_of, keys_in, packed
from amate.features.clinics.territory import CENTRE
from tests.unit.features.clinics.units import unit

FIELDS = ("clues", "name", "institution", "state", "level", "lat", "lon", "municipality", "counts_for_nearest")
UNITS = [
    unit("HGIMB900011"),
    unit("DFIMS900022", lat=19.432608, lon=-99.133209, level=2, name="HOSPITAL GENERAL NÚM. 5"),
    unit("YNIMO900033", lat=20.967371, lon=-89.592586, counts_for_nearest=False),
    unit("HGIMB900044", lat=None, lon=None, counts_for_nearest=False),
]


def read(document: dict[str, Any]) -> Directory:
    return directory_of(json.loads(json.dumps(document)))


def told(clinic: Clinic | None) -> tuple[object, ...]:
    assert clinic is not None
    return tuple(getattr(clinic, name) for name in FIELDS)


def test_what_is_packed_comes_out_to_the_last_digit() -> None:
    directory = read(packed(UNITS, {"HGSSA900016": "HGIMB900011", "DFSSA900027": "DFIMS900022"}))
    assert len(directory) == len(UNITS)
    assert [told(directory.find(each.clues)) for each in UNITS] == [told(each) for each in UNITS]
    assert told(directory.find("HGSSA900016")) == told(UNITS[0])
    assert told(directory.find("DFSSA900027")) == told(UNITS[1])


def test_a_key_that_begins_otherwise_than_its_unit_is_kept_whole() -> None:
    odd = [unit("HGIMB900011", institution="IMO"), unit("HGIMS900022", state="MC"), unit("HGIMS900033", lat=20.2)]
    document = packed(odd, {})
    assert sorted(document["digits"]) == ["900033", "HGIMB900011", "HGIMS900022"]
    assert sorted(keys_in(document)) == ["HGIMB900011", "HGIMS900022", "HGIMS900033"]
    assert [told(read(document).find(each.clues)) for each in odd] == [told(each) for each in odd]


def of_before(document: dict[str, Any]) -> dict[str, Any]:
    """In the columns of 2026-11-29: keys whole, in the place of their digits."""
    return {
        "clues" if name == "digits" else name: keys_in(document) if name == "digits" else value
        for name, value in document.items()
    }


def test_a_file_that_holds_its_keys_whole_is_read_and_cut_up_as_before_to_the_byte() -> None:
    opening = {"DFIMS900022": Hours(CENTRE, ((0, WEEK),))}
    document = {"version": 7, "env": "test", **packed(UNITS, {"HGSSA900016": "HGIMB900011"}, opening)}
    before = of_before(document)
    assert told(read(before).find("HGSSA900016")) == told(UNITS[0])
    expected = {state: json.dumps(of_before(piece)) for state, piece in by_state(document).items()}
    assert {state: json.dumps(piece) for state, piece in by_state(before).items()} == expected


def test_of_a_file_of_another_release_nothing_is_counted() -> None:
    document = packed(UNITS, {})
    assert (count_in(document), count_in(of_before(document))) == (len(UNITS), len(UNITS))
    for other in ({}, {**document, "digits": None}, {**document, "state": []}):
        assert count_in(other) == 0


def test_hours_are_those_that_were_packed_and_cost_nothing_where_none_are_known() -> None:
    known = {
        "HGIMB900011": Hours(CENTRE, ((480, 870), (1920, 2310))),
        "DFIMS900022": Hours(CENTRE, ((0, WEEK),)),
        "YNIMO900033": Hours(Zone(-5, has_summer=True), ((0, WEEK),)),
    }
    document = packed(UNITS, {}, known)
    assert document["hours"]["zones"] == [[-6, 0], [-5, 1]]
    directory = read(document)
    assert {each.clues: directory.hours(each.clues) for each in UNITS} == known | {"HGIMB900044": None}
    assert "hours" not in packed(UNITS, {}, {"HGIMB999999": known["HGIMB900011"]})


def test_cut_up_by_state_each_piece_is_what_that_state_alone_makes() -> None:
    chance = random.Random(5)
    units = [
        unit(f"{state}IMB{number:06d}", lat=chance.uniform(15, 32), lon=chance.uniform(-117, -87))
        for number, state in enumerate(chance.choices(("HG", "DF", "YN"), k=200))
    ]
    units.append(unit("HGIMB900044", lat=None, lon=None, counts_for_nearest=False))
    aliases = {f"{each.state}SSA{each.clues[5:]}": each.clues for each in units[::3]}
    weeks = [Hours(Zone(offset, has_summer=False), ((480, close),)) for offset in (-7, -6, -5) for close in (870, 1200)]
    opening = {each.clues: chance.choice(weeks) for each in units if each.state != "YN"}
    head = {"version": 7, "env": "test"}
    pieces = by_state(json.loads(json.dumps({**head, **packed(units, aliases, opening)})))
    assert list(pieces) == ["DF", "HG", "YN"]
    for state, piece in pieces.items():
        own = [each for each in units if each.state == state]
        old = {alias: clues for alias, clues in aliases.items() if clues.startswith(state)}
        hours = {clues: week for clues, week in opening.items() if clues.startswith(state)}
        assert piece == {**head, **packed(own, old, hours)}
    assert "hours" not in pieces["YN"]


def test_what_cannot_be_read_is_not_cut_up() -> None:
    for document in ({}, {**packed(UNITS, {}), "level": []}, {**packed(UNITS, {}), "lat_e6": None}):
        with pytest.raises(Malformed, match="malformed"):
            by_state(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.pop("weeks"),
        lambda h: h["week"].pop(),
        lambda h: h["weeks"][0].pop(),
        lambda h: h.update(weeks=[[0, 870, 480]]),
        lambda h: h.update(weeks=[[0, 480, WEEK + 1]]),
        lambda h: h.update(weeks=[[0, -1, 480]]),
        lambda h: h.update(week=[3]),
        lambda h: h.update(week=[-1]),
        lambda h: h.update(unit=[9]),
        lambda h: h.update(unit=[-1]),
        lambda h: h.update(zones=[]),
        lambda h: h.update(unit=["x"]),
    ],
)
def test_hours_that_do_not_fit_the_units_are_refused(change: Any) -> None:
    document = packed(UNITS, {}, {"HGIMB900011": Hours(CENTRE, ((480, 870),))})
    change(document["hours"])
    with pytest.raises(Malformed, match="malformed"):
        read(document)


def test_every_place_of_the_earth_is_kept() -> None:
    chance = random.Random(5)
    corners = [(lat, lon) for lat in (-90.0, 0.0, 90.0) for lon in (-180.0, 0.0, 180.0)]
    many = [(round(chance.uniform(-90, 90), 6), round(chance.uniform(-180, 180), 6)) for _ in range(500)]
    units = [unit(f"HGIMB{900000 + n}", lat=lat, lon=lon) for n, (lat, lon) in enumerate(corners + many)]
    directory = read(packed(units, {}))
    assert [told(directory.find(each.clues)) for each in units] == [told(each) for each in units]


def test_units_of_one_point_follow_one_another_the_first_door_first() -> None:
    chance = random.Random(6)
    apart = [unit(f"HGIMB{800000 + n}", lat=chance.uniform(20, 21), lon=chance.uniform(-99, -98)) for n in range(300)]
    shared = [unit("HGIMS900033", level=2), unit("HGIMS900022"), unit("HGIMB900011")]
    keys = keys_in(packed([*apart, *shared], {}))
    at = keys.index("HGIMB900011")
    assert keys[at : at + 3] == ["HGIMB900011", "HGIMS900022", "HGIMS900033"]


def test_the_same_units_make_the_same_file_whatever_their_order() -> None:
    aliases = {"HGSSA900016": "HGIMB900011", "DFSSA900027": "DFIMS900022"}
    assert packed(UNITS, aliases) == packed(UNITS[::-1], dict(reversed(aliases.items())))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("lat_e6"),
        lambda d: d.pop("digits"),
        lambda d: d["digits"].pop(),
        lambda d: d["digits"].append("900055"),
        lambda d: d["name"].pop(),
        lambda d: d["nearest"].pop(),
        lambda d: d["lat_e6"].pop(),
        lambda d: d["lat_e6"].append("x"),
        lambda d: d["aliases"].pop("unit"),
        lambda d: d["aliases"]["clues"].append("HGSSA900027"),
        lambda d: d["aliases"].update(clues=["HGSSA900027"], unit=[4]),
        lambda d: d["aliases"].update(clues=["HGSSA900027"], unit=[-1]),
        lambda d: (d["lat_e6"].extend([1, 1]), d["lon_e6"].extend([1, 1])),
    ],
)
def test_columns_that_do_not_fit_one_another_are_refused(change: Any) -> None:
    document = json.loads(json.dumps(packed(UNITS, {})))
    change(document)
    with pytest.raises(Malformed, match=r"clinics\.json"):
        directory_of(document)


def test_a_file_of_another_release_is_refused() -> None:
    columns = {name: [] for name in (*FIELDS[:-1], "nearest")}
    with pytest.raises(Malformed, match=r"clinics\.json"):
        directory_of({"version": 3, "env": "test", **columns, "aliases": {}})
