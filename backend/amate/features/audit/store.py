"""SQL of the audit log: rows are only ever inserted; a lane's head row is its lock."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, bindparam, insert, select, update

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.features.audit.model import GENESIS, Entry

heads = Table(
    "audit_head",
    metadata,
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)
entries = Table(
    "audit_entry",
    metadata,
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

# Nearly every request runs these.
_LOCK_HEAD = Prepared(select(heads.c.seq, heads.c.digest).where(heads.c.lane == bindparam("of_lane")).with_for_update())
_APPEND = Prepared(insert(entries))
_MOVE_HEAD = Prepared(
    update(heads)
    .where(heads.c.lane == bindparam("of_lane"))
    .values(seq=bindparam("to_seq"), digest=bindparam("to_digest"))
)


def lock_head(tx: Connection, lane: int) -> tuple[int, str]:
    """Number and digest of the lane's last entry; the row stays locked until the transaction ends."""
    ((seq, digest),) = _LOCK_HEAD.all(tx, {"of_lane": lane})
    return seq, digest


def append(tx: Connection, entry: Entry, detail: str) -> None:
    """Insert an entry and move its lane's head."""
    _APPEND.write(tx, {name: getattr(entry, name) for name in Entry.__slots__} | {"detail": detail})
    _MOVE_HEAD.write(tx, {"of_lane": entry.lane, "to_seq": entry.seq, "to_digest": entry.digest})


def head(tx: Connection, lane: int) -> tuple[int, str]:
    """Number and digest of the lane's last entry."""
    row = tx.execute(select(heads.c.seq, heads.c.digest).where(heads.c.lane == lane)).one_or_none()
    return (row.seq, row.digest) if row else (0, GENESIS)


def digest_at(tx: Connection, lane: int, seq: int) -> str | None:
    """Digest of one entry, if it is there."""
    query = select(entries.c.digest).where(entries.c.lane == lane, entries.c.seq == seq)
    return tx.execute(query).scalar_one_or_none()


def lane_entries(tx: Connection, lane: int) -> Iterator[Entry]:
    """A lane's entries in order, streamed."""
    query = select(entries).where(entries.c.lane == lane).order_by(entries.c.seq)
    for row in tx.execute(query.execution_options(yield_per=1000)):
        yield Entry(**{**row._mapping, "detail": json.loads(row.detail)})
