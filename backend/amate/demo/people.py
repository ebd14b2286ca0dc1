"""About two hundred synthetic people: families of three generations in three states, always the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from amate.core import curp
from amate.demo.places import PLACES, Place

SEED = 20_261_122
FAMILIES = 46
TODAY = date(2026, 11, 1)
NEVER = ""

WOMEN = """María Guadalupe,Ana Laura,Rosa Elena,Juana,Leticia,Verónica,Xóchitl,Citlali,Marisol,Petra,Josefina,Araceli
Yolanda,Norma,Itzel,Ximena,Renata,Valeria,Esperanza,Socorro""".replace("\n", ",").split(",")
MEN = """José Luis,Juan Carlos,Miguel Ángel,Pedro,Ramón,Tomás,Nicolás,Cuauhtémoc,Efraín,Rogelio,Mateo,Emiliano
Santiago,Leonardo,Isidro,Fidel,Abundio,Martín,Gerardo,Sebastián""".replace("\n", ",").split(",")
SURNAMES = """Hernández,Gutiérrez,Cruz,Tzul,Pérez,Gómez,Ñúñez,Méndez,Ramírez,De la Cruz,Ortiz,Vázquez,Santiz,Bautista
Olvera,Zapote,Amador,Quintanar,Tovar,Jiménez,Díaz,Escobar,Ruiz,Moreno,Islas,Lugo,Reyes,Trejo""".replace(
    "\n", ","
).split(",")

# institution code of the family's working parent, None for no social security; weights as among real people, roughly
SCHEMES: tuple[tuple[int | None, int], ...] = ((2, 18), (3, 7), (4, 2), (5, 2), (None, 17))


@dataclass(frozen=True)
class Membership:
    """One line of an institution's extract; dates as text, empty where there is none."""

    institution: int
    role: int
    relation: str
    since: str
    until: str = NEVER
    student_until: str = NEVER


@dataclass(frozen=True)
class SyntheticPerson:
    """Somebody who does not exist."""

    curp: str
    given_names: str
    first_surname: str
    second_surname: str
    sex: str
    birth_date: date
    birth_state: str
    place: Place
    lat: float
    lon: float
    guardian_curp: str | None = None
    memberships: tuple[Membership, ...] = field(default=())


def everybody() -> list[SyntheticPerson]:
    """All of them; a guardian stands before the children."""
    chance = random.Random(SEED)
    schemes = [code for code, weight in SCHEMES for _ in range(weight)]
    people: dict[str, SyntheticPerson] = {}
    for number in range(FAMILIES):
        place = PLACES[number % len(PLACES) if number % 3 else 0]  # every third family lives in Pachuca
        for person in family(chance, place, schemes[number % len(schemes)], number):
            people.setdefault(person.curp, person)
    return list(people.values())


def family(chance: random.Random, place: Place, scheme: int | None, number: int) -> Iterator[SyntheticPerson]:
    """A grandmother, two parents and up to three children under one roof."""
    her, his = chance.sample(SURNAMES, 2), chance.sample(SURNAMES, 2)
    worker = memberships(scheme, 1, "titular", number)
    yield person(chance, place, "M", chance.randint(62, 88), (his[0], her[1]), pensioner(scheme, number))
    father = person(chance, place, "H", chance.randint(27, 55), (his[0], his[1]), worker)
    mother = person(
        chance, place, "M", chance.randint(25, 52), (her[0], her[1]), memberships(scheme, 2, "spouse", number)
    )
    yield father
    yield mother
    for _ in range(number % 4):
        age = chance.choice((0, 3, 8, 13, 15, 17, 20))
        child = memberships(scheme, 2, "child", number, student=age >= 16)
        guardian = mother.curp if age < 18 else None
        yield person(chance, place, chance.choice("HM"), age, (his[0], her[0]), child, guardian)


def person(
    chance: random.Random,
    place: Place,
    sex: str,
    age: int,
    surnames: tuple[str, str],
    memberships: tuple[Membership, ...],
    guardian: str | None = None,
) -> SyntheticPerson:
    """One person of about this age."""
    given = chance.choice(WOMEN if sex == "M" else MEN)
    born = TODAY - timedelta(days=age * 365 + age // 4 + chance.randint(1, 360))
    key = curp.build(given, *surnames, birth_date=born, sex=sex, state=place.state)
    lat, lon = (round(x + chance.uniform(-0.02, 0.02), 5) for x in (place.lat, place.lon))
    return SyntheticPerson(key, given, *surnames, sex, born, place.state, place, lat, lon, guardian, memberships)


def memberships(
    scheme: int | None, role: int, relation: str, number: int, *, student: bool = False
) -> tuple[Membership, ...]:
    """The family's affiliation: mostly in force, some lost lately (rights retained), some long ago."""
    if scheme is None:
        return ()
    until = {7: "2026-10-15", 11: "2026-03-31"}.get(number % 13, NEVER)
    return (Membership(scheme, role, relation, "2018-01-01", until, "2027-07-31" if student else NEVER),)


def pensioner(scheme: int | None, number: int) -> tuple[Membership, ...]:
    """Some grandmothers have a pension of their own; the others are parents of the insured, or have nothing."""
    if scheme in (2, 3) and number % 2:
        return (Membership(scheme, 3, "pensioner", "2012-01-01"),)
    return memberships(scheme, 2, "parent", number)
