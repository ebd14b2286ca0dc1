"""What is kept as it was written, whoever writes to the database: the log, proposals, signatures, which key is which.

A thief who owns the database can take the triggers away first: that is what chains, signatures and exports are for.
These stop a slip of the hand, and whoever has only the rights to write. On SQLite, INSERT OR REPLACE removes a row
without a DELETE that a trigger would see, so inserting over a row is refused there, too.
"""

from __future__ import annotations

from amate.db.triggers import Trigger, add, drop, is_sqlite

revision = "0016"
down_revision = "0015"

SLUG = "never-changed"
# Other dates are published anew, once two people have signed them (migration 0012 refuses them otherwise).
SCHEDULED = (
    "(SELECT count(*) FROM rotation_signature s JOIN rotation_proposal p ON p.id = s.proposal_id"
    " WHERE p.id = NEW.changed_by AND p.kid = NEW.kid AND p.action = 'schedule')"
)
KEY_IS_ANOTHER = (
    "OLD.kid <> NEW.kid OR OLD.kid8 <> NEW.kid8 OR OLD.shard <> NEW.shard OR OLD.iss <> NEW.iss"
    " OR (OLD.published_at IS NOT NULL AND NEW.published_at IS NOT NULL AND OLD.published_at <> NEW.published_at)"
    f" OR (OLD.published_at IS NOT NULL AND NEW.published_at IS NULL AND {SCHEDULED} < 2)"
)
PROPOSAL_IS_ANOTHER = " OR ".join(
    f"OLD.{name} <> NEW.{name}" for name in ("id", "action", "kid", "content", "digest", "proposed_at", "expires_at")
)


def _kept(table: str, event: str, condition: str = "") -> Trigger:
    return Trigger(f"{table}_kept_on_{event.lower()}", table, event, condition, SLUG)


TRIGGERS = (
    _kept("audit_entry", "UPDATE"),
    _kept("audit_entry", "DELETE"),
    _kept("rotation_signature", "UPDATE"),
    _kept("rotation_signature", "DELETE"),
    _kept("rotation_proposal", "UPDATE", PROPOSAL_IS_ANOTHER),
    _kept("rotation_proposal", "DELETE"),
    _kept("issuer_key", "UPDATE", KEY_IS_ANOTHER),
    _kept("issuer_key", "DELETE"),
)
SQLITE_ONLY = (
    _kept("audit_entry", "INSERT", "EXISTS (SELECT 1 FROM audit_entry e WHERE e.lane = NEW.lane AND e.seq = NEW.seq)"),
    _kept("rotation_proposal", "INSERT", "EXISTS (SELECT 1 FROM rotation_proposal p WHERE p.id = NEW.id)"),
)
POSTGRESQL_ONLY = tuple(
    _kept(table, "TRUNCATE") for table in ("audit_entry", "rotation_signature", "rotation_proposal", "issuer_key")
)


def upgrade() -> None:
    """Add them."""
    add(_of_this_database())


def _of_this_database() -> tuple[Trigger, ...]:
    return TRIGGERS + (SQLITE_ONLY if is_sqlite() else POSTGRESQL_ONLY)


def downgrade() -> None:
    """Take them away."""
    drop(_of_this_database())
