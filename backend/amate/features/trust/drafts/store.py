"""SQL of drafts, and of the ceremonies that made roots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from amate.db import metadata
from amate.db.upsert import insert_ignore
from amate.features.trust.model import Draft, RoleKey

draft = Table(
    "trust_draft",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("plan", Text, nullable=False),
    Column("roll", Text, nullable=False),
    Column("state", String(20), nullable=False),
    # The role while it is open, then null: at most one draft a role waits at a time.
    Column("open_for", String(20), nullable=True, unique=True),
    Column("made_at", BigInteger, nullable=False),
)
draft_file = Table(
    "trust_draft_file",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(100), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
draft_signature = Table(
    "trust_draft_signature",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("keyid", String(64), primary_key=True),
    Column("signature", String(200), nullable=False),
    Column("added_at", BigInteger, nullable=False),
)
WAITS_OR_COULD = ("open", "superseded")


def add(tx: Connection, made: Draft, files: Mapping[str, bytes]) -> Draft | None:
    """The draft with its number; None when another one for its role is open, or was opened meanwhile."""
    if open_for(tx, made.role) is not None:
        return None
    values = {
        "role": made.role,
        "version": made.version,
        "payload": made.payload,
        "state": "open",
        "open_for": made.role,
        "made_at": made.made_at,
        **_encoded(made),
    }
    if not insert_ignore(tx, draft, values):
        return None
    kept = open_for(tx, made.role)
    if kept is not None:
        for name, body in files.items():
            tx.execute(insert(draft_file).values(number=kept.number, name=name, body=body))
    return kept


def open_for(tx: Connection, role: str) -> Draft | None:
    """The draft of this role that waits for signatures."""
    row = tx.execute(select(draft).where(draft.c.open_for == role)).one_or_none()
    return None if row is None else _draft_of(row._mapping)


def same(tx: Connection, role: str, payload: bytes) -> Draft | None:
    """The draft of these very bytes that waits, or that another one took the place of."""
    c = draft.c
    query = select(draft).where(c.role == role, c.payload == payload, c.state.in_(WAITS_OR_COULD))
    row = tx.execute(query.order_by(c.number).limit(1)).one_or_none()
    return None if row is None else _draft_of(row._mapping)


def reopen(tx: Connection, kept: Draft) -> bool:
    """It waits (again), for those whom `plan` names; False when another one for its role does, or it was published."""
    waiting = open_for(tx, kept.role)
    if waiting is not None and waiting.number != kept.number:
        return False
    c = draft.c
    values = {"state": "open", "open_for": kept.role, **_encoded(kept)}
    try:
        with tx.begin_nested():
            query = update(draft).where(c.number == kept.number, c.state.in_(WAITS_OR_COULD)).values(values)
            return tx.execute(query).rowcount == 1
    except IntegrityError:  # another one for its role was opened after we looked
        return False


def find(tx: Connection, number: int) -> Draft | None:
    """A draft by its number."""
    row = tx.execute(select(draft).where(draft.c.number == number)).one_or_none()
    return None if row is None else _draft_of(row._mapping)


def files_of(tx: Connection, number: int) -> dict[str, bytes]:
    """The documents that a draft of targets lists, by name."""
    rows = tx.execute(select(draft_file.c.name, draft_file.c.body).where(draft_file.c.number == number))
    return {name: bytes(body) for name, body in rows}


def close(tx: Connection, number: int, state: str) -> None:
    """It is published or superseded."""
    tx.execute(update(draft).where(draft.c.number == number).values(state=state, open_for=None))


def add_signatures(tx: Connection, number: int, signatures: Mapping[str, str], now: int) -> int:
    """How many of these, in hex by keyid, are new; a key signs a draft once."""
    rows = [{"number": number, "keyid": k, "signature": s, "added_at": now} for k, s in signatures.items()]
    return sum(insert_ignore(tx, draft_signature, row) for row in rows)


def signatures_of(tx: Connection, number: int) -> dict[str, str]:
    """Signatures in hex by keyid."""
    query = select(draft_signature.c.keyid, draft_signature.c.signature).where(draft_signature.c.number == number)
    return {row.keyid: row.signature for row in tx.execute(query)}


def _encoded(made: Draft) -> dict[str, str]:
    return {"plan": json.dumps([asdict(key) for key in made.plan]), "roll": json.dumps(dict(made.roll))}


def _draft_of(row: RowMapping) -> Draft:
    values = {column.name: row[column.name] for column in draft.c if column.name != "open_for"}
    plan = tuple(RoleKey(**key) for key in json.loads(values["plan"]))
    return Draft(**{**values, "payload": bytes(values["payload"]), "plan": plan, "roll": json.loads(values["roll"])})
