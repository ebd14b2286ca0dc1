"""Drafts of the decision table: dated changes to the table in force, tried before anybody is asked to sign them.

A draft says the day from which it would count, the rules that it ends and the rules that it puts in; it never rewrites
one, so that any day of the past is answered as it was then. What a draft cannot say, as another list of institutions,
a whole table says: it counts from the day on which it is published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, NamedTuple

from amate.core import days
from amate.core.decision_table import DecisionTable, parse_table
from amate.errors import Malformed

DRAFTS: Final = Path(__file__).with_name("drafts")
_MEMBERS: Final = {"version", "on", "ends", "rules"}
_TABLE_MEMBERS: Final = {field.name for field in fields(DecisionTable)}
JsonObject = dict[str, Any]


class Draft(NamedTuple):
    """A table as it would be, parsed and as it goes into policy.json, and the first day of the change.

    is_dated: its rules bear that day; a whole table counts from whatever day it is published on
    """

    on_day: int
    document: JsonObject
    table: DecisionTable
    is_dated: bool = True

    def is_over(self, today: int) -> bool:
        """Whether its first day is, and it would answer days of the past otherwise; a whole table's never is."""
        return self.is_dated and self.on_day < today


def announced() -> list[Path]:
    """The drafts of the phases that were announced, in the order of their dates."""
    return sorted(DRAFTS.glob("*.json"))


def read_draft(path: Path) -> JsonObject:
    """A draft, or a whole table, as it stands in its file.

    Raises: Malformed("malformed-table"), Malformed("file-unreadable")
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Malformed("file-unreadable", f"{path}: {error.strerror}", where="file") from error
    except ValueError as error:
        raise Malformed("malformed-table", f"{path.name} is not JSON in UTF-8: {error}", where="file") from error
    if not isinstance(read, dict) or read.keys() not in (_MEMBERS, _TABLE_MEMBERS):
        said = f"{path.name} is no draft, which has version, on, ends and rules, and nothing else; nor a whole table"
        raise Malformed("malformed-table", said, where="file")
    return read


def changed(table: Mapping[str, Any], read: JsonObject, *, today: int) -> Draft:
    """The table as a file would have it, be it a draft or a whole table.

    today:  the first day of a whole table
    Raises: Malformed("malformed-table")
    """
    return apply(table, read) if "on" in read else Draft(today, read, parse_table(read), is_dated=False)


def apply(table: Mapping[str, Any], draft: Mapping[str, Any]) -> Draft:
    """The table with a draft's change.

    table:  as it goes into policy.json; it stays as it is
    Raises: Malformed("malformed-table"): also for a rule that is ended twice or unknown, and one of another day
    """
    on_day = days.day_from_date(str(draft["on"]))
    rules = [dict(rule) for rule in table["rules"]]
    for ended in draft["ends"]:
        _end(rules, ended, draft["on"], str(table["version"]))
    for rule in draft["rules"]:
        _put_in(rules, dict(rule), draft["on"])
    document = {**table, "version": draft["version"], "rules": rules}
    return Draft(on_day, document, parse_table(document))


def _end(rules: list[JsonObject], ended: str, on: str, version: str) -> None:
    found = next((rule for rule in rules if rule["id"] == ended), None)
    if found is None or found["until"] is not None:
        said = f"{ended} is no rule of table {version}, or has an end already; drafts before this one go first"
        raise Malformed("malformed-table", said, where="ends")
    found["until"] = on


def _put_in(rules: list[JsonObject], rule: JsonObject, on: str) -> None:
    before = rule.pop("before", None)
    place = next((number for number, other in enumerate(rules) if other["id"] == before), None)
    if place is None:
        raise Malformed("malformed-table", f"rules: there is no rule {before} to stand before", where="rules")
    if rule.get("from") != on:
        said = f"rules: {rule.get('id')} must be from {on}, the draft's day"
        raise Malformed("malformed-table", said, where="rules")
    rules.insert(place, rule)
