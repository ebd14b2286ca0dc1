"""SQL of offers, grants, tokens, nonces and DPoP proofs; single use by UNIQUE and conditional UPDATE or DELETE."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import insert_ignore
from amate.features.issuance.model import MAX_TRIES, Grant, StoredOffer

SWEEP_ROWS = 500

offers = Table(
    "issuance_offer",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("person_id", String(40), nullable=False, index=True),
    Column("configurations", Text, nullable=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("grant_hash", String(64), nullable=False, unique=True),
    Column("tx_hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("cancelled_at", BigInteger),
)
grants = Table(
    "issuance_grant",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("offer_id", String(24), ForeignKey("issuance_offer.id"), nullable=False, unique=True),
    Column("person_id", String(40), nullable=False, index=True),
    Column("configurations", Text, nullable=False),
    Column("client_id", String(200)),
    Column("jkt", String(43), nullable=False),
    Column("refresh_hash", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
access_tokens = Table(
    "issuance_access_token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("grant_id", String(24), ForeignKey("issuance_grant.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
nonces = Table(
    "issuance_nonce",
    metadata,
    Column("nonce_hash", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
dpop_proofs = Table(
    "issuance_dpop_proof",
    metadata,
    Column("proof_hash", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
GRANT_COLUMNS = tuple(grants.c[name] for name in Grant.__dataclass_fields__)

# Every request of every wallet runs these.
_GRANT_OF_ACCESS_TOKEN = Prepared(
    select(*GRANT_COLUMNS)
    .join(access_tokens, access_tokens.c.grant_id == grants.c.id)
    .where(access_tokens.c.token_hash == bindparam("token_hash"), access_tokens.c.expires_at > bindparam("now"))
)
_ADD_NONCE = Prepared(insert(nonces))
_USE_NONCE = Prepared(
    delete(nonces).where(nonces.c.nonce_hash == bindparam("hash"), nonces.c.expires_at > bindparam("now"))
)


def add_offer(tx: Connection, offer: StoredOffer, *, code: str, grant: str, now: int, until: int) -> None:
    """Insert an offer; `code` and `grant` are hashes."""
    tx.execute(
        insert(offers).values(
            id=offer.id,
            person_id=offer.person_id,
            configurations=json.dumps(offer.configurations),
            code_hash=code,
            grant_hash=grant,
            tx_hash=offer.tx_hash,
            tries=0,
            created_at=now,
            expires_at=until,
        )
    )


def cancel_offers(tx: Connection, person_id: str, now: int) -> int:
    """Cancel a person's offers that nobody used; how many there were."""
    c = offers.c
    open_ = (c.used_at.is_(None), c.cancelled_at.is_(None))
    return tx.execute(update(offers).where(c.person_id == person_id, *open_).values(cancelled_at=now)).rowcount


def find_offer(tx: Connection, code_hash: str, now: int) -> StoredOffer | None:
    """The offer behind a typed code that may still be used."""
    row = tx.execute(_offer_query().where(offers.c.code_hash == code_hash, *_is_open(now))).one_or_none()
    return _offer_of(row) if row else None


def try_offer(tx: Connection, grant_hash: str, now: int) -> StoredOffer | None:
    """Count one try at an offer, before its code is looked at; None when it is dead.

    The count and the question are one UPDATE, so a hundred guesses at once are no more than five.
    """
    condition = (offers.c.grant_hash == grant_hash, *_is_open(now))
    counted = tx.execute(update(offers).where(*condition).values(tries=offers.c.tries + 1))
    if counted.rowcount != 1:
        return None
    return _offer_of(tx.execute(_offer_query().where(offers.c.grant_hash == grant_hash)).one())


def use_offer(tx: Connection, offer_id: str, now: int) -> bool:
    """Use an offer up; True for exactly one caller (row F01)."""
    c = offers.c
    done = tx.execute(
        update(offers)
        .where(c.id == offer_id, c.used_at.is_(None), c.cancelled_at.is_(None), c.expires_at > now)
        .values(used_at=now)
    )
    return done.rowcount == 1


def is_dead(tx: Connection, offer_id: str) -> bool:
    """Whether the offer's tries are spent."""
    return bool(tx.execute(select(offers.c.tries >= MAX_TRIES).where(offers.c.id == offer_id)).scalar())


