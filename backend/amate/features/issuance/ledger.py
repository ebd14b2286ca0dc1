"""SQL of everything that was to be signed: credentials and printed cards with their state, passes as they went out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from amate.core.qr_pass import DEVICE
from amate.db import metadata
from amate.db.prepared import Prepared
from amate.features.issuance.model import BURNED, CARD, CREDENTIAL, INTENT, ISSUED, REVOKED, Issued

issued = Table(
    "issuance_issued",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("person_id", String(40), nullable=False, index=True),
    Column("grant_id", String(24), ForeignKey("issuance_grant.id"), index=True),
    Column("key_thumbprint", String(43)),
    Column("idempotency_key", String(64), nullable=False, unique=True),
    Column("status_index", BigInteger, nullable=False, unique=True),
    Column("signed_by", String(43), nullable=False),
    Column("tbs_sha256", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("issued_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("reason", String(60)),
    Column("renew_because", String(43), index=True),
    Index("ix_issuance_issued_state", "state", "created_at"),
    Index("ix_issuance_issued_signed_by", "signed_by", "expires_at"),
)
passes = Table(
    "issuance_pass",
    metadata,
    Column("cti", String(24), primary_key=True),
    Column("credential_id", String(24), ForeignKey("issuance_issued.id"), nullable=False, index=True),
    Column("profile", Integer, nullable=False),
    Column("signed_by", String(43), nullable=False),
    Column("tbs_sha256", String(64), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Index("ix_issuance_pass_signed_by", "signed_by", "expires_at"),
)
ISSUED_COLUMNS = tuple(issued.c[name] for name in Issued.__dataclass_fields__)

# Every pass runs these.
_BY_AGE = select(*ISSUED_COLUMNS).order_by(issued.c.created_at, issued.c.id)
_MINE = _BY_AGE.where(issued.c.grant_id == bindparam("grant_id"))
_OF_GRANT = Prepared(_MINE)
_OF_KEY = Prepared(_MINE.where(issued.c.key_thumbprint == bindparam("key_thumbprint")))
_ADD_PASS = Prepared(insert(passes))
# Every verdict on line runs one of these.
_PASS_SIGNED = Prepared(select(passes.c.tbs_sha256).where(passes.c.cti == bindparam("cti")))
_CARD_SIGNED = Prepared(
    select(issued.c.tbs_sha256).where(issued.c.status_index == bindparam("status_index"), issued.c.kind == CARD)
)


@dataclass(frozen=True, slots=True)
class SignedBy:
    """How much of what a key has signed is in force, and the last second of the longest (0 when nothing is)."""

    credentials: int
    cards: int
    passes: int
    until: int


@dataclass(frozen=True, slots=True)
class Renewals:
    """What relied on a key: asked to renew; of those, credentials that did not; cards to print anew; not asked yet.

    phones_until, cards_until: when the last of it ends by itself; 0 where nothing is left
    """

    asked: int
    waiting: int
    cards: int
    unasked: int
    phones_until: int
    cards_until: int


def signed_by(tx: Connection, kid: str, now: int) -> SignedBy:
    """What a key has signed, or was about to sign, that has not ended and is not revoked."""
    c, p = issued.c, passes.c
    in_force = (c.signed_by == kid, c.expires_at > now, c.state.in_((INTENT, ISSUED)))
    query = select(c.kind, func.count(), func.max(c.expires_at)).where(*in_force).group_by(c.kind)
    kinds = {kind: (count, until) for kind, count, until in tx.execute(query)}
    of_passes = select(func.count(), func.max(p.expires_at)).join_from(passes, issued, p.credential_id == c.id)
    shown = of_passes.where(p.signed_by == kid, p.expires_at > now, c.state.in_((INTENT, ISSUED)))
    count, until = tx.execute(shown).one()
    (credentials, a), (cards, b) = kinds.get(CREDENTIAL, (0, 0)), kinds.get(CARD, (0, 0))
    return SignedBy(credentials, cards, count, max(a, b, until or 0))


def ask_to_renew(tx: Connection, kid: str, now: int, *, limit: int) -> int:
    """Ask so many holders of what relies on a key to renew it, longest held first; how many were asked."""
    c = issued.c
    chosen = select(c.id).where(*_relies_on(kid, now), c.renew_because.is_distinct_from(kid))
    chosen = chosen.order_by(c.created_at, c.id).limit(limit)
    return tx.execute(update(issued).where(c.id.in_(chosen)).values(renew_because=kid)).rowcount


def ask_person_to_renew(tx: Connection, person_id: str, because: str) -> int:
    """Ask a person's phones to fetch their credential anew; whom somebody asked before stays asked for that."""
    c = issued.c
    theirs = (c.person_id == person_id, c.kind == CREDENTIAL, c.state == ISSUED, c.renew_because.is_(None))
    return tx.execute(update(issued).where(*theirs).values(renew_because=because)).rowcount


