"""SQL of the register."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Float,
    ForeignKey,
    RowMapping,
    String,
    Table,
    insert,
    or_,
    select,
    update,
)

from amate.db import metadata
from amate.db.upsert import insert_ignore
from amate.features.register.model import Facts, Person

people = Table(
    "person",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("curp", String(18), nullable=False, unique=True),
    Column("given_names", String(80), nullable=False),
    Column("first_surname", String(80), nullable=False),
    Column("second_surname", String(80), nullable=False),
    Column("sex", String(1), nullable=False),
    Column("birth_date", Date, nullable=False),
    Column("birth_state", String(2), nullable=False),
    Column("nationality", String(3), nullable=False),
    Column("organ_donation", String(16), nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("phone", String(20), nullable=True),
    Column("guardian_id", String(32), ForeignKey("person.id"), nullable=True),
    Column("assigned_clinic", String(11), nullable=True),
    Column("created_at", BigInteger, nullable=False),
)
aliases = Table(
    "curp_alias",
    metadata,
    Column("curp", String(18), primary_key=True),
    Column("person_id", String(32), ForeignKey("person.id"), nullable=False, index=True),
    Column("since_at", BigInteger, nullable=False),
)
decisions = Table(
    "organ_donation_decision",
    metadata,
    Column("person_id", String(32), ForeignKey("person.id"), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("decision", String(16), nullable=False),
    Column("actor", String(120), nullable=False),
)


def insert_person(tx: Connection, person: Person) -> bool:
    """Whether the person was inserted; False when the CURP is in the register already."""
    return insert_ignore(tx, people, person._asdict())


def load(tx: Connection, person_id: str) -> Person | None:
    """The person with this id."""
    return _person(tx.execute(select(people).where(people.c.id == person_id)).mappings().one_or_none())


def load_by_curp(tx: Connection, curp: str) -> Person | None:
    """The person who has this CURP or had it."""
    former = select(aliases.c.person_id).where(aliases.c.curp == curp)
    query = select(people).where(or_(people.c.curp == curp, people.c.id.in_(former)))
    return _person(tx.execute(query).mappings().one_or_none())


def _person(row: RowMapping | None) -> Person | None:
    return None if row is None else Person(**row)


def set_contact(tx: Connection, person_id: str, facts: Facts, clinic: str | None) -> None:
    """Write where the person lives now, their phone and their clinic."""
    values = {"lat": facts.lat, "lon": facts.lon, "phone": facts.phone, "assigned_clinic": clinic}
    tx.execute(update(people).where(people.c.id == person_id).values(values))


def set_decision(tx: Connection, person_id: str, decision: str, *, at: int, actor: str) -> None:
    """Append a decision about organ donation; the person's row shows the newest."""
    insert_ignore(tx, decisions, {"person_id": person_id, "at": at, "decision": decision, "actor": actor})
    tx.execute(update(people).where(people.c.id == person_id).values(organ_donation=decision))


def insert_alias(tx: Connection, curp: str, person_id: str, at: int) -> None:
    """Remember that somebody had this CURP before."""
    tx.execute(insert(aliases).values(curp=curp, person_id=person_id, since_at=at))


def set_curp(tx: Connection, person_id: str, curp: str) -> None:
    """Give somebody their new CURP."""
    tx.execute(update(people).where(people.c.id == person_id).values(curp=curp))


def decisions_of(tx: Connection, person_id: str) -> list[tuple[int, str]]:
    """When and what somebody decided, oldest first."""
    query = select(decisions.c.at, decisions.c.decision).where(decisions.c.person_id == person_id)
    return [(row.at, row.decision) for row in tx.execute(query.order_by(decisions.c.at))]
