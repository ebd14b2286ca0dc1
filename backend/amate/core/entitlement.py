"""What a person is entitled to at a clinic on a day, by a dated decision table: who pays and where, never a refusal.

Days count from 1970-01-01; an `until` is the first day on which the right no longer holds.
Source: the table itself, where each rule names its law or says that it is our policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from amate.core import days
from amate.core.decision_table import STANDINGS, DecisionTable, Institution, Payer, Rule, parse_table, why_not

__all__ = [
    "Affiliation",
    "Answer",
    "ClinicFacts",
    "DecisionTable",
    "Entitled",
    "Held",
    "Question",
    "Rights",
    "answer_at",
    "chosen_right",
    "entitlements_for_pass",
    "facts_of",
    "is_attended",
    "parse_table",
    "question_at",
    "rights_of",
    "row_on",
]

GENERAL: Final = "general"
URGENT: Final = "urgent"
SERVICES: Final = (GENERAL, URGENT, "specialised", "hospital", "maternity", "prevention", "pharmacy", "laboratory")
ATTENDED: Final = ("here", "here_by_exchange")
MAX_ENTITLEMENTS: Final = 8  # of a pass

# Why an affiliation is in a pass or not.
RowReason = Literal["in-force", "retained", "no-affiliation", "not-begun", "ended", "past-age"]

_RIGHTS: Final = STANDINGS[:2]  # active, retained


class Entitled(NamedTuple):
    """One row of a pass: institution by DGIS code, role (1 titular, 2 beneficiary, 3 pensioner), end."""

    institution: int
    role: int
    until_day: int | None


class Affiliation(NamedTuple):
    """One belonging to an institution, as its register tells it.

    relation: titular, spouse, child, parent, pensioner, …; only `child` has an age that ends it
    """

    institution: int
    role: int
    relation: str
    since_day: int | None
    until_day: int | None
    student_until_day: int | None = None
    disabled: bool = False


class ClinicFacts(NamedTuple):
    """What the rules ask of a clinic: its institution by CLUES code, its state by CURP code, its level 1-3."""

    clues: str
    institution: str
    state: str
    level: int | None


class Answer(NamedTuple):
    """The entitlement at one clinic on one day, with the rule that gave it."""

    status: str
    payer: int | None
    payer_label: str
    attend: str
    services: tuple[str, ...]
    until_day: int | None
    rule: str
    rule_version: str


class Held(NamedTuple):
    """A row of a pass as it stands on the day."""

    row: Entitled
    institution: Institution | None
    standing: str
    until_day: int | None


class Question(NamedTuple):
    """What the rules are asked; nothing here is of one person, so a clinic asks for a handful of these a day."""

    clinic: ClinicFacts | None
    service: str
    standing: str
    institution: int | None
    minor: bool | None
    assigned: bool | None


class Rights(NamedTuple):
    """What a person holds and asks for on a day, to be put to any clinic."""

    table: DecisionTable
    held: tuple[Held, ...]
    assigned_clinic: str | None
    service: str
    on_day: int
    minor: bool | None


def rights_of(
    table: DecisionTable,
    *,
    entitlements: Iterable[Entitled],
    assigned_clinic: str | None,
    service: str,
    on_day: int,
    birth_day: int | None,
) -> Rights:
    """What a person holds on a day, all but the clinic where they ask; birth_day: None when not known."""
    held = tuple([_stand(table, row, on_day) for row in entitlements if row.institution not in table.no_affiliation])
    minor = None if birth_day is None else not _is_past(birth_day, table.adult_age, on_day)
    return Rights(table, held, assigned_clinic, service, on_day, minor)


def answer_at(rights: Rights, clinic: ClinicFacts | None) -> Answer:
    """The entitlement at this clinic: the first rule in force whose conditions hold.

    clinic: None when not known
    The function is total, and urgent care is always `here`, whatever the table says.
    """
    table, held = rights.table, rights.held
    chosen = chosen_right(table, held, clinic)
    question = question_at(rights, clinic, chosen)
    rule, payer = _decide(table, rights.on_day, question)
    attend = "here" if rights.service == URGENT else rule.attend
    until = chosen.until_day if chosen else _ended(held, question.standing)
    return Answer(question.standing, payer.code, payer.label, attend, rule.services, until, rule.id, table.version)


def question_at(rights: Rights, clinic: ClinicFacts | None, chosen: Held | None) -> Question:
    """What is put to the rules, where `chosen` is the right that counts at this clinic."""
    return Question(
        clinic,
        rights.service,
        chosen.standing if chosen else _without_right(rights.held),
        chosen.row.institution if chosen else None,
        rights.minor,
        None if clinic is None or rights.assigned_clinic is None else rights.assigned_clinic == clinic.clues,
    )


def is_attended(rights: Rights, institution: str, state: str, level: int | None) -> bool:
    """Whether the table attends these rights, beyond what is urgent, at any such clinic that is not their own one."""
    return answer_at(rights, ClinicFacts("", institution, state, level)).attend in ATTENDED


def entitlements_for_pass(
    table: DecisionTable,
    affiliations: Iterable[Affiliation],
    birth_day: int | None,
    on_day: int,
) -> tuple[Entitled, ...]:
    """The rows that a pass made on this day carries: in force or retained, in payer order, at most eight.

    Ages that end a child's right are applied here, where relation and evidence are known. Within the life of a pass a
    child past that age may still read as retained: care fails open.
    """
    rows: dict[tuple[int, int], Entitled] = {}
    for affiliation in affiliations:
        row, _ = row_on(table, affiliation, birth_day, on_day)
        if row is not None:
            other = rows.get(row[:2], row)
            longest = None if None in (row[2], other[2]) else max(row[2] or 0, other[2] or 0)
            rows[row[:2]] = Entitled(*row[:2], longest)
    held = [_stand(table, row, on_day) for row in rows.values()]
    held.sort(key=lambda one: _rank(table, one, ""))
    return tuple(one.row for one in held[:MAX_ENTITLEMENTS])


def row_on(
    table: DecisionTable, affiliation: Affiliation, birth_day: int | None, on_day: int
) -> tuple[Entitled | None, RowReason]:
    """The row that an affiliation puts into a pass on a day, if any, and why."""
    if affiliation.institution in table.no_affiliation:
        return None, "no-affiliation"
    if affiliation.since_day is not None and on_day < affiliation.since_day:
        return None, "not-begun"
    institution = table.institutions.get(affiliation.institution)
    limit = _age_limit(institution, affiliation, birth_day)
    until = min((day for day in (affiliation.until_day, limit) if day is not None), default=None)
    row = Entitled(affiliation.institution, affiliation.role, until)
    if until is None or on_day < until:
        return row, "in-force"
    retained = _retained_until(institution, row) if _earned_retention(institution, affiliation, until) else None
    if retained is not None and on_day < retained:
        return row, "retained"
    return None, "ended" if affiliation.until_day == until else "past-age"


def _age_limit(institution: Institution | None, affiliation: Affiliation, birth_day: int | None) -> int | None:
    if institution is None or institution.child_age is None or birth_day is None:
        return None
    if affiliation.relation != "child" or affiliation.disabled:
        return None
    limit = days.later(birth_day, years=institution.child_age)
    if affiliation.student_until_day is None or institution.student_age is None:
        return limit
    return max(limit, min(affiliation.student_until_day, days.later(birth_day, years=institution.student_age)))


def _earned_retention(institution: Institution | None, affiliation: Affiliation, until: int) -> bool:
    """Whether the right ended as work does, not by age, and had lasted long enough."""
    if institution is None or institution.retention is None or affiliation.until_day != until:
        return False
    return affiliation.since_day is None or until - affiliation.since_day >= institution.retention.after_days


def _retained_until(institution: Institution | None, row: Entitled) -> int | None:
    retention = institution.retention if institution else None
    if retention is None or row.until_day is None or row.role not in retention.roles:
        return None
    return days.later(row.until_day, months=retention.months) + retention.days


def _stand(table: DecisionTable, row: Entitled, on_day: int) -> Held:
    institution = table.institutions.get(row.institution)
    if row.until_day is None or on_day < row.until_day:
        return Held(row, institution, "active" if institution else "unknown", row.until_day)
    retained = _retained_until(institution, row)
    if retained is not None and on_day < retained:
        return Held(row, institution, "retained", retained)
    return Held(row, institution, "lapsed", row.until_day)


def chosen_right(table: DecisionTable, held: Sequence[Held], clinic: ClinicFacts | None) -> Held | None:
    """The right that counts at this clinic, if any is active or retained."""
    rights = [one for one in held if one.standing in _RIGHTS]
    if len(rights) < 2:
        return rights[0] if rights else None
    code = clinic.institution if clinic else ""
    return min(rights, key=lambda one: _rank(table, one, code))


def _without_right(held: Sequence[Held]) -> str:
    # A right that we cannot read may be one: it is told before a right that has ended.
    standings = {one.standing for one in held}
    return next((standing for standing in ("unknown", "lapsed") if standing in standings), "uninsured")


def _ended(held: Sequence[Held], standing: str) -> int | None:
    ends = [one.until_day for one in held if one.until_day is not None]
    return max(ends) if standing == "lapsed" else None


def _rank(table: DecisionTable, held: Held, clinic_institution: str) -> tuple[int, ...]:
    row, institution = held.row, held.institution
    ranks = {
        "kind": 0 if institution and institution.kind != "open" else 1,
        "own_clinic": 0 if institution and clinic_institution in institution.clues else 1,
        "standing": STANDINGS.index(held.standing),
        "role": _place(table.role_order, row.role),
        "institution": _place(table.institution_order, row.institution),
    }
    return (*(ranks[name] for name in table.payer_order), row.institution, row.role)


def _place(order: Sequence[int], value: int) -> int:
    return order.index(value) if value in order else len(order)


def _is_past(birth_day: int, years: int, on_day: int) -> bool:
    """Whether the birthday of so many years has come."""
    age_days = on_day - birth_day
    if 365 * years <= age_days < 366 * years:  # only then does it take a calendar to tell
        return on_day >= days.later(birth_day, years=years)
    return age_days >= 366 * years


@lru_cache(maxsize=1024)
def _decide(table: DecisionTable, on_day: int, question: Question) -> tuple[Rule, Payer]:
    facts = facts_of(table, question)
    rule = next(rule for rule in table.rules if why_not(rule, facts, on_day) is None)
    return rule, _payer(table, rule, question.institution, str(facts["state"]))


def facts_of(table: DecisionTable, question: Question) -> dict[str, object]:
    """What the conditions of a rule ask, by their names."""
    clinic, service, standing, code, minor, assigned = question
    institution = None if code is None else table.institutions[code]
    return {
        "service": service,
        "standing": standing,
        "kind": institution.kind if institution else "none",
        "institution": code,
        "minor": minor,
        "clinic": _kind_of(table, clinic, institution),
        "state": _state_of(table, clinic),
        "level": clinic.level if clinic else None,
        "assigned": assigned,
    }


def _kind_of(table: DecisionTable, clinic: ClinicFacts | None, institution: Institution | None) -> str:
    if clinic is None:
        return "unknown"
    is_own = institution is not None and clinic.institution in institution.clues
    return "own" if is_own else table.clinics.get(clinic.institution, "unknown")


def _state_of(table: DecisionTable, clinic: ClinicFacts | None) -> str:
    if clinic is None:
        return "unknown"
    if clinic.state in table.federalised_states:
        return "federalised"
    return "other" if clinic.state in table.other_states else "unknown"


def _payer(table: DecisionTable, rule: Rule, code: int | None, state: str) -> Payer:
    if rule.payer == "unconfirmed":
        return table.payers["unknown"]
    if rule.payer == "own" and code is not None:
        return Payer(code, table.institutions[code].label)
    return table.payers[state]
