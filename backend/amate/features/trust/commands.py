"""`amate trust …`: the repository, ceremonies, and drafts that wait for signatures."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from amate.config import passphrase_for, read_key_settings, read_settings
from amate.context import Context, system_clock
from amate.errors import Malformed, Refused
from amate.features.trust import actions, saying
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.drafts import file as draft_file
from amate.features.trust.drafts.file import DraftFile
from amate.features.trust.files import publish_file, read_file
from amate.features.trust.hands import signer_down
from amate.features.trust.health import LISTS, Ending, Gone, Weakness, endings, reach, weaknesses
from amate.features.trust.model import Release, iso
from amate.features.trust.reach import Reach
from amate.signing.signer import check_made_for, open_signer
from amate.terminal import EXIT_REFUSED, EXIT_WAITS, command_context, json_option, show, warn

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def trust() -> None:
    """The signed repository through which verifiers learn what to believe."""


@trust.command()
@click.option("--ceremony", type=click.Path(path_type=Path), help="The file of the first ceremony; a demo needs none.")
@json_option
def init(ceremony: Path | None, as_json: bool) -> None:
    """Hold the first ceremony, and publish; safe to repeat.

    A demo makes its own keys for it; others name the file of theirs with --ceremony.
    """
    with command_context() as ctx:
        release = actions.init(ctx, _text(ceremony) if ceremony is not None else None)
        said = _said(ctx, release, drafts.waiting(ctx))
    show(said, as_json=as_json, text=_as_text(said))


@trust.command()
@json_option
def publish(as_json: bool) -> None:
    """Sign and publish what changed, and the timestamp.

    What has to be signed by people whose keys are elsewhere becomes a draft: see `amate trust drafts`.

    Exit 3 while a draft waits; what is in force goes on.
    """
    with command_context() as ctx:
        _warn_of_clock(ctx)
        published = actions.publish(ctx)
        said = {**_said(ctx, published.release, published.waiting), "changed": published.changed}
    show(said, as_json=as_json, text=_as_text(said))
    if published.waiting:
        sys.exit(EXIT_WAITS)


@trust.command()
@click.option("--allow-ending", is_flag=True, help="Tell what ends soon, but fail only when nothing can be believed.")
@json_option
def check(allow_ending: bool, as_json: bool) -> None:
    """Whether what is published holds, and is renewed in time.

    It must verify, be this environment's, and have half of its life before it; so must the sealing key, the status
    lists, and a key of each use and shard that signs or will. Each key at this machine must be there: on-line ones are
    opened, people's are looked at, without a PIN or a passphrase. Exit 1 when not. Exit 3 when nothing of that is
    wrong, and a key that is to be distrusted is believed until somebody signs that.
    """
    settings, now = read_settings(), system_clock()
    with command_context(writes=False) as ctx:
        found = endings(ctx, now=now)
        looked = reach(ctx)
        weak = weaknesses(ctx, tries=True, looked=looked)
        untold = [(actions.find_key(ctx, kid), waiting) for kid, waiting in actions.untold(ctx).items()]
    listed = [_ending_said(ending) for ending in found]
    lines = [
        f"{_ending_named(ending)} {_when(ending, now)}: {'; '.join(ending.remedy.split(chr(10)))}" for ending in found
    ]
    silent = signer_down(settings)
    lines += [silent] if silent else []
    lines += [_weakness_line(each) for each in weak if not (silent and each.is_unreached)]
    said: dict[str, Any] = {"env": settings.env, "endings": listed, "weak": [_weakness_said(each) for each in weak]}
    said |= {"away": looked.away, "unopened": looked.unopened}
    said["signer_down"] = silent or None
    said["untold"] = [saying.untold_said(key, waiting) for key, waiting in untold]
    awaited = [saying.untold_line(key, waiting) for key, waiting in untold]
    text = [*awaited, *lines] or [f"the repository holds, and is {settings.env}'s"]
    text += _reach_lines(looked)
    show(said, as_json=as_json, text="\n".join(text))
    if (lines or awaited) and not allow_ending:
        sys.exit(EXIT_REFUSED if lines else EXIT_WAITS)


@trust.group()
def ceremony() -> None:
    """The acts in which people give the roles their keys."""


@ceremony.command("run")
@file_argument
@click.option("--dry-run", is_flag=True, help="Rehearse: call the roll and check everything; sign and write nothing.")
@click.option("--draft", is_flag=True, help="Leave the signatures that are missing here to be made elsewhere.")
@json_option
def run_ceremony(file: Path, dry_run: bool, draft: bool, as_json: bool) -> None:
    """Hold the ceremony that FILE describes; FILE is its whole input. Safe to repeat.

    Exit 3 while what it made waits for signatures (--draft).
    """
    with command_context(is_rehearsal=dry_run) as ctx:
        held = ceremonies.run(ctx, _text(file), is_rehearsal=dry_run, may_wait=draft)
        said = saying.held_said(held)
    show(said, as_json=as_json, text=saying.held_text(held, said))
    if held.published is not None and held.published.waiting:
        sys.exit(EXIT_WAITS)


@trust.command("drafts")
@json_option
def list_drafts(as_json: bool) -> None:
    """What waits for signatures, and whose.

    Exit 3 while anything does.
    """
    with command_context(writes=False) as ctx:
        waiting = drafts.waiting(ctx)
    text = "\n".join(saying.waiting_line(each) for each in waiting) or "nothing waits for signatures"
    show({"drafts": [asdict(each) for each in waiting]}, as_json=as_json, text=text)
    if waiting:
        sys.exit(EXIT_WAITS)


@trust.group()
def draft() -> None:
    """Carry a draft to those who sign it, and their signatures back."""


@draft.command()
@click.argument("number", type=int)
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@json_option
def export(number: int, path: Path, as_json: bool) -> None:
    """Write a draft to a file that holds all that is signed with it."""
    with command_context(writes=False) as ctx:
        made = drafts.export(ctx, number)
    publish_file(path, draft_file.encode(made))
    said = {"number": number, "role": made.role, "sha256": made.sha256, "file": str(path)}
    show(said, as_json=as_json, text=f"{draft_file.summary(made)}\nnow: amate trust sign {path} --key URI")


@draft.command("import")
@file_argument
@json_option
def import_(file: Path, as_json: bool) -> None:
    """Take back the signatures that FILE brings.

    `amate trust publish` then publishes what has enough of them.
    """
    with command_context() as ctx:
        added, waiting = drafts.take(ctx, draft_file.decode(_bytes(file)))
    show(
        {"added": added, "draft": asdict(waiting)}, as_json=as_json, text=f"{added} new. {saying.waiting_line(waiting)}"
    )


@trust.command()
@file_argument
@click.option("--key", "uri", required=True, help="URI of the key to sign with.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it; FILE itself if left out."
)
@click.option(
    "--sha256", "digest", metavar="DIGEST", help="The whole SHA-256 that you compared: then nothing is asked."
)
@click.option(
    "--since",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The draft that you signed before, as you kept it: then what changed is shown, too.",
)
@json_option
def sign(file: Path, uri: str, out: Path | None, digest: str | None, since: Path | None, as_json: bool) -> None:
    """Show what the draft in FILE says, ask, and sign it.

    Where nobody is at a terminal to be asked, --sha256 has to say what is signed. Needs no network and no database.
    """
    settings = read_key_settings()
    made = draft_file.decode(_bytes(file))
    _check_agreed(made, digest)
    if env := draft_file.place_of(made).env:
        check_made_for(uri, env)
    signer = open_signer(uri, passphrase_for(uri, settings))
    click.echo(draft_file.summary(made, you=drafts.keyid_among(made, signer)), err=as_json)
    if since is not None:
        click.echo(draft_file.difference(made, draft_file.decode(_bytes(since))), err=as_json)
    if digest is None:
        click.confirm("Sign this?", abort=True, err=as_json)
    signed = drafts.sign(made, signer)
    publish_file(out or file, draft_file.encode(signed))
    said = {"number": signed.number, "role": signed.role, "sha256": signed.sha256, "file": str(out or file)}
    said["signatures"] = str(len(signed.signatures))
    show({**said, "signatures": len(signed.signatures)}, as_json=as_json, text=f"signed: {out or file}")


def _warn_of_clock(ctx: Context) -> None:
    """Packs refuse trust that is older than theirs: a clock that was set back ages everybody's at a stroke."""
    last = actions.last_signed_at(ctx)
    if last is not None and last > ctx.now:
        said = f"the last publication is of {iso(last)}, and this machine's clock says {iso(ctx.now)}"
        warn(f"{said}: one of the two is wrong, and verifiers refuse what is older than what they have; set the clock")


