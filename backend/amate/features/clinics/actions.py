"""Import the catalogue of medical units, find a unit, and find the nearest ones."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from amate.context import Context
from amate.core.entitlement import Rights
from amate.db.upsert import explained_storage
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.clinics import catalogue, pack, store, succession, workbook
from amate.features.clinics.finding import Finding, shown
from amate.features.clinics.hours import by_day
from amate.features.clinics.model import (
    CLOSED,
    OPERATING,
    PRIVATE,
    SPECIALISED,
    STATES,
    Clinic,
    Directory,
    Hours,
    Near,
    resolve,
)
from amate.features.clinics.opening import ImportedHours, import_hours, known_hours

__all__ = [
    "Imported",
    "ImportedHours",
    "all_for_pack",
    "assign",
    "by_day",
    "directory",
    "directory_in",
    "find",
    "first_door",
    "hours_of",
    "import_catalogue",
    "import_hours",
    "key_in_force",
    "nearest",
    "nearest_for",
    "places",
    "save",
    "states",
]

Progress = Callable[[int, int | None], None]
PROGRESS_EVERY = 500
# Who attends people without social security: IMSS-Bienestar everywhere, a state's own services where it kept them.
ATTEND_UNINSURED = frozenset({"IMB", "IMO"})
STATE_SERVICES = "SSA"

_directories: WeakKeyDictionary[Engine, tuple[str, Directory]] = WeakKeyDictionary()


@dataclass(slots=True)
class Imported:
    """What became of a file's rows; `rejected` and `warnings` in the order of its lines."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    in_operation: int = 0
    closed: int = 0
    linked: int = 0
    version: int = 0
    rejected: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    @property
    def imported(self) -> int:
        """How many rows are in."""
        return self.added + self.updated + self.unchanged


def import_catalogue(ctx: Context, path: Path, progress: Progress = lambda _done, _about: None) -> Imported:
    """Add and update the units of a file, all in one transaction; bad rows are reported, the others imported, if any.

    Raises: Malformed when the file as a whole cannot be used; Unavailable("storage-full")
    """
    report = Imported()
    with explained_storage(), _no_cycles():
        found = _read(workbook.open_table(path), report, progress)
        if not report.rows:
            raise Malformed("no-rows", "the file has a header and no rows: download it again.", where="file")
        report.version = store.version(ctx.tx).number
        if not found:
            return report
        save(ctx, found, report)
        audit.record(
            ctx,
            "clinics.imported",
            str(report.version),
            rows=report.rows,
            added=report.added,
            updated=report.updated,
            rejected=len(report.rejected),
        )
    return report


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Keeps the cycle collector from walking over a hundred thousand rows again and again: they hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(table: workbook.Table, report: Imported, progress: Progress) -> dict[str, Clinic]:
    """The units of a file by key; what is wrong with its lines goes into the report."""
    catalogue.check_columns(table.columns)
    reader, key = catalogue.Reader(table.columns), table.columns["clues"]
    found: dict[str, Clinic] = {}
    for line, row in table.rows:
        if not any(row):
            continue
        report.rows += 1
        if report.rows % PROGRESS_EVERY == 0:
            progress(report.rows, table.about)
        try:
            clinic, warning = reader.read(row)
        except Malformed as error:
            clues = shown(row[key]) if key < len(row) else ""
            report.rejected.append(Finding(line, clues, error.slug, error.detail))
            continue
        if clinic.clues in found:
            said = "the same CLUES stands on an earlier line"
            report.rejected.append(Finding(line, clinic.clues, "clues-repeated", said))
            continue
        found[clinic.clues] = clinic
        if warning:
            report.warnings.append(Finding(line, clinic.clues, warning, "does not count for the nearest clinic"))
    progress(report.rows, report.rows)
    return found


def save(ctx: Context, found: dict[str, Clinic], report: Imported) -> None:
    """Bring the stored units up to what was found, link old keys to new ones, and put the new version in force."""
    store.lock_version(ctx.tx)
    known = store.load_all(ctx.tx)
    changed: dict[str, Clinic] = {}
    for clues, read in found.items():
        before = known.get(clues)
        clinic = read._replace(replaced_by=before.replaced_by) if before and before.replaced_by else read
        if clinic == before:
            report.unchanged += 1
            continue
        report.added += before is None
        report.updated += before is not None
        known[clues] = changed[clues] = clinic
    for clues, new in succession.successions(known).items():
        known[clues] = changed[clues] = known[clues]._replace(replaced_by=new)
    store.save(ctx.tx, changed.values())
    _count(report, [known[clues] for clues in found])
    report.version = store.version(ctx.tx).number
    if changed:
        report.version += 1
        store.set_version(ctx.tx, store.Version(report.version, ctx.random(16).hex()), ctx.now)


def _count(report: Imported, units: list[Clinic]) -> None:
    status = Counter(unit.status for unit in units)
    report.in_operation, report.closed = status[OPERATING], status[CLOSED]
    report.linked = sum(1 for unit in units if unit.replaced_by)


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


def nearest(
    ctx: Context,
    lat: float,
    lon: float,
    *,
    limit: int = 5,
    institutions: frozenset[str] | None = None,
    level: int | None = None,
) -> list[Near]:
    """The nearest units that count, nearest first.

    institutions: codes in the key, such as IMB; None = any
    """
    return directory(ctx).nearest(lat, lon, limit=limit, institutions=institutions, level=level)


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
    """The public units in operation in columns, and the old keys with the unit that each stands for now."""
    known = store.load_all(ctx.tx)
    operating = {c.clues for c in known.values() if c.status == OPERATING and c.institution not in PRIVATE}
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
