"""What `amate entitlement propose | approve | publish | proposals` prints: a change of the table, for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amate.context import Context
from amate.features.entitlement import actions as entitlement
from amate.features.entitlement.model import Version
from amate.features.rotation.model import JsonObject
from amate.features.trust.model import iso

INSTITUTION = ("label", "kind", "clues", "retention", "child_age", "student_age")
WHY = ("basis", "source")  # null in tables that did not say it
PARTS = ("from", "until", "when", "then", "basis", "source")


def proposal_text(said: JsonObject) -> str:
    """A proposal as it is to be read before it is signed: the difference, the digest, who signed, what to do now."""
    signed = ", ".join(f"{s['person']} ({s['means']})" for s in said["signed_by"]) or "nobody"
    change = said["difference"] or {}
    on = said["content"]["on"] or "the day of its publication"
    return "\n".join(
        [
            f"{said['proposal']}  table {change.get('to', said['kid'])}, from {on}  {said['state']}",
            *(f"  {line}" for line in difference_lines(change)),
            f"  digest         {said['digest']}",
            f"  signed by      {signed}",
            *_next_step(said),
        ]
    )


def difference_lines(change: JsonObject) -> Iterator[str]:
    """What one table says otherwise than the one before, a line for each thing."""
    if not change:
        yield "changes a table that is not kept here"
        return
    yield f"changes {change['from']}:"
    for each in change["added"]:
        yield f"+ {_rule(each['rule'])}, asked as number {each['place']}"
    for rule in change["removed"]:
        yield f"- {_rule(rule)}"
    for each in change["changed"]:
        for part in PARTS:
            old, new = each["before"][part], each["after"][part]
            if old != new:
                yield f"~ {each['after']['id']}, number {each['place']}: {part} {_plain(old)} → {_plain(new)}"
    for rule_id in change["moved"]:
        yield f"~ {rule_id} is asked in another place"
    for name, both in change["other"].items():
        yield f"~ {name}: {_plain(both['before'])} → {_plain(both['after'])}"


def table(ctx: Context) -> JsonObject:
    """The table in force for the console, with those before it and the announced phases."""
    document, known, offered = entitlement.table(ctx), entitlement.versions(ctx), entitlement.offered(ctx)
    adopted = {each.version for each in known}
    drafts = [entitlement.read_draft(path) for path in entitlement.announced()]
    return {
        "version": document["version"],
        "adult_age": document["adult_age"],
        "institutions": [
            {"code": code, **{name: one[name] for name in INSTITUTION}, **{name: one.get(name) for name in WHY}}
            for code, one in sorted(document["institutions"].items(), key=lambda named: int(named[0]))
        ],
        "payers": {name: payer["label"] for name, payer in document["payers"].items()},
        "rules": document["rules"],
        "phases": [
            {
                "version": draft["version"],
                "on": draft["on"],
                "adds": len(draft["rules"]),
                "ends": draft["ends"],
                "is_adopted": draft["version"] in adopted,
            }
            for draft in drafts
        ],
        "versions": versions(known, document["version"]),
        "release_table": None if offered is None else entitlement.shipped_table().version,
    }


def versions(known: list[Version], in_force: str) -> list[JsonObject]:
    """The tables that were adopted, oldest first, for programs."""
    return [
        {
            **each._asdict(),
            "adopted_at": _iso(each.adopted_at),
            "published_at": _iso(each.published_at),
            "is_in_force": each.version == in_force,
        }
        for each in known
    ]


def versions_text(listed: list[JsonObject]) -> str:
    """The same, a line each."""
    return "\n".join(
        f"{each['version']:<20} {_standing(each)}"
        + (f", by {each['changed_by']}" if each["changed_by"] else ", the first")
        for each in listed
    )


def offered_text(path: Path, version: str) -> str:
    """What to do with the table that a release brings, where it is not the newest."""
    return f"this release brings the table {version}, which changes nothing until it is proposed: {path}"


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _standing(each: JsonObject) -> str:
    if each["published_at"] is None:
        return f"adopted on {each['adopted_at'][:10]}, not published"
    return f"published on {each['published_at'][:10]}" + (", in force" if each["is_in_force"] else "")


def _next_step(said: JsonObject) -> list[str]:
    if said["state"] != "open":
        return []
    until = f"until {said['expires_at']}"
    if said["missing"]:
        who = "somebody else" if said["signed_by"] else "two people"
        needed = f"needs {said['missing']} more {until}, of {who} who compares the digest"
        return [f"  {needed}: amate entitlement approve {said['proposal']} --key URI"]
    return [f"  may be published {until}: amate entitlement publish {said['proposal']}"]


def _rule(rule: JsonObject) -> str:
    days = "".join(f", {word} {rule[word]}" for word in ("from", "until") if rule[word])
    return f"{rule['id']}{days}: {_plain(rule['when'])} → {_plain(rule['then'])}"


def _plain(value: Any) -> str:
    """A part of a rule in one line."""
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{name} {_plain(each)}" for name, each in value.items()) or "whatever is asked"
    return ", ".join(_plain(each) for each in value) if isinstance(value, list) else str(value)
