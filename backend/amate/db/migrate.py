"""Brings the schema to the newest revision; safe to run from several processes at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from amate.db.engine import connect

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
LOCK = 0x0A_3A7E  # any constant: one migration at a time on PostgreSQL


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config  # takes a moment to load, which a command on a current schema need not wait

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction."""
    with connect(engine, writes=False) as connection:
        if is_current(connection):
            return
    from alembic import command

    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(alembic_config(connection), "head")
        connection.commit()


def is_current(connection: Connection) -> bool:
    """Whether the database's schema is the newest that this code knows."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(found) == [newest_revision()]


@cache
def newest_revision() -> str:
    """The revision of the last file in versions/: each is named by its own (tests/house)."""
    return max(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*_*.py"))
