"""Write down what was done, and check that nobody has rewritten it."""

from __future__ import annotations

from dataclasses import dataclass

from amate.context import Context
from amate.features.audit import store
from amate.features.audit.model import LANES, Entry, digest_of, encode_detail, first_break


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the first entry of the lane that was changed, removed or added."""

    lane: int
    seq: int


def record(ctx: Context, action: str, subject: str, **detail: object) -> None:
    """Append what `ctx.actor` did to `subject`, in the caller's transaction.

    subject, detail: opaque ids and small facts; never a CURP, a name, a token or a pass
    """
    lane = ctx.random(1)[0] % LANES
    seq, previous = store.lock_head(ctx.tx, lane)
    text = encode_detail(detail)
    digest = digest_of(
        lane=lane,
        seq=seq + 1,
        at=ctx.now,
        actor=ctx.actor,
        action=action,
        subject=subject,
        detail=text,
        previous=previous,
    )
    entry = Entry(lane, seq + 1, ctx.now, ctx.actor, action, subject, detail, previous, digest)
    store.append(ctx.tx, entry, text)


def verify(ctx: Context) -> tuple[int, list[Break]]:
    """How many entries the log has, and where its chains do not hold."""
    total, breaks = 0, []
    for lane in range(LANES):
        count, digest = store.head(ctx.tx, lane)
        total += count
        broken = first_break(store.lane_entries(ctx.tx, lane), expected_count=count, expected_head=digest)
        if broken is not None:
            breaks.append(Break(lane, broken))
    return total, breaks
