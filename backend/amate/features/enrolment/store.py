"""SQL of the desk: answers to repeat, and affiliations that were declared but not proven."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    or_,
    select,
    update,
)

from amate.db import metadata
from amate.db.upsert import insert_ignore, upsert

answers = Table(
    "enrolment_answer",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("sealed", LargeBinary),
    Column("created_at", BigInteger, nullable=False, index=True),
)
declared = Table(
    "declared_affiliation",
    metadata,
    Column("person_id", String(40), ForeignKey("person.id"), primary_key=True),
    Column("institution", Integer, primary_key=True, autoincrement=False),
    Column("role", Integer, primary_key=True, autoincrement=False),
    Column("relation", String(20), nullable=False),
    Column("clinic", String(11)),
    Column("since_on", Integer),
    Column("until_on", Integer),
    Column("declared_at", BigInteger, nullable=False),
)


class Kept(NamedTuple):
    """What is kept for an Idempotency-Key; `sealed` is None until the answer is known."""

    body_hash: str
    sealed: bytes | None


def forget_before(tx: Connection, at: int) -> None:
    """Drop answers that are too old to be asked for again."""
    tx.execute(delete(answers).where(answers.c.created_at < at))


def claim(tx: Connection, key_hash: str, body_hash: str, now: int) -> Kept | None:
    """None when the key is new and now ours; else what it was used for, after waiting for a request under way."""
    row = {"key_hash": key_hash, "body_hash": body_hash, "sealed": None, "created_at": now}
    if insert_ignore(tx, answers, row):
        return None
    found = tx.execute(select(answers.c.body_hash, answers.c.sealed).where(answers.c.key_hash == key_hash)).one()
    return Kept(found.body_hash, found.sealed)


def release(tx: Connection, key_hash: str) -> None:
    """Forget a key that was claimed and not answered."""
    tx.execute(delete(answers).where(answers.c.key_hash == key_hash, answers.c.sealed.is_(None)))


def keep(tx: Connection, key_hash: str, sealed: bytes) -> None:
    """Keep the answer to a claimed key."""
    tx.execute(update(answers).where(answers.c.key_hash == key_hash).values(sealed=sealed))


def declared_by(tx: Connection, person_id: str, on_day: int) -> list[int]:
    """The institutions that a person says they belong to on a day, as titular before beneficiary."""
    c = declared.c
    begun, lasts = or_(c.since_on.is_(None), c.since_on <= on_day), or_(c.until_on.is_(None), c.until_on > on_day)
    query = select(c.institution).where(c.person_id == person_id, begun, lasts)
    return list(tx.execute(query.order_by(c.role, c.institution)).scalars())


def declare(tx: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Keep what was declared; the same institution and role again replaces it."""
    upsert(tx, declared, list(rows), key=["person_id", "institution", "role"])
