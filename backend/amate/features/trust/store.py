"""SQL of keys and of the published repository."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
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
    update,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import insert_ignore
from amate.features.trust.model import Halt, IssuerKey, Release, RoleKey, SealingKey

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
    Column("kid8", String(16), nullable=False, unique=True),
    Column("shard", Integer, nullable=False),
    Column("lead_s", BigInteger, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("published_at", BigInteger),
    Column("activated_at", BigInteger),
    Column("frozen_at", BigInteger),
    Column("changed_by", String(24)),
)
role_key = Table(
    "role_key",
    metadata,
    Column("keyid", String(64), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("uri", String(400), nullable=False),
    Column("holder", String(120), nullable=False),
    Column("is_online", Boolean, nullable=False),
    Column("signed_at", BigInteger, nullable=True),
    Column("missing_since", BigInteger, nullable=True),
    Index("role_key_holder", "role", "holder", unique=True),
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
# Beside the keys: issuers' and roles' alike are halted, and a count of faults outlives what it counts.
key_halt = Table(
    "key_halt",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("use", String(20), nullable=False),
    Column("halted_at", BigInteger, nullable=True),
    Column("faults", Integer, nullable=False),
    Column("elsewhere", Integer, nullable=False),
    Column("elsewhere_at", BigInteger),
    Column("acknowledged_at", BigInteger),
)
trust_release = Table(
    "trust_release",
    metadata,
    Column("timestamp", Integer, primary_key=True, autoincrement=False),
    Column("root", Integer, nullable=False),
    Column("targets", Integer, nullable=False),
    Column("snapshot", Integer, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    Column("lead_s", BigInteger),
    Column("list_s", BigInteger),
)
trust_file = Table(
    "trust_file",
    metadata,
    Column("path", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

_RELEASE_COLUMNS = tuple(trust_release.c[name] for name in Release.__dataclass_fields__)
_KEY_COLUMNS = tuple(issuer_key.c[name] for name in IssuerKey.__dataclass_fields__)

# Every pass runs these two.
_SIGNING = Prepared(
    select(*_KEY_COLUMNS, key_halt.c.halted_at)
    .outerjoin(key_halt, key_halt.c.kid == issuer_key.c.kid)
    .where(issuer_key.c.use == bindparam("use"), issuer_key.c.state == "active", issuer_key.c.distrust.is_(None))
    .where(issuer_key.c.sign_from <= bindparam("now"), issuer_key.c.sign_until > bindparam("now"))
    .where(issuer_key.c.frozen_at.is_(None))
    .order_by(issuer_key.c.shard, desc(issuer_key.c.sign_from), issuer_key.c.kid)
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


def add_issuer_key(tx: Connection, key: IssuerKey, *, changed_by: str | None = None) -> None:
    """Insert a key; one that was not there from the first needs the proposal that two people signed."""
    tx.execute(insert(issuer_key).values(**_values_of(key), kid8=key.kid8.hex(), changed_by=changed_by))


def change_issuer_key(tx: Connection, before: IssuerKey, after: IssuerKey, *, changed_by: str | None = None) -> bool:
    """Put a key into another state or give it other dates; False when it was changed meanwhile.

    changed_by: the proposal; the database itself asks for one that two people signed (migration 0012)
    """
    c = issuer_key.c
    same = (c.kid == before.kid, c.state == before.state, c.sign_from == before.sign_from)
    done = tx.execute(update(issuer_key).where(*same).values(**_values_of(after), changed_by=changed_by))
    return done.rowcount == 1


def freeze_issuer_key(tx: Connection, kid: str, at: int | None) -> bool:
    """Let a key sign nothing from now on (or again, with None); False when it was so before."""
    c = issuer_key.c
    other = c.frozen_at.is_(None) if at is not None else c.frozen_at.is_not(None)
    return tx.execute(update(issuer_key).where(c.kid == kid, other).values(frozen_at=at)).rowcount == 1


def find_issuer_key(tx: Connection, kid: str) -> IssuerKey | None:
    """A key, by its whole kid."""
    row = tx.execute(select(*_KEY_COLUMNS).where(issuer_key.c.kid == kid)).one_or_none()
    return _issuer_key_of(tuple(row)) if row else None


def note_published(tx: Connection, kids: Iterable[str], now: int) -> None:
    """Note that verifiers can know these keys from now on."""
    c = issuer_key.c
    tx.execute(update(issuer_key).where(c.kid.in_(list(kids)), c.published_at.is_(None)).values(published_at=now))


def issuer_keys(tx: Connection) -> list[IssuerKey]:
    """Every key that was ever published, oldest first."""
    query = select(*_KEY_COLUMNS).order_by(
        issuer_key.c.sign_from, issuer_key.c.use, issuer_key.c.shard, issuer_key.c.kid
    )
    return [_issuer_key_of(tuple(row)) for row in tx.execute(query)]


def signing_keys(tx: Connection, use: str, now: int) -> tuple[list[IssuerKey], list[str]]:
    """The keys that sign for `use` now, the newest of each shard; and the kids of those among them that are halted."""
    newest: dict[int, tuple[IssuerKey, bool]] = {}
    for *row, halted_at in _SIGNING.all(tx, {"use": use, "now": now}):
        key = _issuer_key_of(tuple(row))
        newest.setdefault(key.shard, (key, halted_at is not None))
    return [key for key, _ in newest.values()], [key.kid for key, is_halted in newest.values() if is_halted]


def replace_role_keys(tx: Connection, keys: Iterable[RoleKey]) -> None:
    """These are the keys of the repository from now on; which ones were before stands in the roots."""
    tx.execute(delete(role_key))
    for key in keys:
        tx.execute(insert(role_key).values({column.name: getattr(key, column.name) for column in role_key.c}))


def role_keys(tx: Connection) -> list[RoleKey]:
    """The keys of the repository's roles."""
    rows = tx.execute(select(role_key).order_by(role_key.c.role, role_key.c.holder))
    return [RoleKey(**row._mapping) for row in rows]


