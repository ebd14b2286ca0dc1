"""Tables of the feature issuance."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "issuance_offer",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("person_id", sa.String(40), nullable=False, index=True),
        sa.Column("configurations", sa.Text, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("grant_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("tx_hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("cancelled_at", sa.BigInteger),
    )
    op.create_table(
        "issuance_grant",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("offer_id", sa.String(24), sa.ForeignKey("issuance_offer.id"), nullable=False, unique=True),
        sa.Column("person_id", sa.String(40), nullable=False, index=True),
        sa.Column("configurations", sa.Text, nullable=False),
        sa.Column("client_id", sa.String(200)),
        sa.Column("jkt", sa.String(43), nullable=False),
        sa.Column("refresh_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "issuance_access_token",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("grant_id", sa.String(24), sa.ForeignKey("issuance_grant.id"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "issuance_nonce",
        sa.Column("nonce_hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "issuance_dpop_proof",
        sa.Column("proof_hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    _create_ledger()


def _create_ledger() -> None:
    op.create_table(
        "issuance_issued",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False, index=True),
        sa.Column("grant_id", sa.String(24), sa.ForeignKey("issuance_grant.id"), index=True),
        sa.Column("key_thumbprint", sa.String(43)),
        sa.Column("idempotency_key", sa.String(64), nullable=False, unique=True),
        sa.Column("status_index", sa.BigInteger, nullable=False, unique=True),
        sa.Column("signed_by", sa.String(43), nullable=False),
        sa.Column("tbs_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("issued_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("reason", sa.String(60)),
        sa.Index("ix_issuance_issued_state", "state", "created_at"),
    )
    op.create_table(
        "issuance_pass",
        sa.Column("cti", sa.String(24), primary_key=True),
        sa.Column("credential_id", sa.String(24), sa.ForeignKey("issuance_issued.id"), nullable=False, index=True),
        sa.Column("profile", sa.Integer, nullable=False),
        sa.Column("signed_by", sa.String(43), nullable=False),
        sa.Column("tbs_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("pass", "issued", "dpop_proof", "nonce", "access_token", "grant", "offer"):
        op.drop_table(f"issuance_{table}")
