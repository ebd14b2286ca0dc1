"""What a change of the decision table does to answers: both tables are asked everything that can tell them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from amate.core.days import date_from_day
from amate.core.decision_table import DecisionTable, why_not
from amate.core.entitlement import (
    SERVICES,
    ClinicFacts,
    Entitled,
    Rights,
    answer_at,
    chosen_right,
    facts_of,
    question_at,
    rights_of,
)
from amate.features.entitlement.drafting import Draft

LEVELS: Final = (1, 2, 3)
ELSEWHERE: Final = "another clinic"
UNKNOWN: Final = "an institution that the table does not name"
GROUPED_BY: Final = ("standing", "kind", "clinic")
ALSO_TOLD: Final = ("institution", "state", "level", "minor", "assigned")
Facts = dict[str, object]
JsonObject = dict[str, Any]
Shown = tuple[tuple[str, str], tuple[str, str] | None]


class Asked(NamedTuple):
    """One question that a table answers: who asks for what, and where."""

    rights: Rights
    clinic: ClinicFacts


class Change(NamedTuple):
    """Answers that change alike.

    where:    the values of GROUPED_BY
    services: what was asked for
    only:     further facts that hold of these answers and not of all that were asked there, by name
    attend:   before and after
    payer:    labels before and after; None where it stays who it was
    """

    where: tuple[str, ...]
    services: tuple[str, ...]
    only: dict[str, tuple[str, ...]]
    attend: tuple[str, str]
    payer: tuple[str, str] | None


def questions(table: DecisionTable, on_day: int, before: DecisionTable | None = None) -> Iterator[Asked]:
    """Each standing at each institution of the table, as a minor or not, for each service, at each kind of clinic.

    before: another table that is asked the same: kinds of clinic that it alone tells apart are asked for, too
    """
    states = (min(table.federalised_states), min(table.other_states))
    codes = _told_apart(table, before or table)
    clinics = [ClinicFacts("", code, state, level) for code, state, level in product(codes, states, LEVELS)]
    people = product(_holdings(table, on_day), (table.adult_age - 2, table.adult_age + 20), (None, ELSEWHERE), SERVICES)
    for rows, age, assigned, service in people:
        rights = rights_of(
            table,
            entitlements=rows,
            assigned_clinic=assigned,
            service=service,
            on_day=on_day,
            birth_day=on_day - 366 * age,
        )
        yield from (Asked(rights, clinic) for clinic in clinics)


def changes(before: DecisionTable, after: DecisionTable, on_day: int) -> list[Change]:
    """What the second table answers otherwise than the first on a day; alike answers together."""
    asked: dict[tuple[str, ...], list[Facts]] = defaultdict(list)
    changed: dict[tuple[tuple[str, ...], Shown], list[Facts]] = defaultdict(list)
    for one in questions(after, on_day, before):
        facts = _facts(one)
        where = tuple(str(facts[name]) for name in GROUPED_BY)
        asked[where].append(facts)
        shown = _shown(one._replace(rights=one.rights._replace(table=before)), one)
        if shown is not None:
            changed[where, shown].append(facts)
    return [Change(where, _services(of), _only(of, asked[where]), *shown) for (where, shown), of in changed.items()]


def idle_rules(table: DecisionTable, on_day: int) -> list[str]:
    """Rules in force on a day that answer nothing, since those before them answer it all."""
    used = {answer_at(*one).rule for one in questions(table, on_day)}
    in_force = [rule for rule in table.rules if why_not(rule._replace(when=()), {}, on_day) is None]
    return [rule.id for rule in in_force if rule.id not in used]


def tried(before: DecisionTable, draft: Draft, *, today: int) -> JsonObject:
    """What a draft changes, for people who decide on it.

    changes: on its first day
    day_passed: that day is over, so that it is no longer to be adopted: no day of the past is answered otherwise
    early, idle: what faults() finds
    no_longer_asked: rules that it leaves without an answer to give, so that they may be ended
    """
    after, on_day = draft.table, draft.on_day
    known = {rule.id for rule in before.rules}
    was_idle = {*idle_rules(before, on_day), after.rules[-1].id}  # the last one stays, to answer whatever comes
    return {
        "version": after.version,
        "changes_table": before.version,
        "on": date_from_day(on_day),
        "day_passed": draft.is_over(today),
        "changes": [_said(after, each) for each in changes(before, after, on_day)],
        **faults(before, draft),
        "no_longer_asked": [rule for rule in idle_rules(after, on_day) if rule in known - was_idle],
    }


def faults(before: DecisionTable, draft: Draft) -> JsonObject:
    """Why a draft is not to be adopted.

    early: what it changes on the day before its own, which must be nothing; a whole table bears no day
    idle:  its own rules that never answer, since those before them answer it all
    """
    after, on_day = draft.table, draft.on_day
    known = {rule.id for rule in before.rules}
    early = changes(before, after, on_day - 1) if draft.is_dated else []
    return {
        "early": [_said(after, each) for each in early],
        "idle": [rule for rule in idle_rules(after, on_day) if rule not in known],
    }


def _said(table: DecisionTable, change: Change) -> JsonObject:
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


def _told_apart(*tables: DecisionTable) -> Iterable[str]:
    """One institution of clinics for all that these tables tell from no other: by its kind, and by whose own it is."""
    found: dict[tuple[object, ...], str] = {}
    for code in (*tables[0].clinics, UNKNOWN):
        of = tuple((table.clinics.get(code), *_owners(table, code)) for table in tables)
        found.setdefault(of, code)
    return found.values()


def _owners(table: DecisionTable, clinic: str) -> Iterator[int]:
    return (code for code, institution in table.institutions.items() if clinic in institution.clues)


def _holdings(table: DecisionTable, on_day: int) -> Iterator[tuple[Entitled, ...]]:
    yield ()
    for code, institution in table.institutions.items():
        yield (Entitled(code, 1, None),)
        yield (Entitled(code, 1, on_day - 400),)
        if institution.retention is not None:
            yield (Entitled(code, institution.retention.roles[0], on_day),)
    yield (Entitled(max(table.institutions) + 1, 1, None),)  # one that this table does not know


def _facts(one: Asked) -> Facts:
    chosen = chosen_right(one.rights.table, one.rights.held, one.clinic)
    return facts_of(one.rights.table, question_at(one.rights, one.clinic, chosen))


def _shown(before: Asked, after: Asked) -> Shown | None:
    old, new = answer_at(*before), answer_at(*after)
    if (old.attend, old.payer_label) == (new.attend, new.payer_label):
        return None
    is_same_payer = old.payer_label == new.payer_label
    return (old.attend, new.attend), None if is_same_payer else (old.payer_label, new.payer_label)


def _services(changed: Iterable[Facts]) -> tuple[str, ...]:
    found = {facts["service"] for facts in changed}
    return tuple(service for service in SERVICES if service in found)


def _only(changed: Iterable[Facts], asked: Iterable[Facts]) -> dict[str, tuple[str, ...]]:
    of_changed, of_asked = _values(changed), _values(asked)
    return {name: of_changed[name] for name in ALSO_TOLD if of_changed[name] != of_asked[name]}


def _values(those: Iterable[Facts]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for facts in those:
        for name in ALSO_TOLD:
            found[name].add(str(facts[name]))
    return {name: tuple(sorted(values)) for name, values in found.items()}
