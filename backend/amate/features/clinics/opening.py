"""Import opening hours, and keep them beside the catalogue, which knows nothing of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from amate.context import Context
from amate.core.hours import Week
from amate.db.upsert import explained_storage
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.clinics import hours, store, workbook
from amate.features.clinics.finding import Finding
from amate.features.clinics.hours import Line, Told
from amate.features.clinics.model import Clinic, Hours, resolve
from amate.features.clinics.territory import zone_of

_REASONS = {
    "unknown-clinic": "no unit has this key: import the newest catalogue first (amate clinics import FILE)",
    "unit-not-whole": "another line of this unit cannot be taken, and half of a week would be a wrong one",
    "unit-told-twice": "the unit that took its place tells its own hours here",
    "unit-contradicts": "a key alone takes hours away, and other lines of this unit tell some",
}


@dataclass(slots=True)
class ImportedHours:
    """What became of a file's lines, and of the units that they tell of.

    forgotten: units whose hours are not known any more
    """

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    forgotten: int = 0
    version: int = 0
    rejected: list[Finding] = field(default_factory=list)

    @property
    def imported(self) -> int:
        """Of how many units the file tells something that is taken."""
        return self.added + self.updated + self.unchanged + self.forgotten


def import_hours(ctx: Context, path: Path) -> ImportedHours:
    """Take the hours of a file's units, all in one transaction; other units keep theirs.

    Of a unit with a bad line nothing is taken. Old keys tell of the unit that took their place.

    Raises: Malformed when the file as a whole cannot be used; Unavailable("storage-full")
    """
    told = _read(path)
    report = ImportedHours(rows=told.rows)
    with explained_storage():
        store.lock_version(ctx.tx)
        known = store.load_all(ctx.tx)
        found = _by_unit(known, told, report)
        report.rejected.sort()
        _save(ctx, found, known, report)
        if report.imported:
            counts = {"rows": report.rows, "added": report.added, "updated": report.updated}
            audit.record(ctx, "clinics.hours-imported", str(report.version), **counts, rejected=len(report.rejected))
    return report


def _read(path: Path) -> Told:
    try:
        table = workbook.open_table(path, hours.find_columns)
    except Malformed as error:
        if error.slug != "no-clues-column":
            raise
        said = "no sheet or line has the columns CLUES, DIA, ABRE and CIERRA: name them so, above the first unit"
        raise Malformed("missing-columns", said, where="file") from error
    told = hours.read(table.columns, table.rows)
    if not told.rows:
        raise Malformed("no-rows", "the file has a header and no rows.", where="file")
    return told


def _by_unit(known: Mapping[str, Clinic], told: Told, report: ImportedHours) -> dict[str, Week]:
    """The weeks by the key of the unit in force; every line that is not taken is in the report, with its reason."""
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for line in told.lines:
        clinic = resolve(line.clues, known, {})
        if clinic is None:
            report.rejected.append(_finding(line, "unknown-clinic"))
        else:
            lines[clinic.clues].append(line)
    report.rejected += told.rejected
    wrong = {clinic.clues for finding in told.rejected if (clinic := resolve(finding.clues, known, {})) is not None}
    found: dict[str, Week] = {}
    for clues, each in lines.items():
        taken = [line for line in each if line.clues == clues] or each
        report.rejected += [_finding(line, "unit-told-twice") for line in each if line not in taken]
        reason = "unit-not-whole" if clues in wrong else "unit-contradicts" if _contradicts(taken) else None
        if reason is None:
            found[clues] = hours.week_of(chain.from_iterable(line.stretches for line in taken))
        else:
            report.rejected += [_finding(line, reason) for line in taken]
    return found


def _contradicts(lines: list[Line]) -> bool:
    return any(line.stretches for line in lines) and not all(line.stretches for line in lines)


def _finding(line: Line, reason: str) -> Finding:
    return Finding(line.number, line.clues, reason, _REASONS[reason])


def _save(ctx: Context, found: Mapping[str, Week], known: Mapping[str, Clinic], report: ImportedHours) -> None:
    kept = _kept(ctx, known)
    changed: dict[str, str] = {}
    gone: set[str] = set()
    for clues, week in found.items():
        before, text = _in_force(clues, kept[clues]), hours.text_of(week)
        if text == before:
            report.unchanged += 1
            continue
        report.forgotten += not text
        report.added += not before
        report.updated += bool(text and before)
        gone |= kept[clues].keys()
        if text:
            changed[clues] = text
    store.save_weeks(ctx.tx, changed, gone - changed.keys())
    report.version = store.version(ctx.tx).number
    if changed or gone:
        report.version += 1
        store.set_version(ctx.tx, store.Version(report.version, ctx.random(16).hex()), ctx.now)


def known_hours(ctx: Context, clinics: Mapping[str, Clinic]) -> dict[str, Hours]:
    """The hours of units in force, of those whose hours are known; clinics: all there are, by key."""
    return {
        clues: Hours(
            zone_of(clinics[clues].state, clinics[clues].municipality_key), hours.week_from(_in_force(clues, kept))
        )
        for clues, kept in _kept(ctx, clinics).items()
    }


def _kept(ctx: Context, known: Mapping[str, Clinic]) -> defaultdict[str, dict[str, str]]:
    """What is kept of each unit in force, by the keys that it was told under."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for clues, text in store.weeks(ctx.tx).items():
        clinic = resolve(clues, known, {})
        if clinic is not None:
            found[clinic.clues][clues] = text
    return found


def _in_force(clues: str, kept: Mapping[str, str]) -> str:
    """The hours of a unit: what was told under an old key holds until it tells something itself; "" for nothing."""
    return kept.get(clues) or kept[min(kept)] if kept else ""
