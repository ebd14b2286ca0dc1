"""SQL of decision tables: each that two people adopted, and the first; none is ever changed or taken away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, Row, String, Table, Text, select, update

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import insert_ignore
from amate.features.entitlement.model import Version

tables = Table(
    "decision_table",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kid", String(43), nullable=False, unique=True),
    Column("version", String(40), nullable=False, unique=True),
    Column("follows", String(43), unique=True),
    Column("document", Text, nullable=False),
    Column("changed_by", String(24), unique=True),
    Column("adopted_at", BigInteger, nullable=False),
    Column("published_at", BigInteger),
)
_FACTS = tuple(tables.c[name] for name in Version._fields)
# Every pass runs this.
_IN_FORCE = Prepared(
    select(tables.c.kid).where(tables.c.published_at.is_not(None)).order_by(tables.c.number.desc()).limit(1)
)


def kid_in_force(tx: Connection) -> str | None:
    """By which the newest published table is known; None before the first."""
    row = _IN_FORCE.one(tx, {})
    return None if row is None else str(row[0])


def versions(tx: Connection) -> list[Version]:
    """All that are kept, oldest first."""
    return [_version(row) for row in tx.execute(select(*_FACTS).order_by(tables.c.number))]


def document_of(tx: Connection, kid: str) -> str | None:
    """A table as it was kept."""
    return tx.execute(select(tables.c.document).where(tables.c.kid == kid)).scalar_one_or_none()


def add(tx: Connection, version: Version, document: str) -> bool:
    """Keep a table; False when its number, its version or the one that it follows is taken."""
    return insert_ignore(tx, tables, {**version._asdict(), "document": document})


def note_published(tx: Connection, kid: str, now: int) -> bool:
    """That verifiers are told of it from now on; True for the first time."""
    c = tables.c
    statement = update(tables).where(c.kid == kid, c.published_at.is_(None)).values(published_at=now)
    return tx.execute(statement).rowcount == 1


def _version(row: Row[Any]) -> Version:
    return Version(**row._mapping)
