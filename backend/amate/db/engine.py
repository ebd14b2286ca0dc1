"""One engine a process: SQLite (WAL, fully synchronous) or PostgreSQL, by URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from amate.errors import Malformed, Unavailable

BUSY_TIMEOUT_S = 15
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
# What drivers say, among much else under the same types, when the database is gone, busy or full.
OUTAGE = ("locked", "disk", "full", "unable to open", "connection", "server", "terminat", "timeout", "readonly")
HIDE_PARAMETERS = True  # an error's text goes to the log, and parameters are people's names and CURPs (row K06)


def open_engine(url: str) -> Engine:
    """An engine for `url`; a plain postgresql:// URL is opened with psycopg 3.

    Raises: Malformed("bad-settings")
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(
        parsed, pool_pre_ping=True, pool_size=4, max_overflow=4, pool_timeout=5, hide_parameters=HIDE_PARAMETERS
    )


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None  # and not what the library says, which may hold a password
    if parsed is None or parsed.drivername not in DRIVERS:
        said = (
            "AMATE_DATABASE_URL must be postgresql://USER@HOST/NAME, sqlite:////FILE, or unset for a file in AMATE_HOME"
        )
        raise Malformed("bad-settings", said)
    return parsed


def connect(engine: Engine, *, writes: bool) -> Connection:
    """A connection that begins on first use; `writes` takes the write lock of SQLite at once, never half-way."""
    return engine.connect().execution_options(amate_writes=writes)


def _open_sqlite(url: str) -> Engine:
    database = make_url(url).database
    if database and database != ":memory:":
        _make_folder(Path(database).parent)
    options = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, hide_parameters=HIDE_PARAMETERS)

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        for pragma in PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("amate_writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            "storage-unavailable", f"{folder}: {error.strerror}; AMATE_HOME names the folder of all data"
        ) from error


def is_outage(error: DBAPIError) -> bool:
    """Whether the database does not answer or is full; anything else that it says is a defect of ours."""
    said = str(error.orig).lower()
    of_its_kind = isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or (of_its_kind and any(word in said for word in OUTAGE))
