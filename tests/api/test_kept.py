"""The database keeps what was written of keys, proposals and deeds, also against plain SQL: row G07."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amate.context import Context
from amate.features.audit import actions as audit
from amate.features.rotation import actions as rotation
from amate.features.trust import actions as trust
from amate.features.trust import store as trust_store
from tests.api.rotating import change, holder, stage
from tests.thief import take_refusals_away

FORBIDDEN = [
    "DELETE FROM issuer_key",
    "UPDATE issuer_key SET kid = 'x' || substr(kid, 2)",
    "UPDATE issuer_key SET kid8 = 'zz' || substr(kid8, 3)",
    "UPDATE issuer_key SET shard = shard + 10",
    "UPDATE issuer_key SET iss = 'https://other.example'",
    "UPDATE issuer_key SET published_at = published_at - 1000000",
    "UPDATE issuer_key SET published_at = NULL",
    "DELETE FROM rotation_proposal",
    "UPDATE rotation_proposal SET id = 'kp-0'",
    "UPDATE rotation_proposal SET kid = 'x'",
    "UPDATE rotation_proposal SET action = 'revoke'",
    "UPDATE rotation_proposal SET content = '{}'",
    "UPDATE rotation_proposal SET digest = 'x' || substr(digest, 2)",
    "UPDATE rotation_proposal SET expires_at = expires_at + 1",
    "DELETE FROM rotation_signature",
    "UPDATE rotation_signature SET person = 'somebody else'",
    "UPDATE rotation_signature SET proof = ''",
    "DELETE FROM audit_entry",
    "UPDATE audit_entry SET actor = 'nobody'",
    "UPDATE audit_entry SET seq = seq + 1000",
]
OF_ONE_DATABASE = {
    "sqlite": [
        "INSERT OR REPLACE INTO audit_entry SELECT lane, seq, at, 'nobody', action, subject, detail, previous, digest "
        "FROM audit_entry",
        "INSERT OR REPLACE INTO rotation_proposal SELECT id, action, kid, '{}', digest, proposed_at, expires_at, "
        "state, ended_at FROM rotation_proposal",
    ],
    "postgresql": [
        f"TRUNCATE {table} CASCADE"
        for table in ("issuer_key", "rotation_proposal", "rotation_signature", "audit_entry")
    ],
}


@pytest.fixture(autouse=True)
def _written(ctx: Context) -> None:
    trust.init(ctx)
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    rotation.propose(ctx, "retire", kid, holder(ctx, 0))
    ctx.commit()


def is_refused(ctx: Context, statement: str) -> bool:
    try:
        ctx.tx.execute(text(statement))
    except IntegrityError as error:
        return "never-changed" in str(error.orig)
    finally:
        ctx.tx.rollback()
    return False


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_g07_what_was_written_is_not_written_over(ctx: Context, statement: str) -> None:
    assert is_refused(ctx, statement)
    table = next(word for word in statement.split() if "_" in word)
    take_refusals_away(ctx.tx, table)
    assert not is_refused(ctx, statement), "it is these triggers that refuse, and their owner can take them away"


def test_g07_nor_in_the_ways_that_one_database_alone_has(ctx: Context) -> None:
    for statement in OF_ONE_DATABASE[ctx.tx.dialect.name]:
        assert is_refused(ctx, statement), statement


def test_what_two_people_sign_is_still_done(ctx: Context) -> None:
    """A key gets other dates, and is published anew with them; its proposals end; the log goes on."""
    key = stage(ctx, "credential")
    later = change(ctx, "schedule", key.kid, sign_from=key.sign_from + 86_400)
    assert (later.published_at, later.sign_from) == (ctx.now, key.sign_from + 86_400)
    (waiting,) = [each.proposal for each in rotation.standings(ctx) if each.proposal.state == "open"]
    assert rotation.withdraw(ctx, waiting.id).proposal.state == "withdrawn"
    assert audit.verify(ctx)[1] == []


def test_g07_nobody_makes_a_key_unpublished_with_another_keys_signatures(ctx: Context) -> None:
    key = stage(ctx, "credential")
    ctx.commit()
    with pytest.raises(IntegrityError, match="never-changed"):
        trust_store.change_issuer_key(ctx.tx, key, replace(key, published_at=None), changed_by="kp-0")
    ctx.tx.rollback()
