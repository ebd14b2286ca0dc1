"""What is due and how it is done: never a step that would be refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from amate.context import Context
from amate.core.trust import ACTIVE, NEXT, REVOKED
from amate.features.rotation import actions, lifecycle, model, store
from amate.features.rotation.lifecycle import Hanging
from amate.features.rotation.model import Proposal, Rules
from amate.features.trust import actions as trust
from amate.features.trust.model import USES, IssuerKey, iso

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


def due(
    ctx: Context, keys: Sequence[tuple[IssuerKey, Hanging]], rules: Rules, untold: Mapping[str, object]
) -> tuple[Step, ...]:
    """Everything that is to be done, what verifiers wait for first, and then by its day.

    untold: by kid of each key that is to be distrusted and that verifiers believe still
    """
    known = [key for key, _ in keys]
    steps = [
        *_draft_steps(ctx, [key for key in known if key.kid in untold]),
        *_proposal_steps(ctx, known, rules),
        *(step for step in _key_steps(ctx, keys, rules) if not _is_proposed(ctx, step)),
        *_renewal_steps(ctx, known),
        *_halt_steps(ctx, known),
        *_sealing_steps(ctx),
    ]
    return tuple(sorted(steps, key=lambda step: (step.what != DRAFT and step.kid not in untold, step)))


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
        if standing.state != model.OPEN or proposal.action == model.TABLE:
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
    return any(p.state_at(ctx.now) == model.OPEN for p in found)


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
