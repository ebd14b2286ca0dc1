"""The decision table: the one in force is read, and every shared way of being wrong is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amate.core.decision_table import parse_table
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "decision_table.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert len(parse_table(case["input"]["table"]).rules) == case["output"]
    else:
        with pytest.raises(Malformed) as refused:
            parse_table(case["input"]["table"])
        assert refused.value.slug == case["expect"]


@pytest.mark.parametrize(
    ("bent", "where"),
    [
        ({"source": ""}, "rules.urgent-with-affiliation.source"),
        ({"basis": "hearsay"}, "rules.urgent-with-affiliation.basis"),
        ({"from": "15/06/2026"}, "rules.urgent-with-affiliation.from"),
        ({"until": "2026-06-31"}, "rules.urgent-with-affiliation.until"),
        ({"when": {"level": [4]}}, "rules.urgent-with-affiliation.when"),
        ({"then": {"payer": "own", "attend": "never", "services": []}}, "rules.urgent-with-affiliation.then.attend"),
        ({"then": {"payer": "nobody", "attend": "here", "services": []}}, "rules.urgent-with-affiliation.then.payer"),
        ({"then": {"payer": "own", "attend": "here", "services": [""]}}, "rules.urgent-with-affiliation.then.services"),
        ({"then": {}}, "rules.urgent-with-affiliation.then"),
        ({"surprise": 1}, "rules.urgent-with-affiliation"),
        ({"id": ""}, "rules.0.id"),
        ({"id": "two\nlines", "source": ""}, "rules.0.source"),
    ],
)
def test_what_is_wrong_within_a_rule_is_told_by_its_path(bent: dict[str, Any], where: str) -> None:
    table = next(case["input"]["table"] for case in CASES if case["expect"] == "valid")
    first, *others = table["rules"]
    assert first["id"] == "urgent-with-affiliation"
    with pytest.raises(Malformed, match=f"^malformed-table: {where}: ") as refused:
        parse_table({**table, "rules": [first | bent, *others]})
    assert refused.value.where == where


def test_members_that_are_not_named_by_text_are_refused() -> None:
    with pytest.raises(Malformed):
        parse_table({1: "x"})
