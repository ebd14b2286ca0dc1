"""Answers kept for who repeats a request, and what people declared about themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "enrolment_answer",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.Column("claimed_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "declared_affiliation",
        sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("institution", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("role", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("clinic", sa.String(11), nullable=True),
        sa.Column("since_on", sa.Integer, nullable=True),
        sa.Column("until_on", sa.Integer, nullable=True),
        sa.Column("declared_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("declared_affiliation")
    op.drop_table("enrolment_answer")
