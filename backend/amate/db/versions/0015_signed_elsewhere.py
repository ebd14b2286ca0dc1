"""What a key signed beside the program, as far as it was found, and when somebody has looked at it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add it to what is known of a key's faults."""
    op.add_column("key_halt", sa.Column("elsewhere", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("key_halt", sa.Column("elsewhere_at", sa.BigInteger))
    op.add_column("key_halt", sa.Column("acknowledged_at", sa.BigInteger))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("key_halt") as table:
        for name in ("acknowledged_at", "elsewhere_at", "elsewhere"):
            table.drop_column(name)
