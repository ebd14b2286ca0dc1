"""`amate verify` and `amate pack …`."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import asdict
from pathlib import Path

import click

from amate.config import read_node_settings
from amate.context import system_clock
from amate.core.entitlement import GENERAL, SERVICES
from amate.core.qr_pass import CHALLENGE
from amate.core.trust import seconds_from_iso
from amate.errors import Malformed, Unavailable
from amate.features.clinics.model import CLUES
from amate.features.trust.model import iso
from amate.features.verification import actions, carried, pack, report
from amate.features.verification.model import EXIT_CODES, Asked, JsonObject
from amate.features.verification.remote import Deployment
from amate.terminal import check_pack, command_context, json_option, show

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
DAY_S = 86_400
MAX_INPUT = 64 * 1024
TOKEN = re.compile(rb"[!-~]+")
NO_TRUST = "no-trust"
anchor_option = click.option(
    "--anchor",
    type=FILE,
    envvar="AMATE_ANCHOR",
    show_envvar=True,
    help="The root to pin; without it, a demonstration pins the first one met, and nobody else does.",
)


@click.command()
@click.argument("text")
@click.option("--pack", "pack_dir", type=FOLDER, help="Answer from this pack alone, without a database.")
@click.option("--clinic", metavar="CLUES", help="Where it was scanned.")
@click.option("--lat", type=click.FloatRange(-90, 90), help="Place, when not the clinic's own.")
@click.option("--lon", type=click.FloatRange(-180, 180), help="Goes with --lat.")
@click.option(
    "--service", type=click.Choice(SERVICES), default=GENERAL, show_default=True, help="What the person comes for."
)
@click.option("--challenge", metavar="DIGITS", help="The six digits that the phone was asked to answer with.")
@click.option("--at", "at_time", metavar="TIME", help="Judge as of this time: YYYY-MM-DDTHH:MM:SSZ.")
@click.option("--json", "_as_json", is_flag=True, help="The answer is always JSON; accepted for uniformity.")
def verify(
    text: str,
    pack_dir: Path | None,
    clinic: str | None,
    lat: float | None,
    lon: float | None,
    service: str,
    challenge: str | None,
    at_time: str | None,
    _as_json: bool,
) -> None:
    """Say what a scanned TEXT is (`-` reads it from standard input).

    The answer comes from this deployment (AMATE_HOME), or from a pack. Exit code: 0 valid, 3 check_identity, 4 stale,
    5 not_valid, 6 not_a_pass; 1 there is no answer, and stderr says why; 2 wrong arguments.
    """
    if (lat is None) != (lon is None):
        raise click.UsageError("--lat and --lon go together.")
    if clinic is not None and not CLUES.fullmatch(clinic.upper()):
        raise Malformed("bad-clues", f'"{clinic}" is not a CLUES: five letters and six digits', where="--clinic")
    if challenge is not None and not CHALLENGE.fullmatch(challenge):
        raise Malformed("bad-challenge", f'"{challenge}" is not a challenge: six digits', where="--challenge")
    at = None if at_time is None else _seconds_of(at_time)
    if pack_dir is not None:
        check_pack(pack_dir)
    location = None if lat is None or lon is None else (lat, lon)
    asked = Asked(_read(text), clinic and clinic.upper(), location, service, challenge)
    said = _answer(asked, pack_dir, at)
    if NO_TRUST in said["reasons"]:
        remedy = "mend what is said above; `amate demo` makes a deployment to try"
        raise Unavailable("no-answer", f"nothing can be said of a pass before there is trust: {remedy}")
    show(said, as_json=True)
    sys.exit(EXIT_CODES[said["verdict"]])


@click.group("pack")
def pack_group() -> None:
    """What a clinic's node needs to work without a network."""


@pack_group.command("sync")
@click.option("--from", "base_url", required=True, metavar="URL", help="The deployment's address.")
@click.option("--to", "folder", required=True, type=FOLDER, help="The pack's folder.")
@anchor_option
@click.option("--token-file", type=FILE, help="Token of the role clinic, for the sealing keys.")
@json_option
def sync(base_url: str, folder: Path, anchor: Path | None, token_file: Path | None, as_json: bool) -> None:
    """Bring a pack up to date. Without a network the old one goes on working.

    With a token it then tells how old the lists are, under a number made by chance: no clinic, no person, no scan.
    """
    deployment = Deployment(base_url, None if token_file is None else token_of(token_file))
    synced = pack.sync(deployment, folder, env=read_node_settings().env, anchor=_bytes_of(anchor))
    is_told, trouble = report.report_ages(deployment, folder, synced)
    show({**_as_json(synced), "reported": is_told}, as_json=as_json, text=_as_text(synced))
    if synced.sealing_keys == 0 and not as_json:
        click.echo("without sealing keys no name can be read: they come with --token-file, a clinic's token", err=True)
    _tell_of_revocations(synced)
    if trouble is not None:
        click.echo(f"synced; how old the lists are was not told, and will be next time: {trouble}", err=True)


