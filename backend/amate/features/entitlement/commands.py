"""`amate padron …`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from amate.features.entitlement import actions
from amate.features.entitlement.actions import Imported
from amate.terminal import end_import, import_context, json_option, progress, show

SHOWN = 20
CODES = "2 IMSS, 3 ISSSTE, 4 PEMEX, 5 SEDENA, 6 SEMAR, 10 or 14 IMSS-Bienestar, 11 ISSFAM (DGIS, AFILIACION)."


@click.group()
def padron() -> None:
    """Affiliations, as institutions know them."""


@padron.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--institution", type=int, required=True, help=CODES)
@click.option("--full", is_flag=True, help="The file names everybody: remove whoever it leaves out.")
@click.option("--removing", type=click.IntRange(0), default=0, help="With --full: how many, if over one in twenty.")
@json_option
def import_file(file: Path, institution: int, full: bool, removing: int, as_json: bool) -> None:
    """Import an extract; again = update.

    CSV in UTF-8, whose first line names its columns, in any order:

    \b
    curp           needed
    role           needed: titular, beneficiary, pensioner (or 1, 2, 3)
    relation       titular, spouse, child, parent, pensioner, other
    clinic         CLUES of the unit that the institution assigned
    since          first day of the right, YYYY-MM-DD
    until          first day without it
    student_until  first day on which a child studies no more
    disabled       1 for a child who cannot work, at any age; else 0

    A full extract removes nobody while a line of it is rejected, and no more than one in twenty unless told so.

    Bad lines are reported, without the person, and the rest is imported. Exit code: 0 every line is in; 7 some lines
    were rejected and the rest is in; 1 nothing was imported.
    """
    columns = (SpinnerColumn(), TextColumn("Reading"), TextColumn("{task.completed} lines"), TimeElapsedColumn())
    with import_context() as ctx, progress(*columns) as bar:
        task = bar.add_task("read", total=None)
        report = actions.import_padron(
            ctx,
            file,
            institution,
            is_full=full,
            most_removed=removing,
            progress=lambda done: bar.update(task, completed=done),
        )
    if full and report.rejected:
        click.echo("nobody was removed: a rejected line may be about anybody; mend them and import it again", err=True)
    show(_as_json(report), as_json=as_json, text=_as_text(report))
    end_import(report.imported, len(report.rejected), "lines")


def _as_json(report: Imported) -> dict[str, object]:
    counts = {
        "imported_count": report.imported,
        "rejected_count": len(report.rejected),
    }
    return {**asdict(report), **counts, "rejected": [finding._asdict() for finding in report.rejected]}


def _as_text(report: Imported) -> str:
    lines = [
        f"{report.lines} lines: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.rejected)} rejected"
    ]
    lines += [f"columns that nobody reads: {', '.join(report.ignored)}"] if report.ignored else []
    lines += [finding.said for finding in report.rejected[:SHOWN]]
    if len(report.rejected) > SHOWN:
        lines.append(f"… and {len(report.rejected) - SHOWN} more: use --json to have them all")
    return "\n".join(lines)
