"""Signed receipts: the centre's key, counters' keys, what a scan left; what is on line stands beside it."""

import sqlalchemy as sa
from alembic import op

from amate.db.triggers import Trigger, add, drop, is_sqlite

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "centre_key",
        sa.Column("kid", sa.String(43), primary_key=True),
        sa.Column("x", sa.String(43), nullable=False),
        sa.Column("y", sa.String(43), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "receipt_device",
        sa.Column("thumbprint", sa.String(43), primary_key=True),
        sa.Column("x", sa.String(43), nullable=False),
        sa.Column("y", sa.String(43), nullable=False),
        sa.Column("clinic", sa.String(11)),
        sa.Column("registered_by", sa.String(120), nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
    )
    for column in _columns():
        op.add_column("scan_receipt", column)
    stored = sa.text("state = 'stored'")
    op.create_index(
        "ux_scan_receipt_number",
        "scan_receipt",
        ["device", "number"],
        unique=True,
        sqlite_where=stored,
        postgresql_where=stored,
    )
    op.create_index("ix_scan_receipt_cti", "scan_receipt", ["cti", "scanned_at"])
    op.create_index("ix_scan_receipt_status_index", "scan_receipt", ["status_index", "scanned_at"])
    add(_kept())


def downgrade() -> None:
    """Drop them."""
    drop(_kept())
    for name in ("ix_scan_receipt_status_index", "ix_scan_receipt_cti", "ux_scan_receipt_number"):
        op.drop_index(name, "scan_receipt")
    with op.batch_alter_table("scan_receipt") as table:
        for column in reversed(_columns()):
            table.drop_column(column.name)
    op.drop_table("receipt_device")
    op.drop_table("centre_key")


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("device", sa.String(43)),
        sa.Column("number", sa.BigInteger),
        sa.Column("profile", sa.Integer),
        sa.Column("status_index", sa.BigInteger),
        sa.Column("reason", sa.String(40)),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("state", sa.String(10), nullable=False, server_default="stored"),
        sa.Column("why", sa.String(20)),
        sa.Column("is_online", sa.Boolean, nullable=False, server_default=sa.false()),
    ]


def _kept() -> list[Trigger]:
    """A scan is never changed and never taken back: what contradicts it is another row."""
    events = ("UPDATE", "DELETE") if is_sqlite() else ("UPDATE", "DELETE", "TRUNCATE")
    table = "scan_receipt"
    return [Trigger(f"{table}_kept_on_{event.lower()}", table, event, "", "never-changed") for event in events]
