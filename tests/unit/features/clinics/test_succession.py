"""A closed key points to the key that took its place."""

from __future__ import annotations

from amate.features.clinics.model import Clinic
from amate.features.clinics.succession import successions
from tests.unit.features.clinics.units import unit


def links(*clinics: Clinic) -> dict[str, str | None]:
    return successions({c.clues: c for c in clinics})


OLD = unit("HGSSA900016", status=3, closing=9, counts_for_nearest=False)


def test_a_closed_state_key_points_to_the_key_opened_at_its_point() -> None:
    assert links(OLD, unit("HGIMB900011")) == {"HGSSA900016": "HGIMB900011"}


def test_a_state_key_closed_without_a_reason_is_linked_too() -> None:
    assert links(OLD._replace(closing=None), unit()) == {"HGSSA900016": "HGIMB900011"}


def test_of_several_units_at_a_point_the_namesake_follows() -> None:
    other = unit("HGIMB900001", name="OTRA UNIDAD")
    assert links(OLD, other, unit("HGIMB900011", name="Unidad de  Prueba")) == {"HGSSA900016": "HGIMB900011"}


def test_a_mobile_unit_never_takes_the_place_of_a_building() -> None:
    assert links(OLD, unit(typology="P")) == {}


def test_a_change_of_institution_is_followed_by_name_where_the_point_moved() -> None:
    assert links(OLD, unit(lat=20.2)) == {"HGSSA900016": "HGIMB900011"}
    assert links(OLD._replace(closing=1), unit(lat=20.2)) == {}


def test_a_link_found_once_is_kept_and_a_reopened_unit_loses_it() -> None:
    linked = OLD._replace(replaced_by="HGIMB900011")
    assert links(linked, unit(lat=21.0, name="OTRA")) == {}
    assert links(linked._replace(status=1)) == {"HGSSA900016": None}


def test_units_without_coordinates_do_not_share_a_point() -> None:
    assert links(OLD._replace(lat=None, lon=None, closing=None), unit(lat=None, lon=None)) == {}
