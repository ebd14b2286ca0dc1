"""SQL of medical units, and of the catalogue's version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    update,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import upsert
from amate.features.clinics.model import Clinic

clinics = Table(
    "clinic",
    metadata,
    Column("clues", String(11), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("institution", String(3), nullable=False),
    Column("state", String(2), nullable=False, index=True),
    Column("municipality_key", String(3), nullable=False),
    Column("municipality", String(120), nullable=False),
    Column("locality_key", String(4), nullable=False),
    Column("locality", String(160), nullable=False),
    Column("level", Integer, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("typology", String(12), nullable=False),
    Column("status", Integer, nullable=False),
    Column("closing", Integer),
    Column("counts_for_nearest", Boolean, nullable=False),
    Column("address", String(240), nullable=False),
    Column("phone", String(10), nullable=False),
    Column("opened_on", Integer),
    Column("closed_on", Integer),
    Column("replaced_by", String(11)),
)
clinic_hours = Table(
    "clinic_hours",
    metadata,
    Column("clues", String(11), primary_key=True),
    Column("week", Text, nullable=False),
)
catalogue = Table(
    "clinic_catalogue",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("stamp", String(32), nullable=False),
    Column("imported_at", BigInteger, nullable=False),
)
_VERSION = Prepared(select(catalogue.c.version, catalogue.c.stamp))  # asked at every verdict


class Version(NamedTuple):
    """Which catalogue is in force; `stamp` is never the same twice, also after a roll-back."""

    number: int
    stamp: str


class Place(NamedTuple):
    """A locality and the middle of its units."""

    municipality_key: str
    municipality: str
    locality: str
    lat: float
    lon: float
    units: int


def load_all(tx: Connection) -> dict[str, Clinic]:
    """All units by key."""
    return {row[0]: Clinic._make(row) for row in tx.execute(select(clinics))}


def load(tx: Connection, clues: str) -> Clinic | None:
    """The unit with this key."""
    row = tx.execute(select(clinics).where(clinics.c.clues == clues)).one_or_none()
    return Clinic._make(row) if row else None


def save(tx: Connection, changed: Iterable[Clinic]) -> None:
    """Insert or update units."""
    upsert(tx, clinics, [dict(zip(Clinic._fields, clinic, strict=True)) for clinic in changed], key=["clues"])


def weeks(tx: Connection) -> dict[str, str]:
    """The opening hours of units, by key, as they are kept (hours.text_of)."""
    return {row.clues: row.week for row in tx.execute(select(clinic_hours))}


def save_weeks(tx: Connection, changed: Mapping[str, str], gone: Iterable[str]) -> None:
    """Insert or update opening hours, and forget those of the units that are gone."""
    upsert(tx, clinic_hours, [{"clues": clues, "week": week} for clues, week in changed.items()], key=["clues"])
    for clues in gone:
        tx.execute(delete(clinic_hours).where(clinic_hours.c.clues == clues))


def lock_version(tx: Connection) -> None:
    """Make imports wait for one another until the transaction ends."""
    tx.execute(select(catalogue.c.version).with_for_update()).all()


def version(tx: Connection) -> Version:
    """The catalogue in force; number 0 before the first import."""
    ((number, stamp),) = _VERSION.all(tx, {})
    return Version(number, stamp)


def set_version(tx: Connection, value: Version, now: int) -> None:
    """Put a new catalogue in force."""
    tx.execute(update(catalogue).values(version=value.number, stamp=value.stamp, imported_at=now))


def states(tx: Connection) -> Sequence[str]:
    """Codes of the states that have units."""
    return tx.execute(select(clinics.c.state).distinct().order_by(clinics.c.state)).scalars().all()


def places(tx: Connection, state: str) -> list[Place]:
    """The localities of a state that have units on the map, by municipality and name."""
    c = clinics.c
    query = (
        select(
            c.municipality_key,
            func.max(c.municipality),
            func.max(c.locality),
            func.avg(c.lat),
            func.avg(c.lon),
            func.count(),
        )
        .where(c.state == state, c.lat.is_not(None), c.lon.is_not(None), c.locality != "")
        .group_by(c.municipality_key, c.locality_key)
        .order_by(func.max(c.municipality), func.max(c.locality))
    )
    return [Place._make(row) for row in tx.execute(query)]
