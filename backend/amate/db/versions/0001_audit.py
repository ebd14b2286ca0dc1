"""The audit log: entries in lanes, and one head row for each lane."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LANES = 16


def upgrade() -> None:
    """Create the log, empty."""
    heads = op.create_table(
        "audit_head",
        sa.Column("lane", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.bulk_insert(heads, [{"lane": lane, "seq": 0, "digest": "0" * 64} for lane in range(LANES)])
    op.create_table(
        "audit_entry",
        sa.Column("lane", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Drop the log."""
    op.drop_table("audit_entry")
    op.drop_table("audit_head")
