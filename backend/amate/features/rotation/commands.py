"""`amate keys …`: each verb may be repeated; exit 0 done, 1 refused, 2 wrong use, 3 waits for somebody.

`reissue` exits 4 when no phone is left to wait for, only printed cards.
"""

from __future__ import annotations

import sys
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.config import KeySettings, passphrase_for, read_key_settings
from amate.context import Context
from amate.core.trust import REVOKED
from amate.errors import AmateError, Conflict, Malformed, Refused
from amate.features.rotation import actions, lifecycle, model, planning, saying
from amate.features.rotation.actions import Standing
from amate.features.rotation.people import Sign
from amate.features.rotation.proposing import key_option, keys_context, propose
from amate.features.trust import actions as trust
from amate.features.trust.model import USES, IssuerKey
from amate.signing.repository import metadata_key
from amate.signing.signer import made_for, made_key, make_key
from amate.terminal import EXIT_WAITS, KidGroup, json_option, progress, show, warn

EXIT_CARDS = 4


@click.group(cls=KidGroup)
def keys() -> None:
    """The keys that sign passes, credentials and lists: who may change them, and how, is in keys/README.md."""


keys.add_command(propose)


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every issuer key: its state, its dates, and what hangs on it."""
    with keys_context(writes=False) as ctx:
        known = trust.list_keys(ctx)
        rules, untold = actions.rules_of(ctx), trust.untold(ctx)
        hand_overs = planning.hand_overs(known, rules, now=ctx.now)
        halted = trust.halted_kids(ctx)
        listed = [
            saying.key(
                key,
                actions.hanging_on(ctx, key),
                hand_over_at=hand_overs.get(key.kid),
                is_halted=key.kid in halted,
                untold=untold.get(key.kid),
                other_day=lifecycle.other_day(key, rules, now=ctx.now),
            )
            for key in known
        ]
    show({"keys": listed}, as_json=as_json, text=saying.keys_text(listed) or "no keys: run `amate trust init`")


@keys.command()
@click.argument("uri")
@json_option
def make(uri: str, as_json: bool) -> None:
    """Make a key in a token or a file; print its public half.

    Its id is printed, too: by it a holder knows their key again in a draft. It signs nothing until it is proposed, or
    named in a ceremony. Needs no network and no database. A key that is there already is never replaced: its public
    half is printed again, and stderr says so. A file says for which environment it was made, where AMATE_ENV says it;
    no other takes it then.
    """
    public_key, is_new = _made(uri)
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    if not is_new:
        click.echo("amate: this key was there already, and signs: nothing was made", err=True)
    keyid = metadata_key(public_key).keyid
    env = made_for(uri)
    text = f"{pem}key id {keyid[:16]}, as drafts and transcripts of ceremonies have it"
    text += f"\nmade for the environment {env}, and no other" if env else ""
    said = {"uri": uri, "public_key": pem, "keyid": keyid, "environment": env, "made": is_new}
    show(said, as_json=as_json, text=text)


@keys.command()
@click.argument("kid")
@json_option
def unhalt(kid: str, as_json: bool) -> None:
    """Let a key sign again that a wrong signature halted.

    First find out why it was wrong. A key that somebody froze takes two people: `amate keys propose resume`.
    """
    with keys_context() as ctx:
        unhalted = trust.unhalt(ctx, kid)
    show({"kid": unhalted, "halted": False}, as_json=as_json, text=f"{unhalted} signs again")


@keys.command()
@click.argument("kid")
@json_option
def acknowledge(kid: str, as_json: bool) -> None:
    """Put out the alarm of a key with which somebody else signs, too.

    First find out how: a database from a backup has forgotten passes; if that is not it, the key is stolen, and
    `amate keys revoke KID --emergency` stops it. The alarm rings again at the next such pass.
    """
    with keys_context() as ctx:
        acknowledged = trust.acknowledge(ctx, kid)
    show({"kid": acknowledged}, as_json=as_json, text=f"{acknowledged}: acknowledged")


@keys.command("people")
@json_option
def people_(as_json: bool) -> None:
    """Who may sign a proposal with a key, as the root in force says."""
    with keys_context(writes=False) as ctx:
        listed = [{"name": h.name, "keyid": h.keyid, "uri": h.uri} for h in trust.holders(ctx)]
    lines = [f"{h['name']:<40} {str(h['keyid'])[:16]}  {h['uri'] or 'away from this machine'}" for h in listed]
    show({"people": listed}, as_json=as_json, text="\n".join(lines) or "nobody yet: run `amate trust init`")


@keys.command()
@click.option("--width", type=click.IntRange(40, 400), default=100, show_default=True, help="Columns of the timeline.")
@json_option
def plan(width: int, as_json: bool) -> None:
    """What is due, and what hangs on each key; changes nothing.

    Draws the keys on a time axis, lists the steps with the earliest safe dates, shows the exact change of issuers.json
    that the open proposals would make, and who must sign.
    """
    with keys_context(writes=False) as ctx:
        made = planning.plan(ctx)
    show(saying.plan(made), as_json=as_json, text=saying.plan_text(made, width=width))


@keys.command()
@click.option("--use", type=click.Choice(USES), required=True, help="What the keys sign.")
@click.option("--months", type=click.IntRange(1, 60), default=12, show_default=True, help="How far ahead.")
@click.option("--overlap", type=click.IntRange(0, 400), help="Days that both keys sign; the policy's when left out.")
@json_option
def schedule(use: str, months: int, overlap: int | None, as_json: bool) -> None:
    """The calendar of rotations that the policy asks for.

    For each key its planned hand-over to the next, and the latest day that it may sign if none comes. Refuses an
    overlap that is shorter than the rule.
    """
    with keys_context(writes=False) as ctx:
        made = planning.calendar(ctx, use, months=months, overlap_days=overlap)
    show({"use": use, "rotations": saying.calendar(made)}, as_json=as_json, text=saying.calendar_text(made))


@keys.command()
@json_option
def proposals(as_json: bool) -> None:
    """Every proposal: what it says, who signed, what it lacks.

    Those that change the decision table are told by `amate entitlement proposals`.
    """
    with keys_context(writes=False) as ctx:
        standings = actions.standings(ctx)
        listed = [saying.standing(each) for each in standings if each.proposal.action != model.TABLE]
    text = "\n".join(saying.standing_text(each) for each in listed)
    show({"proposals": listed}, as_json=as_json, text=text or "no proposals")


@keys.command()
@click.argument("proposal")
@key_option
@json_option
def approve(proposal: str, uri: str, as_json: bool) -> None:
    """Sign somebody else's proposal."""
    with keys_context() as ctx:
        found = actions.named(ctx, proposal)
        if found.action == model.TABLE:  # it is signed where it is seen, rule by rule
            remedy = "see and sign it with `amate entitlement approve`"
            raise Malformed("other-action", f"{found.id} changes the decision table: {remedy}", where="proposal")
        said = saying.standing(actions.approve(ctx, found.id, actions.people.with_key(ctx, uri)))
    show(said, as_json=as_json, text=saying.standing_text(said))