def _check_agreed(made: DraftFile, digest: str | None) -> None:
    """That somebody says, or can be asked, whether this is what they mean to sign."""
    if digest is not None and digest.lower() != made.sha256:
        said = "the file holds another draft than the one whose SHA-256 you gave (whole, 64 digits): nothing was signed"
        raise Refused("other-digest", f"{said}; compare again with those who sign it, too", where="--sha256")
    if digest is None and not sys.stdin.isatty():
        said = "nobody is at a terminal to be asked; compare the draft's SHA-256 with those who sign it, too"
        raise Refused("not-confirmed", f"{said}, and give it whole: --sha256 DIGEST", where="--sha256")


def _said(ctx: Context, release: Release | None, waiting: Any) -> dict[str, Any]:
    anchor = read_file(ctx.settings.home / "anchor.json")
    roles = ("root", "targets", "snapshot", "timestamp")
    return {
        "env": ctx.settings.env,
        **{role: getattr(release, role, None) for role in roles},
        "signed_at": None if release is None else iso(release.signed_at),
        "anchor_sha256": None if anchor is None else hashlib.sha256(anchor).hexdigest(),
        "waiting": [asdict(each) for each in waiting],
        "waiting_text": [saying.waiting_line(each) for each in waiting],
    }


def _as_text(said: dict[str, Any]) -> str:
    lines = []
    if said["signed_at"] is not None:
        versions = ", ".join(f"{role} {said[role]}" for role in ("root", "targets", "timestamp"))
        lines = [f"published: {versions}, signed at {said['signed_at']}", f"anchor SHA-256: {said['anchor_sha256']}"]
    return "\n".join([*lines, *said["waiting_text"]])


