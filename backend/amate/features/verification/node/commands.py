"""`amate node …`: a clinic's own node, from the terminal of the machine that it runs on."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from amate.config import Settings, read_node_settings
from amate.context import Context, open_context, system_clock
from amate.errors import AmateError
from amate.features.trust.model import iso
from amate.features.verification import actions as verification
from amate.features.verification.commands import anchor_option, token_of
from amate.features.verification.node import actions, certificate, enrolling, folder, model, saying, store, syncing
from amate.parent import end_with
from amate.terminal import check_pack, json_option, show, warn

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
pack_option = click.option("--pack", required=True, type=FOLDER, help="The node's folder.")


@click.group("node")
def node() -> None:
    """A clinic's own node: one process on a small PC that serves the whole reception on its local network.

    Enrol it, install its certificate on the counters, add each counter, and serve it with
    `amate serve --role verifier --pack DIR`.
    """


@node.command("enrol")
@click.option("--from", "base_url", required=True, metavar="URL", help="The centre's address.")
@click.option("--to", required=True, type=FOLDER, help="The node's folder.")
@click.option("--token-file", required=True, type=FILE, help="Token of the role clinic, bound to the clinic.")
@anchor_option
@click.option("--name", "names", multiple=True, metavar="HOST-OR-IP", help="How counters reach it; may be repeated.")
@json_option
def enrol(
    base_url: str, to: Path, token_file: Path, anchor: Path | None, names: tuple[str, ...], as_json: bool
) -> None:
    """Make a folder the node of a clinic, or renew it.

    Without --name it is reached by this machine's host name and addresses. Other names need another authority, which
    every counter must install again; without --name it keeps those it has.
    """
    settings = read_node_settings()
    pinned = None if anchor is None else anchor.read_bytes()
    done = enrolling.enrol(
        base_url, token_of(token_file), to, names=names, anchor=pinned, env=settings.env, now=system_clock()
    )
    show(
        saying.enrolled_json(done, to, _port(settings)),
        as_json=as_json,
        text=saying.enrolled_text(done, to, _port(settings)),
    )
    if done.synced.sealing_keys == 0:
        warn("the centre gave no sealing keys: no name can be read until `amate node sync` brings them")


@node.group()
def counter() -> None:
    """The browsers of the reception that the node lets in."""


@counter.command("add")
@click.argument("name")
@pack_option
@click.option("--again", is_flag=True, help="A new code for a counter that is there; its session ends with it.")
@json_option
def add_counter(name: str, pack: Path, again: bool, as_json: bool) -> None:
    """Print a code that lets one browser in as NAME.

    It works once, and for 15 minutes; five wrong tries in a row end every code that is open.
    """
    with _node_context(pack) as (ctx, found):
        made, code = actions.add_counter(ctx, name, again=again)
    until = iso(made.code_until or 0)
    where = [model.url_of(each, _port(ctx.settings)) for each in found.names]
    said = {"counter": made.name, "code": code, "until": until, "addresses": where}
    lines = [model.shown_code(code), f'Type it at {where[0]} on "{made.name}", until {until}.']
    show(said, as_json=as_json, text="\n".join(lines))


@counter.command("list")
@pack_option
@json_option
def list_counters(pack: Path, as_json: bool) -> None:
    """List the counters, those that were withdrawn too."""
    with _node_context(pack, writes=False) as (ctx, _found):
        rows = [saying.counter_json(each, ctx.now) for each in actions.counters(ctx)]
    lines = [f"{row['name']:40} {row['state']:20} {row['paired_at'] or '-'}" for row in rows]
    show(
        {"counters": rows}, as_json=as_json, text="\n".join(lines) or "No counters yet: `amate node counter add NAME`."
    )


@counter.command("withdraw")
@click.argument("name")
@pack_option
@json_option
def withdraw_counter(name: str, pack: Path, as_json: bool) -> None:
    """Answer a counter no more.

    It counts from this moment, and is what to do about a lost tablet.
    """
    with _node_context(pack) as (ctx, _found):
        withdrawn = actions.withdraw_counter(ctx, name)
    show({"withdrawn": withdrawn}, as_json=as_json, text=f'"{withdrawn}" is answered no more.')


@node.command("sync")
@pack_option
@click.option("--every", type=click.IntRange(1, 86_400), metavar="SECONDS", help="Go on doing so until it is stopped.")
@click.option("--parent", type=int, hidden=True, help="Stop when this process is no longer the parent.")
@json_option
def sync(pack: Path, every: int | None, parent: int | None, as_json: bool) -> None:
    """Bring node and centre up to date.

    The pack comes from the centre; the counters' receipts and reports go there. Each part runs whatever became of the
    others; exit 1 when any failed, and stderr says which. Served, the node does so by itself every five minutes.
    """
    check_pack(pack)
    env = read_node_settings().env
    if parent is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then stops this
        end_with(parent)
    if every is None:
        parts = syncing.sync(pack, env=env, clock=system_clock)
        show(saying.parts_json(parts), as_json=as_json, text=saying.parts_text(parts))
        for line in saying.troubles(parts):
            warn(line)
        sys.exit(1 if any(part.trouble for part in parts) else 0)
    _go_on(lambda: syncing.sync(pack, env=env, clock=system_clock), every)


@node.command("status")
@pack_option
@json_option
def status(pack: Path, as_json: bool) -> None:
    """Say how the node stands.

    How old its pack is, what waits for the centre, which counters there are, and when the certificate ends.
    """
    with _node_context(pack, writes=False) as (ctx, found):
        told = saying.Told(
            enrolment=found,
            signed=verification.signed_of_pack(pack, env=ctx.settings.env),
            standing=actions.standing(ctx),
            counters=actions.counters(ctx),
            heard_at=actions.heard_at(ctx),
            certified=certificate.read(pack),
        )
        said = saying.status_json(told, now=ctx.now, port=_port(ctx.settings))
    show(said, as_json=as_json, text=saying.status_text(said))


@node.command("resend")
@pack_option
@json_option
def resend(pack: Path, as_json: bool) -> None:
    """Send again what the centre refused.

    Receipts that it refused wait again, once what it says of them was mended; `amate node sync` sends them.
    """
    with _node_context(pack) as (ctx, _found):
        count = actions.resend(ctx)
    show({"waiting_again": count}, as_json=as_json, text=f"{count} wait again; `amate node sync` sends them.")


@contextmanager
def _node_context(pack: Path, *, writes: bool = True) -> Iterator[tuple[Context, model.Enrolment]]:
    check_pack(pack)
    found, settings = folder.enrolment_of(pack), read_node_settings()
    engine = store.open_store(pack)
    try:
        with open_context(engine, settings, writes=writes) as ctx:
            yield ctx, found
    finally:
        engine.dispose()


def _port(settings: Settings) -> int:
    return settings.port if "port" in settings.model_fields_set else model.PORT


def _go_on(act: Callable[[], list[syncing.Part]], every: int) -> None:
    """Synchronise again and again; what goes wrong is told when it begins, and when it is over."""
    signal.signal(signal.SIGTERM, _stop)
    before: set[str] = set()
    while True:
        try:
            parts = act()
            now = set(saying.troubles(parts))
        except AmateError as error:
            now = {f"{error.slug}: {error.detail}"}
        for line in sorted(now - before):
            warn(line)
        if before and not now:
            warn("synchronised again")
        before = now
        time.sleep(every)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