@keys.command()
@click.argument("proposal")
@json_option
def withdraw(proposal: str, as_json: bool) -> None:
    """Close a proposal without doing it."""
    with keys_context() as ctx:
        said = saying.standing(actions.withdraw(ctx, actions.named(ctx, proposal).id))
    show(said, as_json=as_json, text=saying.standing_text(said))


@keys.command("stage")
@click.argument("proposal")
@json_option
def stage(proposal: str, as_json: bool) -> None:
    """Tell verifiers of a new key, by a signed proposal.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    _carry_out(proposal, model.STAGE, as_json)


@keys.command("activate")
@click.argument("proposal")
@json_option
def activate(proposal: str, as_json: bool) -> None:
    """Put a key in force, by a signed proposal.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    _carry_out(proposal, model.ACTIVATE, as_json)


@keys.command("retire")
@click.argument("proposal")
@json_option
def retire(proposal: str, as_json: bool) -> None:
    """End a key for good, by a signed proposal.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    _carry_out(proposal, model.RETIRE, as_json)


@keys.command("apply")
@click.argument("proposal")
@json_option
def apply(proposal: str, as_json: bool) -> None:
    """Carry out any signed proposal, and publish it.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    _carry_out(proposal, None, as_json)


@keys.command("revoke")
@click.argument("key_or_proposal")
@click.option("--emergency", is_flag=True, help="Freeze the key now, alone, and propose to distrust it.")
@click.option(
    "--reason", type=click.Choice(model.REASONS), default="stolen", show_default=True, help="With --emergency: why."
)
@click.option("--key", "uri", metavar="URI", help="With --emergency: your key, which also signs the proposal.")
@json_option
def revoke(key_or_proposal: str, emergency: bool, reason: str, uri: str | None, as_json: bool) -> None:
    """Distrust a key, by a signed proposal; or freeze it at once.

    Alone you freeze it with --emergency KID; to carry the proposal out takes a second signature.

    Exit 3 while the list that says so waits for signatures made elsewhere: until then verifiers believe the key. With
    --emergency, exit 3 while a proposal with another reason waits for its own.
    """
    if not emergency:
        _carry_out(key_or_proposal, model.REVOKE, as_json)
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


