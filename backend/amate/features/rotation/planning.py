"""What is due: the steps that the policy asks for, the exact change of the published list, and the calendar ahead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from amate.context import Context
from amate.core.trust import ACTIVE, NEXT, REVOKED
from amate.errors import Malformed, Refused
from amate.features.rotation import actions, lifecycle, model, store
from amate.features.rotation.lifecycle import Hanging
from amate.features.rotation.model import JsonObject, Proposal, Rules
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S, USES, IssuerKey, iso, issuers_document

DRAFT: Final = "draft"
# What is done already where a proposal like these is open: it waits for signatures, or to be carried out.
ANSWERS: Final = {
    "activate": (model.ACTIVATE, model.SCHEDULE),
    "schedule": (model.SCHEDULE,),
    "retire": (model.RETIRE,),
    "frozen": (model.REVOKE, model.RESUME),
}


class Step(NamedTuple):
    """Something to do by an instant (seconds): `what` is a slug, `command` how it is done, `by` who does it.

    Of a draft that waits for signatures, `use` is the role, and `by` says how many are missing and whose would do;
    `kid` and `shard` are of the key whose distrust waits with it, if one does. Of a proposal, `by` says when it ends.
    """

    due_at: int
    what: str
    use: str
    shard: int
    kid: str
    command: str
    by: str


class Rotation(NamedTuple):
    """One change of keys ahead, in one shard.

    stage_by:      when verifiers are told of the key at the latest; from activate_from on it may be put in force
    sign_from:     when it signs, in the place of the one before
    hand_over_at:  when the one after it is to sign in its place
    sign_until:    the latest that it may sign, if none comes: what its proposal says and the list holds
    """

    shard: int
    stage_by: int
    activate_from: int
    sign_from: int
    hand_over_at: int
    sign_until: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: nothing of it has happened.

    untold:   by kid of each key that is to be distrusted and that verifiers believe still, the drafts that wait
    hand_overs: by kid, when a successor signs in the place of a key; of those only that sign or will
    diff:     lines of the change of issuers.json that the open proposals and unpublished changes would make
    signers:  who may sign targets metadata, and how many must
    backdated_s: how long before they were made a demonstration's first keys are dated; 0 everywhere else
    """

    now: int
    keys: tuple[tuple[IssuerKey, Hanging], ...]
    untold: Mapping[str, Sequence[trust.Waiting]]
    hand_overs: Mapping[str, int]
    steps: tuple[Step, ...]
    diff: tuple[str, ...]
    signers: tuple[str, ...]
    threshold: int
    rules: Rules
    backdated_s: int


def plan(ctx: Context) -> Plan:
    """Everything that is due, and what hangs on it."""
    rules, known = actions.rules_of(ctx), trust.list_keys(ctx)
    keys = tuple((key, actions.hanging_on(ctx, key)) for key in known)
    untold = trust.untold(ctx)
    steps = [
        *_draft_steps(ctx, [key for key in known if key.kid in untold]),
        *_proposal_steps(ctx, known, rules),
        *(step for step in _key_steps(ctx, keys, rules) if not _is_proposed(ctx, step)),
        *_renewal_steps(ctx, known),
        *_halt_steps(ctx, known),
        *_sealing_steps(ctx),
    ]
    return Plan(
        now=ctx.now,
        keys=keys,
        untold=untold,
        hand_overs=hand_overs(known, rules, now=ctx.now),
        steps=tuple(sorted(steps, key=lambda step: (step.what != DRAFT and step.kid not in untold, step))),
        diff=tuple(_diff(ctx, known)),
        signers=tuple(holder.name for holder in trust.holders(ctx)),
        threshold=trust.targets_threshold(ctx),
        rules=rules,
        backdated_s=_backdated_s(ctx, known),
    )


def hand_overs(known: Iterable[IssuerKey], rules: Rules, *, now: int) -> dict[str, int]:
    """When each key that signs or will is to be replaced: on its successor's first day, or when the policy says.

    Of a successor whose day cannot be any more, it is the soonest that can.
    """
    living = [_as_it_can_be(key, rules, now) for key in known if key.state in (ACTIVE, NEXT) and key.frozen_at is None]

    def at(key: IssuerKey) -> int:
        later = (
            o.sign_from for o in living if (o.use, o.shard) == (key.use, key.shard) and o.sign_from > key.sign_from
        )
        return min(later, default=rules.hand_over_at(key))

    return {key.kid: at(key) for key in living}


