"""`amate audit …`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from amate.features.audit import actions
from amate.terminal import command_context, json_option, show


@click.group()
def audit() -> None:
    """The log of who did what."""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Check every chain of the log; exit 1 where one does not hold."""
    with command_context(writes=False) as ctx:
        total, breaks = actions.verify(ctx)
    lines = [f"{total} entries, {len(breaks)} broken chains"]
    lines += [f"lane {b.lane}: does not hold from entry {b.seq}" for b in breaks]
    show({"entries": total, "breaks": [asdict(b) for b in breaks]}, as_json=as_json, text="\n".join(lines))
    sys.exit(1 if breaks else 0)
