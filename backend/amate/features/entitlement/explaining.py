"""`amate entitlement …`: what the decision table in force says of a person at a clinic, and the path to it."""

from __future__ import annotations

import sys
from typing import Any

import click

from amate.context import Context
from amate.core.days import date_from_day, day_at, day_from_date
from amate.core.entitlement import GENERAL, SERVICES, Entitled
from amate.core.explanation import Explanation, Weighed
from amate.errors import Malformed
from amate.features.entitlement import actions
from amate.features.entitlement.wording import as_text
from amate.terminal import command_context, json_option, show

ROLES = {1: "titular", 2: "beneficiary", 3: "pensioner"}
MAX_INPUT = 64
JsonObject = dict[str, Any]


@click.group()
def entitlement() -> None:
    """What the decision table says, and why."""


@entitlement.command()
@click.option("--person", "named", required=True, metavar="ID", help="The person's id; `-` reads a CURP from stdin.")
@click.option("--clinic", required=True, metavar="CLUES", help="Where care is asked for.")
@click.option("--on", "on_date", metavar="DATE", help="YYYY-MM-DD; today where it is left out.")
@click.option(
    "--service", type=click.Choice(SERVICES), default=GENERAL, show_default=True, help="What the person comes for."
)
@json_option
def explain(named: str, clinic: str, on_date: str | None, service: str, as_json: bool) -> None:
    """Say what a person is entitled to at a clinic, and why.

    The rules are the table that was in force on that day, also years later; of a day before the first table, the first,
    and the answer says so. The affiliations are those that institutions have told by now. A CURP is read from standard
    input, so that none stays in a shell's history.
    """
    with command_context(writes=False) as ctx:
        on_day = _day_of(ctx, on_date)
        person = actions.find_person(ctx, sys.stdin.read(MAX_INPUT).strip() if named == "-" else named)
        found = actions.explain(ctx, person, clinic.upper(), service=service, on_day=on_day)
        table, version = actions.table_on(ctx, on_day), actions.version_on(ctx, on_day)
        was_in_force, announced = actions.was_in_force(ctx, on_day), _announced_by(ctx, on_day)
    said = {"person": person.id, "clinic": clinic.upper(), "on": date_from_day(on_day), **as_object(found, table)}
    published_at = None if version is None else version.published_at
    said["table_in_force"] = was_in_force
    said["table_in_force_since"] = None if published_at is None else date_from_day(day_at(published_at))
    said["announced"] = announced
    text = as_text(said, unconfirmed=table["payers"]["unknown"]["label"])
    if announced:
        phases = ", ".join(f"{each['version']} from {each['on']}" for each in announced)
        text += f"\n\nAnnounced by then, and not adopted: {phases} (amate entitlement drafts)"
    show(said, as_json=as_json, text=text)


def _announced_by(ctx: Context, on_day: int) -> list[JsonObject]:
    """The phases that were to have begun by a day and that nobody has adopted: they change no answer."""
    adopted = {each.version for each in actions.versions(ctx)}
    drafts = [actions.read_draft(path) for path in actions.announced()]
    found = [{"version": draft["version"], "on": draft["on"]} for draft in drafts if draft["version"] not in adopted]
    return [each for each in found if day_from_date(str(each["on"])) <= on_day]


def _day_of(ctx: Context, on_date: str | None) -> int:
    if on_date is None:
        return day_at(ctx.now)
    try:
        return day_from_date(on_date)
    except Malformed as error:
        raise Malformed("bad-date", f'"{on_date}" is not a date: write it YYYY-MM-DD', where="--on") from error


def as_object(found: Explanation, table: JsonObject) -> JsonObject:
    """The explanation as JSON, days as dates, with the words of the table that it rests on."""
    basis, source = actions.rule_source(table, found.answer.rule)
    answer = found.answer._asdict()
    return {
        "answer": {**answer, "services": list(found.answer.services), "until": _date(answer.pop("until_day"))},
        "basis": basis,
        "source": source,
        "affiliations": [_weighed(each, table) for each in found.weighed],
        "counted": None if found.counted is None else _row(found.counted, table),
        "facts": found.facts,
        "passed_over": [each._asdict() for each in found.passed],
    }


def _weighed(each: Weighed, table: JsonObject) -> JsonObject:
    of = each.affiliation
    row = each.row or Entitled(of.institution, of.role, of.until_day)
    return {**_row(row, table), "relation": of.relation, "since": _date(of.since_day), "reason": each.reason}


def _row(row: Entitled, table: JsonObject) -> JsonObject:
    known = table["institutions"].get(str(row.institution), {})
    label = known.get("label", str(row.institution))
    role = ROLES.get(row.role, str(row.role))
    return {"institution": row.institution, "label": label, "role": role, "until": _date(row.until_day)}


def _date(day: int | None) -> str | None:
    return None if day is None else date_from_day(day)
