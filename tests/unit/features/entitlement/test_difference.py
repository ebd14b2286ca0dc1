"""What one table says otherwise than another, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from amate.features.entitlement import actions


def ruled(*ids: str, **more: Any) -> dict[str, Any]:
    """The shipped table with these rules alone, in this order."""
    return actions.shipped() | {"version": "new", "rules": [{"id": each, "until": None} for each in ids]} | more


@pytest.mark.parametrize(
    ("after", "moved"),
    [("abcd", []), ("bacd", ["b"]), ("bcda", ["a"]), ("axbycd", []), ("dabc", ["d"]), ("acd", [])],
)
def test_rules_that_are_asked_in_another_order_are_named(after: str, moved: list[str]) -> None:
    said = actions.difference(ruled(*"abcd"), ruled(*after))
    assert said["moved"] == moved
    assert [each["rule"]["id"] for each in said["added"]] == [each for each in after if each in "xy"]
    assert [each["place"] for each in said["added"]] == [place for place, e in enumerate(after, 1) if e in "xy"]
    assert [rule["id"] for rule in said["removed"]] == [each for each in "abcd" if each not in after]


def test_what_is_no_rule_is_told_before_and_after() -> None:
    said = actions.difference(ruled("a"), ruled("a", adult_age=21))
    assert said["other"] == {"adult_age": {"before": 18, "after": 21}}
    assert (said["added"], said["removed"], said["changed"], said["moved"]) == ([], [], [], [])
