"""Brings the schema to the newest revision; safe to run from several processes at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

HERE = Path(__file__).parent
LOCK = 0x0A_3A7E  # any constant: one migration at a time on PostgreSQL


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(alembic_config(connection), "head")
        connection.commit()


def is_current(connection: Connection) -> bool:
    """Whether the database's schema is the newest that this code knows."""
    head = ScriptDirectory(str(HERE)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
