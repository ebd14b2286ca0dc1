"""Tables of the feature register: people, every CURP that they have had, statements about organ donation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "person",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("curp", sa.String(18), nullable=False, unique=True),
        sa.Column("given_names", sa.String(100), nullable=False),
        sa.Column("first_surname", sa.String(100), nullable=False),
        sa.Column("second_surname", sa.String(100), nullable=False),
        sa.Column("sex", sa.String(1), nullable=False),
        sa.Column("birth_on", sa.Integer, nullable=False),
        sa.Column("birth_state", sa.String(2), nullable=False),
        sa.Column("nationality", sa.String(3), nullable=False),
        sa.Column("organ_donation", sa.String(12), nullable=False),
        sa.Column("lat", sa.Float),
        sa.Column("lon", sa.Float),
        sa.Column("phone", sa.String(10)),
        sa.Column("guardian_id", sa.String(40), sa.ForeignKey("person.id")),
        sa.Column("assigned_clinic", sa.String(11)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_person_guardian_id", "person", ["guardian_id"])
    op.create_table(
        "person_curp",
        sa.Column("curp", sa.String(18), primary_key=True),
        sa.Column("person_id", sa.String(40), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("since_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_person_curp_person_id", "person_curp", ["person_id"])
    op.create_table(
        "organ_donation",
        sa.Column("person_id", sa.String(40), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("choice", sa.String(12), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("organ_donation")
    op.drop_table("person_curp")
    op.drop_table("person")
