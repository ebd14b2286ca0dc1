"""Decision tables as they were adopted: kept for ever, the first one aside only by the signatures of two people.

A table is known by its digest, and a proposal names that digest (`kid`): so the database itself refuses a table for
which two people have not signed, one that follows another than the newest, and any change of what is kept.
"""

import sqlalchemy as sa
from alembic import op

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
# Name, event, what is refused, the word for it. The order is that of the names on PostgreSQL.
TRIGGERS = (
    ("decision_table_by_two", "INSERT", f"NOT ({IS_FIRST}) AND {SIGNED_FOR} < 2", "two-people-needed"),
    (
        "decision_table_follows_the_newest",
        "INSERT",
        f"NOT ({IS_FIRST}) AND COALESCE(NEW.follows, '') <> {NEWEST}",
        "table-superseded",
    ),
    ("decision_table_kept_on_update", "UPDATE", KEPT, "never-changed"),
    ("decision_table_kept_on_delete", "DELETE", "", "never-changed"),
)
SQLITE_ONLY = (
    (
        "decision_table_kept_on_insert",
        "INSERT",
        "EXISTS (SELECT 1 FROM decision_table t WHERE t.number = NEW.number)",
        "never-changed",
    ),
)
POSTGRESQL_ONLY = (("decision_table_kept_on_truncate", "TRUNCATE", "", "never-changed"),)


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
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in TRIGGERS + (SQLITE_ONLY if is_sqlite else POSTGRESQL_ONLY):
        (_make_in_sqlite if is_sqlite else _make_in_postgresql)(*trigger)


def _make_in_sqlite(name: str, event: str, condition: str, slug: str) -> None:
    when = f" WHEN {condition}" if condition else ""
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON decision_table{when} BEGIN SELECT RAISE(ABORT, '{slug}'); END")


def _make_in_postgresql(name: str, event: str, condition: str, slug: str) -> None:
    refusal = f"RAISE EXCEPTION '{slug}' USING ERRCODE = 'check_violation';"
    body = f"IF {condition} THEN {refusal} END IF; RETURN NEW;" if condition else refusal
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON decision_table FOR EACH {each} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    """Take them away."""
    op.drop_table("decision_table")
    if op.get_bind().dialect.name == "postgresql":
        for name, *_ in TRIGGERS + POSTGRESQL_ONLY:
            op.execute(f"DROP FUNCTION {name}() CASCADE")
