"""Bring the counters' receipts and reports to the centre: its answer decides, and what it did not answer waits on.

The same rules as the counter's own (pwa/src/device/drain.ts): what the centre has goes, what it refused stays and says
why, and a request that it cannot read as a whole is sent again one receipt at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine

from amate.errors import AmateError, Refused, Unavailable
from amate.features.verification.node import store
from amate.features.verification.node.model import CENTRE, CONFLICT, KNOWN, REFUSED, STORED, HeldReceipt
from amate.features.verification.remote import REPORTS, Deployment, Told

RECEIPTS: Final = "api/v1/verifications/receipts"
BATCH: Final = 40
MAX_ANSWER: Final = 64 * 1024
UNREADABLE: Final = frozenset({413, 422})
STATES: Final = frozenset({STORED, KNOWN, CONFLICT, REFUSED})


@dataclass(slots=True)
class Relayed:
    """What became of what was sent; `trouble` is what kept the rest from it."""

    sent: int = 0
    conflicts: int = 0
    refused: int = 0
    trouble: AmateError | None = None


def relay(engine: Engine, centre: Deployment, clock: Callable[[], int]) -> Relayed:
    """Send every receipt that waits, each counter's in order; one counter that is refused keeps no other's waiting."""
    done = Relayed()
    with engine.connect() as tx:
        devices = store.devices_waiting(tx)
    for device in devices:
        try:
            _relay_of(engine, centre, device, clock, done)
        except Refused as error:
            done.trouble = done.trouble or error
        except Unavailable as error:  # for the other counters the line is the same
            done.trouble = error
            break
    return done


def relay_reports(engine: Engine, centre: Deployment) -> int:
    """Tell the centre how old the counters' lists are; how many it was told of.

    Raises: Unavailable("source-unavailable"), Refused("token-refused"); a report that the centre cannot read is dropped
    """
    with engine.connect() as tx:
        kept = store.reports(tx)
    for device, document in kept:
        told = centre.post(REPORTS, json.loads(document), MAX_ANSWER)
        if told.status not in UNREADABLE | {204}:
            raise _trouble(told)
        with engine.begin() as tx:
            store.drop_report(tx, device, document)
    return len(kept)


def _relay_of(
    engine: Engine, centre: Deployment, device: tuple[str, str], clock: Callable[[], int], done: Relayed
) -> None:
    after = 0
    while True:
        with engine.connect() as tx:
            rows = store.waiting(tx, device, after=after, limit=BATCH)
        if not rows:
            return
        _send(engine, centre, rows, clock, done)
        after = rows[-1].arrived


def _send(
    engine: Engine, centre: Deployment, rows: Sequence[HeldReceipt], clock: Callable[[], int], done: Relayed
) -> None:
    listed = [{"id": row.id, "receipt": row.body} for row in rows]
    body = {"sealed": {"device": {"x": rows[0].x, "y": rows[0].y}, "receipts": listed}}
    told = centre.post(RECEIPTS, body, MAX_ANSWER)
    if told.status in UNREADABLE and len(rows) > 1:
        for row in rows:
            _send(engine, centre, [row], clock, done)
        return
    states = [(REFUSED, told.slug)] if told.status in UNREADABLE else _states_of(told, rows)
    # Killed before this is on the disk, it sends the same again, and the centre knows them.
    with engine.begin() as tx:
        store.put_heard(tx, CENTRE, clock())
        for row, (state, why) in zip(rows, states, strict=True):
            if state in (STORED, KNOWN):
                store.drop_receipt(tx, row.id)
            else:
                store.put_state(tx, row.id, state, why)
    done.sent += len(rows)
    done.conflicts += sum(state == CONFLICT for state, _ in states)
    done.refused += sum(state == REFUSED for state, _ in states)


def _states_of(told: Told, rows: Sequence[HeldReceipt]) -> list[tuple[str, str | None]]:
    """What the centre says of each receipt, in the order sent.

    Raises: Unavailable("source-unavailable"), Refused("token-refused")
    """
    if told.status != 200:
        raise _trouble(told)
    listed: Any = told.body.get("receipts") if isinstance(told.body, dict) else None
    if not isinstance(listed, list) or [_id_of(each) for each in listed] != [row.id for row in rows]:
        raise Unavailable("source-unavailable", "the centre's answer names other receipts than were sent: they wait on")
    if any(each.get("state") not in STATES for each in listed):
        raise Unavailable("source-unavailable", "the centre's answer says no state that is known here: they wait on")
    return [(each["state"], _why_of(each)) for each in listed]


def _id_of(each: object) -> object:
    return each.get("id") if isinstance(each, dict) else None


def _why_of(each: dict[str, Any]) -> str | None:
    why = each.get("why")
    return why[:60] if isinstance(why, str) else None


def _trouble(told: Told) -> AmateError:
    """Why the centre took nothing: all that was sent waits on."""
    if told.status in (401, 403):
        said = f"the centre answered {told.status} {told.slug}: what it did not take waits on"
        remedy = "where the token has ended or is revoked, `amate node enrol` takes another"
        return Refused("token-refused", f"{said}; {remedy}")
    return Unavailable("source-unavailable", f"the centre answered {told.status} {told.slug}: what was sent waits on")
