"""`amate audit …`; `amate keys audit …` is the same."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from amate.features.audit import actions, export
from amate.features.audit.export import Export
from amate.terminal import EXIT_WAITS, command_context, json_option, show

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def audit() -> None:
    """The log of who did what."""


@audit.command()
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An export that somebody else kept: a log that was rewritten since, chains and all, is found out.",
)
@json_option
def verify(against: Path | None, as_json: bool) -> None:
    """Check every chain of the log; exit 1 where one does not hold."""
    witness = None if against is None else export.read(against)
    with command_context(writes=False, is_there=True) as ctx:
        total, breaks = actions.verify(ctx)
        rewritten = None if witness is None else export.first_rewritten(ctx, witness)
    lines = [f"{total} entries, {len(breaks)} broken chains"]
    lines += [f"lane {b.lane}: does not hold from entry {b.seq}" for b in breaks]
    if rewritten is not None:
        lines.append(f"lane {rewritten[0]}: entry {rewritten[1]} is not what was exported: the log was rewritten")
    elif witness is not None:
        lines.append(f"holds everything that was exported: {witness.entries} entries")
    said = {"entries": total, "breaks": [asdict(b) for b in breaks], "rewritten": rewritten}
    show(said, as_json=as_json, text="\n".join(lines))
    sys.exit(1 if breaks or rewritten else 0)


@audit.command("export")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A file that is not there yet."
)
@click.option("--key", "uri", required=True, metavar="URI", help="Your key, which signs the file.")
@json_option
def export_(to: Path, uri: str, as_json: bool) -> None:
    """Write the whole log to a signed file, for somebody outside to keep."""
    with command_context(is_there=True) as ctx:
        actions.record(ctx, "audit.exported", to.name[:60])
        ctx.commit()
        said = _said(export.write(ctx, to, ctx.own(uri)), to)
    show(said, as_json=as_json, text=_text(said))


@audit.command()
@file_argument
@click.option(
    "--root",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A published root (keys/anchors/NAME.root.json): refuse a file that nobody signed to whom it gives a key.",
)
@json_option
def check(file: Path, root: Path | None, as_json: bool) -> None:
    """Check an export: its chains, its digest, its signature. Needs no database.

    The file names the key that signed it, and whoever forges a file names their own: --root says whose key that is.

    Exit 0 when the root names the signer; 3 without --root, when the file holds and nobody says whose key signed it;
    1 when anything does not hold, the root's own signatures among it.
    """
    found = export.read(file)
    named = None if root is None else export.signer_in(found, root)
    said = _said(found, file) | {"named_in_root": named}
    if named is None:
        whose = "Nobody says whose key that is: check it again with --root keys/anchors/NAME.root.json"
    else:
        whose = f"That key is one of {' and '.join(named['roles'])} in {named['root']}, SHA-256 {named['sha256']}"
    show(said, as_json=as_json, text=f"{_text(said).rstrip()}\n{whose}")
    if named is None:
        sys.exit(EXIT_WAITS)


def _said(found: Export, path: Path) -> dict[str, Any]:
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "env": found.env,
        "entries": found.entries,
        "public_key": found.public_key,
    }


def _text(said: dict[str, Any]) -> str:
    head = f"{said['file']}: {said['entries']} entries of {said['env']}, SHA-256 {said['sha256']}"
    return f"{head}\nsigned by\n{said['public_key']}"
