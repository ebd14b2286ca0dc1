"""Decision tables as they were adopted: kept for ever, the first one aside only by the signatures of two people.

A table is known by its digest, and a proposal names that digest (`kid`): so the database itself refuses a table for
which two people have not signed, one that follows another than the newest, and any change of what is kept.
"""

import sqlalchemy as sa
from alembic import op

from amate.db.triggers import Trigger, add, drop, is_sqlite

revision = "0018"
down_revision = "0017"

SIGNED_FOR = (
    "(SELECT count(*) FROM rotation_signature s JOIN rotation_proposal p ON p.id = s.proposal_id"
    " WHERE p.id = NEW.changed_by AND p.kid = NEW.kid AND p.action = 'table')"
)
IS_FIRST = "NOT EXISTS (SELECT 1 FROM decision_table)"
NEWEST = "(SELECT t.kid FROM decision_table t ORDER BY t.number DESC LIMIT 1)"
KEPT = " OR ".join(
    ["OLD.number <> NEW.number", "OLD.adopted_at <> NEW.adopted_at"]
    + [f"OLD.{name} <> NEW.{name}" for name in ("kid", "version", "document")]
    + [f"COALESCE(OLD.{name}, '') <> COALESCE(NEW.{name}, '')" for name in ("follows", "changed_by")]
    + ["(OLD.published_at IS NOT NULL AND COALESCE(NEW.published_at, -1) <> OLD.published_at)"]
)
# The order is that of the names on PostgreSQL.
TRIGGERS = (
    Trigger(
        "decision_table_by_two",
        "decision_table",
        "INSERT",
        f"NOT ({IS_FIRST}) AND {SIGNED_FOR} < 2",
        "two-people-needed",
    ),
    Trigger(
        "decision_table_follows_the_newest",
        "decision_table",
        "INSERT",
        f"NOT ({IS_FIRST}) AND COALESCE(NEW.follows, '') <> {NEWEST}",
        "table-superseded",
    ),
    Trigger("decision_table_kept_on_update", "decision_table", "UPDATE", KEPT, "never-changed"),
    Trigger("decision_table_kept_on_delete", "decision_table", "DELETE", "", "never-changed"),
)
SQLITE_ONLY = (
    Trigger(
        "decision_table_kept_on_insert",
        "decision_table",
        "INSERT",
        "EXISTS (SELECT 1 FROM decision_table t WHERE t.number = NEW.number)",
        "never-changed",
    ),
)
POSTGRESQL_ONLY = (Trigger("decision_table_kept_on_truncate", "decision_table", "TRUNCATE", "", "never-changed"),)


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "decision_table",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kid", sa.String(43), nullable=False, unique=True),
        sa.Column("version", sa.String(40), nullable=False, unique=True),
        sa.Column("follows", sa.String(43), unique=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("changed_by", sa.String(24), unique=True),
        sa.Column("adopted_at", sa.BigInteger, nullable=False),
        sa.Column("published_at", sa.BigInteger),
    )
    add(_of_this_database())


def _of_this_database() -> tuple[Trigger, ...]:
    return TRIGGERS + (SQLITE_ONLY if is_sqlite() else POSTGRESQL_ONLY)


def downgrade() -> None:
    """Take them away."""
    drop(_of_this_database())
    op.drop_table("decision_table")
