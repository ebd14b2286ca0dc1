"""SQL of the centre's keys: the newest is given out, all of them open."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, String, Table, desc, insert, select

from amate.db import metadata

centre_key = Table(
    "centre_key",
    metadata,
    Column("kid", String(43), primary_key=True),
    Column("x", String(43), nullable=False),
    Column("y", String(43), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class CentreKey:
    """A key that counters seal to.

    kid:     JWK thumbprint
    x, y:    coordinates of the public key, base64url
    wrapped: the private scalar, as sealing keys are stored
    """

    kid: str
    x: str
    y: str
    wrapped: bytes
    made_at: int


def add(tx: Connection, key: CentreKey) -> None:
    """Insert a key."""
    tx.execute(insert(centre_key).values(**{c.name: getattr(key, c.name) for c in centre_key.c}))


def newest(tx: Connection) -> CentreKey | None:
    """The key that counters are given."""
    query = select(centre_key).order_by(desc(centre_key.c.made_at), centre_key.c.kid).limit(1)
    row = tx.execute(query).one_or_none()
    return None if row is None else CentreKey(**row._mapping)


def find(tx: Connection, kid: str) -> CentreKey | None:
    """The key of this kid."""
    row = tx.execute(select(centre_key).where(centre_key.c.kid == kid)).one_or_none()
    return None if row is None else CentreKey(**row._mapping)
