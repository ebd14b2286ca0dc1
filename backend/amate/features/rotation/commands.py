"""`amate keys …`: each verb may be repeated; exit 0 done, 1 refused, 2 wrong use, 3 waits for somebody.

`reissue` exits 4 when no phone is left to wait for, only printed cards.
"""

from __future__ import annotations

import click
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.config import KeySettings, passphrase_for, read_key_settings
from amate.errors import Conflict, Malformed
from amate.features.rotation import actions, lifecycle, model, planning, saying, saying_plan
from amate.features.rotation.emergency import reissue, revoke
from amate.features.rotation.proposing import carry_out, key_option, keys_context, propose
from amate.features.trust import actions as trust
from amate.features.trust.model import USES
from amate.signing.repository import metadata_key
from amate.signing.signer import made_for, made_key, make_key
from amate.terminal import KidGroup, json_option, show


@click.group(cls=KidGroup)
def keys() -> None:
    """The keys that sign passes, credentials and lists: who may change them, and how, is in keys/README.md."""


for _command in (propose, revoke, reissue):
    keys.add_command(_command)


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
    show(saying_plan.plan(made), as_json=as_json, text=saying_plan.plan_text(made, width=width))


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
    show({"use": use, "rotations": saying_plan.calendar(made)}, as_json=as_json, text=saying_plan.calendar_text(made))


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
    carry_out(proposal, model.STAGE, as_json)


@keys.command("activate")
@click.argument("proposal")
@json_option
def activate(proposal: str, as_json: bool) -> None:
    """Put a key in force, by a signed proposal.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    carry_out(proposal, model.ACTIVATE, as_json)


@keys.command("retire")
@click.argument("proposal")
@json_option
def retire(proposal: str, as_json: bool) -> None:
    """End a key for good, by a signed proposal.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    carry_out(proposal, model.RETIRE, as_json)


@keys.command("apply")
@click.argument("proposal")
@json_option
def apply(proposal: str, as_json: bool) -> None:
    """Carry out any signed proposal, and publish it.

    Exit 3 while the list that says so waits for signatures made elsewhere.
    """
    carry_out(proposal, None, as_json)


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
