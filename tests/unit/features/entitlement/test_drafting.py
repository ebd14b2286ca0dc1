"""Drafts of the decision table: applied, refused, and what they would change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amate.core.days import date_from_day
from amate.core.decision_table import parse_table
from amate.core.entitlement import URGENT, ClinicFacts, Entitled, answer_at, rights_of
from amate.errors import Malformed
from amate.features.entitlement import actions, drafting, trial

ON = "2027-01-01"


def draft(**changed: Any) -> dict[str, Any]:
    """A draft that lets the insured be attended at any public unit."""
    rule = {
        "before": "insured-elsewhere",
        "id": "everywhere",
        "from": ON,
        "until": None,
        "when": {"standing": ["active"], "kind": ["insured"], "clinic": ["insured", "open"]},
        "then": {"payer": "own", "attend": "here_by_exchange", "services": ["general", "urgent"]},
        "basis": "policy",
        "source": "a test",
    }
    return {
        "version": "test",
        "on": ON,
        "ends": ["exchange-services"],
        "rules": [rule | changed.pop("rule", {})],
    } | changed


def announced() -> list[drafting.Draft]:
    """Each announced phase upon the one before."""
    document, found = actions.shipped(), []
    for path in drafting.announced():
        found.append(drafting.apply(document, drafting.read_draft(path)))
        document = found[-1].document
    return found


def test_a_draft_puts_rules_in_and_ends_others_and_leaves_the_table_as_it_is() -> None:
    table = actions.shipped()
    made = drafting.apply(table, draft())
    assert table == actions.shipped()
    rules = {rule["id"]: rule for rule in made.document["rules"]}
    names = list(rules)
    assert names.index("everywhere") == names.index("insured-elsewhere") - 1
    assert "before" not in rules["everywhere"]
    assert rules["exchange-services"]["until"] == ON
    assert made.table.version == "test"


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        ({"ends": ["nobody"]}, "nobody is no rule of table"),
        ({"ends": ["exchange-services", "exchange-services"]}, "has an end already"),
        ({"rule": {"before": "nobody"}}, "no rule nobody to stand before"),
        ({"rule": {"from": "2026-12-31"}}, "must be from 2027-01-01"),
        ({"rule": {"from": None}}, "must be from 2027-01-01"),
        ({"rule": {"id": "insured-elsewhere"}}, "twice"),
        ({"rule": {"when": {"moon": ["full"]}}}, "nobody can answer"),
        ({"rule": {"then": {"payer": "own", "attend": "deny", "services": []}}}, "unknown word"),
        ({"rule": {"before": "otherwise", "surprise": 1}}, "members"),
    ],
)
def test_what_is_no_change_of_a_table_is_refused_and_says_why(bent: dict[str, Any], said: str) -> None:
    with pytest.raises(Malformed, match=said) as refused:
        drafting.apply(actions.shipped(), draft(**bent))
    assert refused.value.slug == "malformed-table"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "x"}', "\xff\xfe", json.dumps(draft() | {"more": 1})])
def test_a_file_that_is_no_draft_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "draft.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Malformed) as refused:
        drafting.read_draft(path)
    assert refused.value.slug == "malformed-table"


def test_a_draft_changes_what_it_says_from_its_day_on_and_nothing_before() -> None:
    before, made = actions.shipped_table(), drafting.apply(actions.shipped(), draft())
    assert trial.changes(before, made.table, made.on_day - 1) == []
    found = trial.changes(before, made.table, made.on_day)
    assert {change.where for change in found} >= {("active", "insured", "insured"), ("active", "insured", "open")}
    general = next(change for change in found if "general" in change.services and change.where[0] == "active")
    assert general.attend == ("refer", "here_by_exchange")
    assert general.payer is None
    # What ended with the rule that was ended is told, too: who kept their right by retention is referred again.
    assert any(change.attend == ("here_by_exchange", "refer") for change in found)


def test_a_change_of_a_part_says_of_which_part() -> None:
    made = drafting.apply(
        actions.shipped(),
        draft(
            ends=[], rule={"when": {"clinic": ["insured", "open"], "minor": [True], "level": [1], "kind": ["insured"]}}
        ),
    )
    found = trial.changes(actions.shipped_table(), made.table, made.on_day)
    assert found
    assert all(change.only["minor"] == ("True",) and change.only["level"] == ("1",) for change in found)


def test_a_rule_that_never_answers_is_found() -> None:
    made = drafting.apply(
        actions.shipped(),
        draft(ends=[], rule={"before": "otherwise", "when": {"clinic": ["own"], "standing": ["active"]}}),
    )
    assert "everywhere" in trial.idle_rules(made.table, made.on_day)
    assert trial.idle_rules(actions.shipped_table(), made.on_day) == []


def test_the_announced_phases_are_drafts_that_hold_and_are_not_in_force() -> None:
    document = actions.shipped()
    for made in announced():
        before = parse_table(document)
        assert trial.changes(before, made.table, made.on_day - 1) == []
        assert trial.changes(before, made.table, made.on_day)
        new = {rule.id for rule in made.table.rules} - {rule.id for rule in before.rules}
        assert not new & set(trial.idle_rules(made.table, made.on_day))
        assert not new & {rule.id for rule in actions.shipped_table().rules}
        document = made.document
    assert [date_from_day(made.on_day) for made in announced()] == [
        "2027-01-01",
        "2028-01-01",
        "2029-01-01",
        "2030-01-01",
    ]


def test_in_2030_everybody_is_attended_at_every_public_unit_and_urgent_care_never_waits() -> None:
    last = announced()[-1]
    for one in trial.questions(last.table, last.on_day):
        answer = answer_at(*one)
        kind = last.table.clinics.get(one.clinic.institution, "unknown")
        if one.rights.service == URGENT:
            assert answer.attend == "here"
        elif kind in ("insured", "open", "closed") and one.rights.assigned_clinic is None:
            assert answer.attend in ("here", "here_by_exchange"), (one, answer)


def test_days_before_a_phase_are_answered_as_ever_by_the_last_of_them() -> None:
    last, in_force = announced()[-1].table, actions.shipped_table()
    for on_day in (20_000, 20_500, 20_600):
        for rows in ((), (Entitled(2, 1, None),), (Entitled(3, 2, on_day - 10),)):
            said = [
                answer_at(_rights(table, rows, on_day), one.clinic)._replace(rule_version="")
                for table in (last, in_force)
                for one in list(trial.questions(in_force, on_day))[:78]
            ]
            assert said[: len(said) // 2] == said[len(said) // 2 :]


def test_clinics_that_a_table_tells_from_no_other_are_asked_for_once_and_answered_alike() -> None:
    for table in (actions.shipped_table(), announced()[-1].table):
        asked = {one.clinic.institution for one in trial.questions(table, 20_000)}
        answers = {code: _answers(table, code) for code in (*table.clinics, trial.UNKNOWN)}
        assert len(asked) < len(answers)
        assert {code for code in answers if answers[code] not in [answers[one] for one in asked]} == set()


def test_clinics_that_only_the_table_before_tells_apart_are_asked_for_too() -> None:
    table = actions.shipped_table()
    before = replace(table, clinics=table.clinics | {"HUN": "private"})
    assert table.clinics["HUN"] == table.clinics["SSA"] == "open"
    assert {change.where[2] for change in trial.changes(before, table, 20_000)} == {"open"}


def _answers(table: Any, institution: str) -> list[Any]:
    rows: list[tuple[Entitled, ...]] = [(), *((Entitled(code, 1, None),) for code in table.institutions)]
    clinics = [ClinicFacts("", institution, state, level) for state in ("HG", "JC") for level in (1, 3)]
    return [answer_at(_rights(table, held, 20_000), clinic) for held in rows for clinic in clinics]


def _rights(table: Any, rows: tuple[Entitled, ...], on_day: int) -> Any:
    return rights_of(
        table, entitlements=rows, assigned_clinic=None, service="general", on_day=on_day, birth_day=on_day - 12_000
    )
