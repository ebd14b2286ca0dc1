"""What `amate keys` prints: the same facts for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from amate.core.trust import REVOKED
from amate.features.issuance.actions import Renewals
from amate.features.rotation.actions import Standing
from amate.features.rotation.lifecycle import Hanging
from amate.features.rotation.lifecycle import other_day as other_day_of
from amate.features.rotation.model import OPEN, TABLE, JsonObject
from amate.features.rotation.planning import DRAFT, Plan, Rotation, Step
from amate.features.rotation.timeline import timeline
from amate.features.trust.actions import Published, Waiting
from amate.features.trust.model import DAY_S, IssuerKey, iso

_RENEWAL_ENDS: Final = {
    "asking": "Not everything that relies on the key has been asked.",
    "phones": "Waiting for phones.",
    "cards": "Every phone is done: only printed cards are left.",
    "nothing": "Done: nothing relies on the key any more.",
}
PROPOSED: Final = ("approve", "carry-out", "withdraw")
_CALENDAR: Final = ("stage by", "activate", "signs from", "hand-over", "at latest")
_COUNTED: Final = (("credentials", "credential"), ("cards", "card"), ("passes", "pass"), ("lists", "list"))
_TOLD_APART: Final = ("id", "action", "kid", "key", "table")


def key(
    key_: IssuerKey,
    hanging: Hanging,
    *,
    hand_over_at: int | None = None,
    is_halted: bool = False,
    untold: Sequence[Waiting] | None = None,
    other_day: int | None = None,
) -> JsonObject:
    """A key for programs; halted by a wrong signature is not frozen by a person.

    untold:    of a key that is to be distrusted and that verifiers believe still, what has to be signed first
    other_day: of a key that cannot sign from its first day any more, the soonest that can be
    """
    return {
        "kid": key_.kid,
        "iss": key_.iss,
        "use": key_.use,
        "shard": key_.shard,
        "state": key_.state,
        "uri": key_.uri,
        "sign_from": iso(key_.sign_from),
        "other_day": _iso(other_day),
        "hand_over_at": _iso(hand_over_at),
        "sign_until": iso(key_.sign_until),
        "accept_until": iso(key_.accept_until),
        "published_at": _iso(key_.published_at),
        "frozen_at": _iso(key_.frozen_at),
        "halted": is_halted,
        "distrust": None if key_.distrust is None else dict(key_.distrust),
        "told": untold is None,
        "waits_for": [{**asdict(each), "needs": [need._asdict() for need in each.needs]} for each in untold or ()],
        "hanging": {
            "credentials": hanging.credentials,
            "cards": hanging.cards,
            "passes": hanging.passes,
            "lists": hanging.lists,
            "until": iso(hanging.until) if hanging.until else None,
        },
    }


def keys_text(listed: list[JsonObject]) -> str:
    """The keys, a line each."""
    return "\n".join(
        f"{k['kid']}  {k['use']:<10} {k['shard']}  {_standing_of(k):<8} {_life_of(k)}; {_hanging_text(k['hanging'])}"
        for k in listed
    )


def _life_of(listed: JsonObject) -> str:
    distrust, frozen_at = listed["distrust"], listed["frozen_at"]
    if distrust is not None:
        return f"{_distrust_text(listed)}, signed nothing since {frozen_at[:16]}"
    return (
        f"{_begins_text(listed)}{_handed_over(listed)}, "
        f"at the latest until {listed['sign_until'][:10]}, believed until {listed['accept_until'][:10]}"
    )


def _begins_text(listed: JsonObject) -> str:
    passed, day = listed["sign_from"][:10], listed["other_day"]
    if day is None or listed["frozen_at"] is not None:
        return f"signs from {passed}"
    return f"CANNOT sign from {passed} any more: other dates, from {day[:10]} on"


def _distrust_text(listed: JsonObject) -> str:
    """Since when nobody believes a key, or that verifiers do until somebody has signed."""
    distrust = listed["distrust"]
    when = f"{distrust['at'][:16]} ({distrust['reason']})"
    if listed["told"]:
        return f"distrusted since {when}"
    waits = "; ".join(f"draft {each['number']} lacks {_lack_text(each)}" for each in listed["waits_for"])
    return f"decided {when}, and VERIFIERS STILL BELIEVE IT: {waits or 'amate trust publish tells them'}"


def _lack_text(waiting: JsonObject) -> str:
    needs = [f"{need['missing']} more by {', '.join(need['holders'])}" for need in waiting["needs"]]
    return "; ".join(needs) or waiting["held_by"] or "nothing but amate trust publish"


def _handed_over(listed: JsonObject) -> str:
    at = listed["hand_over_at"]
    return f", handed over on {at[:10]}" if at else ""


def _standing_of(listed: JsonObject) -> str:
    if listed["state"] == REVOKED:
        return REVOKED if listed["told"] else "DECIDED"
    return "HALTED" if listed["halted"] else "frozen" if listed["frozen_at"] else str(listed["state"])


def standing(each: Standing) -> JsonObject:
    """A proposal and its signatures for programs.

    content: all that people sign; of a table whose proposal has ended, without the table
    """
    proposal = each.proposal
    is_short = proposal.action == TABLE and proposal.state != OPEN
    return {
        "proposal": proposal.id,
        "action": proposal.action,
        "kid": proposal.kid,
        "content": {k: v for k, v in proposal.content.items() if k != "table"} if is_short else proposal.content,
        "digest": proposal.digest,
        "state": proposal.state,
        "expires_at": iso(proposal.expires_at),
        "signed_by": [
            {"person": name, "means": s.means, "at": iso(s.signed_at)}
            for s, name in zip(each.signatures, each.names, strict=True)
        ],
        "missing": each.missing,
        "difference": each.difference,
    }


def standing_text(said: JsonObject) -> str:
    """A proposal for people: what it is, who signed, what to do now."""
    signed = ", ".join(f"{s['person']} ({s['means']})" for s in said["signed_by"]) or "nobody"
    lines = [
        f"{said['proposal']}  {said['action']} {said['kid']}  {said['state']}",
        *(f"  {name:<14} {value}" for name, value in _details(said["content"])),
        f"  digest         {said['digest']}",
        f"  signed by      {signed}",
    ]
    if said["state"] == "open":
        until = f"until {said['expires_at']}"
        if said["missing"]:
            lines.append(f"  needs {said['missing']} more {until}: amate keys approve {said['proposal']} --key URI")
        else:
            lines.append(f"  may be carried out {until}: amate keys apply {said['proposal']}")
    return "\n".join(lines)


def _details(content: JsonObject) -> list[tuple[str, object]]:
    """What a proposal says beyond which key, in the words in which it is signed; instants as people read them."""
    said = {**content.get("key", {}), **{k: v for k, v in content.items() if k not in _TOLD_APART}}
    said.pop("jwk", None)
    if "lead_s" in said:
        said["lead"] = f"{said.pop('lead_s') // DAY_S} days between verifiers' learning of it and its first signature"
    return [(name, iso(value) if name.startswith(("sign_", "accept_")) else value) for name, value in said.items()]


def published(each: Published) -> JsonObject:
    """A publication for programs; `waits_for` names what still has to be signed away from this machine."""
    return {
        "targets": None if each.release is None else each.release.targets,
        "timestamp": None if each.release is None else each.release.timestamp,
        "changed": each.changed,
        "waits_for": [asdict(waiting) for waiting in each.waiting],
    }


def carried_out_text(said: JsonObject) -> str:
    """What was done, and which release tells of it."""
    told = said["published"]
    lines = [standing_text(said), f"published: targets {told['targets']}, timestamp {told['timestamp']}"]
    for each in told["waits_for"]:
        lines.append(
            f"{each['role']} {each['version']} waits for signatures, draft {each['number']}: amate trust drafts"
        )
    return "\n".join(lines)


def frozen_text(said: dict[str, Any]) -> str:
    """What the emergency button did, and what is left to do."""
    frozen = said["frozen"]
    if frozen["distrust"] is not None:
        return (
            f"{frozen['kid']} {'is ' if frozen['told'] else ''}{_life_of(frozen)}; {_hanging_text(frozen['hanging'])}"
        )
    lines = [
        f"{frozen['kid']} signs nothing from now on, in any process. What it signed is still believed: "
        f"{_hanging_text(frozen['hanging'])}."
    ]
    if said["stops_issuing"]:
        lines.append(f"nothing else signs for {frozen['use']}: issuing stops until another key is in force or resumed")
    if said["waiting"] is not None:
        lines.append(
            f"{said['waiting']['proposal']} waits already, for the reason {said['waiting']['reason']}; "
            f"nothing was signed. To sign it: amate keys approve {said['waiting']['proposal']} --key URI"
        )
    elif said["proposal"] is None:
        lines.append(f"To distrust it: amate keys propose revoke {frozen['kid']} --reason {said['reason']} --key URI")
    else:
        lines.append(standing_text(said["proposal"]))
    return "\n".join(lines)


def renewals(key_: IssuerKey, found: Renewals) -> JsonObject:
    """How far a renewal has come, for programs."""
    return {
        "kid": key_.kid,
        "asked": found.asked,
        "renewed": found.asked - found.waiting - found.cards,
        "waiting": found.waiting,
        "cards": found.cards,
        "unasked": found.unasked,
        "phones_until": iso(found.phones_until) if found.phones_until else None,
        "cards_until": iso(found.cards_until) if found.cards_until else None,
        "waits_for": _waits_for(found),
    }


def _waits_for(found: Renewals) -> str:
    if found.unasked:
        return "asking"
    return "phones" if found.waiting else "cards" if found.cards else "nothing"


def renewals_text(said: JsonObject) -> str:
    """The same for people."""
    lines = [f"{said['renewed']} of {said['asked']} renewed."]
    if said["unasked"]:
        lines.append(f"Not asked yet: {said['unasked']}. Go on: amate keys reissue {said['kid']}")
    if said["waiting"]:
        lines.append(
            f"Phones that have not come: {said['waiting']}. Each renews when it is next on line; what they hold ends "
            f"by itself, the last on {said['phones_until'][:10]}."
        )
    if said["cards"]:
        lines.append(
            f"Printed cards: {said['cards']}. None renews by itself: print each anew at a module. Whose they are: "
            f"amate credentials list --key {said['kid']}. The last ends on {said['cards_until'][:10]}."
        )
    lines.append(_RENEWAL_ENDS[said["waits_for"]])
    return "\n".join(lines)


def plan(made: Plan) -> JsonObject:
    """A plan for programs."""
    return {
        "now": iso(made.now),
        "keys": [
            key(
                key_,
                hanging,
                hand_over_at=made.hand_overs.get(key_.kid),
                untold=made.untold.get(key_.kid),
                other_day=other_day_of(key_, made.rules, now=made.now),
            )
            for key_, hanging in made.keys
        ],
        "steps": [
            {**step._asdict(), "due_at": iso(step.due_at), "is_due": step.due_at <= made.now} for step in made.steps
        ],
        "diff": list(made.diff),
        "targets_signers": {"threshold": made.threshold, "holders": list(made.signers)},
        "lead_days": made.rules.lead_s // DAY_S,
        "people": made.rules.people,
        "backdated_days": made.backdated_s // DAY_S,
    }


def plan_text(made: Plan, *, width: int) -> str:
    """A plan for people: the timeline, what is due, the change, who must sign."""
    parts = [timeline(made, width=width), "", *_ends_text(made), "", "What is due:"]
    untold = {key_.kid: key_ for key_, _ in made.keys if key_.kid in made.untold}
    parts += [_step_text(step, made.now, untold) for step in made.steps] or ["  nothing"]
    parts += ["", "What changes in issuers.json:", *(f"  {line}" for line in made.diff or ("  nothing",))]
    parts += ["", f"Targets metadata needs {made.threshold} of: {', '.join(made.signers) or 'nobody yet'}"]
    return "\n".join(parts)


def _step_text(step: Step, now: int, untold: Mapping[str, IssuerKey]) -> str:
    when = f"  {iso(step.due_at)[:10]}{_lateness(step.due_at, now)}  {step.what:<9}"
    waits = f"  {_untold_text(untold[step.kid])}" if step.kid in untold and step.what in (DRAFT, "publish") else ""
    if step.what == DRAFT:
        return f"{when} {step.use}  {step.command}  {step.by}{waits}"
    words = f"  {step.by}" if step.what in PROPOSED else ""
    return f"{when} {step.use} {step.shard}  {step.command}{words}{waits}"


def _untold_text(key_: IssuerKey) -> str:
    return f"the distrust of {key_.kid} ({key_.use} {key_.shard}) waits for this: VERIFIERS STILL BELIEVE IT"


def _lateness(due_at: int, now: int) -> str:
    if due_at > now:
        return ""
    days = (now - due_at) // DAY_S
    return f" ({days} {'day' if days == 1 else 'days'} late)" if days else " (now)"


def _ends_text(made: Plan) -> list[str]:
    """The two ends of signing by use, the one that is planned and the latest that the list allows; what is made up."""
    lines = []
    for use in dict.fromkeys(key_.use for key_, _ in made.keys):
        mine = [key_ for key_, _ in made.keys if key_.use == use and key_.kid in made.hand_overs]
        ahead = [made.hand_overs[key_.kid] for key_ in mine if made.hand_overs[key_.kid] > made.now]
        if ahead:
            ends = min(key_.sign_until for key_ in mine if made.hand_overs[key_.kid] > made.now)
            lines.append(
                f"{use}: the next hand-over to a successor is planned for {iso(min(ahead))[:10]}; "
                f"without one the key may sign until {iso(ends)[:10]} at the latest"
            )
    if made.backdated_s:
        lines.append(
            f"A demonstration: its first keys bear dates from {made.backdated_s // DAY_S} days before they were made, "
            "so that there are expired passes to show. Nowhere else is a key older than it is."
        )
    return lines


def calendar(rotations: list[Rotation]) -> list[JsonObject]:
    """The rotations for programs."""
    return [{name: value if name == "shard" else iso(value) for name, value in r._asdict().items()} for r in rotations]


def calendar_text(rotations: list[Rotation]) -> str:
    """The rotations for people."""
    head = f"{'shard':<6}" + "".join(f"{name:<13}" for name in _CALENDAR)
    rows = [f"{r.shard:<6}" + "".join(f"{iso(each)[:10]:<13}" for each in r[1:]) for r in rotations]
    why = (
        "hand-over: the next key of the shard signs in its place. at latest: how long it may sign if none comes, "
        "as its proposal says."
    )
    return "\n".join([head.rstrip(), *(row.rstrip() for row in rows), why])


def _hanging_text(hanging: JsonObject) -> str:
    counts = [f"{hanging[name]} {name if hanging[name] != 1 else one}" for name, one in _COUNTED if hanging[name]]
    hang = "hangs" if sum(hanging[name] for name, _ in _COUNTED) == 1 else "hang"
    return f"{', '.join(counts)} {hang} on it until {hanging['until'][:10]}" if counts else "nothing hangs on it"


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)
