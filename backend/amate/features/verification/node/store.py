"""SQL of a node: its counters, the receipts that it holds, the codes that were used, what its counters report."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from amate.db.engine import open_engine
from amate.db.upsert import insert_ignore, upsert
from amate.errors import Unavailable
from amate.features.verification.node.model import (
    CONFLICT,
    MAX_FAILURES,
    REFUSED,
    WAITING,
    Counter,
    HeldReceipt,
    JsonObject,
    Standing,
)

FILE: Final = "node.db"
PRIVATE: Final = 0o600

# A node's own, and not the deployment's schema. No migrations either: nothing in it is meant to stay. Receipts leave
# for the centre, used codes after a day, a counter is let in again in a minute; another shape is another table.
metadata = MetaData()
counter = Table(
    "counter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("session", String(64), unique=True),
    Column("code", String(64)),
    Column("code_until", Integer),
    Column("code_failures", Integer, nullable=False, default=0),
    Column("paired_at", Integer),
    Column("withdrawn_at", Integer),
    Index("ux_counter_name", "name", unique=True, sqlite_where=text("withdrawn_at IS NULL")),
)
held_receipt = Table(
    "held_receipt",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("x", String(43), nullable=False),
    Column("y", String(43), nullable=False),
    Column("body", Text),
    Column("arrived", Integer, nullable=False, unique=True),
    Column("state", String(10), nullable=False, default=WAITING),
    Column("why", String(60)),
    Index("ix_held_receipt_state", "state", "arrived"),
)
used_pass = Table(
    "used_pass",
    metadata,
    Column("cti", String(24), primary_key=True),
    Column("used_at", Integer, nullable=False, index=True),
)
counter_report = Table(
    "counter_report",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("document", Text, nullable=False),
)
heard = Table(
    "heard",
    metadata,
    Column("of", String(20), primary_key=True),
    Column("at", Integer, nullable=False),
)
COUNTER_COLUMNS = tuple(counter.c[name] for name in Counter.__dataclass_fields__)
HELD_COLUMNS = tuple(held_receipt.c[name] for name in HeldReceipt.__dataclass_fields__)
IN_FORCE = counter.c.withdrawn_at.is_(None)


def open_store(folder: Path) -> Engine:
    """The node's database, with all its tables; each commit is on the disk when it returns (WAL, synchronous=FULL).

    Raises: Unavailable("storage-unavailable")
    """
    path = folder / FILE
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))  # SQLite gives what it puts beside it the same mode
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path}: {error.strerror or error}") from error
    engine = open_engine(f"sqlite:///{path.resolve()}")
    try:
        with engine.begin() as tx:  # which waits for whoever else is making them
            metadata.create_all(tx)
    except DBAPIError:
        engine.dispose()
        raise
    return engine


def add_counter(tx: Connection, name: str) -> int:
    """A counter of this name, which nobody else in force may have."""
    return int(tx.execute(insert(counter).values(name=name).returning(counter.c.id)).scalar_one())


def counter_named(tx: Connection, name: str) -> Counter | None:
    """The counter of this name that is in force."""
    row = tx.execute(select(*COUNTER_COLUMNS).where(counter.c.name == name, IN_FORCE)).one_or_none()
    return None if row is None else Counter(*row)


def was_withdrawn(tx: Connection, name: str) -> bool:
    """Whether there was a counter of this name."""
    return tx.execute(select(counter.c.id).where(counter.c.name == name, ~IN_FORCE).limit(1)).first() is not None


def counters(tx: Connection) -> list[Counter]:
    """All that there ever were, by name."""
    query = select(*COUNTER_COLUMNS).order_by(counter.c.withdrawn_at.is_not(None), counter.c.name, counter.c.id)
    return [Counter(*row) for row in tx.execute(query)]


def put_code(tx: Connection, counter_id: int, code: str, until: int) -> None:
    """Give a counter a code, in the place of any before."""
    values = {"code": code, "code_until": until, "code_failures": 0}
    tx.execute(update(counter).where(counter.c.id == counter_id).values(values))


def open_codes(tx: Connection, now: int) -> list[tuple[int, str]]:
    """Counter and fingerprint of each code that may be typed now."""
    c = counter.c
    rows = tx.execute(select(c.id, c.code).where(IN_FORCE, c.code.is_not(None), c.code_until > now))
    return [(row[0], row[1]) for row in rows]


def pair(tx: Connection, counter_id: int, session: str, now: int) -> Counter:
    """Give a counter a session for its code, which ends, as the session before; wrong tries are in a row no more."""
    values = {"session": session, "paired_at": now, "code": None, "code_until": None}
    tx.execute(update(counter).where(counter.c.id == counter_id).values(values))
    tx.execute(update(counter).values(code_failures=0))
    return Counter(*tx.execute(select(*COUNTER_COLUMNS).where(counter.c.id == counter_id)).one())


def count_failure(tx: Connection) -> None:
    """One more wrong try against every open code; those that had their last are over."""
    c = counter.c
    tx.execute(update(counter).where(c.code.is_not(None)).values(code_failures=c.code_failures + 1))
    spent = update(counter).where(c.code.is_not(None), c.code_failures >= MAX_FAILURES)
    tx.execute(spent.values(code=None, code_until=None))


def counter_of(tx: Connection, session: str) -> Counter | None:
    """The counter in force whose cookie has this fingerprint."""
    row = tx.execute(select(*COUNTER_COLUMNS).where(counter.c.session == session, IN_FORCE)).one_or_none()
    return None if row is None else Counter(*row)


def end_session(tx: Connection, session: str) -> None:
    """Forget a session."""
    tx.execute(update(counter).where(counter.c.session == session).values(session=None))


def withdraw(tx: Connection, counter_id: int, now: int) -> None:
    """Let a counter in no more."""
    values = {"session": None, "code": None, "code_until": None, "withdrawn_at": now}
    tx.execute(update(counter).where(counter.c.id == counter_id).values(values))


def hold(tx: Connection, receipt: HeldReceipt) -> bool:
    """Keep a receipt; False when it is here already, whatever became of it."""
    values = {name: getattr(receipt, name) for name in HeldReceipt.__dataclass_fields__}
    return insert_ignore(tx, held_receipt, {**values, "state": WAITING})


def last_arrived(tx: Connection) -> int:
    """The place of the receipt that came last, of those that are here."""
    return int(tx.execute(select(func.coalesce(func.max(held_receipt.c.arrived), 0))).scalar_one())


def count_held(tx: Connection) -> int:
    """How many receipts are here."""
    return int(tx.execute(select(func.count()).select_from(held_receipt)).scalar_one())


def standing(tx: Connection) -> Standing:
    """How the receipts stand."""
    c = held_receipt.c
    rows = list(tx.execute(select(c.state, func.coalesce(c.why, ""), func.count()).group_by(c.state, c.why)))
    of_state = {state: {why: n for found, why, n in rows if found == state} for state in (WAITING, REFUSED, CONFLICT)}
    return Standing(sum(of_state[WAITING].values()), of_state[REFUSED], of_state[CONFLICT])


def devices_waiting(tx: Connection) -> list[tuple[str, str]]:
    """The key (x, y) of each counter of which anything waits, first come first."""
    c = held_receipt.c
    query = select(c.x, c.y).where(c.state == WAITING).group_by(c.x, c.y).order_by(func.min(c.arrived))
    return [(row[0], row[1]) for row in tx.execute(query)]


def waiting(tx: Connection, device: tuple[str, str], *, after: int, limit: int) -> list[HeldReceipt]:
    """What waits of a counter's key, in order of arrival, from after a place on."""
    c = held_receipt.c
    query = select(*HELD_COLUMNS).where(c.state == WAITING, c.x == device[0], c.y == device[1], c.arrived > after)
    return [HeldReceipt(*row) for row in tx.execute(query.order_by(c.arrived).limit(limit))]


