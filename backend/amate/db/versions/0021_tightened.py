"""What went round the database's refusals: a key retired while lists rely on it, or as the last of its use.

With each publication are kept the times of its policy that these refusals count by; and who was invited as another
person than one of a like name.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

LISTS_S = 604_800  # how long a list is relied on, where what was published last was published before this was kept
# A key is retired by believing it no more from now on: the database has no clock, and this is the one of the statement.
# Of a key that nobody believes any more by its own dates, all that is known is when the proposal waited.
SAID_NOW = (
    "(CASE WHEN NEW.accept_until < OLD.accept_until THEN NEW.accept_until"
    " ELSE (SELECT p.{instant} FROM rotation_proposal p WHERE p.id = NEW.changed_by) END)"
)
AT_LEAST, AT_MOST = SAID_NOW.format(instant="proposed_at"), SAID_NOW.format(instant="expires_at")
ENDS = "(SELECT p.expires_at FROM rotation_proposal p WHERE p.id = NEW.changed_by)"
LAST_LIST_S = f"COALESCE((SELECT r.list_s FROM trust_release r ORDER BY r.timestamp DESC LIMIT 1), {LISTS_S})"
IS_RETIRED = "NEW.state = 'retired' AND OLD.state <> 'retired'"
OTHER_IN_FORCE = (
    "EXISTS (SELECT 1 FROM issuer_key o WHERE o.kid <> NEW.kid AND o.use = NEW.use AND o.state = 'active'"
    f" AND o.frozen_at IS NULL AND o.sign_from {{since}} <= {AT_MOST} AND o.sign_until > {AT_LEAST}{{more}})"
)
SUCCEEDED = OTHER_IN_FORCE.format(since=f"+ {LAST_LIST_S}", more=" AND o.sign_from > OLD.sign_from")
LISTS_RELY_ON_IT = f"NEW.use = 'status' AND EXISTS (SELECT 1 FROM status_list) AND NOT {SUCCEEDED}"
IS_LAST = f"NOT {OTHER_IN_FORCE.format(since='', more='')}"


class Trigger(NamedTuple):
    """What is refused, and the word for it."""

    name: str
    table: str
    event: str
    condition: str
    slug: str


RETIRING = (
    Trigger(
        "issuer_key_retired_at_once",
        "issuer_key",
        "UPDATE",
        f"{IS_RETIRED} AND NEW.accept_until > {ENDS}",
        "key-in-use",
    ),
    Trigger(
        "issuer_key_retired_unlisted",
        "issuer_key",
        "UPDATE",
        f"{IS_RETIRED} AND OLD.state = 'active' AND {LISTS_RELY_ON_IT}",
        "key-in-use",
    ),
    Trigger(
        "issuer_key_retired_with_another",
        "issuer_key",
        "UPDATE",
        f"{IS_RETIRED} AND OLD.state = 'active' AND {IS_LAST}",
        "last-key",
    ),
)


def upgrade() -> None:
    """Add it all; of those invited before nobody said so."""
    for table in ("login_invitation", "login_staff"):
        op.add_column(table, sa.Column("another_person", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("trust_release", sa.Column("list_s", sa.BigInteger))
    for trigger in triggers():
        (_make_in_sqlite if _is_sqlite() else _make_in_postgresql)(trigger)


def triggers() -> tuple[Trigger, ...]:
    """Those of this database."""
    return RETIRING


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _make_in_sqlite(trigger: Trigger) -> None:
    name, table, event, condition, slug = trigger
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{slug}'); END"
    )


def _make_in_postgresql(trigger: Trigger) -> None:
    name, table, event, condition, slug = trigger
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition} THEN RAISE EXCEPTION '{slug}' USING ERRCODE = 'check_violation'; END IF;"
        f" RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    """Take it away."""
    for trigger in triggers():
        name = trigger.name
        op.execute(f"DROP TRIGGER {name}" if _is_sqlite() else f"DROP FUNCTION {name}() CASCADE")
    op.drop_column("trust_release", "list_s")
    for table in ("login_invitation", "login_staff"):
        op.drop_column(table, "another_person")
