"""The log's chains: whoever changes, removes, inserts or cuts off an entry is found."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from amate.context import Context
from amate.features.audit import actions
from tests.thief import take_refusals_away


@pytest.fixture
def log(ctx: Context) -> Context:
    for number in range(64):
        actions.record(ctx, "test.done", f"subject-{number}", number=number)
    return ctx


def test_an_untouched_log_holds(log: Context) -> None:
    assert actions.verify(log) == (64, [])


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET actor = 'somebody else' WHERE lane = :lane AND seq = 1",
        "UPDATE audit_entry SET detail = '{}' WHERE lane = :lane AND seq = 1",
        "UPDATE audit_entry SET at = at + 1 WHERE lane = :lane AND seq = 1",
        "DELETE FROM audit_entry WHERE lane = :lane AND seq = 1",
        "DELETE FROM audit_entry WHERE lane = :lane AND seq = (SELECT max(seq) FROM audit_entry WHERE lane = :lane)",
        "INSERT INTO audit_entry SELECT lane, seq + 1, at, actor, action, subject, detail, digest, digest "
        "FROM audit_entry WHERE lane = :lane AND seq = (SELECT max(seq) FROM audit_entry WHERE lane = :lane)",
    ],
)
def test_tampering_is_found_in_its_lane(log: Context, tampering: str) -> None:
    lane = log.tx.execute(text("SELECT lane FROM audit_entry LIMIT 1")).scalar_one()
    take_refusals_away(log.tx, "audit_entry")
    log.tx.execute(text(tampering), {"lane": lane})
    _, breaks = actions.verify(log)
    assert [found.lane for found in breaks] == [lane]