def renewals(tx: Connection, kid: str, now: int) -> Renewals:
    """How far the renewal of what relied on a key has come."""
    c = issued.c
    relies = and_(*_relies_on(kid, now))
    asked = c.renew_because == kid
    counts = (
        func.count().filter(asked),
        func.count().filter(asked, relies, c.kind == CREDENTIAL),
        func.count().filter(asked, relies, c.kind == CARD),
        func.count().filter(relies, c.renew_because.is_distinct_from(kid)),
        func.max(c.expires_at).filter(relies, c.kind == CREDENTIAL, c.signed_by == kid),
        func.max(c.expires_at).filter(relies, c.kind == CARD),
    )
    row = tx.execute(select(*counts).select_from(issued).where(or_(asked, relies))).one()
    was_asked, waiting, cards, unasked, by_credential, by_card = row
    mine = passes.alias()
    p = mine.c
    shown = select(func.max(p.expires_at)).select_from(mine.join(issued, p.credential_id == c.id))
    by_pass = tx.execute(shown.where(relies, p.signed_by == kid, p.profile == DEVICE)).scalar()
    return Renewals(was_asked, waiting, cards, unasked, max(by_credential or 0, by_pass or 0), by_card or 0)


def relying_on(tx: Connection, kid: str, now: int, *, limit: int) -> list[Issued]:
    """What still relies on a key, cards first, newest first."""
    c = issued.c
    query = select(*ISSUED_COLUMNS).where(*_relies_on(kid, now)).order_by(c.kind, c.created_at.desc(), c.id)
    return [_issued_of(row) for row in tx.execute(query.limit(limit))]


def is_renewal_asked(tx: Connection, grant_id: str) -> bool:
    """Whether a phone was asked to fetch its credential anew."""
    c = issued.c
    asked = select(c.id).where(c.grant_id == grant_id, c.state == ISSUED, c.renew_because.is_not(None)).limit(1)
    return tx.execute(asked).first() is not None


def _relies_on(kid: str, now: int) -> tuple[ColumnElement[bool], ...]:
    """In force and signed by the key, or shown by a pass of it than which the phone has no newer one."""
    c, newer = issued.c, passes.alias()
    of_phone = (passes.c.credential_id == c.id, passes.c.profile == DEVICE, passes.c.signed_by == kid)
    later = (newer.c.credential_id == passes.c.credential_id, newer.c.profile == DEVICE, newer.c.signed_by != kid)
    has_newer = exists().where(*later, newer.c.issued_at >= passes.c.issued_at)
    by_pass = exists().where(*of_phone, passes.c.expires_at > now, ~has_newer)
    return c.state == ISSUED, c.expires_at > now, or_(c.signed_by == kid, by_pass)


def add_intent(tx: Connection, intent: Issued, *, idempotency_key: str, signed_by: str, tbs_sha256: str) -> None:
    """Insert what is about to be signed."""
    values = {name: getattr(intent, name) for name in Issued.__dataclass_fields__}
    values |= {"idempotency_key": idempotency_key, "signed_by": signed_by, "tbs_sha256": tbs_sha256}
    tx.execute(insert(issued).values(**values))


