"""What one decision table says otherwise than another, rule by rule, for people who sign the change. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

JsonObject = dict[str, Any]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> JsonObject:
    """The change of a table, both as they go into policy.json.

    Returns: {from, to (versions), added [{place, rule}], removed [rule], changed [{place, before, after}], moved [ids],
             other {member: {before, after}}}; places count from 1 in the new table, where the first rule that holds
             answers
    """
    old = {rule["id"]: rule for rule in before["rules"]}
    new = {rule["id"]: rule for rule in after["rules"]}
    places = {rule_id: place for place, rule_id in enumerate(new, start=1)}
    both = [rule_id for rule_id in new if rule_id in old]
    members = [name for name in after if name not in ("version", "rules") and after[name] != before.get(name)]
    return {
        "from": before["version"],
        "to": after["version"],
        "added": [{"place": places[rule_id], "rule": new[rule_id]} for rule_id in new if rule_id not in old],
        "removed": [old[rule_id] for rule_id in old if rule_id not in new],
        "changed": [
            {"place": places[rule_id], "before": old[rule_id], "after": new[rule_id]}
            for rule_id in both
            if old[rule_id] != new[rule_id]
        ],
        "moved": _moved([rule_id for rule_id in old if rule_id in new], both),
        "other": {name: {"before": before.get(name), "after": after[name]} for name in members},
    }


def _moved(old: list[str], new: list[str]) -> list[str]:
    """Rules that stand in another place among those that both tables have."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    stay = {rule_id for block in blocks for rule_id in new[block.b : block.b + block.size]}
    return [rule_id for rule_id in new if rule_id not in stay]
