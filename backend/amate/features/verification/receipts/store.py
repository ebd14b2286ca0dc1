"""SQL of receipts: scans, and the counters that sign what they tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    false,
    insert,
    or_,
    select,
    text,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import Row, insert_ignore
from amate.features.verification.receipts.model import STORED, TWO_PLACES_S, Counter, Scan

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
    Column("device", String(43)),
    Column("number", BigInteger),
    Column("profile", Integer),
    Column("status_index", BigInteger),
    Column("reason", String(40)),
    Column("raw", LargeBinary),
    Column("state", String(10), nullable=False, server_default=STORED),
    Column("why", String(20)),
    Column("is_online", Boolean, nullable=False, server_default=false()),
    Index("ix_scan_receipt_cti", "cti", "scanned_at"),
    Index("ix_scan_receipt_status_index", "status_index", "scanned_at"),
)
_STORED = text(f"state = '{STORED}'")
Index(
    "ux_scan_receipt_number",
    scan_receipt.c.device,
    scan_receipt.c.number,
    unique=True,
    sqlite_where=_STORED,
    postgresql_where=_STORED,
)
receipt_device = Table(
    "receipt_device",
    metadata,
    Column("thumbprint", String(43), primary_key=True),
    Column("x", String(43), nullable=False),
    Column("y", String(43), nullable=False),
    Column("clinic", String(11)),
    Column("registered_by", String(120), nullable=False),
    Column("registered_at", BigInteger, nullable=False),
)

SCAN_COLUMNS = tuple(scan_receipt.c[name] for name in Scan.__dataclass_fields__)
COUNTER_COLUMNS = tuple(receipt_device.c[name] for name in Counter.__dataclass_fields__)
# Every verdict on line runs it.
_ADD_SCAN = Prepared(insert(scan_receipt))


def add_scan(tx: Connection, scan: Scan, *, sent_by: str, now: int) -> None:
    """Keep a scan of which nobody can have told before."""
    _ADD_SCAN.write(tx, {**_row_of(scan), "sent_by": sent_by, "received_at": now})


def add_receipt(tx: Connection, scan: Scan, *, sent_by: str, now: int) -> bool:
    """Keep a scan; False when it is here already."""
    return insert_ignore(tx, scan_receipt, {**_row_of(scan), "sent_by": sent_by, "received_at": now})


def find_scan(tx: Connection, scan_id: str) -> Scan | None:
    """A scan, by its id."""
    row = tx.execute(select(*SCAN_COLUMNS).where(scan_receipt.c.id == scan_id)).one_or_none()
    return None if row is None else Scan(*row)


def stored_number(tx: Connection, device: str, number: int) -> Scan | None:
    """The receipt of this number that a counter's chain has."""
    c = scan_receipt.c
    query = select(*SCAN_COLUMNS).where(c.device == device, c.number == number, c.state == STORED)
    row = tx.execute(query).one_or_none()
    return None if row is None else Scan(*row)


def register(tx: Connection, counter: Counter, *, by: str, now: int) -> Counter:
    """The counter of this key, as it was first met; its row stays locked until the transaction ends."""
    insert_ignore(tx, receipt_device, {**asdict(counter), "registered_by": by, "registered_at": now})
    mine = receipt_device.c.thumbprint == counter.thumbprint
    return Counter(*tx.execute(select(*COUNTER_COLUMNS).where(mine).with_for_update()).one())


def scans_of_pass(tx: Connection, cti: str, *, since: int, until: int) -> list[Scan]:
    """The scans of a pass between two instants, in order."""
    c = scan_receipt.c
    query = select(*SCAN_COLUMNS).where(c.cti == cti, c.scanned_at >= since, c.scanned_at <= until)
    return [Scan(*row) for row in tx.execute(query.order_by(c.scanned_at, c.id))]


def scans_of_person(
    tx: Connection, *, ctis: Sequence[str], status_indexes: Sequence[int], since: int, limit: int
) -> list[Scan]:
    """The newest scans of what a person holds."""
    c = scan_receipt.c
    theirs = or_(c.status_index.in_(status_indexes), and_(c.status_index.is_(None), c.cti.in_(ctis)))
    query = select(*SCAN_COLUMNS).where(theirs, c.scanned_at >= since)
    return [Scan(*row) for row in tx.execute(query.order_by(c.scanned_at.desc(), c.id).limit(limit))]


def passes_seen_twice(tx: Connection, *, received_since: int, limit: int) -> list[tuple[Scan, Scan]]:
    """Pairs of scans of one pass within the hour, of which one came in since an instant; the caller judges them."""
    one, other = scan_receipt.alias(), scan_receipt.alias()
    columns = [alias.c[column.name] for alias in (one, other) for column in SCAN_COLUMNS]
    in_order = or_(
        one.c.scanned_at < other.c.scanned_at, and_(one.c.scanned_at == other.c.scanned_at, one.c.id < other.c.id)
    )
    query = (
        select(*columns)
        .join_from(one, other, one.c.cti == other.c.cti)
        .where(in_order, other.c.scanned_at - one.c.scanned_at <= TWO_PLACES_S)
        .where(or_(one.c.received_at >= received_since, other.c.received_at >= received_since))
        .order_by(other.c.scanned_at.desc(), one.c.id, other.c.id)
    )
    size = len(SCAN_COLUMNS)
    return [(Scan(*row[:size]), Scan(*row[size:])) for row in tx.execute(query.limit(limit))]


def _row_of(scan: Scan) -> Row:
    return {name: getattr(scan, name) for name in Scan.__dataclass_fields__}
