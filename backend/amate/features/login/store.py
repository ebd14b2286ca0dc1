"""SQL of staff, passkeys, invitations, challenges, sessions and tokens; single use by conditional UPDATE and DELETE."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.features.login.model import REMEMBERED_S, Challenge, IntegratorToken, Invitation, Passkey, Staff

staff = Table(
    "login_staff",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("clinic", String(11)),
    Column("user_handle", LargeBinary(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("another_person", Boolean, nullable=False),
)
passkeys = Table(
    "login_passkey",
    metadata,
    Column("id", String(1400), primary_key=True),
    Column("staff_id", String(40), ForeignKey("login_staff.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("device_type", String(20), nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
invitations = Table(
    "login_invitation",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("clinic", String(11)),
    Column("name", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("another_person", Boolean, nullable=False),
)
challenges = Table(
    "login_challenge",
    metadata,
    Column("challenge_hash", String(64), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("ceremony_hash", String(64), nullable=False),
    Column("invitation_hash", String(64)),
    Column("user_handle", LargeBinary(64)),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
sessions = Table(
    "login_session",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("staff_id", String(40), ForeignKey("login_staff.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger),
)
tokens = Table(
    "login_token",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("clinic", String(11)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
STAFF_COLUMNS = tuple(c for c in staff.c if c.name != "created_at")
_INVITATION_COLUMNS = tuple(invitations.c[name] for name in Invitation.__dataclass_fields__)
TOKEN_COLUMNS = tuple(tokens.c[name] for name in IntegratorToken.__dataclass_fields__)

# Every request of staff and of integrators runs one of these.
_SESSION_IN_FORCE = (
    select(*STAFF_COLUMNS)
    .join(sessions, sessions.c.staff_id == staff.c.id)
    .where(sessions.c.secret_hash == bindparam("secret_hash"), sessions.c.expires_at > bindparam("now"))
    .where(sessions.c.revoked_at.is_(None), staff.c.disabled_at.is_(None))
)
_DISABLED = (
    select(staff.c.id)
    .join(sessions, sessions.c.staff_id == staff.c.id)
    .where(sessions.c.secret_hash == bindparam("secret_hash"), staff.c.disabled_at.is_not(None))
)
_TOKEN_IN_FORCE = Prepared(
    select(*TOKEN_COLUMNS).where(
        tokens.c.secret_hash == bindparam("secret_hash"),
        tokens.c.expires_at > bindparam("now"),
        tokens.c.revoked_at.is_(None),
    )
)


def add_staff(tx: Connection, person: Staff, now: int) -> None:
    """Insert a member of staff."""
    values = {name: getattr(person, name) for name in Staff.__dataclass_fields__}
    tx.execute(insert(staff).values(**values, created_at=now))


def find_staff(tx: Connection, staff_id: str) -> Staff | None:
    """A member of staff, by id."""
    row = tx.execute(select(*STAFF_COLUMNS).where(staff.c.id == staff_id)).one_or_none()
    return Staff(**row._mapping) if row else None


def list_staff(tx: Connection) -> list[Staff]:
    """Everybody, by role and name."""
    rows = tx.execute(select(*STAFF_COLUMNS).order_by(staff.c.role, staff.c.name, staff.c.id))
    return [Staff(**row._mapping) for row in rows]


def move_staff(tx: Connection, staff_id: str, clinic: str | None) -> None:
    """Bind a member of staff to another clinic."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(clinic=clinic))


def disable_staff(tx: Connection, staff_id: str, now: int) -> bool:
    """Let a member of staff log in no more and end their sessions; False when there is no such one."""
    found = tx.execute(
        update(staff).where(staff.c.id == staff_id, staff.c.disabled_at.is_(None)).values(disabled_at=now)
    )
    open_ = sessions.c.revoked_at.is_(None)
    tx.execute(update(sessions).where(sessions.c.staff_id == staff_id, open_).values(revoked_at=now))
    return found.rowcount == 1


def add_invitation(tx: Connection, secret_hash: str, invitation: Invitation, *, now: int, until: int) -> None:
    """Insert an invitation."""
    values = {name: getattr(invitation, name) for name in Invitation.__dataclass_fields__}
    tx.execute(insert(invitations).values(**values, secret_hash=secret_hash, created_at=now, expires_at=until))


def find_invitation(tx: Connection, secret_hash: str, now: int) -> Invitation | None:
    """An invitation that may still be accepted."""
    row = tx.execute(select(*_INVITATION_COLUMNS).where(*_open_invitation(secret_hash, now))).one_or_none()
    return Invitation(**row._mapping) if row else None


def open_invitations(tx: Connection, role: str, now: int) -> list[Invitation]:
    """Those to this role that may still be accepted."""
    c = invitations.c
    rows = tx.execute(select(*_INVITATION_COLUMNS).where(c.role == role, c.used_at.is_(None), c.expires_at > now))
    return [Invitation(**row._mapping) for row in rows]


