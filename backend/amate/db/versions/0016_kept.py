"""What is kept as it was written, whoever writes to the database: the log, proposals, signatures, which key is which.

A thief who owns the database can take the triggers away first: that is what chains, signatures and exports are for.
These stop a slip of the hand, and whoever has only the rights to write. On SQLite, INSERT OR REPLACE removes a row
without a DELETE that a trigger would see, so inserting over a row is refused there, too.
"""

from __future__ import annotations

from typing import NamedTuple

from alembic import op

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


class Trigger(NamedTuple):
    """What is refused; an empty condition refuses all of it."""

    table: str
    event: str
    condition: str = ""

    @property
    def name(self) -> str:
        return f"{self.table}_kept_on_{self.event.lower()}"


TRIGGERS = (
    Trigger("audit_entry", "UPDATE"),
    Trigger("audit_entry", "DELETE"),
    Trigger("rotation_signature", "UPDATE"),
    Trigger("rotation_signature", "DELETE"),
    Trigger("rotation_proposal", "UPDATE", PROPOSAL_IS_ANOTHER),
    Trigger("rotation_proposal", "DELETE"),
    Trigger("issuer_key", "UPDATE", KEY_IS_ANOTHER),
    Trigger("issuer_key", "DELETE"),
)
SQLITE_ONLY = (
    Trigger(
        "audit_entry", "INSERT", "EXISTS (SELECT 1 FROM audit_entry e WHERE e.lane = NEW.lane AND e.seq = NEW.seq)"
    ),
    Trigger("rotation_proposal", "INSERT", "EXISTS (SELECT 1 FROM rotation_proposal p WHERE p.id = NEW.id)"),
)
POSTGRESQL_ONLY = tuple(
    Trigger(table, "TRUNCATE") for table in ("audit_entry", "rotation_signature", "rotation_proposal", "issuer_key")
)


def upgrade() -> None:
    """Add them."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in TRIGGERS + (SQLITE_ONLY if is_sqlite else POSTGRESQL_ONLY):
        (_make_in_sqlite if is_sqlite else _make_in_postgresql)(trigger)


def _make_in_sqlite(trigger: Trigger) -> None:
    when = f" WHEN {trigger.condition}" if trigger.condition else ""
    op.execute(
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{SLUG}'); END"
    )


def _make_in_postgresql(trigger: Trigger) -> None:
    refusal = f"RAISE EXCEPTION '{SLUG}' USING ERRCODE = 'check_violation';"
    body = f"IF {trigger.condition} THEN {refusal} END IF; RETURN NEW;" if trigger.condition else refusal
    each = "STATEMENT" if trigger.event == "TRUNCATE" else "ROW"
    op.execute(f"CREATE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    op.execute(
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table}"
        f" FOR EACH {each} EXECUTE FUNCTION {trigger.name}()"
    )


def downgrade() -> None:
    """Take them away."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in TRIGGERS + (SQLITE_ONLY if is_sqlite else POSTGRESQL_ONLY):
        op.execute(f"DROP TRIGGER {trigger.name}" if is_sqlite else f"DROP FUNCTION {trigger.name}() CASCADE")
