"""INSERT that meets rows already there, alike on SQLite and PostgreSQL, and what to say when the disk is full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from amate.errors import Unavailable

CHUNK = 5_000
Row = dict[str, Any]


def insert_ignore(tx: Connection, table: Table, row: Row) -> bool:
    """Whether the row was inserted; False when a UNIQUE constraint already holds one.

    Waits for another transaction that is inserting the same row, so two callers never both hear True.
    """
    statement = _insert(tx, table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return tx.execute(statement).first() is not None


def upsert(tx: Connection, table: Table, rows: Sequence[Row], *, key: Sequence[str]) -> None:
    """Insert rows, or update the ones with the same key; every row has the same columns, no key twice.

    rows: values of the driver's own types (text, int, float, bool, bytes, None); they go to it as they are, which
          saves half the time of a bulk import
    """
    if not rows:
        return
    names = list(rows[0])
    statement = _insert(tx, table)
    changed = {name: statement.excluded[name] for name in names if name not in key}
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=changed)
    compiled = statement.compile(dialect=tx.dialect, column_keys=names)
    order: list[str] | None = getattr(compiled, "positiontup", None)
    pick = itemgetter(*order) if order else None
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        tx.exec_driver_sql(str(compiled), [pick(row) for row in part] if pick else list(part))


def _insert(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


@contextmanager
def explained_storage() -> Iterator[None]:
    """Turns a full disk into an error that says so; the caller's transaction is rolled back as a whole.

    Raises: Unavailable("storage-full")
    """
    try:
        yield
    except OperationalError as error:
        said = str(error.orig).lower()
        if ("disk" in said and "full" in said) or "no space left" in said:
            raise Unavailable(
                "storage-full", "The disk is full. Nothing of this file was saved: free some space and repeat it."
            ) from error
        raise