def use_invitation(tx: Connection, secret_hash: str, now: int) -> bool:
    """Use an invitation up; True for exactly one caller."""
    done = tx.execute(update(invitations).where(*_open_invitation(secret_hash, now)).values(used_at=now))
    return done.rowcount == 1


def add_challenge(tx: Connection, challenge_hash: str, challenge: Challenge, *, until: int, now: int) -> None:
    """Insert a challenge, and drop those that nobody answered in time."""
    tx.execute(delete(challenges).where(challenges.c.expires_at <= now))
    tx.execute(
        insert(challenges).values(
            challenge_hash=challenge_hash,
            purpose=challenge.purpose,
            ceremony_hash=challenge.ceremony,
            invitation_hash=challenge.invitation,
            user_handle=challenge.user_handle,
            expires_at=until,
        )
    )


def take_challenge(tx: Connection, challenge_hash: str, now: int) -> Challenge | None:
    """Use a challenge up; it comes to exactly one caller, and only in time."""
    c = challenges.c
    row = tx.execute(
        delete(challenges)
        .where(c.challenge_hash == challenge_hash, c.expires_at > now)
        .returning(c.purpose, c.ceremony_hash, c.invitation_hash, c.user_handle)
    ).one_or_none()
    return Challenge(*row) if row else None


def add_passkey(tx: Connection, passkey: Passkey, now: int) -> None:
    """Insert a passkey."""
    values = {name: getattr(passkey, name) for name in Passkey.__dataclass_fields__}
    tx.execute(insert(passkeys).values(**values, created_at=now))


def find_passkey(tx: Connection, passkey_id: str) -> Passkey | None:
    """A passkey, by credential id."""
    columns = [c for c in passkeys.c if c.name != "created_at"]
    row = tx.execute(select(*columns).where(passkeys.c.id == passkey_id)).one_or_none()
    return Passkey(**row._mapping) if row else None


def advance_passkey(tx: Connection, passkey: Passkey, *, sign_count: int, backed_up: bool) -> bool:
    """Note the new counter; False when another login moved it meanwhile."""
    c = passkeys.c
    done = tx.execute(
        update(passkeys)
        .where(c.id == passkey.id, c.sign_count == passkey.sign_count)
        .values(sign_count=sign_count, backed_up=backed_up)
    )
    return done.rowcount == 1


def add_session(tx: Connection, secret_hash: str, staff_id: str, *, now: int, until: int) -> None:
    """Insert a session, and drop those that ended long ago."""
    tx.execute(delete(sessions).where(sessions.c.expires_at <= now - REMEMBERED_S))
    tx.execute(insert(sessions).values(secret_hash=secret_hash, staff_id=staff_id, created_at=now, expires_at=until))


def staff_of_session(tx: Connection, secret_hash: str, now: int) -> Staff | None:
    """Who is logged in with this session now."""
    row = tx.execute(_SESSION_IN_FORCE, {"secret_hash": secret_hash, "now": now}).one_or_none()
    return Staff(**row._mapping) if row else None


def is_of_disabled_staff(tx: Connection, secret_hash: str) -> bool:
    """Whether a session, ended or not, is of somebody who may log in no more."""
    return tx.execute(_DISABLED, {"secret_hash": secret_hash}).one_or_none() is not None


def revoke_session(tx: Connection, secret_hash: str, now: int) -> bool:
    """End a session; False when it was none or had ended."""
    open_ = sessions.c.revoked_at.is_(None)
    done = tx.execute(update(sessions).where(sessions.c.secret_hash == secret_hash, open_).values(revoked_at=now))
    return done.rowcount == 1


def add_token(tx: Connection, secret_hash: str, token: IntegratorToken) -> None:
    """Insert an integrator's token."""
    values = {name: getattr(token, name) for name in IntegratorToken.__dataclass_fields__}
    tx.execute(insert(tokens).values(**values, secret_hash=secret_hash))


def find_token(tx: Connection, secret_hash: str, now: int) -> IntegratorToken | None:
    """The token in force behind this hash."""
    row = _TOKEN_IN_FORCE.one(tx, {"secret_hash": secret_hash, "now": now})
    return IntegratorToken(*row) if row else None


def list_tokens(tx: Connection) -> list[IntegratorToken]:
    """Every token ever given, newest first."""
    rows = tx.execute(select(*TOKEN_COLUMNS).order_by(tokens.c.created_at.desc(), tokens.c.id))
    return [IntegratorToken(**row._mapping) for row in rows]


def revoke_token(tx: Connection, token_id: str, now: int) -> bool:
    """End a token; False when there is none in force by this id."""
    c = tokens.c
    done = tx.execute(update(tokens).where(c.id == token_id, c.revoked_at.is_(None)).values(revoked_at=now))
    return done.rowcount == 1


def _open_invitation(secret_hash: str, now: int) -> tuple[ColumnElement[bool], ...]:
    c = invitations.c
    return c.secret_hash == secret_hash, c.used_at.is_(None), c.expires_at > now