def _ending_said(ending: Ending) -> dict[str, Any]:
    until = None if ending.until is None else iso(ending.until)
    return {"what": ending.what, "shards": list(ending.shards), "until": until, "do": ending.remedy}


def _ending_named(ending: Ending) -> str:
    shards = ", ".join(map(str, ending.shards))
    return f"{ending.what} (shards {shards})" if shards else ending.what


def _when(ending: Ending, now: int) -> str:
    are, end = ("are", "end") if ending.kind == LISTS else ("is", "ends")
    return f"{are} missing" if ending.until is None else f"{end if ending.until > now else 'ended'} {iso(ending.until)}"


def _weakness_said(weak: Weakness) -> dict[str, Any]:
    gone = [{**each._asdict(), "since": None if each.since is None else iso(each.since)} for each in weak.gone]
    return {**weak._asdict(), "gone": gone}


def _weakness_line(weak: Weakness) -> str:
    spare = f"it can lose {weak.spare} more" if weak.spare > 0 else "it cannot lose another"
    spare = spare if weak.spare >= 0 else "NOBODY CAN SIGN FOR IT"
    gone = ", ".join(f"{each.holder} ({_why_gone(each)})" for each in weak.gone)
    return f"{weak.role}: {spare}; gone: {gone}: replace them in a ceremony, keys/README.md"


def _reach_lines(looked: Reach) -> list[str]:
    """What the check cannot tell of people's keys."""
    away = [f"{role}: none of its keys is at this machine: {', '.join(names)}" for role, names in looked.away.items()]
    return away + [f"{role}: present, not opened: {', '.join(names)}" for role, names in looked.unopened.items()]


def _why_gone(gone: Gone) -> str:
    return gone.reason or f"since {iso(gone.since or 0)[:10]}"


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError as error:
        raise Malformed("malformed-ceremony", f"{path} is not a text") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = f"{path}: {error.strerror or error}; name a file that is there and that you may read"
        raise Malformed("file-unreadable", said, where="FILE") from error
