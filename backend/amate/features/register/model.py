"""A person of the register, and the rules on what may be written about one."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from amate.errors import Malformed

ADULT_AGE = 18
# Ley General de Salud, arts. 321 to 324: consent is express (broad or limited) or tacit; refusal is express.
ORGAN_DONATION = ("not_stated", "yes", "yes_limited", "no")


class Facts(NamedTuple):
    """What a module finds out about somebody; validated before it comes here.

    lat, lon: degrees, of the home or of its locality
    sex: H, M or X; birth_state: CURP code or NE; nationality: ISO 3166 alpha-3
    """

    curp: str
    given_names: str
    first_surname: str
    second_surname: str
    sex: str
    birth_date: date
    birth_state: str
    nationality: str
    organ_donation: str
    lat: float
    lon: float
    phone: str | None = None
    guardian_id: str | None = None


class Person(NamedTuple):
    """Somebody in the register; `created_at` in seconds since 1970."""

    id: str
    curp: str
    given_names: str
    first_surname: str
    second_surname: str
    sex: str
    birth_date: date
    birth_state: str
    nationality: str
    organ_donation: str
    lat: float
    lon: float
    phone: str | None
    guardian_id: str | None
    assigned_clinic: str | None
    created_at: int


IDENTITY = ("given_names", "first_surname", "second_surname", "sex", "birth_date", "birth_state", "nationality")


def age_on(birth_date: date, on: date) -> int:
    """Whole years lived."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def is_minor(birth_date: date, on: date) -> bool:
    """Whether somebody is under 18."""
    return age_on(birth_date, on) < ADULT_AGE


def check_organ_donation(decision: str, *, minor: bool) -> None:
    """A minor's decision is not registered (LGS art. 326).

    Raises: Malformed("organ-donation-unknown" | "organ-donation-minor")
    """
    if decision not in ORGAN_DONATION:
        raise Malformed("organ-donation-unknown", f"one of {', '.join(ORGAN_DONATION)}", where="organ_donation")
    if minor and decision != "not_stated":
        said = "En menores de edad no se registra una decisión sobre donación."
        raise Malformed("organ-donation-minor", said, where="organ_donation")


def differing_identity(person: Person, facts: Facts) -> tuple[str, ...]:
    """The fields in which what is said now differs from what the register has."""
    return tuple(name for name in IDENTITY if _plain(getattr(person, name)) != _plain(getattr(facts, name)))


def _plain(value: object) -> object:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