def note_role_keys(tx: Connection, *, signed: Iterable[str], missing: Iterable[str], now: int) -> None:
    """Which keys (keyids) have signed now, and which were called and did not answer."""
    for keyid in signed:
        answered = {"signed_at": now, "missing_since": None}
        tx.execute(update(role_key).where(role_key.c.keyid == keyid).values(answered))
    for keyid in missing:
        silent = update(role_key).where(role_key.c.keyid == keyid, role_key.c.missing_since.is_(None))
        tx.execute(silent.values(missing_since=now))


def halt_key(tx: Connection, kid: str, use: str, now: int) -> None:
    """Halt a key, and count the fault."""
    count_fault(tx, kid, use)
    tx.execute(update(key_halt).where(key_halt.c.kid == kid).values(halted_at=now))


def count_fault(tx: Connection, kid: str, use: str) -> None:
    """Count a fault of a key that goes on signing."""
    insert_ignore(tx, key_halt, {"kid": kid, "use": use, "halted_at": None, "faults": 0, "elsewhere": 0})
    tx.execute(update(key_halt).where(key_halt.c.kid == kid).values(faults=key_halt.c.faults + 1))


def count_elsewhere(tx: Connection, kid: str, use: str, now: int) -> None:
    """Count what a key signed and was not to sign here; it goes on signing."""
    count_fault(tx, kid, use)
    counted = {"elsewhere": key_halt.c.elsewhere + 1, "elsewhere_at": now}
    tx.execute(update(key_halt).where(key_halt.c.kid == kid).values(**counted))


def acknowledge(tx: Connection, kid: str, now: int) -> bool:
    """Somebody has looked at what a key signed elsewhere; False when there is nothing of it."""
    known = (key_halt.c.kid == kid) & key_halt.c.elsewhere_at.is_not(None)
    counted = {"elsewhere": 0, "elsewhere_at": None, "acknowledged_at": now}
    return tx.execute(update(key_halt).where(known).values(**counted)).rowcount > 0


def unhalt_key(tx: Connection, kid: str) -> bool:
    """Let a key sign again; False when it was not halted."""
    halted = (key_halt.c.kid == kid) & key_halt.c.halted_at.is_not(None)
    return tx.execute(update(key_halt).where(halted).values(halted_at=None)).rowcount > 0


def halts(tx: Connection) -> list[Halt]:
    """Every key that ever signed wrongly, or elsewhere."""
    rows = tx.execute(select(key_halt).order_by(key_halt.c.kid))
    return [Halt(**row._mapping) for row in rows]


def add_sealing_key(tx: Connection, key: SealingKey) -> bool:
    """Insert a sealing key; False when somebody else just made the one of this number."""
    return insert_ignore(tx, sealing_key, {c.name: getattr(key, c.name) for c in sealing_key.c})


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
    newest = select(*_RELEASE_COLUMNS).order_by(desc(trust_release.c.timestamp)).limit(1)
    row = tx.execute(newest).one_or_none()
    return Release(**row._mapping) if row else None


def root_in_force(tx: Connection) -> bytes | None:
    """The root that was published last; None before the first publication."""
    release = last_release(tx)
    return None if release is None else read_file(tx, f"{release.root}.root.json")


def claim_release(tx: Connection, release: Release, *, lead_s: int, list_s: int) -> bool:
    """Take the release's number; False when another publication took it first.

    lead_s, list_s: how long verifiers know a key before it signs and how long a status list is relied on, by the
                    policy of now: the database's refusals count by it (migration 0021)
    """
    taken = select(trust_release.c.timestamp).where(trust_release.c.timestamp == release.timestamp)
    if tx.execute(taken).first() is not None:  # SQLite refuses to insert over it, even to ignore that
        return False
    values = {name: getattr(release, name) for name in Release.__dataclass_fields__}
    return insert_ignore(tx, trust_release, {**values, "lead_s": lead_s, "list_s": list_s})


def published_lead_s(tx: Connection) -> int:
    """How long verifiers are to know a key before it signs, by the policy of the last publication; 0 of before 0021."""
    newest = select(trust_release.c.lead_s).order_by(desc(trust_release.c.timestamp)).limit(1)
    return tx.execute(newest).scalar_one_or_none() or 0


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


def _values_of(key: IssuerKey) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in IssuerKey.__dataclass_fields__}
    values["jwk"] = json.dumps(dict(key.jwk))
    values["distrust"] = json.dumps(dict(key.distrust)) if key.distrust else None
    return values


@lru_cache(maxsize=256)  # by the whole row, so that a row that another worker changes is another key here at once
def _issuer_key_of(row: tuple[Any, ...]) -> IssuerKey:
    values = dict(zip(IssuerKey.__dataclass_fields__, row, strict=True))
    values["distrust"] = json.loads(values["distrust"]) if values["distrust"] else None
    values["is_first"] = bool(values["is_first"])
    return IssuerKey(**{**values, "jwk": json.loads(values["jwk"])})
