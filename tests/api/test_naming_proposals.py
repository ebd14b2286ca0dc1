"""How people name a proposal at the terminal: as the lists print it, or by a few of its digits that they heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amate.context import Context
from amate.errors import AmateError, Unknown
from amate.features.rotation import actions, model, store
from amate.features.trust import actions as trust
from tests.api.conftest import Amate
from tests.api.rotating import holder


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


def proposed(ctx: Context, digits: str, shard: int = 0) -> str:
    """A proposal whose id has these digits."""
    kid = next(key.kid for key in trust.list_keys(ctx) if (key.use, key.shard) == ("pass", shard))
    ctx.random = lambda _count: bytes.fromhex(digits)
    return actions.propose(ctx, "retire", kid, holder(ctx, 0)).proposal.id


@pytest.mark.parametrize("spelt", ["kp-0a1b2c3d4e5f", "kp-0a1b", "0a1b", "0A1B2C", "4e5f", "kp-4e5f", " 0a1b2c3d4e5f "])
def test_by_its_id_or_by_its_first_or_last_digits(ctx: Context, spelt: str) -> None:
    made = proposed(ctx, "0a1b2c3d4e5f")
    proposed(ctx, "4d3c2b1a0f0e", shard=1)
    assert actions.named(ctx, spelt).id == made


@pytest.mark.parametrize("spelt", ["e5f", "kp-e5f", "b2c3", "kp-none", "", "kp-", "kp-____", "%%%%", "ffff"])
def test_what_fits_none_or_is_too_short_is_told_how_many_digits_it_takes(ctx: Context, spelt: str) -> None:
    proposed(ctx, "0a1b2c3d4e5f")
    with pytest.raises(Unknown, match="unknown-proposal") as refused:
        actions.named(ctx, spelt)
    assert "kp- and twelve digits, or at least four of them, the first or the last" in refused.value.detail


def test_of_several_that_fit_the_one_that_waits_else_all_are_named(ctx: Context) -> None:
    one, two = proposed(ctx, "0a1b2c3d4e5f"), proposed(ctx, "0a1b000000ff", shard=1)
    with pytest.raises(Unknown, match=f"{one}.*{two}|{two}.*{one}"):
        actions.named(ctx, "0a1b")
    assert actions.named(ctx, "0a1b2").id == one
    actions.withdraw(ctx, one)
    assert actions.named(ctx, "0a1b").id == two
    assert actions.named(ctx, "4e5f").id == one
    assert store.end_proposal(ctx.tx, two, model.WITHDRAWN, ctx.now)
    with pytest.raises(Unknown, match="fits several"):
        actions.named(ctx, "0a1b")


VERBS: list[Callable[[str, str], list[str]]] = [
    lambda spelt, uri: ["approve", spelt, "--key", uri],
    lambda spelt, uri: ["approve", spelt, "--key", uri, "--json"],
    lambda spelt, _uri: ["retire", spelt],
    lambda spelt, _uri: ["withdraw", spelt],
]


def test_every_command_takes_what_was_heard(ctx: Context, amate: Amate) -> None:
    proposed(ctx, "0a1b2c3d4e5f")
    uri = str(trust.holders(ctx)[1].uri)
    ctx.commit()
    for verb in VERBS:
        done = amate("keys", *verb("4e5f", uri))
        assert done.exception is None or isinstance(done.exception, AmateError), done.output
        assert "unknown-proposal" not in str(done.exception), verb("4e5f", uri)
        assert "kp-0a1b2c3d4e5f" in done.output + str(done.exception)
    for verb in ("approve", "publish", "withdraw"):
        key = ["--key", uri] if verb == "approve" else []
        assert "kp-0a1b2c3d4e5f is a proposal to retire" in str(amate("entitlement", verb, "0a1b", *key).exception)