def mark_issued(tx: Connection, intent_id: str, now: int) -> bool:
    """An intent that was signed; False when recovery burned it meanwhile, so it must not leave the house."""
    c = issued.c
    done = tx.execute(update(issued).where(c.id == intent_id, c.state == INTENT).values(state=ISSUED, issued_at=now))
    return done.rowcount == 1


def burn(tx: Connection, intent_id: str, now: int) -> bool:
    """Give an intent up; False when it was issued meanwhile."""
    c = issued.c
    done = tx.execute(
        update(issued)
        .where(c.id == intent_id, c.state == INTENT)
        .values(state=BURNED, revoked_at=now, reason="never-issued")
    )
    return done.rowcount == 1


def revoke(tx: Connection, issued_id: str, *, reason: str, now: int) -> bool:
    """Mark what was or may have been issued as revoked; False when it was before."""
    c = issued.c
    done = tx.execute(
        update(issued)
        .where(c.id == issued_id, c.state.in_((INTENT, ISSUED)))
        .values(state=REVOKED, revoked_at=now, reason=reason)
    )
    return done.rowcount == 1


def find(tx: Connection, issued_id: str) -> Issued | None:
    """A credential or card, by id."""
    return next(_read(tx, _BY_AGE.where(issued.c.id == issued_id)), None)


def of_person(tx: Connection, person_id: str) -> list[Issued]:
    """All of a person's credentials and cards, oldest first."""
    return list(_read(tx, _BY_AGE.where(issued.c.person_id == person_id)))


def of_grant(tx: Connection, grant_id: str, *, key_thumbprint: str | None = None) -> list[Issued]:
    """The credentials of a grant, for one key or for all, oldest first."""
    if key_thumbprint is None:
        rows = _OF_GRANT.all(tx, {"grant_id": grant_id})
    else:
        rows = _OF_KEY.all(tx, {"grant_id": grant_id, "key_thumbprint": key_thumbprint})
    return [_issued_of(row) for row in rows]


def stale_intents(tx: Connection, before: int) -> list[Issued]:
    """Intents older than `before` of which nobody knows whether they were signed."""
    c = issued.c
    return list(_read(tx, _BY_AGE.where(c.state == INTENT, c.created_at <= before)))


def everything(tx: Connection, *, limit: int) -> list[Issued]:
    """The newest credentials and cards, newest first."""
    query = select(*ISSUED_COLUMNS).order_by(issued.c.created_at.desc(), issued.c.id).limit(limit)
    return [_issued_of(row) for row in tx.execute(query)]


def add_pass(tx: Connection, **values: Any) -> None:
    """Insert a pass that is about to be signed."""
    _ADD_PASS.write(tx, values)


def pass_signed(tx: Connection, cti: str) -> str | None:
    """SHA-256 (hex) of what was to be signed as the pass of this cti; None when there was none."""
    row = _PASS_SIGNED.one(tx, {"cti": cti})
    return None if row is None else row[0]


def passes_of(tx: Connection, person_id: str, since: int) -> list[str]:
    """The ctis (hex) of a person's passes that ended after an instant."""
    query = select(passes.c.cti).join(issued, passes.c.credential_id == issued.c.id)
    return list(tx.execute(query.where(issued.c.person_id == person_id, passes.c.expires_at > since)).scalars())


def card_signed(tx: Connection, status_index: int) -> str | None:
    """The same of a printed card, which has a status index of its own."""
    row = _CARD_SIGNED.one(tx, {"status_index": status_index})
    return None if row is None else row[0]


def _read(tx: Connection, query: Select[Any]) -> Iterator[Issued]:
    return (_issued_of(row) for row in tx.execute(query).all())


def _issued_of(row: Sequence[Any]) -> Issued:
    return Issued(*row)  # in the order of its fields, as ISSUED_COLUMNS are
