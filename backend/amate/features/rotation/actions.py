"""Propose a change of keys or of the decision table, sign it, carry it out; freeze a key at once.

Each verb may be repeated: what is there already is found, not made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from amate.context import Context
from amate.core.trust import jwk_from_key
from amate.errors import AmateError, Conflict, Malformed, Refused
from amate.features.issuance import actions as issuance
from amate.features.rotation import lifecycle, model, people, proposals, store
from amate.features.rotation.lifecycle import Hanging
from amate.features.rotation.model import JsonObject, Proposal, Rules
from amate.features.rotation.people import Sign
from amate.features.rotation.proposals import (
    Standing,
    approve,
    check_place,
    find,
    find_open,
    has_signed,
    named,
    rules_of,
    standing,
    standings,
    waiting_for,
    waiting_for_share,
    withdraw,
)
from amate.features.rotation.renewing import ask_to_renew, renewals
from amate.features.rotation.table import actions as table
from amate.features.rotation.table.actions import propose_table
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import USES, IssuerKey, kid_of

__all__ = [
    "Standing",
    "approve",
    "ask_to_renew",
    "carry_out",
    "find",
    "freeze",
    "hanging_on",
    "has_signed",
    "named",
    "people",
    "preview",
    "propose",
    "propose_stage",
    "propose_table",
    "renewals",
    "rules_of",
    "standing",
    "standings",
    "waiting_for",
    "withdraw",
]
DONE_BY: Final = {
    model.TABLE: "entitlement publish",
    model.SCHEDULE: "keys apply",
    model.RESUME: "keys apply",
}  # the others by the verb of their name


def propose_stage(
    ctx: Context, use: str, sign: Sign, *, uri: str | None = None, shard: int = 0, sign_from: int | None = None
) -> Standing:
    """Propose that verifiers be told of a new key, which signs from `sign_from` on (or as soon as they can know it).

    uri:    of a key that exists already; without, a demo makes one, unless a proposal waits for this share
    Raises: Malformed("unknown-key-use", "unknown-shard"), Conflict("proposal-open") when one with another key or day
            waits for this share, and what lifecycle.staged() raises
    """
    rules, known = rules_of(ctx), trust.list_keys(ctx)
    proposals.check_published(ctx)  # before a key is made
    _check_shard(rules, use, shard)
    waiting = waiting_for_share(ctx, use, shard)
    if waiting is not None and sign_from is None:
        sign_from = int(waiting.content["key"]["sign_from"])  # "as soon as possible" was said before
    dates = rules.dates(use, rules.first_day(ctx.now) if sign_from is None else sign_from)
    if waiting is not None and uri is None:
        _check_same(waiting, waiting.kid, dates.sign_from)
        return standing(ctx, waiting.id)
    key = IssuerKey(
        kid="",
        iss=ctx.settings.issuer,
        use=use,
        uri="",
        jwk={},
        state="next",
        shard=shard,
        **dates._asdict(),
    )
    if uri is None:  # nothing is made that would be refused
        lifecycle.check_share(use, shard, known)
        lifecycle.check_dates(key, known, rules, now=ctx.now)
    where = uri or _demo_key(ctx, use, shard)
    trust.check_made_for(where, ctx.settings.env)  # before anybody is asked for its passphrase
    jwk = jwk_from_key(ctx.own(where).public_key)
    made = _staged(ctx, replace(key, kid=kid_of(jwk), uri=where, jwk=jwk))
    if waiting is not None:
        _check_same(waiting, made.kid, dates.sign_from)
    listed = {"use": use, "shard": shard, "uri": where, "jwk": dict(jwk), **_dates_of(made), "lead_s": made.lead_s}
    return proposals.make(ctx, model.STAGE, made.kid, {"key": listed}, sign)


def propose(
    ctx: Context, action: str, kid: str, sign: Sign | None, *, details: Mapping[str, object] | None = None
) -> Standing:
    """Propose to schedule, activate, retire, revoke or resume a key; what can be refused is refused now.

    sign:    None where the proposer signs afterwards, as everybody else does
    details: dates (seconds) for `schedule`, `reason` for `revoke`
    Raises:  Malformed("unknown-action"), Unknown("unknown-key"), Conflict("proposal-open") when another one of its kind
             waits for the key, and what the change itself would raise
    """
    if action not in model.OF_KEYS or action == model.STAGE:
        raise Malformed("unknown-action", f"known are {', '.join(model.OF_KEYS)}", where="action")
    key = trust.find_key(ctx, kid)
    content: JsonObject = dict(details or {})
    if action == model.SCHEDULE:
        content = {**_dates_of(key), **content}
    _changed(ctx, action, key, content)
    return proposals.make(ctx, action, key.kid, content, sign)


def carry_out(ctx: Context, proposal_id: str, *, expected_action: str | None = None) -> Standing:
    """Do what a proposal says, once, and keep it; whoever called publishes then. A second time changes nothing.

    What else waits for the key and is answered by it, or can never be done any more, is closed.

    Raises: Unknown("unknown-proposal"), Malformed("other-action"), Conflict("proposal-ended"),
            Refused: proposal-changed, signatures-missing, wrong-environment, another-address; and what the change
            itself raises by now
    """
    proposal = find(ctx, proposal_id)
    if expected_action not in (None, proposal.action):
        done_by = DONE_BY.get(proposal.action, f"keys {proposal.action}")
        said = f"{proposal.id} is a proposal to {proposal.action}: `amate {done_by} {proposal.id}`"
        raise Malformed("other-action", said, where="proposal")
    now_standing = standing(ctx, proposal.id)
    if proposal.state == model.DONE:
        return now_standing
    find_open(ctx, proposal.id)
    if now_standing.missing:
        verb = "entitlement" if proposal.action == model.TABLE else "keys"
        how = f"`amate {verb} approve {proposal.id} --key URI`, by somebody who has not signed it"
        raise Refused("signatures-missing", f"{proposal.id} needs {now_standing.missing} more: {how}")
    _apply(ctx, proposal)
    if not store.end_proposal(ctx.tx, proposal.id, model.DONE, ctx.now):
        raise Conflict("proposal-ended", f"{proposal.id} was ended meanwhile: look again")
    for action in model.ENDED_BY.get(proposal.action, ()):
        waiting = waiting_for(ctx, action, proposal.kid)
        if waiting is not None:
            withdraw(ctx, waiting.id)
    return standing(ctx, proposal.id)


def freeze(ctx: Context, kid: str, *, reason: str) -> IssuerKey:
    """Stop a key from signing at once; one person may, since nothing that is out loses its worth by it.

    Raises: Unknown("unknown-key"), Malformed("unknown-reason"), Refused("wrong-environment")
    """
    if reason not in model.REASONS:
        raise Malformed("unknown-reason", f"known reasons are {', '.join(model.REASONS)}", where="reason")
    trust.check_published(ctx)
    key = trust.find_key(ctx, kid)
    trust.freeze_key(ctx, key.kid, reason=reason)
    return trust.find_key(ctx, key.kid)


def hanging_on(ctx: Context, key: IssuerKey) -> Hanging:
    """What a key has signed that is still in force."""
    counts = issuance.signed_by(ctx, key.kid)
    exp_s = trust.status_policy(ctx)["exp_s"]
    relied_on = lifecycle.lists_rely_on(key, trust.list_keys(ctx), exp_s, now=ctx.now)
    lists, until = (status.list_count(ctx), ctx.now + exp_s) if relied_on else (0, 0)
    return Hanging(counts.credentials, counts.cards, counts.passes, lists, max(counts.until, until))


def preview(ctx: Context, proposal: Proposal) -> IssuerKey | None:
    """The key as the proposal would make it today; None when it would be refused, or is about no key."""
    try:
        check_place(ctx, proposal)
        if proposal.action == model.TABLE:
            return None
        if proposal.action == model.STAGE:
            return _staged(ctx, _key_of(proposal))
        return _changed(ctx, proposal.action, trust.find_key(ctx, proposal.kid), proposal.content)
    except AmateError:
        return None


def _demo_key(ctx: Context, use: str, shard: int) -> str:
    """The URI of a key that a demo makes, or made for a proposal that was cut off before it was kept.

    Raises: Refused("demo-keys-refused") in staging and production
    """
    proposed = {str(each.content["key"]["uri"]) for each in store.staged_in(ctx.tx)}
    taken = {key.uri for key in trust.list_keys(ctx)} | proposed
    return trust.spare_file_key(ctx, f"{use}-{shard}", taken=taken)


def _check_shard(rules: Rules, use: str, shard: int) -> None:
    if use not in USES:
        raise Malformed("unknown-key-use", f"known uses are {', '.join(USES)}", where="use")
    shards = int(rules.uses[use]["shards"])
    if not 0 <= shard < shards:
        raise Malformed("unknown-shard", f"shards of {use} are 0 to {shards - 1}", where="shard")


def _check_same(waiting: Proposal, kid: str, sign_from: int) -> None:
    if (waiting.kid, int(waiting.content["key"]["sign_from"])) != (kid, sign_from):
        said = f"{waiting.id} waits for this share, with another key or day: sign that one"
        raise Conflict("proposal-open", f"{said}, or end it with `amate keys withdraw {waiting.id}`")


def _apply(ctx: Context, proposal: Proposal) -> None:
    if proposal.action == model.TABLE:
        table.adopt(ctx, proposal)
        return
    if proposal.action == model.STAGE:
        trust.stage_key(ctx, _staged(ctx, _key_of(proposal)), proposal=proposal.id)
        return
    before = trust.find_key(ctx, proposal.kid)
    after = _changed(ctx, proposal.action, before, proposal.content)
    trust.change_key(ctx, before, after, proposal=proposal.id, action=proposal.action)


def _staged(ctx: Context, key: IssuerKey) -> IssuerKey:
    """The key as it will be listed, or the refusal; whoever signs for a role of the repository signs no pass (row A15).

    Raises: Conflict("key-use-taken"), Refused("key-of-another-environment"), and what lifecycle.staged() raises
    """
    trust.check_made_for(key.uri, ctx.settings.env)
    role = trust.role_of(ctx, key.public_key)
    if role is not None:
        remedy = f"make a key of its own for {key.use}, and end a proposal of this one with `amate keys withdraw`"
        raise Conflict("key-use-taken", f"{key.uri} holds a key of the {role} role: {remedy}", where="uri")
    key = replace(key, lead_s=max(key.lead_s, trust.published_lead_s(ctx)))  # less than that the database refuses
    return lifecycle.staged(key, trust.list_keys(ctx), rules_of(ctx), now=ctx.now)


def _changed(ctx: Context, action: str, key: IssuerKey, content: JsonObject) -> IssuerKey:
    """The key as the action would make it, or the refusal."""
    if action == model.SCHEDULE:
        dates = {name: int(content[name]) for name in _dates_of(key)}
        return lifecycle.scheduled(key, dates, trust.list_keys(ctx), rules_of(ctx), now=ctx.now)
    if action == model.ACTIVATE:
        return lifecycle.activated(key, now=ctx.now)
    if action == model.RETIRE:
        return lifecycle.retired(key, hanging_on(ctx, key), trust.list_keys(ctx), now=ctx.now)
    if action == model.REVOKE:
        return lifecycle.revoked(key, reason=str(content.get("reason", "")), now=ctx.now)
    return lifecycle.resumed(key)


def _key_of(proposal: Proposal) -> IssuerKey:
    listed = proposal.content["key"]
    return IssuerKey(kid=proposal.kid, iss=proposal.content["iss"], state="next", **listed)


def _dates_of(key: IssuerKey) -> dict[str, int]:
    return {"sign_from": key.sign_from, "sign_until": key.sign_until, "accept_until": key.accept_until}
