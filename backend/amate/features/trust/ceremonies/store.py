"""SQL of ceremonies: one row for each root."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, delete, insert, select

from amate.db import metadata

ceremony = Table(
    "trust_ceremony",
    metadata,
    Column("root", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("input", Text, nullable=False),
    Column("transcript", Text, nullable=True),
    Column("begun_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Ceremony:
    """How a root came about.

    input:      the file that was its whole input; empty for the same keys for another year
    transcript: JSON, byte for byte as written; None while it waits for signatures
    """

    root: int
    kind: str
    input: str
    transcript: str | None
    begun_at: int


def find(tx: Connection, root: int) -> Ceremony | None:
    """The ceremony that made root number `root`."""
    row = tx.execute(select(ceremony).where(ceremony.c.root == root)).one_or_none()
    return None if row is None else Ceremony(**row._mapping)


def held(tx: Connection) -> list[Ceremony]:
    """Those that are over, oldest first."""
    query = select(ceremony).where(ceremony.c.transcript.is_not(None)).order_by(ceremony.c.root)
    return [Ceremony(**row._mapping) for row in tx.execute(query)]


def put(tx: Connection, made: Ceremony) -> None:
    """Keep it; one for the same root that only waited is forgotten."""
    tx.execute(delete(ceremony).where(ceremony.c.root == made.root, ceremony.c.transcript.is_(None)))
    tx.execute(insert(ceremony).values({column.name: getattr(made, column.name) for column in ceremony.c}))
