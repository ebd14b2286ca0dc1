"""Keys in shards with a life cycle, proposals that two people sign, and the refusals that hold in the database itself.

A key is staged, put in force, retired or distrusted only with a proposal for just that which two people have signed; it
signs nothing before verifiers have known it for as long as they must; it is not retired while anything hangs on it.
"""

from __future__ import annotations

import base64

import sqlalchemy as sa
from alembic import op

from amate.db.triggers import Trigger, add, drop

revision = "0012"
down_revision = "0011"

STATES = "state IN ('next', 'active', 'retired', 'revoked')"
DATES = "sign_from < sign_until AND sign_until <= accept_until"
# Ramzor, October 2021: a key that signed before verifiers knew it had a day of good passes refused (row D11).
KNOWN_FIRST = (
    "state <> 'active' OR is_first OR (published_at IS NOT NULL AND activated_at IS NOT NULL"
    " AND sign_from >= published_at + lead_s AND activated_at >= published_at + lead_s)"
)
SIGNED_FOR = (
    "(SELECT count(*) FROM rotation_signature s JOIN rotation_proposal p ON p.id = s.proposal_id"
    " WHERE p.id = NEW.changed_by AND p.kid = NEW.kid AND p.action = {action})"
)
ON_INSERT = (
    "(NEW.is_first AND EXISTS (SELECT 1 FROM trust_release)) OR (NOT NEW.is_first AND "
    + SIGNED_FOR.format(action="'stage'")
    + " < 2)"
)
WHAT_CHANGES = (
    "(CASE WHEN OLD.state <> NEW.state THEN CASE NEW.state WHEN 'active' THEN 'activate' WHEN 'retired' THEN 'retire'"
    " WHEN 'revoked' THEN 'revoke' ELSE 'nothing' END"
    " WHEN OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS NULL THEN 'resume' ELSE 'schedule' END)"
)
ON_UPDATE = (
    "(OLD.state <> NEW.state OR OLD.sign_from <> NEW.sign_from OR OLD.sign_until <> NEW.sign_until"
    " OR OLD.accept_until <> NEW.accept_until OR OLD.is_first <> NEW.is_first OR OLD.lead_s <> NEW.lead_s"
    " OR OLD.jwk <> NEW.jwk OR OLD.use <> NEW.use OR COALESCE(OLD.distrust, '') <> COALESCE(NEW.distrust, '')"
    " OR (OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS NULL)) AND " + SIGNED_FOR.format(action=WHAT_CHANGES) + " < 2"
)
ON_RETIRE = (
    "NEW.state = 'retired' AND OLD.state <> 'retired' AND"
    " (EXISTS (SELECT 1 FROM issuance_issued i WHERE i.signed_by = NEW.kid AND i.state IN ('intent', 'issued')"
    " AND i.expires_at > NEW.accept_until)"
    " OR EXISTS (SELECT 1 FROM issuance_pass i WHERE i.signed_by = NEW.kid AND i.expires_at > NEW.accept_until))"
)
TRIGGERS = (
    Trigger("issuer_key_staged_by_two", "issuer_key", "INSERT", ON_INSERT, "two-people-needed"),
    Trigger("issuer_key_changed_by_two", "issuer_key", "UPDATE", ON_UPDATE, "two-people-needed"),
    Trigger("issuer_key_retired_unused", "issuer_key", "UPDATE", ON_RETIRE, "key-in-use"),
)


def upgrade() -> None:
    """Add them."""
    _create_proposals()
    _extend_keys()
    op.add_column("issuance_issued", sa.Column("renew_because", sa.String(43)))
    op.create_index("ix_issuance_issued_renew_because", "issuance_issued", ["renew_because"])
    op.create_index("ix_issuance_issued_signed_by", "issuance_issued", ["signed_by", "expires_at"])
    op.create_index("ix_issuance_pass_signed_by", "issuance_pass", ["signed_by", "expires_at"])
    add(TRIGGERS)


def _create_proposals() -> None:
    op.create_table(
        "rotation_proposal",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("kid", sa.String(43), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.CheckConstraint("state IN ('open', 'done', 'withdrawn')", name="proposal_states"),
    )
    one_open = sa.text("state = 'open'")
    op.create_index(
        "ux_rotation_proposal_open",
        "rotation_proposal",
        ["action", "kid"],
        unique=True,
        sqlite_where=one_open,
        postgresql_where=one_open,
    )
    op.create_table(
        "rotation_signature",
        sa.Column("proposal_id", sa.String(24), sa.ForeignKey("rotation_proposal.id"), primary_key=True),
        sa.Column("person", sa.String(120), primary_key=True),
        sa.Column("means", sa.String(10), nullable=False),
        sa.Column("credential", sa.String(1400), nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("proposal_id", "credential", name="proposal_signed_once"),
    )


def _extend_keys() -> None:
    zero, no = sa.text("0"), sa.false()
    with op.batch_alter_table("issuer_key") as table:
        table.add_column(sa.Column("kid8", sa.String(16), nullable=True))
        table.add_column(sa.Column("shard", sa.Integer, nullable=False, server_default=zero))
        table.add_column(sa.Column("lead_s", sa.BigInteger, nullable=False, server_default=zero))
        table.add_column(sa.Column("is_first", sa.Boolean, nullable=False, server_default=no))
        for name in ("published_at", "activated_at", "frozen_at"):
            table.add_column(sa.Column(name, sa.BigInteger))
        table.add_column(sa.Column("changed_by", sa.String(24)))
    _describe_keys_of_before()
    with op.batch_alter_table("issuer_key") as table:
        table.alter_column("kid8", existing_type=sa.String(16), nullable=False)
        table.create_unique_constraint("issuer_key_kid8", ["kid8"])
        table.create_check_constraint("issuer_key_states", STATES)
        table.create_check_constraint("issuer_key_dates", DATES)
        table.create_check_constraint("issuer_key_known_first", KNOWN_FIRST)


def _describe_keys_of_before() -> None:
    """Keys made before this were there from the first; each takes a shard of its own for its use."""
    bind = op.get_bind()
    rows = bind.execute(sa.text("SELECT kid, use FROM issuer_key ORDER BY use, sign_from, kid")).all()
    shards: dict[str, int] = {}
    for kid, use in rows:
        shards[use] = shards.get(use, -1) + 1
        values = {"kid": kid, "kid8": base64.urlsafe_b64decode(kid + "=")[:8].hex(), "shard": shards[use], "yes": True}
        bind.execute(
            sa.text("UPDATE issuer_key SET kid8 = :kid8, shard = :shard, is_first = :yes WHERE kid = :kid"), values
        )


def downgrade() -> None:
    """Take them away."""
    drop(TRIGGERS)
    op.drop_index("ix_issuance_pass_signed_by", "issuance_pass")
    op.drop_index("ix_issuance_issued_signed_by", "issuance_issued")
    op.drop_index("ix_issuance_issued_renew_because", "issuance_issued")
    op.drop_column("issuance_issued", "renew_because")
    with op.batch_alter_table("issuer_key") as table:
        for constraint in ("issuer_key_known_first", "issuer_key_dates", "issuer_key_states"):
            table.drop_constraint(constraint, type_="check")
        table.drop_constraint("issuer_key_kid8", type_="unique")
        for name in ("changed_by", "frozen_at", "activated_at", "published_at", "is_first", "lead_s", "shard", "kid8"):
            table.drop_column(name)
    op.drop_table("rotation_signature")
    op.drop_table("rotation_proposal")
