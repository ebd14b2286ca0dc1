"""Tables of the feature status: the lists, and one row for each index that was given out."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "status_entry",
        sa.Column("list", sa.Integer, sa.ForeignKey("status_list.number"), primary_key=True),
        sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("allocated_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.Column("reason", sa.String(60), nullable=True),
    )
    op.create_index("ix_status_entry_revoked_at", "status_entry", ["revoked_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("status_entry")
    op.drop_table("status_list")
