"""The dry run: what is due, the exact change of the published list, and the calendar ahead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from amate.context import Context
from amate.core.trust import ACTIVE, NEXT
from amate.errors import Malformed, Refused
from amate.features.rotation import actions, lifecycle, model, store
from amate.features.rotation.lifecycle import Hanging
from amate.features.rotation.model import JsonObject, Rules
from amate.features.rotation.steps import Step, due
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S, IssuerKey, issuers_document


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
    return Plan(
        now=ctx.now,
        keys=keys,
        untold=untold,
        hand_overs=hand_overs(known, rules, now=ctx.now),
        steps=due(ctx, keys, rules, untold),
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


def _diff(ctx: Context, known: list[IssuerKey]) -> Iterator[str]:
    """The change of issuers.json: what is published, against what the open proposals would make of it."""
    after = {key.kid: key for key in known}
    for proposal in store.list_proposals(ctx.tx):
        if proposal.state_at(ctx.now) == model.OPEN:
            changed = actions.preview(ctx, proposal)
            after |= {} if changed is None else {changed.kid: changed}
    document = issuers_document(after.values(), env=ctx.settings.env, names={})
    before, then = (_keys_text(one) for one in (trust.published_issuers(ctx), document))
    yield from difflib.unified_diff(before, then, "issuers.json, published", "issuers.json, then", n=1, lineterm="")


def _keys_text(document: JsonObject | None) -> list[str]:
    listed = [] if document is None else [key for issuer in document["issuers"] for key in issuer["keys"]]
    return [line for key in listed for line in json.dumps(key, indent=1, sort_keys=True).splitlines()]