@keys.command()
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
    """The proposal to distrust a key, made and signed; one that waits for another reason is named and not signed.

    Raises: what is raised by the proposal, which says that the key is frozen nevertheless
    """
    waiting = actions.waiting_for(ctx, model.REVOKE, frozen.kid)
    if waiting is not None and waiting.content["reason"] != reason:
        return {"waiting": {"proposal": waiting.id, "reason": waiting.content["reason"]}}
    try:
        sign = actions.people.with_key(ctx, uri)
        if waiting is None:
            made = actions.propose(ctx, model.REVOKE, frozen.kid, sign, details={"reason": reason})
        else:
            made = _signed_too(ctx, waiting.id, sign)
    except AmateError as error:
        again = f"amate keys propose revoke {frozen.kid} --reason {reason} --key URI"
        undone = "nobody has proposed to distrust it" if waiting is None else f"{waiting.id} was not signed"
        said = (
            f"{frozen.kid} IS FROZEN and signs nothing; {undone}, for this: {error.detail or error.slug}. Then: {again}"
        )
        raise type(error)(error.slug, said, where=error.where) from error
    return {"proposal": saying.standing(made)}


def _signed_too(ctx: Context, proposal_id: str, sign: Sign) -> Standing:
    try:
        return actions.approve(ctx, proposal_id, sign)
    except Refused as error:
        if error.slug != "same-person":
            raise
        return actions.standing(ctx, proposal_id)  # the same person pressed again


def _made(uri: str) -> tuple[EllipticCurvePublicKey, bool]:
    """The public half of the key at `uri`, and whether it was made just now."""
    settings = read_key_settings()
    passphrase_file = passphrase_for(uri, settings)
    try:
        return make_key(uri, passphrase_file, env=_said_env(settings)), True
    except Conflict as error:
        if error.slug != "key-exists":
            raise
        return made_key(uri, passphrase_file), False


def _said_env(settings: KeySettings) -> str | None:
    """The environment, where somebody said it: a holder's machine need have no settings; a demo's folder says it."""
    is_said = "env" in settings.model_fields_set or (settings.secrets / "keys").exists()
    return settings.env if is_said else None


def _carry_out(proposal: str, action: str | None, as_json: bool) -> None:
    """The change first, kept; then the publication, which the same command makes good when it was cut off."""
    with keys_context() as ctx:
        done = actions.carry_out(ctx, actions.named(ctx, proposal).id, expected_action=action)
        ctx.commit()
        published = trust.publish(ctx)
        said: dict[str, Any] = {**saying.standing(done), "published": saying.published(published)}
    show(said, as_json=as_json, text=saying.carried_out_text(said))
    if said["published"]["waits_for"]:
        sys.exit(EXIT_WAITS)
