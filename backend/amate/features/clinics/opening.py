"""Import opening hours, and keep them beside the catalogue, which knows nothing of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amate.context import Context
from amate.core.hours import Week
from amate.db.upsert import explained_storage
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.clinics import hours, store, workbook
from amate.features.clinics.finding import Finding
from amate.features.clinics.model import CLOSED, Clinic, Hours, resolve
from amate.features.clinics.territory import zone_of


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
    table = workbook.open_table(path, hours.find_columns)
    told = hours.read(table.columns, table.rows)
    if not told.rows:
        raise Malformed("no-rows", "the file has a header and no rows.", where="file")
    report = ImportedHours(rows=told.rows, rejected=told.rejected)
    with explained_storage():
        store.lock_version(ctx.tx)
        _save(ctx, _by_unit(store.load_all(ctx.tx), told.weeks, report), report)
        if report.imported:
            counts = {"rows": report.rows, "added": report.added, "updated": report.updated}
            audit.record(ctx, "clinics.hours-imported", str(report.version), **counts, rejected=len(report.rejected))
    return report


def _by_unit(known: Mapping[str, Clinic], told: Mapping[str, Week], report: ImportedHours) -> dict[str, Week]:
    """The weeks by the key of the unit in force; of one that is told under two keys, under its own."""
    found: dict[str, Week] = {}
    for clues in sorted(told, key=lambda clues: _is_closed(known.get(clues))):
        clinic = resolve(clues, known, {})
        if clinic is None:
            said = "no unit has this key: import the newest catalogue first (amate clinics import FILE)"
            report.rejected.append(Finding(0, clues, "unknown-clinic", said))
            continue
        found.setdefault(clinic.clues, told[clues])
    return found


def _is_closed(clinic: Clinic | None) -> bool:
    return clinic is not None and clinic.status == CLOSED


def _save(ctx: Context, found: Mapping[str, Week], report: ImportedHours) -> None:
    before = store.weeks(ctx.tx)
    changed: dict[str, str] = {}
    gone: list[str] = []
    for clues, week in found.items():
        text = hours.text_of(week)
        if text == before.get(clues, ""):
            report.unchanged += 1
        elif not text:
            gone.append(clues)
        else:
            changed[clues] = text
    report.forgotten = len(gone)
    report.added = sum(clues not in before for clues in changed)
    report.updated = len(changed) - report.added
    store.save_weeks(ctx.tx, changed, gone)
    report.version = store.version(ctx.tx).number
    if changed or gone:
        report.version += 1
        store.set_version(ctx.tx, store.Version(report.version, ctx.random(16).hex()), ctx.now)


def known_hours(ctx: Context, clinics: Mapping[str, Clinic]) -> dict[str, Hours]:
    """The hours of these units, of those whose hours are known."""
    weeks = store.weeks(ctx.tx)
    return {
        clues: Hours(zone_of(clinic.state, clinic.municipality_key), hours.week_from(weeks[clues]))
        for clues, clinic in clinics.items()
        if clues in weeks
    }
