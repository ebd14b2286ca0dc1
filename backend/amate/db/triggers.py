"""What the database refuses by itself, alike on SQLite and PostgreSQL; for migrations alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from alembic import op


class Trigger(NamedTuple):
    """What is refused before it happens to a table, and the word for it.

    event:     INSERT, UPDATE or DELETE; on PostgreSQL TRUNCATE, too
    condition: in SQL, of OLD and NEW; an empty one refuses all of it
    """

    name: str
    table: str
    event: str
    condition: str
    slug: str


def is_sqlite() -> bool:
    """Whether this migration runs on SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def add(triggers: Iterable[Trigger]) -> None:
    """Refuse these things from now on."""
    make = _make_in_sqlite if is_sqlite() else _make_in_postgresql
    for trigger in triggers:
        make(trigger)


def drop(triggers: Iterable[Trigger]) -> None:
    """Refuse these things no more."""
    for trigger in triggers:
        op.execute(f"DROP TRIGGER {trigger.name}" if is_sqlite() else f"DROP FUNCTION {trigger.name}() CASCADE")


def _make_in_sqlite(trigger: Trigger) -> None:
    name, table, event, condition, slug = trigger
    when = f" WHEN {condition}" if condition else ""
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{slug}'); END")


def _make_in_postgresql(trigger: Trigger) -> None:
    name, table, event, condition, slug = trigger
    refusal = f"RAISE EXCEPTION '{slug}' USING ERRCODE = 'check_violation';"
    body = f"IF {condition} THEN {refusal} END IF; RETURN NEW;" if condition else refusal
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()")
