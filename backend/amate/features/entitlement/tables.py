"""`amate entitlement drafts | test`: changes of the decision table that are announced, and what one would change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amate.core.days import date_from_day
from amate.core.decision_table import DecisionTable
from amate.features.entitlement import actions, drafting, trial
from amate.features.entitlement.drafting import Draft
from amate.features.entitlement.explaining import entitlement
from amate.features.entitlement.trial import Change
from amate.terminal import EXIT_PARTLY, json_option, progress, show

JsonObject = dict[str, Any]


@entitlement.command()
@json_option
def drafts(as_json: bool) -> None:
    """List the announced phases that are drafted.

    None of them is in force, and no verifier has them.
    """
    said = [{"file": str(path), **_summary(drafting.read_draft(path))} for path in drafting.announced()]
    lines = [f"{each['on']}  {each['version']:<18} +{each['rules']} rules, {each['ends']} end" for each in said]
    show({"in_force": actions.table_in_force().version, "drafts": said}, as_json=as_json, text="\n".join(lines))


@entitlement.command()
@click.argument("files", nargs=-1, metavar="[FILE]…", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def test(files: tuple[Path, ...], as_json: bool) -> None:
    """Try drafts of the decision table, each upon the one before.

    Without a file: the announced phases. A draft is asked everything that can tell it from the table that it changes,
    on its first day, and on the day before, when it must not change anything.

    Exit code: 0 it holds; 1 it is no table; 7 it changes a day before its own, or has a rule that never answers.
    """
    document, before = actions.table(), actions.table_in_force()
    paths = files or drafting.announced()
    said = []
    with progress() as bar:
        for path in bar.track(paths, description="trying drafts"):
            draft = drafting.apply(document, drafting.read_draft(path))
            said.append(_tried(before, draft))
            document, before = draft.document, draft.table
    show({"drafts": said}, as_json=as_json, text="\n\n".join(map(_as_text, said)))
    if any(each["early"] or each["idle"] for each in said):
        raise SystemExit(EXIT_PARTLY)


def _summary(draft: JsonObject) -> JsonObject:
    return {"on": draft["on"], "version": draft["version"], "rules": len(draft["rules"]), "ends": len(draft["ends"])}


def _tried(before: DecisionTable, draft: Draft) -> JsonObject:
    after, on_day = draft.table, draft.on_day
    known = {rule.id for rule in before.rules}
    idle = trial.idle_rules(after, on_day)
    was_idle = {*trial.idle_rules(before, on_day), after.rules[-1].id}  # the last one stays, to answer whatever comes
    return {
        "version": after.version,
        "changes_table": before.version,
        "on": date_from_day(on_day),
        "changes": [_change(after, each) for each in trial.changes(before, after, on_day)],
        "early": [_change(after, each) for each in trial.changes(before, after, on_day - 1)],
        "idle": [rule for rule in idle if rule not in known],
        "no_longer_asked": [rule for rule in idle if rule in known - was_idle],
    }


def _change(table: DecisionTable, change: Change) -> JsonObject:
    standing, kind, clinic = change.where
    of = sorted({one.label for one in table.institutions.values() if one.kind == kind})
    return {
        "standing": standing,
        "affiliation": of,
        "clinic": clinic,
        "services": list(change.services),
        "only": {name: list(values) for name, values in change.only.items()},
        "attend": dict(zip(("before", "after"), change.attend, strict=True)),
        "payer": None if change.payer is None else dict(zip(("before", "after"), change.payer, strict=True)),
    }


def _as_text(said: JsonObject) -> str:
    lines = [f"{said['version']}, from {said['on']}, changes {said['changes_table']}:"]
    lines += [_line(each) for each in said["changes"]] or ["  no answer changes on that day"]
    if said["early"]:
        lines += ["", "  REFUSED: it changes answers on the day before its own:", *map(_line, said["early"])]
    lines += [f"  REFUSED: rule {rule} never answers: those before it answer it all" for rule in said["idle"]]
    lines += [f"  rule {rule} answers nothing any more: it may be ended" for rule in said["no_longer_asked"]]
    return "\n".join(lines)


def _line(change: JsonObject) -> str:
    who = f"{change['standing']} {', '.join(change['affiliation']) or 'without affiliation'}"
    only = "".join(f", {name} {' or '.join(values)}" for name, values in change["only"].items())
    attend = f"{change['attend']['before']} → {change['attend']['after']}"
    payer = "" if change["payer"] is None else f", {change['payer']['before']} → {change['payer']['after']} pays"
    return f"  {who} at {change['clinic']} clinics{only}\n    {', '.join(change['services'])}: {attend}{payer}"
