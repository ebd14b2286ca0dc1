"""A change of the decision table: proposed as it would be, signed by two people, adopted once.

What is proposed is the whole table, the one that it follows and its first day. It is adopted only upon that very table:
who signed saw what changes, and that is no longer what changes once another table is in its place.
"""

from __future__ import annotations

from pathlib import Path

from amate.context import Context
from amate.core.days import date_from_day, day_at, day_from_date
from amate.errors import Conflict, Refused
from amate.features.entitlement import actions as entitlement
from amate.features.rotation import model, proposals
from amate.features.rotation.model import Proposal
from amate.features.rotation.people import Sign
from amate.features.rotation.proposals import Standing


def propose_table(ctx: Context, path: Path, sign: Sign | None) -> Standing:
    """Propose the table that a file makes of the newest one; the same twice is the same proposal.

    path:   a draft, or a whole table
    Raises: Malformed("malformed-table", "file-unreadable"); Refused: version-known, day-passed, table-unchanged, and
            draft-does-not-hold where it changes a day before its own or has a rule that never answers;
            Conflict("proposal-open") when the same table waits already, to follow another one;
            Unavailable("no-trust") before the first publication
    """
    before = entitlement.newest_table(ctx)
    draft = entitlement.changed(before, entitlement.read_draft(path), today=day_at(ctx.now))
    kid = entitlement.table_kid(draft.document)
    if proposals.waiting_for(ctx, model.TABLE, kid) is None:
        entitlement.check_new(ctx, draft.document)
        _check(ctx, before, draft)
    details = {
        "table": draft.document,
        "follows": entitlement.table_kid(before),
        "on": date_from_day(draft.on_day) if draft.is_dated else None,
    }
    return proposals.make(ctx, model.TABLE, kid, details, sign)


def adopt(ctx: Context, proposal: Proposal) -> None:
    """Keep the table of a signed proposal, for the next publication.

    Raises: Conflict("table-superseded"); Refused("version-known", "day-passed")
    """
    said = proposal.content
    if entitlement.table_kid(entitlement.newest_table(ctx)) != said["follows"]:
        raise Conflict(
            "table-superseded",
            f"another table was adopted since {proposal.id} was made: propose the change of that one, and end this one "
            f"with `amate entitlement withdraw {proposal.id}`",
        )
    _check_day(ctx, None if said["on"] is None else day_from_date(said["on"]))
    entitlement.adopt(ctx, said["table"], follows=said["follows"], proposal=proposal.id)


def _check(ctx: Context, before: model.JsonObject, draft: entitlement.Draft) -> None:
    _check_day(ctx, draft.on_day if draft.is_dated else None)
    if {**before, "version": None} == {**draft.document, "version": None}:
        raise Refused("table-unchanged", "this table says what the newest one says: there is nothing to sign")
    found = entitlement.faults(entitlement.parse_table(before), draft)
    if found["early"] or found["idle"]:
        said = "it changes answers on the day before its own" if found["early"] else "it has rules that never answer"
        raise Refused("draft-does-not-hold", f"{said}: see `amate entitlement test`", where="file")


def _check_day(ctx: Context, on_day: int | None) -> None:
    """That a dated change is still ahead: no day that is over is answered otherwise afterwards."""
    if on_day is not None and on_day < day_at(ctx.now):
        said = f"its first day, {date_from_day(on_day)}, is over: give it one that is ahead, and propose it again"
        raise Refused("day-passed", said)
