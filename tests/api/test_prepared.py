"""Prepared statements answer, count and fail as SQLAlchemy's own execution does."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from amate.db.engine import connect
from amate.db.prepared import Prepared

things = Table(
    "prepared_thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(20)),
    Column("body", LargeBinary),
    Column("open", Boolean, nullable=False),
)
ADD = Prepared(insert(things))
NAMED = Prepared(
    select(things).where(things.c.name == bindparam("name"), things.c.id > 0).order_by(things.c.id).limit(2)
)
BETWEEN = Prepared(select(things.c.id).where(things.c.id <= bindparam("n"), things.c.id >= bindparam("n")))
REMOVE = Prepared(delete(things).where(things.c.name == bindparam("name")))


@pytest.fixture(autouse=True)
def table(engine: Engine) -> None:
    things.create(engine)


def fill(engine: Engine, *ids: int) -> None:
    with connect(engine, writes=True) as tx:
        for id_ in ids:
            assert ADD.write(tx, {"id": id_, "name": "a", "body": b"\0", "open": True}) == 1
        tx.commit()


def test_what_was_written_is_read_back_in_the_drivers_types(engine: Engine) -> None:
    fill(engine, 1, 2, 3)
    with connect(engine, writes=False) as tx:
        assert NAMED.all(tx, {"name": "a"}) == [(1, "a", b"\0", True), (2, "a", b"\0", True)]
        assert NAMED.one(tx, {"name": "a"}) == (1, "a", b"\0", True)
        assert NAMED.one(tx, {"name": "b"}) is None
        assert BETWEEN.all(tx, {"n": 2}) == [(2,)]  # one parameter in two places


def test_a_write_tells_how_many_rows_it_touched(engine: Engine) -> None:
    fill(engine, 1, 2)
    with connect(engine, writes=True) as tx:
        assert REMOVE.write(tx, {"name": "b"}) == 0
        assert REMOVE.write(tx, {"name": "a"}) == 2
        tx.commit()


def test_a_prepared_statement_begins_the_transaction_that_ends_with_it(engine: Engine) -> None:
    with connect(engine, writes=True) as tx:
        ADD.write(tx, {"id": 1, "name": "a", "body": None, "open": False})
        assert tx.in_transaction()
        tx.rollback()
        assert NAMED.all(tx, {"name": "a"}) == []


def test_an_error_is_the_one_that_sqlalchemy_would_raise_and_tells_no_values(engine: Engine) -> None:
    fill(engine, 1)
    with connect(engine, writes=True) as tx, pytest.raises(IntegrityError) as refused:
        ADD.write(tx, {"id": 1, "name": "HEGG560427MVZRRL04", "body": None, "open": False})
    assert "HEGG" not in str(refused.value).split("[SQL")[1]


def test_a_missing_table_is_an_error_of_the_statement(engine: Engine) -> None:
    things.drop(engine)
    with connect(engine, writes=True) as tx, pytest.raises((OperationalError, ProgrammingError)) as refused:
        NAMED.all(tx, {"name": "a"})
    assert not refused.value.connection_invalidated


def test_a_connection_that_breaks_is_not_used_again(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        return  # an embedded database has no connection to lose
    with connect(engine, writes=True) as tx, connect(engine, writes=True) as other:
        pid = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        other.exec_driver_sql(f"SELECT pg_terminate_backend({int(pid)})")
        with pytest.raises(OperationalError) as refused:
            NAMED.all(tx, {"name": "a"})
        assert refused.value.connection_invalidated
    with connect(engine, writes=True) as tx:
        assert NAMED.all(tx, {"name": "a"}) == []
