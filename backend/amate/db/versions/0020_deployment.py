"""Which environment the database belongs to: one row, written when the database is first opened (db/belonging.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create it, empty: a database of before is adopted by what it holds."""
    op.create_table(
        "deployment",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("env", sa.String(20), nullable=False),
        sa.CheckConstraint("number = 1", name="deployment_is_one"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("deployment")
