"""A proposal is carried out once, while it waits; what has ended stays ended, and a key goes one way through its life.

Until here a key that was distrusted could be put in force again, and a frozen one let go, by a plain statement that
named a proposal which two people had signed for the same key long before, and that was carried out then.
"""

from __future__ import annotations

from amate.db.triggers import Trigger, add, drop

revision = "0023"
down_revision = "0022"

KEPT, ENDED = "never-changed", "proposal-ended"
IS_ENDED = (
    "OLD.state <> 'open' AND (NEW.state <> OLD.state OR COALESCE(NEW.ended_at, -1) <> COALESCE(OLD.ended_at, -1))"
)
# The database has no clock; it knows when verifiers were last told anything.
IS_OVER = (
    "EXISTS (SELECT 1 FROM rotation_proposal p WHERE p.id = NEW.changed_by AND (p.state <> 'open'"
    " OR p.expires_at <= COALESCE((SELECT r.signed_at FROM trust_release r ORDER BY r.timestamp DESC LIMIT 1), 0)))"
)
ONWARD = (
    "((OLD.state = 'next' AND NEW.state IN ('active', 'retired', 'revoked'))"
    " OR (OLD.state = 'active' AND NEW.state IN ('retired', 'revoked'))"
    " OR (OLD.state = 'retired' AND NEW.state = 'revoked'))"
)
IS_LET_GO = "OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS NULL"
GOES_BACK = (
    f"(OLD.state <> NEW.state AND NOT {ONWARD})"
    " OR (OLD.distrust IS NOT NULL AND COALESCE(NEW.distrust, '') <> OLD.distrust)"
    f" OR (OLD.state = 'revoked' AND {IS_LET_GO})"
)
CHANGES = (
    "(OLD.state <> NEW.state OR OLD.sign_from <> NEW.sign_from OR OLD.sign_until <> NEW.sign_until"
    " OR OLD.accept_until <> NEW.accept_until OR COALESCE(OLD.distrust, '') <> COALESCE(NEW.distrust, '')"
    f" OR ({IS_LET_GO}))"
)


TRIGGERS = (
    Trigger("rotation_proposal_ends_once", "rotation_proposal", "UPDATE", IS_ENDED, KEPT),
    Trigger("issuer_key_goes_one_way", "issuer_key", "UPDATE", GOES_BACK, KEPT),
    Trigger("issuer_key_changed_while_it_waits", "issuer_key", "UPDATE", f"{CHANGES} AND {IS_OVER}", ENDED),
    Trigger("issuer_key_staged_while_it_waits", "issuer_key", "INSERT", f"NOT NEW.is_first AND {IS_OVER}", ENDED),
    Trigger("decision_table_while_it_waits", "decision_table", "INSERT", IS_OVER, ENDED),
)


def upgrade() -> None:
    """Add them."""
    add(TRIGGERS)


def downgrade() -> None:
    """Take them away."""
    drop(TRIGGERS)
