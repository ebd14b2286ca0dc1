"""SQL of verification: which ephemeral passes were used, and what clinics scanned off line."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, String, Table

from amate.db import metadata
from amate.db.upsert import insert_ignore
from amate.features.verification.model import Receipt

pass_use = Table(
    "pass_use",
    metadata,
    Column("cti", String(24), primary_key=True),
    Column("used_at", BigInteger, nullable=False),
)
scan_receipt = Table(
    "scan_receipt",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("cti", String(24), nullable=True),
    Column("verdict", String(20), nullable=False),
    Column("scanned_at", BigInteger, nullable=False),
    Column("clinic", String(11), nullable=True),
    Column("sent_by", String(120), nullable=False),
    Column("received_at", BigInteger, nullable=False),
)


def use_pass(tx: Connection, cti: str, now: int) -> bool:
    """Use a pass; False when it was used before."""
    return insert_ignore(tx, pass_use, {"cti": cti, "used_at": now})


def add_receipt(tx: Connection, receipt: Receipt, *, sent_by: str, now: int) -> bool:
    """Keep a receipt; False when it is here already."""
    row = {
        "id": receipt.id,
        "cti": receipt.cti,
        "verdict": receipt.verdict,
        "scanned_at": receipt.scanned_at,
        "clinic": receipt.clinic,
        "sent_by": sent_by,
        "received_at": now,
    }
    return insert_ignore(tx, scan_receipt, row)
