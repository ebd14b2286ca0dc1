"""Keys that gave a wrong signature."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "key_halt",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("use", sa.String(20), nullable=False),
        sa.Column("halted_at", sa.BigInteger, nullable=True),
        sa.Column("faults", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("key_halt")
