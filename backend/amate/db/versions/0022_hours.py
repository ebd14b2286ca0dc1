"""Opening hours of medical units, which come from files of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "clinic_hours",
        sa.Column("clues", sa.String(11), primary_key=True),
        sa.Column("week", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("clinic_hours")
