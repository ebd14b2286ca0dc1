"""SQL of people: a person, every CURP that they have had, and their statements about organ donation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    func,
    select,
    update,
)

from amate.db import metadata
from amate.db.prepared import Prepared
from amate.db.upsert import insert_ignore
from amate.features.register.model import EPOCH, Person, Statement

people = Table(
    "person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("curp", String(18), nullable=False, unique=True),
    Column("given_names", String(100), nullable=False),
    Column("first_surname", String(100), nullable=False),
    Column("second_surname", String(100), nullable=False),
    Column("sex", String(1), nullable=False),
    Column("birth_on", Integer, nullable=False),
    Column("birth_state", String(2), nullable=False),
    Column("nationality", String(3), nullable=False),
    Column("organ_donation", String(12), nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("phone", String(10)),
    Column("guardian_id", String(40), ForeignKey("person.id"), index=True),
    Column("assigned_clinic", String(11)),
    Column("created_at", BigInteger, nullable=False),
)
curps = Table(
    "person_curp",
    metadata,
    Column("curp", String(18), primary_key=True),
    Column("person_id", String(40), ForeignKey("person.id"), nullable=False, index=True),
    Column("since_at", BigInteger, nullable=False),
)
statements = Table(
    "organ_donation",
    metadata,
    Column("person_id", String(40), ForeignKey("person.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("choice", String(12), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(120), nullable=False),
)
_BIRTH = 6  # place of the birthday: the columns stand in the order of Person's fields
# Every pass runs this.
_BY_ID = Prepared(select(people).where(people.c.id == bindparam("id")))


def add(tx: Connection, person: Person) -> bool:
    """Whether the person was entered; False when their CURP is in the register, whoever entered it a moment ago."""
    row = {c.name: getattr(person, c.name) for c in people.c if c.name != "birth_on"}
    row["birth_on"] = (person.birth_date - EPOCH).days
    # The person comes first because the CURP refers to them; both are UNIQUE by CURP.
    if by_curp(tx, person.curp) is not None or not insert_ignore(tx, people, row):
        return False
    if add_curp(tx, person.id, person.curp, person.created_at):
        return True
    tx.execute(delete(people).where(people.c.id == person.id))  # it became another person's second CURP just now
    return False


def add_curp(tx: Connection, person_id: str, curp: str, now: int) -> bool:
    """Whether the CURP was free and now points to this person."""
    return insert_ignore(tx, curps, {"curp": curp, "person_id": person_id, "since_at": now})


def load(tx: Connection, person_id: str) -> Person | None:
    """The person with this id."""
    return _person(_BY_ID.one(tx, {"id": person_id}))


def by_curp(tx: Connection, curp: str) -> Person | None:
    """The person who has or had this CURP."""
    query = select(people).join(curps, curps.c.person_id == people.c.id).where(curps.c.curp == curp)
    return _person(tx.execute(query).one_or_none())


def change(tx: Connection, person_id: str, values: dict[str, Any]) -> None:
    """Set columns of a person."""
    tx.execute(update(people).where(people.c.id == person_id).values(**values))


def lock(tx: Connection, person_id: str) -> None:
    """Keep others from changing the person until the transaction ends."""
    tx.execute(select(people.c.id).where(people.c.id == person_id).with_for_update()).all()


def state(tx: Connection, person_id: str, *, choice: str, at: int, actor: str) -> None:
    """Append a statement about organ donation, and make it the one in force."""
    last = tx.execute(select(func.max(statements.c.seq)).where(statements.c.person_id == person_id)).scalar()
    row = {"person_id": person_id, "seq": (last or 0) + 1, "choice": choice, "at": at, "actor": actor}
    tx.execute(statements.insert().values(row))
    change(tx, person_id, {"organ_donation": choice})


def history(tx: Connection, person_id: str) -> list[Statement]:
    """All statements of a person, the oldest first."""
    c = statements.c
    query = select(c.seq, c.choice, c.at, c.actor).where(c.person_id == person_id).order_by(c.seq)
    return [Statement(*row) for row in tx.execute(query)]


def count(tx: Connection) -> int:
    """How many people the register has."""
    return int(tx.execute(select(func.count()).select_from(people)).scalar_one())


def _person(row: Sequence[Any] | None) -> Person | None:
    if row is None:
        return None
    values: list[Any] = list(row)
    values[_BIRTH] = EPOCH + timedelta(days=values[_BIRTH])
    return Person(*values)
