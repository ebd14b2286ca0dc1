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


def test_members_that_are_not_named_by_text_are_refused() -> None:
    with pytest.raises(Malformed):
        parse_table({1: "x"})