@pack_group.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--pack", "folder", required=True, type=FOLDER, help="The pack's folder.")
@click.option("--with-sealing-keys", is_flag=True, help="Also what reads names; only for a clinic's own hands.")
@json_option
def export_pack(file: Path, folder: Path, with_sealing_keys: bool, as_json: bool) -> None:
    """Write a pack into one FILE, to be carried where no network is.

    It holds nothing secret and nobody's data, unless its sealing keys are asked for.
    """
    check_pack(folder)
    problem = actions.problem_of_pack(folder, env=read_node_settings().env)
    if problem is not None:
        raise Malformed(problem, f"{folder} verifies nothing: sync it first", where="--pack")
    size = carried.write(folder, file, with_sealing_keys=with_sealing_keys)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    said = {"file": str(file), "bytes": size, "sha256": sha256, "sealing_keys": with_sealing_keys}
    show(said, as_json=as_json, text=f"{file}: {size:,} bytes\nSHA-256 {sha256}")
    if with_sealing_keys:
        click.echo("whoever has this file can read the names in passes: carry it yourself, then erase it", err=True)


@pack_group.command("import")
@click.argument("file", type=FILE)
@click.option("--to", "folder", required=True, type=FOLDER, help="The pack's folder.")
@anchor_option
@click.option("--with-sealing-keys", is_flag=True, help="Take them too, if FILE has them: trust who carried it.")
@json_option
def import_pack(file: Path, folder: Path, anchor: Path | None, with_sealing_keys: bool, as_json: bool) -> None:
    """Bring a pack up to date from a FILE that was carried here.

    FILE is verified as a download is, from the pinned root down, and never brings back anything older.
    """
    source = carried.Carried(file, with_sealing_keys=with_sealing_keys)
    synced = pack.sync(source, folder, env=read_node_settings().env, anchor=_bytes_of(anchor))
    show(_as_json(synced), as_json=as_json, text=_as_text(synced))
    if synced.sealing_keys == 0 and not as_json:
        how = "--with-sealing-keys, here and where FILE is made"
        click.echo(f"without sealing keys no name can be read: they come with {how}", err=True)
    _tell_of_revocations(synced)


def _tell_of_revocations(synced: pack.Synced) -> None:
    if synced.revocations_refused is not None:
        click.echo(
            f"the file of revocations found there was not taken ({synced.revocations_refused}): "
            "the one from before, if any, stays; if this goes on, tell who runs the deployment",
            err=True,
        )


def _bytes_of(file: Path | None) -> bytes | None:
    return None if file is None else file.read_bytes()


def _as_json(synced: pack.Synced) -> JsonObject:
    times = ("signed_at", "status_signed_at", "revocations_signed_at")
    said = asdict(synced)
    return {**said, **{name: None if said[name] is None else iso(said[name]) for name in times}}


def _as_text(synced: pack.Synced) -> str:
    return (
        f"{synced.clinics} clinics, {synced.status_lists} status lists, {synced.sealing_keys} sealing keys, "
        f"signed at {iso(synced.signed_at)}\n{_revocations_text(synced)}\n"
        f"anchor SHA-256, to compare with the printed one: {synced.anchor_sha256}"
    )


def _revocations_text(synced: pack.Synced) -> str:
    signed_at = synced.revocations_signed_at
    if signed_at is None:
        return "no file of revocations"
    hours = max(0, system_clock() - signed_at) // 3600
    return f"{synced.revoked:,} revoked in the file of revocations, signed at {iso(signed_at)}, {hours} hours ago"


def _read(text: str) -> str:
    """The text, or for `-` what comes on standard input."""
    if text == "-":
        if sys.stdin.isatty():
            click.echo("Scan or paste the code, then press Enter and Ctrl-D.", err=True)
        text = sys.stdin.buffer.read(MAX_INPUT).decode("utf-8", "replace")
    if not text.strip():
        click.echo("amate: nothing to judge: give the code's digits, or pipe them into `amate verify -`", err=True)
    return text


def _seconds_of(text: str) -> int:
    try:
        return seconds_from_iso(text)
    except Malformed as error:
        said = f'"{text}" is not a time: write it YYYY-MM-DDTHH:MM:SSZ, in UTC, such as 2026-11-18T11:06:40Z'
        raise Malformed("bad-time", said, where="--at") from error


def token_of(file: Path) -> str:
    """The one token in a file.

    Raises: Malformed("bad-token-file")
    """
    token = file.read_bytes().strip()
    if not TOKEN.fullmatch(token):
        said = (
            f"{file} is not one token and nothing else: put there what `amate staff token --role clinic` prints first"
        )
        raise Malformed("bad-token-file", said, where="--token-file")
    return token.decode("ascii")


def _answer(asked: Asked, pack_dir: Path | None, at: int | None) -> JsonObject:
    if pack_dir is not None:
        now = system_clock() if at is None else at
        return actions.verify_with_pack(pack_dir, asked, env=read_node_settings().env, now=now)
    with command_context(writes=False) as ctx:
        ctx.now = ctx.now if at is None else at
        return actions.look(ctx, asked)
