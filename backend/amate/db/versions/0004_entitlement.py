"""Affiliations: one row for each CURP, institution and role."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "affiliation",
        sa.Column("curp", sa.String(18), primary_key=True),
        sa.Column("institution", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("role", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("clinic", sa.String(11), nullable=True),
        sa.Column("since_day", sa.Integer, nullable=True),
        sa.Column("until_day", sa.Integer, nullable=True),
        sa.Column("student_until_day", sa.Integer, nullable=True),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("affiliation")
