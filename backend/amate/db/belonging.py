"""A database belongs to one environment, and remembers which: a demo's is never worked on as if it were real.

It is checked where commands and servers open the database (terminal.open_migrated), so that no command has to. One of
before, without the mark, belongs to the environment that it published or proposed for; else to the first that opens it.
While nobody has done anything in it, whoever opens it next may still have it: a variable forgotten once spoils nothing.
"""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import CheckConstraint, Column, Connection, Engine, Integer, String, Table, select, text, update

from amate.db import metadata
from amate.db.engine import connect
from amate.db.upsert import insert_ignore
from amate.errors import Refused

deployment = Table(
    "deployment",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("env", String(20), nullable=False),
    CheckConstraint("number = 1", name="deployment_is_one"),
)
ONLY: Final = 1
# Where a database of before says for which environment it was: JSON with a member `env`. Metadata of TUF has its line
# breaks as they are within strings, which strict JSON has not.
_SAID_IN: Final = (
    "SELECT body FROM trust_file WHERE path LIKE '%issuers.json' LIMIT 1",
    "SELECT payload FROM trust_draft WHERE role = 'root' ORDER BY number DESC LIMIT 1",
    "SELECT content FROM rotation_proposal ORDER BY proposed_at DESC LIMIT 1",
)


def check_environment(engine: Engine, env: str) -> None:
    """That the database is this environment's; one that is nobody's yet is from now on.

    Raises: Refused("wrong-environment")
    """
    with connect(engine, writes=False) as tx:
        found = env_of(tx)
    if found != env:
        with connect(engine, writes=True) as tx:
            found = _claimed(tx, env)
            tx.commit()
    if found != env:
        said = f"this is {env}, and the database belongs to {found}: set AMATE_ENV={found} to work on it"
        other = f"AMATE_HOME (and AMATE_DATABASE_URL, where it is set) to those of {env}"
        raise Refused("wrong-environment", f"{said}, or {other}", where="AMATE_ENV")


def _claimed(tx: Connection, env: str) -> str:
    """Whose it is, now that this environment wants it."""
    insert_ignore(tx, deployment, {"number": ONLY, "env": _said_env(tx) or env})
    if not _was_used(tx):
        tx.execute(update(deployment).values(env=env))
    return env_of(tx) or env


def env_of(tx: Connection) -> str | None:
    """Whose it is; None while it is nobody's."""
    return tx.execute(select(deployment.c.env)).scalar_one_or_none()


def _said_env(tx: Connection) -> str | None:
    for query in _SAID_IN:
        raw = tx.execute(text(query)).scalar()
        found = None if raw is None else json.loads(raw, strict=False).get("env")
        if isinstance(found, str):
            return found
    return None


def _was_used(tx: Connection) -> bool:
    """Whether anybody did anything: all that is done stands in the log."""
    return tx.execute(text("SELECT 1 FROM audit_entry LIMIT 1")).first() is not None
