"""The rules of entitlement as data: parsed strictly, or refused whole.

A table that an older reader does not understand must not be half understood: every member is known, of its type, and
the last rule answers whatever the others leave open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Final, NamedTuple, NoReturn, TypeVar

from amate.core import days
from amate.errors import Malformed

_ATTEND: Final = ("here", "here_by_exchange", "refer", "urgent_only")
STANDINGS: Final = ("active", "retained", "uninsured", "lapsed", "unknown")
_KINDS: Final = ("insured", "closed", "open", "none")
_CLINICS: Final = ("own", "insured", "closed", "open", "private", "unknown")
_STATES: Final = ("federalised", "other", "unknown")
_PAYERS: Final = ("own", "public", "unconfirmed")
_BASES: Final = ("law", "announcement", "policy")
_T = TypeVar("_T")
_NAME: Final = re.compile(r"[\w-]{1,60}")
_TOLD: Final = frozenset({"basis", "source"})  # of an institution: both, or neither as in tables of before 2026-11-30
_MAX_NUMBER: Final = 9999  # codes, ages, days of retention
_ORDER: Final = ("kind", "own_clinic", "standing", "role", "institution")
# What a condition may ask, and the values that it may name; None: any of the type.
_QUESTIONS: Final[dict[str, tuple[type, tuple[object, ...] | None]]] = {
    "service": (str, None),
    "standing": (str, STANDINGS),
    "kind": (str, _KINDS),
    "clinic": (str, _CLINICS),
    "state": (str, _STATES),
    "institution": (int, None),
    "level": (int, (1, 2, 3)),
    "minor": (bool, None),
    "assigned": (bool, None),
}


class Payer(NamedTuple):
    """Who bears the cost: a DGIS code where there is one, and a name for people."""

    code: int | None
    label: str


class Retention(NamedTuple):
    """The time after the end in which care goes on, for some roles, once the right has lasted `after_days`."""

    months: int
    days: int
    roles: tuple[int, ...]
    after_days: int


class Institution(NamedTuple):
    """An institution of the catalogue; a child's right ends at `child_age`, a student's at `student_age`."""

    label: str
    kind: str
    clues: tuple[str, ...]
    retention: Retention | None
    child_age: int | None
    student_age: int | None


class Rule(NamedTuple):
    """If in force and all conditions hold, this is the answer; basis: law, announcement or policy."""

    id: str
    from_day: int | None
    until_day: int | None
    when: tuple[tuple[str, tuple[object, ...]], ...]
    payer: str
    attend: str
    services: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class DecisionTable:
    """The rules in force, in order, and the catalogues that they speak of; one table equals only itself."""

    version: str
    institutions: dict[int, Institution]
    no_affiliation: frozenset[int]
    clinics: dict[str, str]
    federalised_states: frozenset[str]
    other_states: frozenset[str]
    payers: dict[str, Payer]
    payer_order: tuple[str, ...]
    role_order: tuple[int, ...]
    institution_order: tuple[int, ...]
    adult_age: int
    rules: tuple[Rule, ...]


def parse_table(value: object) -> DecisionTable:
    """The decision table in a decoded JSON value.

    Raises: Malformed("malformed-table") for a missing, unknown or ill-typed member, an unknown word, a rule id used
            twice, or a last rule that does not answer everything; within a rule, `where` is its path, as
            rules.own-institution.source
    """
    try:
        return _table(value)
    except Malformed as error:
        said = error.detail if error.where is None else f"{error.where}: {error.detail}"
        raise Malformed("malformed-table", said, where=error.where) from None


def why_not(rule: Rule, facts: Mapping[str, object], on_day: int) -> str | None:
    """The first thing that keeps a rule from answering: `from`, `until` or a condition's name; None when it answers."""
    if rule.from_day is not None and on_day < rule.from_day:
        return "from"
    if rule.until_day is not None and rule.until_day <= on_day:
        return "until"
    for name, values in rule.when:  # no generator: a change of the table asks this hundreds of thousands of times
        if facts[name] not in values:
            return name
    return None


def _table(value: object) -> DecisionTable:
    table = _members(value, *(field.name for field in fields(DecisionTable)))
    institutions = {_code(code): _institution(one) for code, one in _mapping(table["institutions"])}
    payers = {name: _payer(one) for name, one in _mapping(table["payers"])}
    if set(payers) != set(_STATES) or sorted(_texts(table["payer_order"])) != sorted(_ORDER):
        _refuse("payers")
    return DecisionTable(
        version=_text(table["version"]),
        institutions=institutions,
        no_affiliation=frozenset(_numbers(table["no_affiliation"])),
        clinics={clues: _word(kind, _CLINICS) for clues, kind in _mapping(table["clinics"])},
        federalised_states=frozenset(_texts(table["federalised_states"])),
        other_states=frozenset(_texts(table["other_states"])),
        payers=payers,
        payer_order=_texts(table["payer_order"]),
        role_order=_numbers(table["role_order"]),
        institution_order=_numbers(table["institution_order"]),
        adult_age=_number(table["adult_age"]),
        rules=_rules(table["rules"]),
    )


