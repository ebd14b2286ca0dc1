"""Statements of the busiest paths: compiled once for each database, then handed to its driver as they are.

A pass takes seven statements, and SQLAlchemy's own execution costs three to five times what each of them does.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.sql import ClauseElement

Value: TypeAlias = "str | int | float | bytes | None"


class Prepared:
    """A statement whose parameters and columns all are of the drivers' own types (a BOOLEAN may come as 0 or 1)."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, dict[str, Any], tuple[str, ...] | None]] = {}

    def all(self, tx: Connection, values: dict[str, Value]) -> list[tuple[Any, ...]]:
        """The rows.

        values: by the names of the statement's parameters
        Raises: DBAPIError, as SQLAlchemy would
        """
        return list(self._run(tx, values).fetchall())

    def one(self, tx: Connection, values: dict[str, Value]) -> tuple[Any, ...] | None:
        """The first row, if there is one."""
        rows = self._run(tx, values).fetchall()
        return rows[0] if rows else None

    def write(self, tx: Connection, values: dict[str, Value]) -> int:
        """How many rows the statement wrote."""
        return self._run(tx, values).rowcount

    def _run(self, tx: Connection, values: dict[str, Value]) -> DBAPICursor:
        if not tx.in_transaction():
            tx.begin()
        text, fixed, order = self._compiled.get(tx.dialect.name) or self._compile(tx.dialect)
        given = {**fixed, **values} if fixed else values
        cursor = tx.connection.cursor()
        try:
            cursor.execute(text, given if order is None else [given[name] for name in order])
        except tx.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy_says(tx, cursor, text, error) from error
        return cursor

    def _compile(self, dialect: Dialect) -> tuple[str, dict[str, Any], tuple[str, ...] | None]:
        compiled = self._statement.compile(dialect=dialect)
        order = getattr(compiled, "positiontup", None)
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._compiled[dialect.name] = made = str(compiled), fixed, None if order is None else tuple(order)
        return made


def _as_sqlalchemy_says(tx: Connection, cursor: DBAPICursor, text: str, error: DBAPIModule.Error) -> StatementError:
    """The same error with its values left out; a connection that broke does not go back to the pool."""
    dialect = tx.dialect
    is_lost = dialect.is_disconnect(error, tx.connection.dbapi_connection, cursor)
    if is_lost:
        tx.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
