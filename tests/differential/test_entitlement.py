"""Python and TypeScript decide alike on 100,000 people, clinics and days, and on every day on which a rule changes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from amate.core.entitlement import (
    Affiliation,
    ClinicFacts,
    DecisionTable,
    answer_at,
    entitlements_for_pass,
    parse_table,
    rights_of,
)

from . import people
from .people import Line
from .twin import differing


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return [*people.lines(), *people.boundary_lines()]


@pytest.fixture(scope="module")
def answers(lines: list[Line]) -> list[Any]:
    tables = {name: parse_table(table) for name, table in people.tables().items()}
    return [answer(tables[line["table"]], line) for line in lines]


def answer(table: DecisionTable, line: Line) -> Any:
    """As the other core prints it."""
    affiliations = [Affiliation(*each) for each in line["affiliations"]]
    rows = entitlements_for_pass(table, affiliations, line["birth_day"], line["made_on"])
    named = ("assigned_clinic", "service", "on_day", "birth_day")
    rights = rights_of(table, entitlements=rows, **{name: line[name] for name in named})
    said = answer_at(rights, line["clinic"] and ClinicFacts(*line["clinic"]))
    return json.loads(json.dumps({"rows": rows, "answer": said}))


def test_the_lines_are_the_same_every_time(lines: list[Line]) -> None:
    assert list(people.lines(60)) == lines[:60]
    assert len(lines) > people.COUNT


def test_the_people_reach_every_rule_of_every_table(lines: list[Line], answers: list[Any]) -> None:
    met = {(line["table"], said["answer"][6]) for line, said in zip(lines, answers, strict=True)}
    rules = {(name, rule["id"]) for name, table in people.tables().items() for rule in table["rules"]}
    assert rules - met == set()
    standings = Counter(said["answer"][0] for said in answers)
    assert set(standings) == {"active", "retained", "uninsured", "lapsed", "unknown"}
    assert min(standings.values()) > 500


def test_urgent_care_is_always_here(lines: list[Line], answers: list[Any]) -> None:
    attended = {said["answer"][3] for line, said in zip(lines, answers, strict=True) if line["service"] == "urgent"}
    assert attended == {"here"}


def test_typescript_decides_alike(lines: list[Line], answers: list[Any], tmp_path: Path) -> None:
    tables = tmp_path / "tables.json"
    tables.write_text(json.dumps(people.tables()), encoding="utf-8")
    assert differing("entitlement-cli.mjs", tables, asked=lines, ours=answers)[:5] == []
