"""The path to an entitlement: what each affiliation gave, which right counted, and which rules were passed over.

For whoever has to explain an answer, the same day or years later; the answer itself is always entitlement.answer_at's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from amate.core import entitlement
from amate.core.decision_table import DecisionTable, why_not
from amate.core.entitlement import Affiliation, Answer, ClinicFacts, Entitled, Rights, RowReason


class Weighed(NamedTuple):
    """An affiliation, and what it puts into a pass on the day."""

    affiliation: Affiliation
    row: Entitled | None
    reason: RowReason


class Passed(NamedTuple):
    """A rule that does not answer; `because` is `from`, `until`, or the first condition that does not hold."""

    rule: str
    because: str


class Explanation(NamedTuple):
    """An answer and the path to it.

    weighed: every affiliation
    counted: the right that counts at this clinic, if any does
    facts:   what the rules were asked, by the names of their conditions
    passed:  the rules before the one that answered, in their order
    """

    weighed: tuple[Weighed, ...]
    counted: Entitled | None
    facts: dict[str, object]
    passed: tuple[Passed, ...]
    answer: Answer


def explain(
    table: DecisionTable,
    affiliations: Iterable[Affiliation],
    *,
    birth_day: int | None,
    assigned_clinic: str | None,
    clinic: ClinicFacts | None,
    service: str,
    on_day: int,
) -> Explanation:
    """The answer that a pass made on this day gets at a clinic on the same day, and how it comes about."""
    known = tuple(affiliations)
    rights = entitlement.rights_of(
        table,
        entitlements=entitlement.entitlements_for_pass(table, known, birth_day, on_day),
        assigned_clinic=assigned_clinic,
        service=service,
        on_day=on_day,
        birth_day=birth_day,
    )
    counted = entitlement.chosen_right(table, rights.held, clinic)
    facts = entitlement.facts_of(table, entitlement.question_at(rights, clinic, counted))
    return Explanation(
        weighed=tuple(Weighed(each, *entitlement.row_on(table, each, birth_day, on_day)) for each in known),
        counted=None if counted is None else counted.row,
        facts=facts,
        passed=_passed_over(rights, facts),
        answer=entitlement.answer_at(rights, clinic),
    )


def _passed_over(rights: Rights, facts: dict[str, object]) -> tuple[Passed, ...]:
    passed = []
    for rule in rights.table.rules:
        because = why_not(rule, facts, rights.on_day)
        if because is None:
            break
        passed.append(Passed(rule.id, because))
    return tuple(passed)