def _institution(value: object) -> Institution:
    is_told = isinstance(value, dict) and not _TOLD.isdisjoint(value)
    one = _members(value, *Institution._fields, *(_TOLD if is_told else ()))
    if is_told:
        _word(one["basis"], _BASES)
        _text(one["source"])
    return Institution(
        label=_text(one["label"]),
        kind=_word(one["kind"], _KINDS[:3]),
        clues=_texts(one["clues"]),
        retention=None if one["retention"] is None else _retention(one["retention"]),
        child_age=_number_or_none(one["child_age"]),
        student_age=_number_or_none(one["student_age"]),
    )


def _retention(value: object) -> Retention:
    one = _members(value, *Retention._fields)
    return Retention(
        months=_number(one["months"]),
        days=_number(one["days"]),
        roles=_numbers(one["roles"]),
        after_days=_number(one["after_days"]),
    )


def _payer(value: object) -> Payer:
    one = _members(value, *Payer._fields)
    return Payer(_number_or_none(one["code"]), _text(one["label"]))


def _rules(value: object) -> tuple[Rule, ...]:
    rules = tuple(_at(f"rules.{_name(one, place)}", _rule, one) for place, one in enumerate(_list(value)))
    if len({rule.id for rule in rules}) != len(rules):
        _refuse("a rule's id twice")
    if not rules or rules[-1].when or rules[-1].from_day is not None or rules[-1].until_day is not None:
        _refuse("the last rule leaves something open")
    return rules


def _rule(value: object) -> Rule:
    one = _members(value, "id", "from", "until", "when", "then", "basis", "source")
    payer, attend, services = _at("then", _then, one["then"])
    _at("basis", lambda basis: _word(basis, _BASES), one["basis"])
    _at("source", _text, one["source"])
    return Rule(
        id=_at("id", _text, one["id"]),
        from_day=_at("from", _day_or_none, one["from"]),
        until_day=_at("until", _day_or_none, one["until"]),
        when=_at("when", _conditions, one["when"]),
        payer=payer,
        attend=attend,
        services=services,
    )


def _then(value: object) -> tuple[str, str, tuple[str, ...]]:
    then = _members(value, "payer", "attend", "services")
    return (
        _at("payer", lambda payer: _word(payer, _PAYERS), then["payer"]),
        _at("attend", lambda attend: _word(attend, _ATTEND), then["attend"]),
        _at("services", _texts, then["services"]),
    )


def _conditions(value: object) -> tuple[tuple[str, tuple[object, ...]], ...]:
    return tuple((name, _condition(name, values)) for name, values in _mapping(value))


def _condition(name: str, value: object) -> tuple[object, ...]:
    if name not in _QUESTIONS:
        _refuse("a condition that nobody can answer")
    kind, words = _QUESTIONS[name]
    values = tuple(_list(value))
    # `type` and not isinstance: true is no level 1.
    if not values or any(type(one) is not kind or (words and one not in words) for one in values):
        _refuse("a condition's values")
    return values


def _at(where: str, read: Callable[[object], _T], value: object) -> _T:
    """What `read` makes of a value; what it refuses is refused with the path to it, for whoever wrote the table."""
    try:
        return read(value)
    except Malformed as error:
        path = where if error.where is None else f"{where}.{error.where}"
        raise Malformed("malformed-table", error.detail, where=path) from None


def _name(rule: object, place: int) -> str:
    """A rule's id, by which a draft's author finds it; its place in the table, from 0, where it has none to quote."""
    named = rule.get("id") if isinstance(rule, dict) else None
    return named if isinstance(named, str) and _NAME.fullmatch(named) else str(place)


def _refuse(detail: str) -> NoReturn:
    raise Malformed("malformed-table", detail)


def _mapping(value: object) -> list[tuple[str, object]]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        _refuse("not an object")
    return list(value.items())


def _members(value: object, *names: str) -> dict[str, object]:
    members = dict(_mapping(value))
    if members.keys() != set(names):
        _refuse("members missing or unknown")
    return members


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        _refuse("not an array")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        _refuse("not a text")
    return value


def _day_or_none(value: object) -> int | None:
    return None if value is None else days.day_from_date(_text(value))


def _word(value: object, words: tuple[str, ...]) -> str:
    if value not in words:
        _refuse("an unknown word")
    return str(value)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_NUMBER:
        _refuse("not a number")
    return value


def _number_or_none(value: object) -> int | None:
    return None if value is None else _number(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(map(_number, _list(value)))


def _code(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,3}", text):
        _refuse("not a DGIS code")
    return int(text)
