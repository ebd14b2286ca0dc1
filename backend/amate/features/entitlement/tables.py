"""`amate entitlement drafts | test`: changes of the decision table that are announced, and what one would change."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from amate.context import Context
from amate.core.days import day_at
from amate.features.entitlement import actions, drafting, trial
from amate.features.entitlement.explaining import entitlement
from amate.terminal import EXIT_PARTLY, command_context, json_option, progress, show

JsonObject = dict[str, Any]


@entitlement.command()
@json_option
def drafts(as_json: bool) -> None:
    """List the announced phases that are drafted.

    No verifier has them, but for those that two people have adopted: `amate entitlement propose FILE`.
    """
    with command_context(writes=False) as ctx:
        in_force, adopted = actions.table_in_force(ctx).version, _adopted(ctx)
    said = [{"file": str(path), **_summary(drafting.read_draft(path), adopted)} for path in drafting.announced()]
    lines = [_draft_line(each) for each in said]
    show({"in_force": in_force, "drafts": said}, as_json=as_json, text="\n".join(lines))


@entitlement.command()
@click.argument("files", nargs=-1, metavar="[FILE]…", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def test(files: tuple[Path, ...], as_json: bool) -> None:
    """Try drafts of the decision table, each upon the one before.

    Without a file: the announced phases that were not adopted. A draft is asked everything that can tell it from the
    table that it changes, on its first day, and on the day before, when it must not change anything. A whole table may
    be tried, too, as it would be from today on.

    Exit code: 0 it holds; 1 it is no table; 7 its day is over, it changes a day before its own, or it has a rule that
    never answers: then `amate entitlement propose` refuses it.
    """
    with command_context(writes=False) as ctx:
        document, before, today = actions.table(ctx), actions.table_in_force(ctx), day_at(ctx.now)
        adopted = _adopted(ctx)
    paths = files or [path for path in drafting.announced() if drafting.read_draft(path)["version"] not in adopted]
    said = []
    with progress() as bar:
        for path in bar.track(paths, description="trying drafts"):
            draft = drafting.changed(document, drafting.read_draft(path), today=today)
            said.append(trial.tried(before, draft, today=today))
            document, before = draft.document, draft.table
    show({"drafts": said}, as_json=as_json, text="\n\n".join(map(_as_text, said)))
    if any(each["day_passed"] or each["early"] or each["idle"] for each in said):
        raise SystemExit(EXIT_PARTLY)


def _adopted(ctx: Context) -> set[str]:
    return {each.version for each in actions.versions(ctx)}


def _summary(draft: JsonObject, adopted: Collection[str]) -> JsonObject:
    counts = {"rules": len(draft["rules"]), "ends": len(draft["ends"])}
    return {"on": draft["on"], "version": draft["version"], **counts, "adopted": draft["version"] in adopted}


def _draft_line(said: JsonObject) -> str:
    adopted = ", adopted" if said["adopted"] else ""
    return f"{said['on']}  {said['version']:<18} +{said['rules']} rules, {said['ends']} end{adopted}"


def _as_text(said: JsonObject) -> str:
    lines = [f"{said['version']}, from {said['on']}, changes {said['changes_table']}:"]
    lines += [_line(each) for each in said["changes"]] or ["  no answer changes on that day"]
    if said["day_passed"]:
        lines += ["", f"  REFUSED: its first day, {said['on']}, is over: give it one that is ahead"]
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
