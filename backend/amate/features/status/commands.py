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
    """Sign every status list, and put it where verifiers fetch it."""
    with command_context() as ctx:
        published = actions.publish(ctx)
    lines = [f"list {p.number}: {p.revoked} revoked, {p.size_bytes} bytes" for p in published]
    text = "\n".join(lines) or "no list yet: nothing was issued"
    show({"lists": [asdict(p) for p in published]}, as_json=as_json, text=text)
