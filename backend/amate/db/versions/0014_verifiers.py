"""How old verifiers' lists are, as each last told, under a number made by chance on the device."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "verifier_report",
        sa.Column("device", sa.String(64), primary_key=True),
        sa.Column("trust_signed_at", sa.BigInteger),
        sa.Column("status_signed_at", sa.BigInteger),
        sa.Column("clock_skew_s", sa.BigInteger),
        sa.Column("reported_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_verifier_report_reported_at", "verifier_report", ["reported_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("verifier_report")
