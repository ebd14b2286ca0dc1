"""SQL of status lists."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    func,
    select,
    update,
)

from amate.db import metadata
from amate.db.upsert import insert_ignore

status_list = Table(
    "status_list",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", BigInteger, nullable=False),
)
status_entry = Table(
    "status_entry",
    metadata,
    Column("list", Integer, ForeignKey("status_list.number"), primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("allocated_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=True),
    Column("reason", String(60), nullable=True),
    Index("ix_status_entry_revoked_at", "revoked_at"),
)


def newest_list(tx: Connection) -> int | None:
    """Number of the list that is being filled."""
    number: int | None = tx.execute(select(func.max(status_list.c.number))).scalar_one()
    return number


def open_list(tx: Connection, number: int, now: int) -> None:
    """Open a list, unless somebody else just did."""
    insert_ignore(tx, status_list, {"number": number, "opened_at": now})


def taken(tx: Connection, number: int, indices: Iterable[int]) -> set[int]:
    """Which of these indices are given out."""
    query = select(status_entry.c.index).where(status_entry.c.list == number, status_entry.c.index.in_(list(indices)))
    return set(tx.execute(query).scalars())


def take(tx: Connection, number: int, index: int, *, kind: str, now: int) -> bool:
    """Give an index out; False when somebody else has it."""
    row = {"list": number, "index": index, "kind": kind, "allocated_at": now}
    return insert_ignore(tx, status_entry, row)


def revoke(tx: Connection, number: int, index: int, *, reason: str, now: int) -> bool:
    """Revoke an entry that is not revoked yet; whether there was one."""
    entry = (status_entry.c.list == number) & (status_entry.c.index == index)
    changed = update(status_entry).where(entry, status_entry.c.revoked_at.is_(None))
    return tx.execute(changed.values(revoked_at=now, reason=reason)).rowcount == 1


def is_taken(tx: Connection, number: int, index: int) -> bool:
    """Whether the index was ever given out."""
    return bool(taken(tx, number, [index]))


def list_numbers(tx: Connection) -> list[int]:
    """All lists, oldest first."""
    return list(tx.execute(select(status_list.c.number).order_by(status_list.c.number)).scalars())


def revoked_indices(tx: Connection, number: int) -> list[int]:
    """The revoked entries of a list."""
    query = select(status_entry.c.index).where(status_entry.c.list == number, status_entry.c.revoked_at.is_not(None))
    return list(tx.execute(query).scalars())
