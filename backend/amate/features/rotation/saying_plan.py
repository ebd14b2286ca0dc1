"""What `amate keys plan` and `schedule` print, for programs and for people: what is due, and what lies ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from amate.features.rotation.lifecycle import other_day
from amate.features.rotation.model import JsonObject
from amate.features.rotation.planning import Plan, Rotation
from amate.features.rotation.saying import key
from amate.features.rotation.steps import DRAFT, Step
from amate.features.rotation.timeline import timeline
from amate.features.trust.model import DAY_S, IssuerKey, iso

PROPOSED: Final = ("approve", "carry-out", "withdraw")
_CALENDAR: Final = ("stage by", "activate", "signs from", "hand-over", "at latest")


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
                other_day=other_day(key_, made.rules, now=made.now),
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
