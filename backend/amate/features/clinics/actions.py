"""What others ask of the medical units: one by its key, the nearest ones, all of them for a pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from amate.context import Context
from amate.core.entitlement import Rights
from amate.errors import Malformed
from amate.features.clinics import pack, store
from amate.features.clinics.hours import by_day
from amate.features.clinics.importing import Imported, import_catalogue, save
from amate.features.clinics.model import (
    CLOSED,
    OPERATING,
    SPECIALISED,
    STATES,
    Clinic,
    Directory,
    Hours,
    Near,
    resolve,
)
from amate.features.clinics.opening import ImportedHours, import_hours, known_hours
from amate.features.clinics.pack import by_state, count_in

__all__ = [
    "Imported",
    "ImportedHours",
    "all_for_pack",
    "assign",
    "by_day",
    "by_state",
    "count_in",
    "directory",
    "directory_in",
    "find",
    "first_door",
    "hours_of",
    "import_catalogue",
    "import_hours",
    "key_in_force",
    "nearest_for",
    "places",
    "save",
    "states",
]

# Who attends people without social security: IMSS-Bienestar everywhere, a state's own services where it kept them.
ATTEND_UNINSURED = frozenset({"IMB", "IMO"})
STATE_SERVICES = "SSA"

_directories: WeakKeyDictionary[Engine, tuple[str, Directory]] = WeakKeyDictionary()


def find(ctx: Context, clues: str) -> Clinic | None:
    """The unit with this key or, for a closed one, the unit that took its place."""
    chain: dict[str, Clinic] = {}
    wanted: str | None = clues
    while wanted and wanted not in chain:
        clinic = store.load(ctx.tx, wanted)
        if clinic is None:
            break
        chain[wanted] = clinic
        wanted = clinic.replaced_by if clinic.status == CLOSED else None
    return resolve(clues, chain, {})


def key_in_force(ctx: Context, clues: str) -> str:
    """The key of the unit that a key stands for today; the key itself while no catalogue was imported.

    Raises: Malformed("unknown-clinic")
    """
    if store.version(ctx.tx).number == 0:
        return clues
    clinic = find(ctx, clues)
    if clinic is None:
        said = f'no unit has the key "{clues}": mend it, or import the newest catalogue (amate clinics import FILE)'
        raise Malformed("unknown-clinic", said, where="clinic")
    return clinic.clues


def directory(ctx: Context) -> Directory:
    """The units in force, built once a process for each version of the catalogue."""
    stamp = store.version(ctx.tx).stamp
    cached = _directories.get(ctx.tx.engine)
    if cached is None or cached[0] != stamp:
        units = store.load_all(ctx.tx)
        cached = (stamp, Directory(units.values(), opening=known_hours(ctx, units)))
        _directories[ctx.tx.engine] = cached
    return cached[1]


def hours_of(ctx: Context, clues: str) -> Hours | None:
    """When the unit in force with this key is open; None where that is not known."""
    return directory(ctx).hours(clues)


def nearest_for(ctx: Context, rights: Rights, lat: float, lon: float, *, limit: int = 5) -> list[Near]:
    """Where a person with these rights is sent, as `Directory.nearest_for` says."""
    return directory(ctx).nearest_for(rights, lat, lon, limit=limit)


def assign(
    ctx: Context,
    *,
    lat: float,
    lon: float,
    institutions: tuple[str, ...] = (),
    federalised: frozenset[str] = frozenset(STATES),
) -> Near | None:
    """The first-level unit that is a person's own: the nearest of their institutions, else of who attends everybody.

    federalised: states whose services moved to IMSS-Bienestar; a state's own units attend everybody in the others
    """
    own = first_door(ctx, lat, lon, institutions=frozenset(institutions)) if institutions else None
    if own is not None:
        return own
    public = first_door(ctx, lat, lon, institutions=ATTEND_UNINSURED)
    states_own = STATES.keys() - federalised
    state = first_door(ctx, lat, lon, institutions=frozenset({STATE_SERVICES}), states=frozenset(states_own))
    both = [near for near in (public, state) if near is not None]
    return min(both, key=lambda near: near.distance_m, default=None)


def first_door(
    ctx: Context, lat: float, lon: float, *, institutions: frozenset[str], states: frozenset[str] | None = None
) -> Near | None:
    """The nearest first-level unit where anybody of these institutions may simply walk in.

    states: only there, by their codes; None = anywhere
    """
    units = directory(ctx)
    for limit in (8, 512):
        near = units.nearest(lat, lon, limit=limit, institutions=institutions, level=1)
        for each in near:
            if each.clinic.typology not in SPECIALISED and (states is None or each.clinic.state in states):
                return each
        if len(near) < limit:
            break
    return None


def places(ctx: Context, state: str) -> list[dict[str, Any]]:
    """The municipalities of a state with their localities, each with the middle of its units on the map."""
    by_key: dict[str, list[store.Place]] = {}
    for place in store.places(ctx.tx, state):
        by_key.setdefault(place.municipality_key, []).append(place)
    return [
        {
            "key": key,
            "name": group[0].municipality,
            "lat": _middle([p.lat for p in group]),
            "lon": _middle([p.lon for p in group]),
            "localities": [{"name": p.locality, "lat": round(p.lat, 6), "lon": round(p.lon, 6)} for p in group],
        }
        for key, group in by_key.items()
    ]


def _middle(degrees: list[float]) -> float:
    return round(sum(degrees) / len(degrees), 6)


def states(ctx: Context) -> list[dict[str, str]]:
    """The states that have units, in the order of their names."""
    named = [{"code": code, "name": STATES[code]} for code in store.states(ctx.tx) if code in STATES]
    return sorted(named, key=lambda state: state["name"])


def all_for_pack(ctx: Context) -> dict[str, Any]:
    """The units in operation in columns, and the old keys with the unit that each stands for now."""
    known = store.load_all(ctx.tx)
    operating = {c.clues for c in known.values() if c.status == OPERATING}
    aliases = {}
    for clues, clinic in known.items():
        now = resolve(clues, known, {}) if clinic.replaced_by else None
        if now is not None and now.clues in operating and now.clues != clues:
            aliases[clues] = now.clues
    return {
        "version": store.version(ctx.tx).number,
        "env": ctx.settings.env,
        **pack.packed((known[clues] for clues in operating), aliases, known_hours(ctx, known)),
    }


def directory_in(document: Mapping[str, Any]) -> Directory:
    """The directory that a verifier's `clinics.json` holds.

    Raises: Malformed("malformed") for a file of another release
    """
    return pack.directory_of(document)
