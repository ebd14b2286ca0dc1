"""`amate verify` and `amate pack …`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from amate.context import system_clock
from amate.core.trust import seconds_from_iso
from amate.errors import Malformed
from amate.features.clinics.model import CLUES
from amate.features.trust.model import iso
from amate.features.verification import actions, pack
from amate.features.verification.model import EXIT_CODES, GENERAL, SERVICES, Asked, JsonObject
from amate.features.verification.remote import Deployment
from amate.terminal import command_context, json_option, read_settings, show

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
MAX_INPUT = 64 * 1024


@click.command()
@click.argument("text")
@click.option("--pack", "pack_dir", type=FOLDER, help="Answer from this pack alone, without a database.")
@click.option("--clinic", metavar="CLUES", help="Where it was scanned.")
@click.option("--lat", type=click.FloatRange(-90, 90), help="Place, when not the clinic's own.")
@click.option("--lon", type=click.FloatRange(-180, 180))
@click.option("--service", type=click.Choice(SERVICES), default=GENERAL, show_default=True)
@click.option("--at", "at_time", metavar="TIME", help="Judge as of this time: YYYY-MM-DDTHH:MM:SSZ.")
@click.option("--json", "_as_json", is_flag=True, help="The answer is always JSON; accepted for uniformity.")
def verify(
    text: str,
    pack_dir: Path | None,
    clinic: str | None,
    lat: float | None,
    lon: float | None,
    service: str,
    at_time: str | None,
    _as_json: bool,
) -> None:
    """Say what a scanned TEXT is (`-` reads it from standard input).

    Exit code: 0 valid, 3 check_identity, 4 stale, 5 not_valid, 6 not_a_pass.
    """
    if (lat is None) != (lon is None):
        raise click.UsageError("--lat and --lon go together.")
    if clinic is not None and not CLUES.fullmatch(clinic):
        raise Malformed("unknown-clinic", "a CLUES is five letters and six digits", where="clinic")
    read = sys.stdin.read(MAX_INPUT) if text == "-" else text
    location = None if lat is None or lon is None else (lat, lon)
    asked = Asked(read, clinic, location, service)
    said = _answer(asked, pack_dir, None if at_time is None else seconds_from_iso(at_time))
    show(said, as_json=True)
    sys.exit(EXIT_CODES[said["verdict"]])


@click.group("pack")
def pack_group() -> None:
    """What a clinic's node needs to work without a network."""


@pack_group.command("sync")
@click.option("--from", "base_url", required=True, metavar="URL", help="The deployment's address.")
@click.option("--to", "folder", required=True, type=FOLDER, help="The pack's folder.")
@click.option("--anchor", type=FILE, help="The root to pin; without it, the first one met is pinned.")
@click.option("--token-file", type=FILE, help="Token of the role clinic, for the sealing keys.")
@json_option
def sync(base_url: str, folder: Path, anchor: Path | None, token_file: Path | None, as_json: bool) -> None:
    """Bring a pack up to date; without a network the old one goes on working."""
    token = None if token_file is None else token_file.read_text(encoding="ascii").strip()
    synced = pack.sync(
        Deployment(base_url, token),
        folder,
        env=read_settings().env,
        anchor=None if anchor is None else anchor.read_bytes(),
    )
    said = {**asdict(synced), "signed_at": iso(synced.signed_at)}
    text = (
        f"{synced.clinics} clinics, {synced.status_lists} status lists, {synced.sealing_keys} sealing keys, "
        f"signed at {iso(synced.signed_at)}\nanchor SHA-256, to compare with the printed one: {synced.anchor_sha256}"
    )
    show(said, as_json=as_json, text=text)
    if synced.sealing_keys == 0 and not as_json:
        click.echo("without sealing keys no name can be read: they come with --token-file, a clinic's token", err=True)


def _answer(asked: Asked, pack_dir: Path | None, at: int | None) -> JsonObject:
    if pack_dir is not None:
        now = system_clock() if at is None else at
        return actions.verify_with_pack(pack_dir, asked, env=read_settings().env, now=now)
    with command_context(writes=False) as ctx:
        ctx.now = ctx.now if at is None else at
        return actions.look(ctx, asked)
