"""What the commands refuse the database refuses, too, against plain SQL with the signatures of two people (row G07)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amate.context import Context
from amate.features.rotation import model, store
from amate.features.rotation.model import Proposal
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S, IssuerKey
from tests.api.rotating import holder, rotate
from tests.conftest import NOW

LISTS_S = 7 * DAY_S


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


def first(ctx: Context, use: str, shard: int = 0) -> IssuerKey:
    return next(key for key in trust.list_keys(ctx) if (key.use, key.shard) == (use, shard))


def signed(ctx: Context, action: str, kid: str, **details: Any) -> str:
    """A proposal that two people have signed, past everything that the command would have asked."""
    content = {
        "id": f"kp-{action}-{kid[:8]}",
        "env": ctx.settings.env,
        "iss": ctx.settings.issuer,
        "action": action,
        "kid": kid,
        "expires_at": model.iso(ctx.now + 7 * DAY_S),
        **details,
    }
    place = content["id"], action, kid, content, model.digest_of(content)
    made = Proposal(*place, ctx.now, ctx.now + 7 * DAY_S, model.OPEN, None)
    store.add_proposal(ctx.tx, made)
    for number in (0, 1):
        store.add_signature(ctx.tx, holder(ctx, number)(made))
    ctx.commit()
    return made.id


def refusal(ctx: Context, statement: str, **values: Any) -> str:
    """What the database says of a statement; "" when it does as it is told. Nothing of it stays."""
    try:
        ctx.tx.execute(text(statement), values)
    except IntegrityError as error:
        return str(error.orig).strip().partition("\n")[0]
    finally:
        ctx.tx.rollback()
    return ""


RETIRE = (
    "UPDATE issuer_key SET state = 'retired', accept_until = :at, sign_until = :at, changed_by = :by WHERE kid = :kid"
)


def retired(ctx: Context, kid: str, by: str, *, at: int | None = None) -> str:
    return refusal(ctx, RETIRE, kid=kid, by=by, at=ctx.now if at is None else at)


class TestRetiring:
    def test_a_status_key_stays_while_a_list_of_its_own_is_in_force(self, ctx: Context) -> None:
        status.allocate(ctx, "card")
        old = first(ctx, "status")
        new = rotate(ctx, "status")
        ctx.commit()
        by = signed(ctx, "retire", old.kid)
        ctx.now = new.sign_from + LISTS_S - 1
        assert "key-in-use" in retired(ctx, old.kid, by)
        ctx.now += 1
        assert retired(ctx, old.kid, by) == ""

    def test_and_where_the_successor_is_frozen(self, ctx: Context) -> None:
        status.allocate(ctx, "card")
        old = first(ctx, "status")
        new = rotate(ctx, "status")
        ctx.now = new.sign_from + LISTS_S
        trust.freeze_key(ctx, new.kid, reason="test")
        ctx.commit()
        assert retired(ctx, old.kid, signed(ctx, "retire", old.kid)) in ("key-in-use", "last-key")

    def test_the_last_key_of_its_use_stays(self, ctx: Context) -> None:
        for shard in (1, 2, 3):
            trust.freeze_key(ctx, first(ctx, "credential", shard).kid, reason="test")
        ctx.commit()
        kid = first(ctx, "credential").kid
        assert "last-key" in retired(ctx, kid, signed(ctx, "retire", kid))

    def test_others_of_its_use_let_it_go(self, ctx: Context) -> None:
        kid = first(ctx, "credential").kid
        assert retired(ctx, kid, signed(ctx, "retire", kid)) == ""

    def test_a_status_key_alone_stays_also_without_a_list(self, ctx: Context) -> None:
        kid = first(ctx, "status").kid
        assert "last-key" in retired(ctx, kid, signed(ctx, "retire", kid))

    def test_who_retires_a_key_says_that_it_is_believed_no_more(self, ctx: Context) -> None:
        """Else what hangs on it would be counted up to a day of the writer's own choice."""
        kid = first(ctx, "credential").kid
        by = signed(ctx, "retire", kid)
        assert "key-in-use" in retired(ctx, kid, by, at=NOW + 8 * DAY_S)
