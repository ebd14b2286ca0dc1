"""SQL of verification: ephemeral passes that were used, how old verifiers' lists are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    String,
    Table,
    case,
    delete,
    func,
    or_,
    select,
)

from amate.db import metadata
from amate.db.upsert import insert_ignore, upsert
from amate.features.verification.model import AgeCounts, VerifierReport

pass_use = Table(
    "pass_use",
    metadata,
    Column("cti", String(24), primary_key=True),
    Column("used_at", BigInteger, nullable=False),
)
verifier_report = Table(
    "verifier_report",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("trust_signed_at", BigInteger),
    Column("status_signed_at", BigInteger),
    Column("clock_skew_s", BigInteger),
    Column("reported_at", BigInteger, nullable=False, index=True),
)


def use_pass(tx: Connection, cti: str, now: int) -> bool:
    """Use a pass; False when it was used before."""
    return insert_ignore(tx, pass_use, {"cti": cti, "used_at": now})


def put_report(tx: Connection, report: VerifierReport, now: int) -> None:
    """Keep what a device reports, in the place of what it reported before."""
    upsert(tx, verifier_report, [{**asdict(report), "reported_at": now}], key=["device"])


def drop_reports(tx: Connection, before: int) -> None:
    """Forget the devices that have not reported since `before`."""
    tx.execute(delete(verifier_report).where(verifier_report.c.reported_at < before))


def count_ages(tx: Connection, column: str, bounds_s: Sequence[int], now: int) -> AgeCounts:
    """Devices by the age of what `column` says was signed when.

    column:   trust_signed_at or status_signed_at
    bounds_s: ages in ascending order, each the last one of its bucket
    """
    signed_at, older, never = verifier_report.c[column], len(bounds_s), len(bounds_s) + 1
    within = [(signed_at >= now - bound, place) for place, bound in enumerate(bounds_s)]
    bucket = case((signed_at.is_(None), never), *within, else_=older).label("bucket")
    query = select(bucket, func.count().label("devices")).group_by(bucket)
    found = {row.bucket: row.devices for row in tx.execute(query)}
    return AgeCounts(tuple(found.get(place, 0) for place in range(older + 1)), found.get(never, 0))


def count_devices(tx: Connection, *, since: int, skew_s: int) -> tuple[int, int, int]:
    """How many devices there are, how many reported since an instant, and how many have a clock that is off."""
    c = verifier_report.c
    off = or_(c.clock_skew_s > skew_s, c.clock_skew_s < -skew_s)
    recent, skewed = (func.count(case((condition, 1))) for condition in (c.reported_at >= since, off))
    row = tx.execute(select(func.count(), recent, skewed).select_from(verifier_report)).one()
    return row[0], row[1], row[2]
