"""`make bench`: runs every bench of this folder, prints one table, writes results.json.

`python -m tests.bench NAME…` runs some; with `--keep` their rows take their places in results.json, beside the others'.

A row is a ratio measured in one run against a named reference, so that it means the same on a slower machine.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.measure import Row

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
KEEP = "--keep"


def main(arguments: list[str]) -> int:
    """Run the named benches (all when none is named); exit 1 where a limit is missed."""
    names = [each for each in arguments if each != KEEP]
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    rows: list[Row] = []
    for name in names or known:
        print(f"▸ {name}", file=sys.stderr)
        rows += importlib.import_module(f"tests.bench.bench_{name}").run()
    Console().print(table_of(rows))
    if not names or KEEP in arguments:
        write([row.as_dict() for row in rows], kept=json.loads(RESULTS.read_text())["rows"] if names else [])
    return 0 if all(row.holds for row in rows) else 1


def write(rows: list[dict[str, object]], *, kept: list[dict[str, object]]) -> None:
    """results.json with these rows, in the places of those of the same names among the `kept`."""
    by_name = {row["name"]: row for row in [*kept, *rows]}
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    text = json.dumps({"machine": machine, "rows": list(by_name.values())}, indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n")


def table_of(rows: list[Row]) -> Table:
    """The rows for people."""
    table = Table(show_lines=False)
    for column in ("what", "measured", "against", "reference", "ratio", "limit", ""):
        table.add_column(column)
    for row in rows:
        mark = "[green]holds[/green]" if row.holds else "[red]missed[/red]"
        measured, reference = f"{row.value:,.4g} {row.unit}", f"{row.reference:,.4g} {row.unit}"
        table.add_row(row.name, measured, row.against, reference, f"{row.ratio:.2f}", row.limit_text, mark)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
