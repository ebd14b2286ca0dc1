"""SQL of keys and of the published repository."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    delete,
    desc,
    insert,
    select,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import insert_ignore
from amate.features.trust.model import IssuerKey, Release, RoleKey, SealingKey

issuer_key = Table(
    "issuer_key",
    metadata,
    Column("kid", String(43), primary_key=True),
    Column("iss", String(200), nullable=False),
    Column("use", String(20), nullable=False),
    Column("uri", String(400), nullable=False),
    Column("jwk", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("sign_from", BigInteger, nullable=False),
    Column("sign_until", BigInteger, nullable=False),
    Column("accept_until", BigInteger, nullable=False),
    Column("distrust", Text, nullable=True),
)
role_key = Table(
    "role_key",
    metadata,
    Column("keyid", String(64), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("uri", String(400), nullable=False),
)
sealing_key = Table(
    "sealing_key",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("seal_from", BigInteger, nullable=False),
    Column("seal_until", BigInteger, nullable=False),
    Column("open_until", BigInteger, nullable=False),
)
trust_release = Table(
    "trust_release",
    metadata,
    Column("timestamp", Integer, primary_key=True, autoincrement=False),
    Column("root", Integer, nullable=False),
    Column("targets", Integer, nullable=False),
    Column("snapshot", Integer, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)
trust_file = Table(
    "trust_file",
    metadata,
    Column("path", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# Every pass runs these two.
_SIGNING = Prepared(
    select(issuer_key)
    .where(issuer_key.c.use == bindparam("use"), issuer_key.c.state == "active", issuer_key.c.distrust.is_(None))
    .where(issuer_key.c.sign_from <= bindparam("now"), issuer_key.c.sign_until > bindparam("now"))
    .order_by(desc(issuer_key.c.sign_from), issuer_key.c.kid)
    .limit(1)
)
_SEALING = Prepared(
    select(sealing_key.c.number, sealing_key.c.wrapped)
    .where(sealing_key.c.seal_from <= bindparam("now"), sealing_key.c.seal_until > bindparam("now"))
    .order_by(desc(sealing_key.c.number))
    .limit(1)
)
# Every verdict on line runs this one.
_OPENING = Prepared(
    select(*(sealing_key.c[name] for name in SealingKey.__dataclass_fields__))
    .where(sealing_key.c.open_until > bindparam("now"))
    .order_by(desc(sealing_key.c.number))
)


def add_issuer_key(tx: Connection, key: IssuerKey) -> None:
    """Insert a key."""
    values = {column.name: getattr(key, column.name) for column in issuer_key.c}
    values["jwk"] = json.dumps(key.jwk)
    values["distrust"] = json.dumps(key.distrust) if key.distrust else None
    tx.execute(insert(issuer_key).values(**values))


def issuer_keys(tx: Connection) -> list[IssuerKey]:
    """Every key that was ever published, oldest first."""
    query = select(issuer_key).order_by(issuer_key.c.sign_from, issuer_key.c.kid)
    return [_issuer_key_of(tuple(row)) for row in tx.execute(query)]


def signing_key(tx: Connection, use: str, now: int) -> IssuerKey | None:
    """The newest key that signs for `use` now."""
    row = _SIGNING.one(tx, {"use": use, "now": now})
    return _issuer_key_of(row) if row else None


def add_role_key(tx: Connection, key: RoleKey) -> None:
    """Insert a key of the repository."""
    tx.execute(insert(role_key).values(keyid=key.keyid, role=key.role, uri=key.uri))


def role_keys(tx: Connection) -> list[RoleKey]:
    """The keys of the repository's roles."""
    rows = tx.execute(select(role_key).order_by(role_key.c.role, role_key.c.keyid))
    return [RoleKey(**row._mapping) for row in rows]


def add_sealing_key(tx: Connection, key: SealingKey) -> None:
    """Insert a sealing key."""
    tx.execute(insert(sealing_key).values(**{c.name: getattr(key, c.name) for c in sealing_key.c}))


def sealing_keys(tx: Connection, now: int) -> list[SealingKey]:
    """The sealing keys that clinics still hold, newest first."""
    rows = _OPENING.all(tx, {"now": now})
    return [SealingKey(number, bytes(wrapped), *times) for number, wrapped, *times in rows]


def sealing_key_in_force(tx: Connection, now: int) -> tuple[int, bytes] | None:
    """Number and wrapped bytes of the newest key that new passes are sealed with."""
    row = _SEALING.one(tx, {"now": now})
    return None if row is None else (row[0], bytes(row[1]))


def last_release(tx: Connection) -> Release | None:
    """The newest state of the repository."""
    row = tx.execute(select(trust_release).order_by(desc(trust_release.c.timestamp)).limit(1)).one_or_none()
    return Release(**row._mapping) if row else None


def claim_release(tx: Connection, release: Release) -> bool:
    """Take the release's number; False when another publication took it first."""
    values = {column.name: getattr(release, column.name) for column in trust_release.c}
    return insert_ignore(tx, trust_release, values)


def read_file(tx: Connection, path: str) -> bytes | None:
    """A published file, by its path under /trust/."""
    body = tx.execute(select(trust_file.c.body).where(trust_file.c.path == path)).scalar_one_or_none()
    return None if body is None else bytes(body)


def file_paths(tx: Connection) -> list[str]:
    """The paths of all published files."""
    return list(tx.execute(select(trust_file.c.path).order_by(trust_file.c.path)).scalars())


def put_file(tx: Connection, path: str, body: bytes) -> None:
    """Keep a published file; only the timestamp is ever replaced."""
    tx.execute(delete(trust_file).where(trust_file.c.path == path))
    tx.execute(insert(trust_file).values(path=path, body=body))


@lru_cache(maxsize=64)  # by the whole row, so that a row that another worker changes is another key here at once
def _issuer_key_of(row: tuple[Any, ...]) -> IssuerKey:
    values = dict(zip(issuer_key.c.keys(), row, strict=True))
    values["distrust"] = json.loads(values["distrust"]) if values["distrust"] else None
    return IssuerKey(**{**values, "jwk": json.loads(values["jwk"])})