def calendar(ctx: Context, use: str, *, months: int, overlap_days: int | None = None) -> list[Rotation]:
    """The rotations of a use in the months ahead, in order.

    A key begins when the one before it is to hand over, which is also when `plan` has it staged, and bears the dates
    that its proposal will.
    Raises: Refused("short-overlap") when both keys could not sign for as long as the rule says;
            Malformed("dates-out-of-order") when they would for a key's whole life
    """
    rules = actions.rules_of(ctx)
    if overlap_days is not None:
        rules = _with_overlap(rules, overlap_days * DAY_S)
    life = rules.uses[use]
    every_s = min(int(life["rotate"]) * DAY_S, int(life["sign"]) * DAY_S - rules.overlap_s)
    if every_s < DAY_S:
        raise Malformed(
            "dates-out-of-order", f"a key of {use} signs for {life['sign']} days: overlap less", where="overlap"
        )
    same = [key for key in trust.list_keys(ctx) if key.use == use and key.state in (ACTIVE, NEXT)]
    known = [_as_it_can_be(key, rules, ctx.now) for key in same]
    newest = {key.shard: key for key in sorted(known, key=lambda key: key.sign_from)}
    found: list[Rotation] = []
    for shard in range(int(life["shards"])):
        before = newest.get(shard)
        first = rules.first_day(ctx.now)
        first = first if before is None else max(first, rules.hand_over_at(before))
        begins = range(first, ctx.now + months * 30 * DAY_S, every_s)
        found += [_rotation(rules, use, shard, at, every_s) for at in begins]
    return sorted(found, key=lambda each: (each.sign_from, each.shard))


def _as_it_can_be(key: IssuerKey, rules: Rules, now: int) -> IssuerKey:
    day = lifecycle.other_day(key, rules, now=now)
    return key if day is None else replace(key, sign_from=day)


def _rotation(rules: Rules, use: str, shard: int, begins: int, every_s: int) -> Rotation:
    dates = rules.dates(use, begins)
    lead_s = rules.first_day(0)
    return Rotation(shard, begins - lead_s, begins - DAY_S, begins, begins + every_s, dates.sign_until)


def _with_overlap(rules: Rules, overlap_s: int) -> Rules:
    if overlap_s < rules.overlap_s:
        raise Refused("short-overlap", f"both keys must sign for {rules.overlap_s // DAY_S} days at least")
    return replace(rules, overlap_s=overlap_s)


def _backdated_s(ctx: Context, known: Iterable[IssuerKey]) -> int:
    """The made-up past of a demonstration; a real deployment's first keys sign from the day they are made."""
    if not ctx.settings.is_demo:
        return 0
    return max((model.begun(key) - key.sign_from for key in known if key.is_first), default=0)


def _draft_steps(ctx: Context, untold: Sequence[IssuerKey]) -> Iterator[Step]:
    """Of each draft that waits: what was decided reaches nobody before it is signed, so it comes first.

    untold: keys whose distrust verifiers have not been told; each has a step of its own, which names it
    """
    drafts = trust.waiting_drafts(ctx)
    for waiting in drafts:
        lacks = "; ".join(f"{need.missing} more by {', '.join(need.holders)}" for need in waiting.needs)
        command = f"amate trust draft export {waiting.number} --to FILE" if lacks else "amate trust publish"
        by = lacks or waiting.held_by or "an operator"
        held_up = [(key.shard, key.kid) for key in untold] if waiting.role == "targets" else []
        for shard, kid in held_up or [(0, "")]:
            yield Step(ctx.now, DRAFT, waiting.role, shard, kid, command, by)
    if not any(waiting.role == "targets" for waiting in drafts):
        for key in untold:
            yield Step(ctx.now, "publish", key.use, key.shard, key.kid, "amate trust publish", "an operator")


def _proposal_steps(ctx: Context, known: Iterable[IssuerKey], rules: Rules) -> Iterator[Step]:
    """Of each proposal that waits: due now, since on the day that it ends nobody can sign it any more."""
    shares = {key.kid: (key.use, key.shard) for key in known}
    for standing in actions.standings(ctx):
        proposal = standing.proposal
        if proposal.state != model.OPEN or proposal.expires_at <= ctx.now or proposal.action == model.TABLE:
            continue
        use, shard = shares.get(proposal.kid) or _share_of(proposal)
        if _is_past(proposal, rules, ctx.now):
            what, command, by = "withdraw", f"amate keys withdraw {proposal.id}", "security, its dates are too near"
        elif standing.missing:
            what, command, by = "approve", f"amate keys approve {proposal.id} --key URI", "a second person"
        else:
            what, command, by = "carry-out", f"amate keys apply {proposal.id}", "security"
        ends = f"{by}, ends on {iso(proposal.expires_at)[:10]}"
        yield Step(ctx.now, what, use, shard, proposal.kid, command, ends)


def _is_past(proposal: Proposal, rules: Rules, now: int) -> bool:
    """Whether a proposal gives a key a first day that would be refused by now."""
    if proposal.action not in (model.STAGE, model.SCHEDULE):
        return False
    said = proposal.content.get("key", proposal.content)
    return int(said["sign_from"]) < now + rules.lead_s


def _is_proposed(ctx: Context, step: Step) -> bool:
    """Whether somebody has proposed to do a step already."""
    if step.what == "stage":
        found = [p for p in store.staged_in(ctx.tx) if _share_of(p) == (step.use, step.shard)]
    else:
        found = [p for a in ANSWERS.get(step.what, ()) if (p := store.open_proposal(ctx.tx, a, step.kid))]
    return any(p.state == model.OPEN and p.expires_at > ctx.now for p in found)


def _share_of(staging: Proposal) -> tuple[str, int]:
    key = staging.content["key"]
    return str(key["use"]), int(key["shard"])


