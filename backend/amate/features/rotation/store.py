"""SQL of proposals and of the signatures under them; that nobody signs twice is the primary key's business."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    text,
    update,
)

from amate.db import metadata
from amate.db.upsert import insert_ignore
from amate.features.rotation.model import DONE, OPEN, STAGE, Proposal, Signature, encode

proposals = Table(
    "rotation_proposal",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("action", String(12), nullable=False),
    Column("kid", String(43), nullable=False),
    Column("content", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("proposed_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("ended_at", BigInteger),
    CheckConstraint("state IN ('open', 'done', 'withdrawn')", name="proposal_states"),
)
Index(
    "ux_rotation_proposal_open",
    proposals.c.action,
    proposals.c.kid,
    unique=True,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)
signatures = Table(
    "rotation_signature",
    metadata,
    Column("proposal_id", String(24), ForeignKey("rotation_proposal.id"), primary_key=True),
    Column("person", String(120), primary_key=True),
    Column("means", String(10), nullable=False),
    Column("credential", String(1400), nullable=False),
    Column("proof", Text, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    UniqueConstraint("proposal_id", "credential", name="proposal_signed_once"),
)


def add_proposal(tx: Connection, proposal: Proposal) -> None:
    """Insert a proposal."""
    values = {name: getattr(proposal, name) for name in Proposal.__dataclass_fields__}
    tx.execute(insert(proposals).values(**{**values, "content": encode(proposal.content)}))


def find_proposal(tx: Connection, proposal_id: str) -> Proposal | None:
    """A proposal, by id."""
    row = tx.execute(select(proposals).where(proposals.c.id == proposal_id)).one_or_none()
    return _proposal_of(row) if row else None


def with_digits(tx: Connection, digits: str) -> list[Proposal]:
    """The proposals whose ids begin or end with these hexadecimal digits, newest first."""
    c = proposals.c
    query = select(proposals).where(c.id.startswith(f"kp-{digits}") | c.id.like(f"kp-%{digits}"))
    return [_proposal_of(row) for row in tx.execute(query.order_by(c.proposed_at.desc(), c.id))]


def open_proposal(tx: Connection, action: str, kid: str) -> Proposal | None:
    """The one open proposal to do this with a key, if there is one."""
    c = proposals.c
    row = tx.execute(select(proposals).where(c.action == action, c.kid == kid, c.state == OPEN)).one_or_none()
    return _proposal_of(row) if row else None


def list_proposals(tx: Connection, *, limit: int = 200) -> list[Proposal]:
    """The newest proposals, newest first."""
    query = select(proposals).order_by(proposals.c.proposed_at.desc(), proposals.c.id).limit(limit)
    return [_proposal_of(row) for row in tx.execute(query)]


def staged_in(tx: Connection) -> list[Proposal]:
    """Every proposal to stage a key, newest first."""
    query = select(proposals).where(proposals.c.action == STAGE)
    return [_proposal_of(row) for row in tx.execute(query.order_by(proposals.c.proposed_at.desc(), proposals.c.id))]


def end_proposal(tx: Connection, proposal_id: str, state: str, now: int) -> bool:
    """Close a proposal; True for exactly one caller, and an expired one can only be withdrawn."""
    c = proposals.c
    conditions = [c.id == proposal_id, c.state == OPEN]
    if state == DONE:
        conditions.append(c.expires_at > now)
    return tx.execute(update(proposals).where(*conditions).values(state=state, ended_at=now)).rowcount == 1


def add_signature(tx: Connection, signature: Signature) -> bool:
    """Insert a signature; False when this person or this credential has signed before."""
    c = signatures.c
    is_same = (c.person == signature.person) | (c.credential == signature.credential)
    before = select(c.person).where(c.proposal_id == signature.proposal_id, is_same)
    if tx.execute(before).first() is not None:  # SQLite refuses to insert over it, even to ignore that
        return False
    values = {name: getattr(signature, name) for name in Signature.__dataclass_fields__}
    return insert_ignore(tx, signatures, values)


def signatures_of(tx: Connection, proposal_id: str) -> list[Signature]:
    """Who signed, in order."""
    query = select(signatures).where(signatures.c.proposal_id == proposal_id)
    rows = tx.execute(query.order_by(signatures.c.signed_at, signatures.c.person))
    return [Signature(**row._mapping) for row in rows]


def _proposal_of(row: Row[Any]) -> Proposal:
    return Proposal(**{**row._mapping, "content": json.loads(row.content)})
