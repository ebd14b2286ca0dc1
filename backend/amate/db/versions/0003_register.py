"""People, the CURPs that they had before, and their decisions about organ donation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "person",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("curp", sa.String(18), nullable=False, unique=True),
        sa.Column("given_names", sa.String(80), nullable=False),
        sa.Column("first_surname", sa.String(80), nullable=False),
        sa.Column("second_surname", sa.String(80), nullable=False),
        sa.Column("sex", sa.String(1), nullable=False),
        sa.Column("birth_date", sa.Date, nullable=False),
        sa.Column("birth_state", sa.String(2), nullable=False),
        sa.Column("nationality", sa.String(3), nullable=False),
        sa.Column("organ_donation", sa.String(16), nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("phone", sa.String(20), nullable=True),
        sa.Column("guardian_id", sa.String(32), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("assigned_clinic", sa.String(11), nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "curp_alias",
        sa.Column("curp", sa.String(18), primary_key=True),
        sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("since_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "organ_donation_decision",
        sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("organ_donation_decision", "curp_alias", "person"):
        op.drop_table(name)
