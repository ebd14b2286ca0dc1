"""`amate keys propose …`: each kind of change with what it needs to be said, signed by whoever proposes it; and how
every command signs a proposal and carries it out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from amate.context import Context
from amate.core.trust import seconds_from_iso
from amate.errors import Malformed
from amate.features.rotation import actions, model, saying
from amate.features.rotation.actions import Standing
from amate.features.trust import actions as trust
from amate.features.trust.model import USES
from amate.terminal import EXIT_WAITS, KidGroup, command_context, json_option, show

key_option = click.option(
    "--key", "uri", required=True, metavar="URI", help="Your own key of the targets role: see `amate keys people`."
)


@contextmanager
def keys_context(*, writes: bool = True) -> Iterator[Context]:
    """The Context of a command that has to do with keys; a database of another environment is left alone.

    Raises: Refused("wrong-environment")
    """
    with command_context(writes=writes) as ctx:
        trust.check_published(ctx)
        yield ctx


@click.group(cls=KidGroup)
def propose() -> None:
    """Propose a change, and sign it with your key.

    A second person then signs it with `amate keys approve`.
    """


@propose.command("stage")
@click.option("--use", type=click.Choice(USES), required=True, help="What the new key will sign.")
@click.option("--uri", "new_uri", help="The new key; without it, a demo makes an encrypted file.")
@click.option("--shard", type=click.IntRange(0), default=0, show_default=True, help="Which of the keys of this use.")
@click.option("--sign-from", help="YYYY-MM-DDTHH:MM:SSZ; as soon as every verifier can know it, when left out.")
@key_option
@json_option
def propose_stage(use: str, new_uri: str | None, shard: int, sign_from: str | None, uri: str, as_json: bool) -> None:
    """Tell verifiers of a new key, long before it signs.

    Repeated, it shows the proposal that waits. A share has one next key at a time.
    """
    begins = None if sign_from is None else _instant(sign_from, "--sign-from")

    def work(ctx: Context) -> Standing:
        sign = actions.people.with_key(ctx, uri)
        return actions.propose_stage(ctx, use, sign, uri=new_uri, shard=shard, sign_from=begins)

    _proposed(work, as_json)


@propose.command("schedule")
@click.argument("kid")
@click.option("--sign-from", required=True, help="From when it signs: YYYY-MM-DDTHH:MM:SSZ.")
@click.option("--sign-until", help="Until when it signs; as it is, when left out.")
@key_option
@json_option
def propose_schedule(kid: str, sign_from: str, sign_until: str | None, uri: str, as_json: bool) -> None:
    """Give a key that does not sign yet other dates."""
    dates = {"sign_from": _instant(sign_from, "--sign-from")}
    dates |= {} if sign_until is None else {"sign_until": _instant(sign_until, "--sign-until")}
    _propose(model.SCHEDULE, kid, uri, as_json, dates)


@propose.command("activate")
@click.argument("kid")
@key_option
@json_option
def propose_activate(kid: str, uri: str, as_json: bool) -> None:
    """Put a key in force that every verifier knows by now."""
    _propose(model.ACTIVATE, kid, uri, as_json)


@propose.command("retire")
@click.argument("kid")
@key_option
@json_option
def propose_retire(kid: str, uri: str, as_json: bool) -> None:
    """End a key on which nothing hangs any more."""
    _propose(model.RETIRE, kid, uri, as_json)


@propose.command("revoke")
@click.argument("kid")
@click.option("--reason", type=click.Choice(model.REASONS), required=True, help="Why nobody is to believe it.")
@key_option
@json_option
def propose_revoke(kid: str, reason: str, uri: str, as_json: bool) -> None:
    """Distrust everything that a key ever signed."""
    _propose(model.REVOKE, kid, uri, as_json, {"reason": reason})


@propose.command("resume")
@click.argument("kid")
@key_option
@json_option
def propose_resume(kid: str, uri: str, as_json: bool) -> None:
    """Let a frozen key sign again.

    One that a wrong signature halted takes `amate keys unhalt`, once somebody knows why.
    """
    _propose(model.RESUME, kid, uri, as_json)


def _propose(action: str, kid: str, uri: str, as_json: bool, details: Mapping[str, object] | None = None) -> None:
    _proposed(
        lambda ctx: actions.propose(ctx, action, kid, actions.people.with_key(ctx, uri), details=details), as_json
    )


def _proposed(work: Callable[[Context], Standing], as_json: bool) -> None:
    with keys_context() as ctx:
        said = saying.standing(work(ctx))
    show(said, as_json=as_json, text=saying.standing_text(said))


def _instant(text: str, where: str) -> int:
    """An instant, or a day, which begins at midnight UTC."""
    try:
        return seconds_from_iso(f"{text}T00:00:00Z" if len(text) == len("YYYY-MM-DD") else text)
    except Malformed as error:
        said = f"{text!r} is neither YYYY-MM-DD, which is midnight UTC, nor YYYY-MM-DDTHH:MM:SSZ"
        raise Malformed("malformed-date", said, where=where) from error


def carry_out(proposal: str, action: str | None, as_json: bool) -> None:
    """Carry a signed proposal out: the change first, kept; then the publication, which the same command makes good when
    it was cut off. Exits with 3 while that waits for signatures made elsewhere.

    action: what it must be a proposal to do; None for any
    """
    with keys_context() as ctx:
        done = actions.carry_out(ctx, actions.named(ctx, proposal).id, expected_action=action)
        ctx.commit()
        published = trust.publish(ctx)
        said: dict[str, Any] = {**saying.standing(done), "published": saying.published(published)}
    show(said, as_json=as_json, text=saying.carried_out_text(said))
    if said["published"]["waits_for"]:
        sys.exit(EXIT_WAITS)
