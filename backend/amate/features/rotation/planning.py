"""What is due: the steps that the policy asks for, the exact change of the published list, and the calendar ahead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from amate.context import Context
from amate.core.trust import ACTIVE, NEXT
from amate.errors import Refused
from amate.features.rotation import actions, model, store
from amate.features.rotation.model import Hanging, JsonObject, Rules
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S, USES, IssuerKey, issuers_document


class Step(NamedTuple):
    """Something to do by an instant (seconds): `what` is a slug, `command` how it is done, `by` who does it."""

    due_at: int
    what: str
    use: str
    shard: int
    kid: str
    command: str
    by: str


class Rotation(NamedTuple):
    """One change of keys ahead, in one shard: when its key is staged, may be put in force, signs, and ends."""

    shard: int
    stage_by: int
    activate_from: int
    sign_from: int
    sign_until: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: nothing of it has happened.

    diff:     lines of the change of issuers.json that the open proposals and unpublished changes would make
    signers:  who may sign targets metadata, and how many must
    """

    now: int
    keys: tuple[tuple[IssuerKey, Hanging], ...]
    steps: tuple[Step, ...]
    diff: tuple[str, ...]
    signers: tuple[str, ...]
    threshold: int
    rules: Rules


def plan(ctx: Context) -> Plan:
    """Everything that is due, and what hangs on it."""
    rules, known = actions.rules_of(ctx), trust.list_keys(ctx)
    keys = tuple((key, actions.hanging_on(ctx, key)) for key in known)
    steps = [*_proposal_steps(ctx), *_key_steps(keys, rules, ctx.now)]
    return Plan(
        now=ctx.now,
        keys=keys,
        steps=tuple(sorted(steps)),
        diff=tuple(_diff(ctx, known)),
        signers=tuple(holder.name for holder in trust.holders(ctx)),
        threshold=trust.targets_threshold(ctx),
        rules=rules,
    )


def calendar(ctx: Context, use: str, *, months: int, overlap_days: int | None = None) -> list[Rotation]:
    """The rotations of a use in the months ahead, in order.

    Raises: Refused("short-overlap") when the old key would not sign on for as long as the rule says
    """
    rules = actions.rules_of(ctx)
    life, shards = rules.uses[use], int(rules.uses[use]["shards"])
    overlap_s = rules.overlap_s if overlap_days is None else overlap_days * DAY_S
    rotate_s, sign_s = int(life["rotate"]) * DAY_S, int(life["sign"]) * DAY_S
    if overlap_s < rules.overlap_s or sign_s < rotate_s + rules.overlap_s:
        raise Refused("short-overlap", f"both keys must sign for {rules.overlap_s // DAY_S} days at least")
    newest = {k.shard: k for k in sorted(trust.list_keys(ctx), key=lambda k: k.sign_from) if k.use == use}
    found: list[Rotation] = []
    for shard in range(shards):
        before = newest.get(shard)
        begins = ctx.now + rules.lead_s + DAY_S
        if before is not None:
            begins = max(begins, _begins_after(before, rotate_s, overlap_s))
        while begins < ctx.now + months * 30 * DAY_S:
            found.append(
                Rotation(shard, begins - rules.lead_s - DAY_S, begins - DAY_S, begins, begins + rotate_s + overlap_s)
            )
            begins += rotate_s
    return sorted(found, key=lambda each: (each.sign_from, each.shard))


def _begins_after(before: IssuerKey, rotate_s: int, overlap_s: int) -> int:
    return min(_begun(before) + rotate_s, before.sign_until - overlap_s)


def _begun(key: IssuerKey) -> int:
    """When a key began to sign; the past of a demo's first keys is made up."""
    return max(key.sign_from, key.published_at or 0) if key.is_first else key.sign_from


def _proposal_steps(ctx: Context) -> Iterator[Step]:
    for standing in actions.standings(ctx):
        proposal = standing.proposal
        if proposal.state != model.OPEN or proposal.expires_at <= ctx.now:
            continue
        listed = proposal.content.get("key", {})
        use, shard = str(listed.get("use", "")), int(listed.get("shard", 0))
        if standing.missing:
            what, command, by = "approve", f"amate keys approve {proposal.id} --key URI", "a second person"
        else:
            what, command, by = "carry-out", f"amate keys apply {proposal.id}", "security"
        yield Step(proposal.expires_at, what, use, shard, proposal.kid, command, by)


def _key_steps(keys: Iterable[tuple[IssuerKey, Hanging]], rules: Rules, now: int) -> Iterator[Step]:
    listed = list(keys)
    for use in USES:
        for shard in sorted(
            {key.shard for key, _ in listed if key.use == use} | set(range(int(rules.uses[use]["shards"])))
        ):
            same = [(key, hanging) for key, hanging in listed if key.use == use and key.shard == shard]
            yield from _shard_steps(use, shard, same, rules, now)


def _shard_steps(use: str, shard: int, same: list[tuple[IssuerKey, Hanging]], rules: Rules, now: int) -> Iterator[Step]:
    def step(due_at: int, what: str, key: IssuerKey | None, command: str) -> Step:
        return Step(due_at, what, use, shard, key.kid if key else "", command, "two people of security")

    waiting = [key for key, _ in same if key.state == NEXT]
    active = [key for key, _ in same if key.state == ACTIVE]
    for key in waiting:
        if key.published_at is None:
            yield step(now, "publish", key, "amate trust publish")
        else:
            due = key.published_at + key.lead_s
            yield step(due, "activate", key, f"amate keys propose activate {key.kid} --key URI")
    newest = max(active, key=lambda key: key.sign_from, default=None)
    if not waiting:
        ahead_s = int(rules.uses[use]["rotate"]) * DAY_S - rules.lead_s - DAY_S
        last_s = rules.overlap_s + rules.lead_s + DAY_S
        due = now if newest is None else max(now, min(_begun(newest) + ahead_s, newest.sign_until - last_s))
        yield step(due, "stage", newest, f"amate keys propose stage --use {use} --shard {shard} --key URI")
    for key, hanging in same:
        if key.frozen_at is not None and key.state in (ACTIVE, NEXT):
            yield step(now, "frozen", key, f"amate keys propose revoke {key.kid} --reason stolen --key URI")
        if key in active and key is not newest and not hanging.total:
            yield step(now, "retire", key, f"amate keys propose retire {key.kid} --key URI")


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