def drop_receipt(tx: Connection, receipt_id: str) -> None:
    """Forget a receipt that the centre has."""
    tx.execute(delete(held_receipt).where(held_receipt.c.id == receipt_id))


def put_state(tx: Connection, receipt_id: str, state: str, why: str | None) -> None:
    """What the centre says of a receipt; a conflict needs its body no more."""
    values = {"state": state, "why": why} | ({"body": None} if state == CONFLICT else {})
    tx.execute(update(held_receipt).where(held_receipt.c.id == receipt_id).values(values))


def resend(tx: Connection) -> int:
    """Have what was refused wait again; how many there were."""
    c = held_receipt.c
    return tx.execute(update(held_receipt).where(c.state == REFUSED).values(state=WAITING, why=None)).rowcount


def use_pass(tx: Connection, cti: str, now: int) -> bool:
    """Use a pass; False when it was used before."""
    return insert_ignore(tx, used_pass, {"cti": cti, "used_at": now})


def drop_uses(tx: Connection, before: int) -> None:
    """Forget what was used before an instant."""
    tx.execute(delete(used_pass).where(used_pass.c.used_at < before))


def put_report(tx: Connection, document: JsonObject) -> None:
    """Keep what a counter reports, in the place of what it reported before."""
    row = {"device": document["device"], "document": json.dumps(document, sort_keys=True)}
    upsert(tx, counter_report, [row], key=["device"])


def reports(tx: Connection) -> list[tuple[str, str]]:
    """Device and document of each report that the centre has not been told."""
    c = counter_report.c
    return [(row[0], row[1]) for row in tx.execute(select(c.device, c.document).order_by(c.device))]


def drop_report(tx: Connection, device: str, document: str) -> None:
    """Forget a report, unless a newer one took its place."""
    c = counter_report.c
    tx.execute(delete(counter_report).where(c.device == device, c.document == document))


def put_heard(tx: Connection, of: str, at: int) -> None:
    """When somebody last answered."""
    upsert(tx, heard, [{"of": of, "at": at}], key=["of"])


def heard_at(tx: Connection, of: str) -> int | None:
    """When somebody last answered; None if never."""
    found: int | None = tx.execute(select(heard.c.at).where(heard.c.of == of)).scalar_one_or_none()
    return found
