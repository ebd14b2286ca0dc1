"""Import the catalogue of medical units: all of a file that can be taken, in one transaction."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from amate.context import Context
from amate.db.upsert import explained_storage
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.clinics import catalogue, store, succession, workbook
from amate.features.clinics.finding import Finding, shown
from amate.features.clinics.model import CLOSED, OPERATING, Clinic

Progress = Callable[[int, int | None], None]
PROGRESS_EVERY = 500


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
