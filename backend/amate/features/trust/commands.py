"""`amate trust …` and `amate keys …`."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import click

from amate.context import Context, system_clock
from amate.features.trust import actions
from amate.features.trust.files import read_file
from amate.features.trust.health import Ending, endings
from amate.features.trust.model import USES, IssuerKey, Release, iso
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


@click.group()
def keys() -> None:
    """The keys that sign passes, credentials and status lists."""


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every issuer key and when it signs."""
    with command_context(writes=False) as ctx:
        listed = [_key_said(key) for key in actions.list_keys(ctx)]
    lines = [
        f"{k['kid']}  {k['use']:<10}  {k['state']:<11}  signs {k['sign_from'][:10]} to {k['sign_until'][:10]}, "
        f"believed until {k['accept_until'][:10]}"
        for k in listed
    ]
    show({"keys": listed}, as_json=as_json, text="\n".join(lines) or "no keys: run `amate trust init`")


@keys.command()
@click.option("--use", type=click.Choice(USES), required=True, help="What it will sign.")
@click.option("--uri", help="A key that exists; without it, a demo makes an encrypted file.")
@json_option
def create(use: str, uri: str | None, as_json: bool) -> None:
    """Put a new issuer key in force; then run `amate trust publish`."""
    with command_context() as ctx:
        key = actions.create_key(ctx, use, uri=uri or actions.make_file_key(ctx, use))
    show(_key_said(key), as_json=as_json, text=f"{key.kid} signs for {use}; now run: amate trust publish")


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


def _key_said(key: IssuerKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "iss": key.iss,
        "use": key.use,
        "state": key.state,
        "uri": key.uri,
        "sign_from": iso(key.sign_from),
        "sign_until": iso(key.sign_until),
        "accept_until": iso(key.accept_until),
    }
