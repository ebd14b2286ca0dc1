"""Tables of the feature trust: issuer keys, role keys, sealing keys, the published repository."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "issuer_key",
        sa.Column("kid", sa.String(43), primary_key=True),
        sa.Column("iss", sa.String(200), nullable=False),
        sa.Column("use", sa.String(20), nullable=False),
        sa.Column("uri", sa.String(400), nullable=False),
        sa.Column("jwk", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("sign_from", sa.BigInteger, nullable=False),
        sa.Column("sign_until", sa.BigInteger, nullable=False),
        sa.Column("accept_until", sa.BigInteger, nullable=False),
        sa.Column("distrust", sa.Text, nullable=True),
    )
    op.create_table(
        "role_key",
        sa.Column("keyid", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("uri", sa.String(400), nullable=False),
    )
    op.create_table(
        "sealing_key",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("seal_from", sa.BigInteger, nullable=False),
        sa.Column("seal_until", sa.BigInteger, nullable=False),
        sa.Column("open_until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trust_release",
        sa.Column("timestamp", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.Integer, nullable=False),
        sa.Column("targets", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.Integer, nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trust_file",
        sa.Column("path", sa.String(200), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("trust_file", "trust_release", "sealing_key", "role_key", "issuer_key"):
        op.drop_table(table)
