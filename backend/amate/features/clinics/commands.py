"""`amate clinics …`."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from amate.features.clinics import actions
from amate.features.clinics.actions import Imported, ImportedHours
from amate.features.clinics.finding import Finding
from amate.terminal import end_import, import_context, json_option, progress, show

SHOWN = 20
PUBLISH = "Publish it now, so that verifiers learn of it: amate trust publish"


@click.group()
def clinics() -> None:
    """Medical units (CLUES)."""


@clinics.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--report",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write rejected lines and warnings as CSV.",
)
@json_option
def import_file(file: Path, report: TextIO | None, as_json: bool) -> None:
    """Import the DGIS catalogue (XLSX or CSV); again = update.

    Bad lines are reported and the rest is imported. Exit code: 0 every line is in; 7 some lines were rejected and the
    rest is in; 1 nothing was imported.
    """
    with import_context() as ctx, _bar() as bar:
        task = bar.add_task("Reading", total=None)
        result = actions.import_catalogue(ctx, file, lambda done, about: bar.update(task, completed=done, total=about))
        bar.update(task, description="Saved")
    if report is not None:
        _write_report(report, result.rejected, result.warnings)
    show(_as_json(result), as_json=as_json, text=_as_text(result))
    if not as_json and result.added + result.updated:
        click.echo(PUBLISH, err=True)
    end_import(result.imported, len(result.rejected), "rows")


@clinics.command("hours")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--report", type=click.File("w", encoding="utf-8", lazy=False), help="Write rejected lines as CSV.")
@json_option
def import_hours(file: Path, report: TextIO | None, as_json: bool) -> None:
    """Import opening hours (CSV or XLSX); again = update.

    FILE has the columns CLUES, DIA, ABRE and CIERRA and a line for each stretch of a unit's week: LUNES A VIERNES,
    08:00, 14:30. All day is 00:00 and 24:00; what closes earlier than it opens closes the next day. A key alone takes
    a unit's hours away; units that FILE does not name keep theirs. Exit code: 0 every line is in; 7 some lines were
    rejected, and of their units nothing is taken; 1 nothing was imported.
    """
    with import_context() as ctx:
        result = actions.import_hours(ctx, file)
    if report is not None:
        _write_report(report, result.rejected, [])
    said = {**asdict(result), "imported_count": result.imported, "rejected_count": len(result.rejected)}
    show({**said, "rejected": [f._asdict() for f in result.rejected]}, as_json=as_json, text=_hours_text(result))
    if not as_json and result.added + result.updated + result.forgotten:
        click.echo(PUBLISH, err=True)
    end_import(result.imported, len(result.rejected), "lines")


def _hours_text(result: ImportedHours) -> str:
    counts = (
        f"{result.rows} lines: hours of {result.added} units added, {result.updated} updated, {result.unchanged} "
        f"unchanged, {result.forgotten} taken away; {len(result.rejected)} lines rejected; "
        f"catalogue version {result.version}"
    )
    return "\n".join([counts, *_rejected_lines(result.rejected, "use --report FILE to have them all")])


def _rejected_lines(rejected: list[Finding], remedy: str) -> list[str]:
    more = [f"… and {len(rejected) - SHOWN} more: {remedy}"] if len(rejected) > SHOWN else []
    return [*(finding.said for finding in rejected[:SHOWN]), *more]


def _bar() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} rows"))
    return progress(*columns, TimeElapsedColumn())


def _as_json(result: Imported) -> dict[str, object]:
    findings = {name: [f._asdict() for f in getattr(result, name)] for name in ("rejected", "warnings")}
    counts = {f"{name}_count": len(found) for name, found in findings.items()}
    return {**asdict(result), "imported_count": result.imported, **counts, **findings}


def _as_text(result: Imported) -> str:
    lines = [
        f"{result.rows} rows: {result.added} added, {result.updated} updated, {result.unchanged} unchanged, "
        f"{len(result.rejected)} rejected",
        f"in the file {result.in_operation} in operation, {result.closed} closed, "
        f"{result.linked} old keys linked to new ones; "
        f"catalogue version {result.version}",
    ]
    lines += _rejected_lines(result.rejected, "use --report FILE to have them all")
    counted = Counter(f.reason for f in result.warnings)
    lines += [f"warning: {count} units with {reason}" for reason, count in sorted(counted.items())]
    return "\n".join(lines)


def _write_report(file: TextIO, rejected: list[Finding], warnings: list[Finding]) -> None:
    writer = csv.writer(file)
    writer.writerow(["kind", *Finding._fields])
    writer.writerows(["rejected", *f] for f in rejected)
    writer.writerows(["warning", *f] for f in warnings)
