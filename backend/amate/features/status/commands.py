"""`amate status …`."""

from __future__ import annotations

from dataclasses import asdict

import click

from amate.features.status import actions
from amate.terminal import command_context, json_option, show


@click.group()
def status() -> None:
    """The lists that say which credentials are revoked."""


@status.command()
@json_option
def publish(as_json: bool) -> None:
    """Sign and put in place what tells verifiers who is revoked.

    Every status list, and the file of all revocations.
    """
    with command_context() as ctx:
        published = actions.publish(ctx)
    file = published.revocations
    lines = [f"list {p.number}: {p.revoked} revoked, {p.size_bytes} bytes" for p in published.lists]
    lines = lines or ["no list yet: nothing was issued"]
    lines.append(f"all lists in one file: {file.revoked} revoked, {file.size_bytes} bytes; deltas to it: {file.deltas}")
    show(asdict(published), as_json=as_json, text="\n".join(lines))
