"""Makes people, clinics and days to be asked about: the same ones for the same seed.

Each line is {table, affiliations, birth_day, clinic, assigned_clinic, service, on_day, made_on}: a pass is shown up to
a month after it was made. Half of the days are one on which something changes for this person, or one day off.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from amate.core import days
from amate.core.entitlement import SERVICES
from amate.features.entitlement import drafting

COUNT, SEED = 100_000, 20_261_129
FIRST = json.loads((drafting.DRAFTS.parent / "table.json").read_text(encoding="utf-8"))
AGES = (16, 18, 25)
INSTITUTIONS = (2, 2, 2, 3, 3, 4, 5, 6, 10, 11, 14, 0, 1, 8, 99)
RELATIONS = ("titular", "spouse", "child", "child", "parent", "pensioner")
KINDS = ("IMS", "IST", "PMX", "SDN", "SMA", "IMB", "IMO", "SSA", "SME", "HUN", "SMP", "CRO", "XYZ", "")
STATES = ("HG", "CS", "DF", "JC", "NL", "ZZ")
CLUES = ("HGIMS000018", "NLSSA000013", "HGIMB000011")
EARLIEST, LATEST = (days.day_from_date(text) for text in ("2024-01-01", "2031-12-31"))
RETENTIONS = ({"days": 56}, {"months": 2})

Line = dict[str, Any]


def tables() -> dict[str, Any]:
    """The first decision table, and what the announced phases make of it, one after another; by the phase's name."""
    made = {"first": FIRST}
    for path in drafting.announced():
        before = list(made.values())[-1]
        made[path.stem] = drafting.apply(before, drafting.read_draft(path)).document
    return made


def lines(count: int = COUNT, seed: int = SEED) -> Iterator[Line]:
    """As many people by chance."""
    chance = random.Random(seed)
    known = tables()
    turning = {name: turning_days(table) for name, table in known.items()}
    for _ in range(count):
        name = chance.choice(list(known))
        line = person(chance)
        on_day = chance.randint(EARLIEST, LATEST)
        if chance.random() < 0.5:
            on_day = chance.choice([*turning[name], *days_of(line)] or [on_day]) + chance.choice((-1, 0, 1))
        yield {"table": name, **line, "on_day": on_day, "made_on": on_day - chance.choice((0, 1, 30))}


def boundary_lines(seed: int = SEED) -> Iterator[Line]:
    """Every day on which a table changes, the day before and the day after it, each for some hundred people."""
    chance = random.Random(seed)
    for name, table in tables().items():
        for day in turning_days(table):
            people = [person(chance) for _ in range(200)]
            for each in people:
                shown = [day + by for by in (-1, 0, 1)]
                yield from ({"table": name, **each, "on_day": on_day, "made_on": day - 1} for on_day in shown)


def turning_days(table: Any) -> list[int]:
    """The days on which a rule of the table begins or ends."""
    named = {rule[end] for rule in table["rules"] for end in ("from", "until")} - {None}
    return sorted(days.day_from_date(date) for date in named)


def person(chance: random.Random) -> Line:
    """A line without its day and table."""
    birth_day = chance.choice((None, chance.randint(-20_000, LATEST), days.day_from_date("2008-02-29")))
    clinic = (chance.choice(CLUES), chance.choice(KINDS), chance.choice(STATES), chance.choice((None, 1, 2, 3)))
    return {
        "affiliations": [affiliation(chance) for _ in range(chance.choice((0, 1, 1, 2, 3, 10)))],
        "birth_day": birth_day,
        "clinic": chance.choice((None, clinic, clinic, clinic)),
        "assigned_clinic": chance.choice((None, *CLUES)),
        "service": chance.choice((*SERVICES, "", "another")),
    }


def affiliation(chance: random.Random) -> tuple[Any, ...]:
    """Institution, role, relation, since, until, student until, disabled."""
    since = chance.choice((None, chance.randint(EARLIEST - 4000, LATEST)))
    until = chance.choice(
        (None, chance.randint(EARLIEST - 400, LATEST), (since or EARLIEST) + chance.choice((56, 180)))
    )
    student = chance.choice((None, None, chance.randint(EARLIEST, LATEST)))
    role, relation = chance.randint(1, 3), chance.choice(RELATIONS)
    return chance.choice(INSTITUTIONS), role, relation, since, until, student, chance.random() < 0.1


def days_of(line: Line) -> list[int]:
    """The days on which something ends or begins for a person: of an affiliation, of what it leaves, of an age."""
    birth_day = line["birth_day"]
    found = [] if birth_day is None else [days.later(birth_day, years=age) for age in AGES]
    for _, _, _, since, until, student, _ in line["affiliations"]:
        found += [day for day in (since, until, student) if day is not None]
        if until is not None:
            found += [days.later(until, months=each.get("months", 0)) + each.get("days", 0) for each in RETENTIONS]
    return found
