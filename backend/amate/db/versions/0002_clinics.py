"""Tables of the feature clinics: medical units, and which catalogue is in force."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create them, with the catalogue at version 0."""
    op.create_table(
        "clinic",
        sa.Column("clues", sa.String(11), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("institution", sa.String(3), nullable=False),
        sa.Column("state", sa.String(2), nullable=False),
        sa.Column("municipality_key", sa.String(3), nullable=False),
        sa.Column("municipality", sa.String(120), nullable=False),
        sa.Column("locality_key", sa.String(4), nullable=False),
        sa.Column("locality", sa.String(160), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("lat", sa.Float),
        sa.Column("lon", sa.Float),
        sa.Column("typology", sa.String(12), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("closing", sa.Integer),
        sa.Column("counts_for_nearest", sa.Boolean, nullable=False),
        sa.Column("address", sa.String(240), nullable=False),
        sa.Column("phone", sa.String(10), nullable=False),
        sa.Column("opened_on", sa.Integer),
        sa.Column("closed_on", sa.Integer),
        sa.Column("replaced_by", sa.String(11)),
    )
    op.create_index("ix_clinic_state", "clinic", ["state"])
    catalogue = op.create_table(
        "clinic_catalogue",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stamp", sa.String(32), nullable=False),
        sa.Column("imported_at", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(catalogue, [{"id": 1, "version": 0, "stamp": "empty", "imported_at": 0}])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("clinic_catalogue")
    op.drop_table("clinic")