def add_grant(tx: Connection, grant: Grant, *, offer_id: str, refresh_hash: str, now: int) -> None:
    """Insert a grant."""
    values = {name: getattr(grant, name) for name in Grant.__dataclass_fields__}
    values["configurations"] = json.dumps(grant.configurations)
    tx.execute(insert(grants).values(**values, offer_id=offer_id, refresh_hash=refresh_hash, created_at=now))


def grant_of_refresh_token(tx: Connection, refresh_hash: str, now: int) -> Grant | None:
    """The grant in force behind a refresh token."""
    c = grants.c
    query = select(*GRANT_COLUMNS).where(c.refresh_hash == refresh_hash, c.expires_at > now, c.revoked_at.is_(None))
    row = tx.execute(query).one_or_none()
    return _grant_of(row) if row else None


def grant_of_access_token(tx: Connection, token_hash: str, now: int) -> Grant | None:
    """The grant behind an access token in force; the grant itself may be revoked."""
    row = _GRANT_OF_ACCESS_TOKEN.one(tx, {"token_hash": token_hash, "now": now})
    return _grant_of(row) if row else None


def hold_grants(tx: Connection, person_id: str) -> dict[str, int]:
    """A person's grants that are in force, with when they began; nobody else works on them until the transaction ends.

    One write, in one order for everybody, so that of two phones at once neither waits for the other: on SQLite a write
    that follows a read can find the database changed.
    """
    c = grants.c
    mine = select(c.id).where(c.person_id == person_id).order_by(c.id).with_for_update()
    held = update(grants).where(c.id.in_(mine)).values(person_id=person_id)
    rows = tx.execute(held.returning(c.id, c.created_at, c.revoked_at)).all()
    return {row.id: row.created_at for row in rows if row.revoked_at is None}


def revoke_grants(tx: Connection, now: int, *, person_id: str | None = None, grant_id: str | None = None) -> None:
    """End the grants of a person, or one grant."""
    mine = grants.c.person_id == person_id if person_id is not None else grants.c.id == grant_id
    tx.execute(update(grants).where(mine, grants.c.revoked_at.is_(None)).values(revoked_at=now))


def add_access_token(tx: Connection, token_hash: str, grant_id: str, until: int) -> None:
    """Insert an access token."""
    tx.execute(insert(access_tokens).values(token_hash=token_hash, grant_id=grant_id, expires_at=until))


def add_nonce(tx: Connection, nonce_hash: str, until: int) -> None:
    """Insert a nonce."""
    _ADD_NONCE.write(tx, {"nonce_hash": nonce_hash, "expires_at": until})


def use_nonce(tx: Connection, nonce_hash: str, now: int) -> bool:
    """Use a nonce up; True for exactly one caller, in time (row F05)."""
    return _USE_NONCE.write(tx, {"hash": nonce_hash, "now": now}) == 1


def use_dpop_proof(tx: Connection, proof_hash: str, until: int) -> bool:
    """Remember a DPoP proof; False when it came before (row F04)."""
    return insert_ignore(tx, dpop_proofs, {"proof_hash": proof_hash, "expires_at": until})


def sweep(tx: Connection, now: int) -> int:
    """Delete some of what ended: nonces, DPoP proofs, access tokens; how many rows.

    Rows that another worker is deleting are passed over, so two sweeps never wait for each other.
    """
    gone = 0
    for table in (nonces, dpop_proofs, access_tokens):
        key = next(iter(table.primary_key.columns))
        ended = select(key).where(table.c.expires_at <= now).limit(SWEEP_ROWS)
        names = tx.execute(ended.with_for_update(skip_locked=True)).scalars().all()
        if names:
            gone += tx.execute(delete(table).where(key.in_(names))).rowcount
    return gone


def _is_open(now: int) -> tuple[ColumnElement[bool], ...]:
    c = offers.c
    return c.used_at.is_(None), c.cancelled_at.is_(None), c.expires_at > now, c.tries < MAX_TRIES


def _offer_query() -> Any:
    return select(offers.c.id, offers.c.person_id, offers.c.configurations, offers.c.tx_hash)


def _offer_of(row: Row[Any]) -> StoredOffer:
    return StoredOffer(row.id, row.person_id, tuple(json.loads(row.configurations)), row.tx_hash)


def _grant_of(row: Sequence[Any]) -> Grant:
    id_, person_id, configurations, *others = row
    return Grant(id_, person_id, tuple(json.loads(configurations)), *others)
