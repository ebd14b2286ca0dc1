"""What went round the database's refusals: retiring a key that is in use, adding one in force, writing over a row.

A key is retired only when no status list relies on it and another one of its use signs; it is added as two people
signed it, and signs nothing yet; it is what it was, whoever signs. With each publication are kept the times of its
policy that these refusals count by; and who was invited as another person than one of a like name.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from amate.db.triggers import Trigger, add, drop, is_sqlite

revision = "0021"
down_revision = "0020"

KEPT, UNSAID = "never-changed", "not-as-proposed"
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


LAST = "(SELECT r.{column} FROM trust_release r ORDER BY r.timestamp DESC LIMIT 1)"
DATES = ("sign_from", "sign_until", "accept_until")
OTHER_DATES = "(" + " OR ".join(f"OLD.{name} <> NEW.{name}" for name in DATES) + ")"
# Times are compared as numbers, which PostgreSQL takes out of JSON as text.
NUMBERS = (*DATES, "shard", "lead_s")
KEPT_OF_A_KEY = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in ("lead_s", "is_first", "jwk", "use"))
TOLD_EARLIER = (
    "OLD.published_at IS NULL AND NEW.published_at IS NOT NULL"
    f" AND NEW.published_at <> COALESCE({LAST.format(column='signed_at')}, -1)"
)
KEPT_OF_A_RELEASE = " OR ".join(
    [f"OLD.{name} <> NEW.{name}" for name in ("timestamp", "root", "targets", "snapshot", "signed_at")]
    + [f"COALESCE(OLD.{name}, -1) <> COALESCE(NEW.{name}, -1)" for name in ("lead_s", "list_s")]
)
KEEPING = (
    Trigger("issuer_key_is_what_it_was", "issuer_key", "UPDATE", KEPT_OF_A_KEY, KEPT),
    Trigger("issuer_key_told_when_it_was", "issuer_key", "UPDATE", TOLD_EARLIER, KEPT),
    Trigger("trust_release_kept_on_update", "trust_release", "UPDATE", KEPT_OF_A_RELEASE, KEPT),
    Trigger("trust_release_kept_on_delete", "trust_release", "DELETE", "", KEPT),
    Trigger("trust_release_has_a_policy", "trust_release", "INSERT", "NEW.lead_s IS NULL", KEPT),
)
POSTGRESQL_ONLY = (Trigger("trust_release_kept_on_truncate", "trust_release", "TRUNCATE", "", KEPT),)
# On SQLite, INSERT OR REPLACE removes whatever row has one of these in common with the new one, and no trigger sees it.
IN_COMMON = {
    "issuer_key": ("kid", "kid8", "rowid"),
    "rotation_signature": ("proposal_id, person", "proposal_id, credential", "rowid"),
    "rotation_proposal": ("digest", "rowid"),
    "trust_release": ("timestamp",),
    "audit_entry": ("rowid",),
}
OPEN_ALREADY = (
    "NEW.state = 'open' AND EXISTS (SELECT 1 FROM rotation_proposal x WHERE x.state = 'open' AND x.id <> NEW.id"
    " AND x.action = NEW.action AND x.kid = NEW.kid)"
)


def upgrade() -> None:
    """Add it all; of those invited before nobody said so."""
    for table in ("login_invitation", "login_staff"):
        op.add_column(table, sa.Column("another_person", sa.Boolean, nullable=False, server_default=sa.false()))
    for name in ("lead_s", "list_s"):
        op.add_column("trust_release", sa.Column(name, sa.BigInteger))
    add(triggers())


def triggers() -> tuple[Trigger, ...]:
    """Those of this database."""
    return (*RETIRING, *KEEPING, *_as_proposed(), *(_not_over() if is_sqlite() else POSTGRESQL_ONLY))


def _as_proposed() -> tuple[Trigger, ...]:
    """A key is added, gets other dates and moves as the content says that two people signed, by its digest."""
    listed = [(name, ("key", name)) for name in ("use", "uri", "shard", *DATES)]
    jwk = [f"{_said('key', 'jwk', part)} = {_json('NEW.jwk', part)}" for part in ("x", "y")]
    same = [f"{_said(*path)} = NEW.{name}" for name, path in [("iss", ("iss",)), *listed]]
    lead = f"NEW.lead_s >= COALESCE({_said('key', 'lead_s')}, 1)"
    policy = f"NEW.lead_s >= COALESCE({LAST.format(column='lead_s')}, 1)"
    is_new = " AND ".join(f"NEW.{name} IS NULL" for name in ("published_at", "activated_at", "frozen_at", "distrust"))
    added = f"NEW.state = 'next' AND {is_new} AND NEW.lead_s > 0 AND {policy} AND {_signed('stage', *same, *jwk, lead)}"
    dated = _signed("schedule", *(f"{_said(name)} = NEW.{name}" for name in DATES))
    stays = "(OLD.state = NEW.state OR NEW.state = 'active')"
    moved = _signed("stage", f"{_said('key', 'uri')} = NEW.uri")
    return (
        Trigger("issuer_key_added_as_proposed", "issuer_key", "INSERT", f"NOT NEW.is_first AND NOT ({added})", UNSAID),
        Trigger(
            "issuer_key_dated_as_proposed", "issuer_key", "UPDATE", f"{stays} AND {OTHER_DATES} AND NOT {dated}", UNSAID
        ),
        Trigger("issuer_key_moved_as_proposed", "issuer_key", "UPDATE", f"OLD.uri <> NEW.uri AND NOT {moved}", KEPT),
    )


def _signed(action: str, *conditions: str) -> str:
    """That two people signed the proposal to do this with the key, and what else of it holds."""
    return (
        "EXISTS (SELECT 1 FROM rotation_proposal p WHERE p.id = NEW.changed_by AND p.kid = NEW.kid"
        f" AND p.action = '{action}' AND (SELECT count(*) FROM rotation_signature s WHERE s.proposal_id = p.id) >= 2"
        + "".join(f" AND {condition}" for condition in conditions)
        + ")"
    )


def _said(*path: str) -> str:
    """What the content of the proposal `p` says."""
    return _json("p.content", *path)


def _json(column: str, *path: str) -> str:
    if is_sqlite():
        return f"json_extract({column}, '$.{'.'.join(path)}')"
    value = f"({column}::json #>> '{{{','.join(path)}}}')"
    return f"{value}::bigint" if path[-1] in NUMBERS else value


def _not_over() -> tuple[Trigger, ...]:
    found = []
    for table, keys in IN_COMMON.items():
        same = [" AND ".join(f"x.{name} = NEW.{name}" for name in key.split(", ")) for key in keys]
        there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} x WHERE {each})" for each in same)
        found.append(Trigger(f"{table}_not_inserted_over", table, "INSERT", there, KEPT))
    found += [
        Trigger(f"{table}_stays_its_row", table, "UPDATE", "OLD.rowid <> NEW.rowid", KEPT)
        for table in ("issuer_key", "rotation_proposal")
    ]
    found += [
        Trigger(f"rotation_proposal_one_open_on_{event.lower()}", "rotation_proposal", event, OPEN_ALREADY, KEPT)
        for event in ("INSERT", "UPDATE")
    ]
    return tuple(found)


def downgrade() -> None:
    """Take it away."""
    drop(triggers())
    for name in ("lead_s", "list_s"):
        op.drop_column("trust_release", name)
    for table in ("login_invitation", "login_staff"):
        op.drop_column(table, "another_person")
