"""Two people who change keys, as tests need them: holders of the targets keys of a test deployment."""

from __future__ import annotations

from typing import Any

from amate.context import Context
from amate.features.rotation import actions, model, people
from amate.features.rotation.actions import Standing
from amate.features.rotation.people import Sign
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey


def holder(ctx: Context, number: int) -> Sign:
    """What one of the holders signs with."""
    uri = trust.holders(ctx)[number].uri
    assert uri is not None
    return people.with_key(ctx, uri)


def stage(ctx: Context, use: str, *, shard: int = 0, sign_from: int | None = None) -> IssuerKey:
    """A new key that two people have staged, published."""
    uri = trust.make_file_key(ctx, use)
    made = actions.propose_stage(ctx, use, holder(ctx, 0), uri=uri, shard=shard, sign_from=sign_from)
    return done(ctx, made)


def stage_unpublished(ctx: Context, use: str, uri: str, *, shard: int = 0) -> None:
    """A new key that two people have staged, and that verifiers are to be told of at the next publication."""
    made = actions.propose_stage(ctx, use, holder(ctx, 0), uri=uri, shard=shard)
    actions.approve(ctx, made.proposal.id, holder(ctx, 1))
    actions.carry_out(ctx, made.proposal.id)


def change(ctx: Context, action: str, kid: str, **details: Any) -> IssuerKey:
    """A key that two people have changed, published."""
    return done(ctx, actions.propose(ctx, action, kid, holder(ctx, 0), details=details))


def rotate(ctx: Context, use: str, *, shard: int = 0) -> IssuerKey:
    """A new key in force, and the clock moved to its first day."""
    key = stage(ctx, use, shard=shard)
    ctx.now = key.sign_from
    return change(ctx, model.ACTIVATE, key.kid)


def done(ctx: Context, standing: Standing) -> IssuerKey:
    """The key of a proposal, once a second person has signed it and it was carried out and published."""
    actions.approve(ctx, standing.proposal.id, holder(ctx, 1))
    actions.carry_out(ctx, standing.proposal.id)
    trust.publish(ctx)
    return trust.find_key(ctx, standing.proposal.kid)