def _renewal_steps(ctx: Context, known: Iterable[IssuerKey]) -> Iterator[Step]:
    """Of each distrusted key on which something relies that nobody has asked to renew."""
    for key in known:
        if key.state == REVOKED and actions.renewals(ctx, key.kid).unasked:
            yield Step(ctx.now, "reissue", key.use, key.shard, key.kid, f"amate keys reissue {key.kid}", "security")


def _halt_steps(ctx: Context, known: Iterable[IssuerKey]) -> Iterator[Step]:
    """Of each key that a wrong signature halted, and that signs for an issuer."""
    halted = trust.halted_kids(ctx)
    for key in known:
        if key.kid in halted:
            yield Step(ctx.now, "halted", key.use, key.shard, key.kid, f"amate keys unhalt {key.kid}", "an operator")


def _sealing_steps(ctx: Context) -> Iterator[Step]:
    """Of the key that hides identities: its successor, which publishing makes by itself."""
    due_at = trust.renewal_due_at(ctx)
    if due_at is not None:
        yield Step(due_at, "seal", "sealing", 0, "", "amate trust publish", "an operator")


def _key_steps(ctx: Context, keys: Iterable[tuple[IssuerKey, Hanging]], rules: Rules) -> Iterator[Step]:
    listed = list(keys)
    for use in USES:
        for shard in sorted(
            {key.shard for key, _ in listed if key.use == use} | set(range(int(rules.uses[use]["shards"])))
        ):
            same = [(key, hanging) for key, hanging in listed if key.use == use and key.shard == shard]
            yield from _shard_steps(ctx, use, shard, same, rules)


def _shard_steps(
    ctx: Context, use: str, shard: int, same: list[tuple[IssuerKey, Hanging]], rules: Rules
) -> Iterator[Step]:
    def step(due_at: int, what: str, key: IssuerKey | None, command: str) -> Step:
        return Step(due_at, what, use, shard, key.kid if key else "", command, "two people of security")

    now = ctx.now
    waiting = [key for key, _ in same if key.state == NEXT and key.frozen_at is None]
    active = [key for key, _ in same if key.state == ACTIVE]
    for key in waiting:
        for due, what, command in _next_steps(ctx, key, rules):
            yield step(due, what, key, command)
    newest = max(active, key=lambda key: key.sign_from, default=None)
    if not waiting:
        due = now if newest is None else rules.hand_over_at(newest) - rules.first_day(0)
        made = "" if ctx.settings.is_demo else " --uri NEW_KEY"
        yield step(due, "stage", newest, f"amate keys propose stage --use {use} --shard {shard}{made} --key URI")
    for key, hanging in same:
        if key.frozen_at is not None and key.state in (ACTIVE, NEXT):
            yield step(now, "frozen", key, f"amate keys propose revoke {key.kid} --reason stolen --key URI")
        after = [o.sign_from for o in active if o.sign_from > key.sign_from and o.frozen_at is None]
        if key in active and after and not hanging.total:
            due = max(now, min(after) + rules.overlap_s)
            yield step(due, "retire", key, f"amate keys propose retire {key.kid} --key URI")


def _next_steps(ctx: Context, key: IssuerKey, rules: Rules) -> Iterator[tuple[int, str, str]]:
    """Of a key that waits for its first day: due at, what, command; other dates where it cannot have its own."""
    day = lifecycle.other_day(key, rules, now=ctx.now)
    if day is not None and day < key.sign_until:
        yield ctx.now, "schedule", f"amate keys propose schedule {key.kid} --sign-from {iso(day)} --key URI"
    elif day is not None:
        yield ctx.now, "retire", f"amate keys propose retire {key.kid} --key URI"
    elif key.published_at is not None:
        yield key.published_at + key.lead_s, "activate", f"amate keys propose activate {key.kid} --key URI"
    elif not _lacks_signatures(ctx):
        yield ctx.now, "publish", "amate trust publish"


def _lacks_signatures(ctx: Context) -> bool:
    """Whether the list of keys waits for holders: to publish it again would change nothing."""
    return any(waiting.role == "targets" and waiting.needs for waiting in trust.waiting_drafts(ctx))


def _diff(ctx: Context, known: list[IssuerKey]) -> Iterator[str]:
    """The change of issuers.json: what is published, against what the open proposals would make of it."""
    after = {key.kid: key for key in known}
    for proposal in store.list_proposals(ctx.tx):
        if proposal.state == model.OPEN and proposal.expires_at > ctx.now:
            changed = actions.preview(ctx, proposal)
            after |= {} if changed is None else {changed.kid: changed}
    document = issuers_document(after.values(), env=ctx.settings.env, names={})
    before, then = (_keys_text(one) for one in (trust.published_issuers(ctx), document))
    yield from difflib.unified_diff(before, then, "issuers.json, published", "issuers.json, then", n=1, lineterm="")


def _keys_text(document: JsonObject | None) -> list[str]:
    listed = [] if document is None else [key for issuer in document["issuers"] for key in issuer["keys"]]
    return [line for key in listed for line in json.dumps(key, indent=1, sort_keys=True).splitlines()]
