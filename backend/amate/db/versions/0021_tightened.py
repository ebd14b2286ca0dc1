"""Who was invited as another person than one of a like name."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add it; of those invited before nobody said so."""
    for table in ("login_invitation", "login_staff"):
        op.add_column(table, sa.Column("another_person", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it away."""
    for table in ("login_invitation", "login_staff"):
        op.drop_column(table, "another_person")
