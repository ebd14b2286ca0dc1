"""`amate trust …`."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import click

from amate.context import Context, system_clock
from amate.features.trust import actions
from amate.features.trust.files import read_file
from amate.features.trust.health import Ending, endings
from amate.features.trust.model import Release, iso
from amate.terminal import EXIT_REFUSED, command_context, json_option, read_settings, show


@click.group()
def trust() -> None:
    """The signed repository through which verifiers learn what to believe."""


@trust.command()
@json_option
def init(as_json: bool) -> None:
    """Make a demo's keys and its first publication; safe to repeat."""
    with command_context() as ctx:
        said = _said(ctx, actions.init(ctx))
    show(said, as_json=as_json, text=_as_text(said))


@trust.command()
@json_option
def publish(as_json: bool) -> None:
    """Sign and publish what changed, and the timestamp in any case."""
    with command_context() as ctx:
        published = actions.publish(ctx)
        said = {**_said(ctx, published.release), "changed": published.changed}
    show(said, as_json=as_json, text=_as_text(said))


@trust.command()
@click.option("--allow-ending", is_flag=True, help="Tell what ends soon, but fail only when nothing can be believed.")
@json_option
def check(allow_ending: bool, as_json: bool) -> None:
    """Whether what is published verifies, is this environment's, and is renewed in time; exit 1 when not."""
    settings = read_settings()
    found = endings(settings.home, env=settings.env, keys_dir=settings.keys_dir, now=system_clock())
    listed = [_ending_said(ending) for ending in found]
    lines = [f"{e['what']} {'ends ' + e['until'] if e['until'] else 'is missing'}: {e['do']}" for e in listed]
    show(
        {"env": settings.env, "endings": listed},
        as_json=as_json,
        text="\n".join(lines) or f"the repository holds, and is {settings.env}'s",
    )
    if found and not allow_ending:
        sys.exit(EXIT_REFUSED)


def _said(ctx: Context, release: Release) -> dict[str, Any]:
    anchor = read_file(ctx.settings.home / "anchor.json") or b""
    return {
        "env": ctx.settings.env,
        "root": release.root,
        "targets": release.targets,
        "snapshot": release.snapshot,
        "timestamp": release.timestamp,
        "signed_at": iso(release.signed_at),
        "anchor_sha256": hashlib.sha256(anchor).hexdigest(),
    }


def _as_text(said: dict[str, Any]) -> str:
    return (
        f"published: targets {said['targets']}, timestamp {said['timestamp']}, signed at {said['signed_at']}\n"
        f"anchor SHA-256: {said['anchor_sha256']}"
    )


def _ending_said(ending: Ending) -> dict[str, Any]:
    until = None if ending.until is None else iso(ending.until)
    return {"what": ending.what, "until": until, "do": ending.remedy}
