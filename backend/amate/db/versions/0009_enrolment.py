"""Tables of the feature enrolment: answers to repeat, declared affiliations."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "enrolment_answer",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_enrolment_answer_created_at", "enrolment_answer", ["created_at"])
    op.create_table(
        "declared_affiliation",
        sa.Column("person_id", sa.String(40), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("institution", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("role", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("clinic", sa.String(11)),
        sa.Column("since_on", sa.Integer),
        sa.Column("until_on", sa.Integer),
        sa.Column("declared_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("declared_affiliation")
    op.drop_table("enrolment_answer")
