"""SQL of affiliations: one row for each CURP, institution and role that an extract names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    func,
    select,
)

from amate.core.entitlement import Affiliation
from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import upsert
from amate.features.entitlement.model import Membership

CHUNK = 500

memberships = Table(
    "affiliation",
    metadata,
    Column("curp", String(18), primary_key=True),
    Column("institution", Integer, primary_key=True, autoincrement=False),
    Column("role", Integer, primary_key=True, autoincrement=False),
    Column("relation", String(20), nullable=False),
    Column("clinic", String(11), nullable=True),
    Column("since_day", Integer, nullable=True),
    Column("until_day", Integer, nullable=True),
    Column("student_until_day", Integer, nullable=True),
    Column("disabled", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False, index=True),
)
KEY = ("curp", "institution", "role")
FACTS = ("relation", "clinic", "since_day", "until_day", "student_until_day", "disabled")
# Every pass runs this.
_OF_CURP = Prepared(
    select(*(memberships.c[name] for name in (*Affiliation._fields, "clinic")))
    .where(memberships.c.curp == bindparam("curp"))
    .order_by(*(memberships.c[name] for name in KEY))
)


def facts_of(membership: Membership) -> tuple[object, ...]:
    """The columns that an extract can change."""
    of = membership.affiliation
    return of.relation, membership.clinic, of.since_day, of.until_day, of.student_until_day, of.disabled


def key_of(membership: Membership) -> tuple[str, int, int]:
    """The columns that name a row."""
    return membership.curp, membership.affiliation.institution, membership.affiliation.role


def save(tx: Connection, found: Sequence[Membership], now: int) -> tuple[int, int]:
    """Add and update rows; gives back how many were new and how many changed."""
    added = changed = 0
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        known = _known(tx, [m.curp for m in part])
        rows = []
        for membership in part:
            before, facts = known.get(key_of(membership)), facts_of(membership)
            added += before is None
            changed += before is not None and before[1:] != facts
            changed_at = before[0] if before is not None and before[1:] == facts else now
            values = (*key_of(membership), *facts, changed_at, now)
            rows.append(dict(zip(memberships.c.keys(), values, strict=True)))
        upsert(tx, memberships, rows, key=KEY)
    return added, changed


def _known(tx: Connection, curps: Iterable[str]) -> dict[tuple[str, int, int], tuple[object, ...]]:
    columns = [memberships.c[name] for name in (*KEY, "changed_at", *FACTS)]
    rows = tx.execute(select(*columns).where(memberships.c.curp.in_(list(curps))))
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in rows}


def count_unseen(tx: Connection, institution: int, since: int) -> tuple[int, int]:
    """How many of an institution's rows an extract of `since` did not name, and how many there are."""
    unseen = func.count().filter(memberships.c.seen_at < since)
    query = select(unseen, func.count()).where(memberships.c.institution == institution)
    missing, known = tx.execute(query).one()
    return missing, known


def remove_unseen(tx: Connection, institution: int, since: int) -> int:
    """Delete an institution's rows that an extract of `since` did not name; gives back how many."""
    where = (memberships.c.institution == institution) & (memberships.c.seen_at < since)
    return tx.execute(delete(memberships).where(where)).rowcount


def of_curp(tx: Connection, curp: str) -> list[Membership]:
    """All rows of a CURP, in a fixed order."""
    return [_membership(curp, row) for row in _OF_CURP.all(tx, {"curp": curp})]


def _membership(curp: str, row: tuple[Any, ...]) -> Membership:
    institution, role, relation, since, until, student_until, disabled, clinic = row
    affiliation = Affiliation(institution, role, relation, since, until, student_until, bool(disabled))
    return Membership(curp, affiliation, clinic)


def count(tx: Connection, institution: int) -> int:
    """How many rows an institution has."""
    query = select(func.count()).select_from(memberships).where(memberships.c.institution == institution)
    return int(tx.execute(query).scalar_one())
