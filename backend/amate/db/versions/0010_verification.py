"""Tables of the feature verification: ephemeral passes that were used, and clinics' off-line scans."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "pass_use",
        sa.Column("cti", sa.String(24), primary_key=True),
        sa.Column("used_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "scan_receipt",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("cti", sa.String(24), nullable=True),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("scanned_at", sa.BigInteger, nullable=False),
        sa.Column("clinic", sa.String(11), nullable=True),
        sa.Column("sent_by", sa.String(120), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("scan_receipt")
    op.drop_table("pass_use")
