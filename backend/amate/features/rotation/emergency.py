"""`amate keys revoke` and `amate keys reissue`: stop a key at once, distrust it, have its phones renew."""

from __future__ import annotations

import sys
from typing import Any

import click

from amate.context import Context
from amate.core.trust import REVOKED
from amate.errors import AmateError
from amate.features.rotation import actions, lifecycle, model, saying
from amate.features.rotation.proposing import carry_out, keys_context
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey
from amate.terminal import EXIT_WAITS, KidCommand, json_option, progress, show, warn

EXIT_CARDS = 4


@click.command("revoke", cls=KidCommand)
@click.argument("key_or_proposal")
@click.option("--emergency", is_flag=True, help="Freeze the key now, alone, and propose to distrust it.")
@click.option(
    "--reason", type=click.Choice(model.REASONS), default="stolen", show_default=True, help="With --emergency: why."
)
@click.option("--key", "uri", metavar="URI", help="With --emergency: your key, which signs the proposal.")
@json_option
def revoke(key_or_proposal: str, emergency: bool, reason: str, uri: str | None, as_json: bool) -> None:
    """Distrust a key, by a signed proposal; or freeze it at once.

    Alone you freeze it with --emergency KID; to carry the proposal out takes a second signature.

    Exit 3 while the list that says so waits for signatures made elsewhere: until then verifiers believe the key. With
    --emergency, exit 3 where somebody else has proposed to distrust it: `amate keys approve` signs that.
    """
    if not emergency:
        carry_out(key_or_proposal, model.REVOKE, as_json)
        return
    with keys_context() as ctx:
        frozen = actions.freeze(ctx, key_or_proposal, reason=reason)
        ctx.commit()  # whatever happens to the proposal, the key signs nothing from here on
        said: dict[str, Any] = {
            "frozen": saying.key(frozen, actions.hanging_on(ctx, frozen), untold=trust.untold(ctx).get(frozen.kid)),
            "stops_issuing": not lifecycle.has_other(frozen, trust.list_keys(ctx), ctx.now),
            "reason": reason,
            "proposal": None,
            "waiting": None,
        }
        if uri is not None and frozen.state != REVOKED:
            said |= _distrust_proposed(ctx, frozen, reason, uri)
    show(said, as_json=as_json, text=saying.frozen_text(said))
    if said["waiting"] is not None:
        sys.exit(EXIT_WAITS)


@click.command(cls=KidCommand)
@click.argument("kid")
@click.option("--rate", type=click.IntRange(1, 100_000), default=500, show_default=True, help="Phones asked a second.")
@json_option
def reissue(kid: str, rate: int, as_json: bool) -> None:
    """Ask the phones that rely on a key to renew.

    So many a second; cut off, it goes on where it stopped.

    Done when nothing relies on the key any more. Exit code: 0 done; 3 phones have not come yet; 4 every phone is done
    and only printed cards are left, which a module prints anew.
    """
    with keys_context() as ctx:
        key = trust.find_key(ctx, kid)
        if lifecycle.signs_on(key, trust.list_keys(ctx), ctx.now):
            why = f"{key.kid} signs on as usual, so that who renews may get its signature again"
            warn(f"{why}: freeze it with `amate keys revoke {key.kid} --emergency`, or put a successor in force")
        total = actions.renewals(ctx, key.kid).unasked
        with progress() as bar:
            task = bar.add_task("asking phones", total=total)
            for asked in actions.ask_to_renew(ctx, key, rate=rate):
                bar.advance(task, asked)
        said = saying.renewals(key, actions.renewals(ctx, key.kid))
    show(said, as_json=as_json, text=saying.renewals_text(said))
    sys.exit({"nothing": 0, "cards": EXIT_CARDS}.get(said["waits_for"], EXIT_WAITS))


def _distrust_proposed(ctx: Context, frozen: IssuerKey, reason: str, uri: str) -> dict[str, Any]:
    """The proposal to distrust a key, made and signed; one that waits already is named.

    Who freezes a key that somebody else has frozen means no more by it: only `approve` signs what another proposed.

    Raises: what is raised by the proposal, which says that the key is frozen nevertheless
    """
    waiting = actions.waiting_for(ctx, model.REVOKE, frozen.kid)
    try:
        sign = actions.people.with_key(ctx, uri)
        if waiting is None:
            made = actions.propose(ctx, model.REVOKE, frozen.kid, sign, details={"reason": reason})
        elif waiting.content["reason"] == reason and actions.has_signed(ctx, waiting, sign):
            made = actions.standing(ctx, waiting.id)
        else:
            return {"waiting": {"proposal": waiting.id, "reason": waiting.content["reason"]}}
    except AmateError as error:
        again = f"amate keys propose revoke {frozen.kid} --reason {reason} --key URI"
        undone = "nobody has proposed to distrust it" if waiting is None else f"{waiting.id} was not signed"
        said = (
            f"{frozen.kid} IS FROZEN and signs nothing; {undone}, for this: {error.detail or error.slug}. Then: {again}"
        )
        raise type(error)(error.slug, said, where=error.where) from error
    return {"proposal": saying.standing(made)}
