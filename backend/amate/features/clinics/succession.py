"""Which unit took the place of which: the key opened at the point where another one was closed.

Source: DGIS catalogue, motivo de baja 9 "POR CAMBIO DE INSTITUCION": the services of a state that move to
IMSS-Bienestar keep their buildings, so the new key stands at the old one's coordinates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from amate.features.clinics.catalogue import folded
from amate.features.clinics.model import CHANGED_INSTITUTION, CLOSED, MOBILE, Clinic

Place: TypeAlias = tuple[object, ...]


def successions(clinics: Mapping[str, Clinic]) -> dict[str, str | None]:
    """The pointers that must change: closed key → the key that replaced it, or None for a unit that opened again.

    A pointer that was found once is kept when its place is later moved, so old keys resolve through chains.
    """
    openings = _Openings(clinics.values())
    changed: dict[str, str | None] = {}
    for clinic in clinics.values():
        if clinic.status != CLOSED:
            if clinic.replaced_by:
                changed[clinic.clues] = None
            continue
        found = openings.successor(clinic)
        if found is not None and found != clinic.replaced_by:
            changed[clinic.clues] = found
    return changed


class _Openings:
    """Units that are not closed, by their point and, where only the name can tell, by locality and name."""

    def __init__(self, clinics: Iterable[Clinic]) -> None:
        self._all = [clinic for clinic in clinics if clinic.status != CLOSED]
        self._by_point = _grouped(self._all, _point)

    @cached_property
    def _by_name(self) -> dict[Place, list[Clinic]]:
        return _grouped(self._all, _name)

    def successor(self, closed: Clinic) -> str | None:
        """The key that took this one's place, or None."""
        moved = closed.closing == CHANGED_INSTITUTION
        if not moved and closed.institution != "SSA":
            return None
        there = self._by_point.get(_point(closed), []) if closed.lat is not None else []
        found = [c for c in there if _may_follow(closed, c, moved=moved)]
        if not found and moved:
            found = [c for c in self._by_name.get(_name(closed), []) if _may_follow(closed, c, moved=moved)]
        if len(found) > 1:
            found.sort(key=lambda c: _distance_in_kind(closed, c))
        return found[0].clues if found else None


def _grouped(clinics: Iterable[Clinic], key: Callable[[Clinic], Place]) -> dict[Place, list[Clinic]]:
    groups: dict[Place, list[Clinic]] = defaultdict(list)
    for clinic in clinics:
        groups[key(clinic)].append(clinic)
    return groups


def _may_follow(closed: Clinic, opened: Clinic, *, moved: bool) -> bool:
    return (
        opened.institution != closed.institution
        and (moved or opened.institution == "IMB")
        and (opened.typology in MOBILE) == (closed.typology in MOBILE)
    )


def _distance_in_kind(closed: Clinic, opened: Clinic) -> tuple[bool, bool, bool, str]:
    """Several units may share a point: the one of the same name and kind comes first."""
    return (
        folded(closed.name) != folded(opened.name),
        closed.typology != opened.typology,
        opened.institution != "IMB",
        opened.clues,
    )


def _point(clinic: Clinic) -> Place:
    return (clinic.lat, clinic.lon)


def _name(clinic: Clinic) -> Place:
    return (clinic.state, clinic.municipality_key, clinic.locality_key, folded(clinic.name))
