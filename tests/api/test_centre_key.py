"""The key that counters seal receipts to is renewed by publishing: what was sealed to an earlier one still opens."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.errors import Unavailable
from amate.features.trust import actions as trust
from amate.features.trust.centre import store
from amate.features.trust.model import DAY_S
from tests.api.conftest import LoginAs
from tests.api.soft_counter import CLUES, SoftCounter
from tests.conftest import Clock

A_YEAR = 365 * DAY_S


@pytest.fixture
def counter(client: FlaskClient, ctx: Context, login_as: LoginAs) -> SoftCounter:
    trust.init(ctx)
    ctx.commit()
    return SoftCounter(client, login_as("clinic", CLUES))


def later(ctx: Context, clock: Clock, seconds: int) -> None:
    ctx.now = clock.now = clock.now + seconds
    trust.publish(ctx)
    ctx.commit()


def test_a_successor_comes_after_a_year_and_what_waited_off_line_is_still_taken(
    ctx: Context, clock: Clock, counter: SoftCounter
) -> None:
    before = counter.centre
    waited = counter.sealed(counter.scan())
    later(ctx, clock, A_YEAR - 1)
    assert counter.centre == before
    later(ctx, clock, 1)
    after = counter.centre
    assert after["kid"] != before["kid"]
    later(ctx, clock, 0)
    assert counter.centre == after, "twice is once"
    fresh = counter.sealed(counter.scan())
    assert counter.states(waited, fresh) == [("stored", None), ("stored", None)]


def test_a_deployment_from_before_gets_its_first_key(ctx: Context, clock: Clock, counter: SoftCounter) -> None:
    ctx.tx.execute(store.centre_key.delete())
    ctx.commit()
    later(ctx, clock, 0)
    assert counter.states(counter.scan()) == [("stored", None)]


def test_publishing_goes_on_where_the_passphrase_is_not_at_hand(
    ctx: Context, clock: Clock, counter: SoftCounter
) -> None:
    before = counter.centre

    def refuse(_before: bytes, _fresh: bytes) -> bytes:
        raise Unavailable("no-passphrase", "nobody is there")

    mine, ctx.rewrap = ctx.rewrap, refuse
    later(ctx, clock, A_YEAR)
    assert counter.centre == before
    ctx.rewrap = mine
    later(ctx, clock, 0)
    assert counter.centre != before
