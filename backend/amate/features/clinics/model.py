"""A medical unit, the rule that says which ones count as nearest, and the directory that finds them.

Source: DGIS catalogue CLUES; the nearest-clinic rule counts only public units in operation that stay in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from amate.core import geo, hours
from amate.core.entitlement import ClinicFacts, Rights, answer_at, is_attended
from amate.core.hours import Standing, Week, Zone
from amate.features.clinics.territory import STATES, in_mexico

__all__ = [
    "CLUES",
    "STATES",
    "Clinic",
    "Directory",
    "Hours",
    "Near",
    "counts_for_nearest",
    "in_mexico",
    "resolve",
    "told",
    "told_to",
]

CLUES: Final = re.compile(r"[A-Z]{5}[0-9]{6}")
OPERATING: Final = 1
CLOSED: Final = 3
CHANGED_INSTITUTION: Final = 9  # motivo de baja "POR CAMBIO DE INSTITUCION"
# Specialists' clinics and hospitals, UNEME, psychiatric hospitals: near, but nobody's first door.
SPECIALISED: Final = frozenset({"T", "O", "UNE", "Y"})
PRIVATE: Final = frozenset({"SMP"})
MOBILE: Final = frozenset({"P", "HM"})
SUPPORT: Final = ("OFI", "ALM", "LAB", "OTR")  # offices, stores, laboratories, other support units
_SEARCHED: Final = 512  # nearest units among which the open ones are looked for
_ARC: Final = 1 / (24 * 6_371_008.8**2)  # of the Earth's mean radius in metres
_SHORT_CHORD_M: Final = 200_000.0
_MANY_RIGHTS: Final = 256  # a table tells apart a few dozen on a day

# How the documents of the API explain it.
ATTEND: Final = (
    "here, here_by_exchange, refer or urgent_only: what the decision table says of this person at this clinic"
)
NEAREST_FIRST: Final = (
    "those that attend the person, nearest first; then the very nearest of any, for urgent care, if nearer"
)

Kind = tuple[str, str, int | None]  # institution, state, level: what the decision table asks of a clinic


class Clinic(NamedTuple):
    """A medical unit.

    institution: code of three letters in the key (IMB, SSA, IMS, IST, …)
    state:       two letters, as in a CURP
    level:       of care, 1 to 3; 0 = does not apply
    lat, lon:    degrees, 6 decimals; None when the catalogue has none
    status:      1 in operation, 2 not yet, 3 closed, 4 under construction
    closing:     number of the reason for closing (9 = changed institution)
    opened_on, closed_on: days since 1970
    replaced_by: key of the unit that took this one's place
    """

    clues: str
    name: str
    institution: str
    state: str
    municipality_key: str
    municipality: str
    locality_key: str
    locality: str
    level: int
    lat: float | None
    lon: float | None
    typology: str
    status: int
    closing: int | None
    counts_for_nearest: bool
    address: str
    phone: str
    opened_on: int | None
    closed_on: int | None
    replaced_by: str | None = None

    @property
    def facts(self) -> ClinicFacts:
        """What the decision table asks about a clinic."""
        return ClinicFacts(self.clues, self.institution, self.state, self.level or None)


class Hours(NamedTuple):
    """When a unit is open, on the clocks of where it stands."""

    zone: Zone
    week: Week

    def at(self, now: int) -> Standing:
        """How it stands at an instant, seconds since 1970."""
        return hours.standing(self.week, hours.minute_of_week(now, self.zone))


class Near(NamedTuple):
    """A clinic and the way to it over the ground, in whole metres."""

    clinic: Clinic
    distance_m: int

    def shown(self) -> dict[str, Any]:
        """As every endpoint tells it."""
        return told(self.clinic, self.distance_m)

    def shown_to(self, rights: Rights | None) -> dict[str, Any]:
        """The same to a person with these rights, with how they are attended there."""
        return told_to(rights, self.clinic, self.distance_m)


def told(clinic: Clinic, distance_m: int | None) -> dict[str, Any]:
    """A unit and the way to it, as every endpoint tells it; distance_m: None when not known."""
    return {
        "clues": clinic.clues,
        "name": clinic.name,
        "institution": clinic.institution,
        "level": clinic.level,
        "lat": clinic.lat,
        "lon": clinic.lon,
        "distance_m": distance_m,
    }


def told_to(rights: Rights | None, clinic: Clinic, distance_m: int | None) -> dict[str, Any]:
    """The same to a person with these rights, with how they are attended there; None when rights are not known."""
    attend = None if rights is None else answer_at(rights, clinic.facts).attend
    return {**told(clinic, distance_m), "attend": attend}


def counts_for_nearest(*, status: int, institution: str, typology: str, level: int, on_map: bool) -> bool:
    """Whether a person can be sent there: in operation, public, staying in one place, giving care, and on the map."""
    return (
        status == OPERATING
        and on_map
        and level > 0
        and institution not in PRIVATE
        and typology not in MOBILE
        and not typology.startswith(SUPPORT)
    )


class _Tree:
    """The units of one institution and level that count, one at each point, in a k-d tree of straight lines."""

    __slots__ = ("clinics", "size", "tree")

    def __init__(self, clinics: Iterable[Clinic]) -> None:
        from scipy.spatial import cKDTree  # takes a moment to load, which only who looks for the nearest need wait

        first_here: dict[tuple[float | None, float | None], Clinic] = {}
        for clinic in sorted(clinics, key=lambda c: (c.level, c.clues)):
            first_here.setdefault((clinic.lat, clinic.lon), clinic)
        self.clinics = list(first_here.values())
        self.size = len(self.clinics)
        self.tree = cKDTree(self._points()) if self.clinics else None
        if self.tree is not None:
            # Neighbours on the map become neighbours in memory: a query takes a seventh less time.
            self.clinics = [self.clinics[i] for i in self.tree.indices]
            self.tree = cKDTree(self._points())

    def _points(self) -> list[tuple[float, float, float]]:
        return [geo.to_ecef(c.lat or 0.0, c.lon or 0.0) for c in self.clinics]

    def nearest(self, lat: float, lon: float, limit: int) -> list[Near]:
        if self.tree is None:
            return []
        # At least two, because for one the tree answers in another shape.
        chords, rows = self.tree.query(geo.to_ecef(lat, lon), max(2, limit))
        clinics, near = self.clinics, []
        for chord, i in zip(chords.tolist()[: self.size], rows.tolist(), strict=False):
            # The series of the arc over a chord is good to a centimetre below 200 km.
            short = chord < _SHORT_CHORD_M
            way = chord + chord * chord * chord * _ARC if short else _over_ground(lat, lon, clinics[i])
            near.append(Near(clinics[i], round(way)))
        return near if limit > 1 else near[:1]


def _over_ground(lat: float, lon: float, clinic: Clinic) -> float:
    return geo.distance_m((lat, lon), (clinic.lat or 0.0, clinic.lon or 0.0))


class Directory:
    """All units by key, and the nearest ones by straight lines through the Earth, which order them as the ground does.

    Built from the database's rows or from a pack's clinics.json, so that every verifier answers alike.
    """

    def __init__(
        self,
        clinics: Iterable[Clinic],
        aliases: Mapping[str, str] | None = None,
        opening: Mapping[str, Hours] | None = None,
    ) -> None:
        self._clinics = {clinic.clues: clinic for clinic in clinics}
        self._hours = dict(opening or {})
        self._aliases = dict(aliases or {})
        self._institutions = frozenset(c.institution for c in self._clinics.values())
        self._kinds = frozenset(c.facts[1:] for c in self._clinics.values() if c.counts_for_nearest)
        self._attending: dict[Rights, frozenset[Kind]] = {}
        self._trees: dict[tuple[str | frozenset[Kind] | None, int | None], _Tree] = {}

    def __len__(self) -> int:
        return len(self._clinics)

    def find(self, clues: str) -> Clinic | None:
        """The unit with this key, or the one that replaced it."""
        return resolve(clues, self._clinics, self._aliases)

    def hours(self, clues: str) -> Hours | None:
        """When the unit with this key is open; None where that is not known."""
        return self._hours.get(clues)

    def nearest_open(
        self,
        lat: float,
        lon: float,
        *,
        now: int,
        limit: int = 5,
        institutions: frozenset[str] | None = None,
        level: int | None = None,
    ) -> list[Near]:
        """The nearest units that count and are not known to be closed now; of the 512 nearest, not further."""
        asked = limit
        while True:
            near = self.nearest(lat, lon, limit=asked, institutions=institutions, level=level)
            found = [one for one in near if self.is_open(one.clinic.clues, now) is not False]
            if len(found) >= limit or len(near) < asked or asked == _SEARCHED:
                return found[:limit]
            asked = min(4 * asked, _SEARCHED)

    def is_open(self, clues: str, now: int) -> bool | None:
        """Whether the unit with this key is open at an instant; None where that is not known."""
        opening = self._hours.get(clues)
        return None if opening is None else opening.at(now).is_open

    def nearest(
        self,
        lat: float,
        lon: float,
        *,
        limit: int = 5,
        institutions: frozenset[str] | None = None,
        level: int | None = None,
    ) -> list[Near]:
        """The nearest units that count, nearest first, one at each point; fewer than `limit` when there are fewer."""
        if institutions is None:
            return self._tree(None, level).nearest(lat, lon, limit)
        known = institutions & self._institutions
        near = [n for code in known for n in self._tree(code, level).nearest(lat, lon, limit)]
        near.sort(key=lambda n: (n.distance_m, n.clinic.level, n.clinic.clues))
        at: dict[tuple[float | None, float | None], Near] = {}
        for n in near:
            at.setdefault((n.clinic.lat, n.clinic.lon), n)
        return list(at.values())[:limit]

    def nearest_for(
        self, rights: Rights, lat: float, lon: float, *, limit: int = 5, level: int | None = None
    ) -> list[Near]:
        """Where a person with these rights is sent: the nearest units that attend them, nearest first.

        Where the very nearest unit is none of them it comes last: urgent care is given there too.
        limit: 2 or more
        """
        attended = self._tree(self._kinds_attending(rights), level).nearest(lat, lon, limit)
        very = self._tree(None, level).nearest(lat, lon, 1)
        if attended and attended[0].distance_m <= very[0].distance_m:
            return attended
        return [*attended[: limit - 1], *very]

    def _kinds_attending(self, rights: Rights) -> frozenset[Kind]:
        """The kinds of unit that attend such rights, asked of the table once for all people who hold the same."""
        shared = _unnamed(rights)
        kinds = self._attending.get(shared)
        if kinds is None:
            if len(self._attending) >= _MANY_RIGHTS:
                self._attending.clear()
            kinds = frozenset(kind for kind in self._kinds if is_attended(shared, *kind))
            self._attending[shared] = kinds
        return kinds

    def _tree(self, of: str | frozenset[Kind] | None, level: int | None) -> _Tree:
        """The units of an institution, of some kinds or, with None, all."""
        key = (of, level)
        if key not in self._trees:
            self._trees[key] = _Tree(
                c
                for c in self._clinics.values()
                if c.counts_for_nearest
                and (of is None or (c.institution == of if isinstance(of, str) else c.facts[1:] in of))
                and (level is None or c.level == level)
            )
        return self._trees[key]


def _unnamed(rights: Rights) -> Rights:
    """The rights with nothing left of the person: equal for all whom the table attends at the same kinds of unit."""
    held = tuple([one._replace(row=one.row._replace(until_day=0), until_day=0) for one in rights.held])
    return rights._replace(held=held, assigned_clinic=rights.assigned_clinic and "another")


def resolve(clues: str, clinics: Mapping[str, Clinic], aliases: Mapping[str, str]) -> Clinic | None:
    """The unit with this key or, through any chain of replacements, the one that took its place."""
    seen: set[str] = set()
    while clues not in seen:
        seen.add(clues)
        clinic = clinics.get(clues)
        if clinic is not None and (clinic.status != CLOSED or not clinic.replaced_by):
            return clinic
        clues = (clinic.replaced_by if clinic else aliases.get(clues)) or clues
    return clinics.get(clues)
