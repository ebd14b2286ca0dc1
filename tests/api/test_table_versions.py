"""Tables that were in force are kept, and a day is answered by the one that was in force then."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amate.context import Context
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.entitlement import actions, table_store, versions
from amate.features.rotation.table import saying
from amate.features.trust import actions as trust
from amate.features.trust import repository
from amate.features.trust.folder import reader_of
from tests.conftest import NOW
from tests.thief import take_refusals_away


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)


def told(ctx: Context) -> dict[str, Any]:
    """The table that verifiers have."""
    home = ctx.settings.home
    contents = repository.verify((home / "anchor.json").read_bytes(), reader_of(home))
    return dict(json.loads(contents.targets["policy.json"])["table"])


def test_the_first_table_is_the_release_s_and_is_kept_when_it_is_published(ctx: Context) -> None:
    (first,) = actions.versions(ctx)
    assert (first.number, first.version, first.published_at) == (1, actions.shipped()["version"], NOW)
    assert (first.follows, first.changed_by) == (None, None)
    assert actions.table(ctx) == told(ctx) == actions.shipped()
    ctx.now += 60
    trust.publish(ctx)
    assert actions.versions(ctx) == [first], "since when it is in force stays as it was"


def test_another_release_changes_nothing_of_what_is_in_force(ctx: Context) -> None:
    untold = {
        code: {name: value for name, value in one.items() if name not in saying.WHY}
        for code, one in actions.shipped()["institutions"].items()
    }
    older = actions.shipped() | {"version": "of-a-release-before", "adult_age": 21, "institutions": untold}
    take_refusals_away(ctx.tx, "decision_table")
    ctx.tx.execute(table_store.tables.delete())
    actions.note_published(ctx, older)
    trust.publish(ctx)
    assert told(ctx) == actions.table(ctx) == older, "and this release brings another one"
    assert actions.table_in_force(ctx).adult_age == 21
    assert [each["source"] for each in saying.table(ctx)["institutions"]] == [None] * len(untold)


def test_what_an_older_release_published_is_kept_and_not_what_this_one_brings(ctx: Context) -> None:
    before = actions.shipped() | {"version": "of-before"}
    take_refusals_away(ctx.tx, "decision_table")
    ctx.tx.execute(table_store.tables.delete())
    assert actions.table_to_tell(ctx, before) == before
    assert trust.publish(ctx).changed is False
    assert [each.version for each in actions.versions(ctx)] == [told(ctx)["version"]]


FORBIDDEN = [
    "DELETE FROM decision_table",
    "UPDATE decision_table SET document = '{}'",
    "UPDATE decision_table SET version = 'x'",
    "UPDATE decision_table SET kid = 'x' || substr(kid, 2)",
    "UPDATE decision_table SET number = 7",
    "UPDATE decision_table SET adopted_at = adopted_at - 1",
    "UPDATE decision_table SET published_at = published_at - 86400",
    "UPDATE decision_table SET published_at = NULL",
    "UPDATE decision_table SET follows = kid",
    "UPDATE decision_table SET changed_by = 'kp-0'",
]
OF_ONE_DATABASE = {
    "sqlite": "INSERT OR REPLACE INTO decision_table SELECT number, kid, version, follows, '{}', changed_by, "
    "adopted_at, published_at FROM decision_table",
    "postgresql": "TRUNCATE decision_table CASCADE",
}


@pytest.mark.parametrize("statement", [*FORBIDDEN, "of one database"])
def test_g07_a_table_that_was_in_force_is_not_written_over(ctx: Context, statement: str) -> None:
    statement = OF_ONE_DATABASE[ctx.tx.dialect.name] if statement == "of one database" else statement
    ctx.commit()
    assert is_refused(ctx, statement)
    take_refusals_away(ctx.tx, "decision_table")
    assert not is_refused(ctx, statement), "it is these triggers that refuse"


def is_refused(ctx: Context, statement: str) -> bool:
    try:
        ctx.tx.execute(text(statement))
    except IntegrityError as error:
        return any(word in str(error.orig) for word in ("never-changed", "two-people-needed", "table-superseded"))
    finally:
        ctx.tx.rollback()
    return False


def test_a_table_that_was_written_over_answers_nobody(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    take_refusals_away(ctx.tx, "decision_table")
    ctx.tx.execute(table_store.tables.update().values(document=json.dumps(actions.shipped() | {"adult_age": 99})))
    monkeypatch.setattr(versions, "_held", {})  # another process
    with pytest.raises(Malformed, match="trust-broken"):
        actions.table_in_force(ctx)


def test_nobody_adopts_a_table_alone(ctx: Context) -> None:
    document = actions.shipped() | {"version": "mine"}
    ctx.commit()
    with pytest.raises(IntegrityError, match="two-people-needed"):
        actions.adopt(ctx, document, follows=actions.versions(ctx)[0].kid, proposal="kp-none")
    ctx.tx.rollback()
    assert audit.verify(ctx)[1] == []
