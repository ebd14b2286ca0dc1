"""A person, and the rules on age and on the statement about organ donation.

Source: Ley General de Salud, arts. 320-322 (every adult may state it, and withdraw it at any time) and 326 (minors).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple, NotRequired, TypedDict

from amate.core import days

ORGAN_DONATION: Final = ("not_stated", "yes", "yes_limited", "no")
# What can be miswritten though it fits the CURP, which stands for the rest of the identity.
CORRECTABLE: Final = ("given_names", "first_surname", "second_surname", "nationality")
ADULT_AGE: Final = 18
EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the register.

    sex:         H, M or X
    birth_state: as in a CURP; NE = born abroad
    nationality: ISO 3166-1 alpha-3
    lat, lon:    where they live, in degrees
    phone:       ten digits
    guardian_id: the adult who answers for a minor
    assigned_clinic: CLUES
    created_at:  seconds since 1970
    """

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
    lat: float | None
    lon: float | None
    phone: str | None
    guardian_id: str | None
    assigned_clinic: str | None
    created_at: int


class Facts(TypedDict):
    """What is known of a person when they are entered; the register gives the time, and the id where it is left out."""

    curp: str
    given_names: str
    first_surname: str
    second_surname: str
    sex: str
    birth_date: date
    birth_state: str
    nationality: str
    organ_donation: str
    lat: float | None
    lon: float | None
    phone: str | None
    guardian_id: str | None
    assigned_clinic: str | None
    id: NotRequired[str]
    created_at: NotRequired[int]


class Statement(NamedTuple):
    """What a person said about organ donation, when, and who wrote it down; never changed, only followed by another."""

    seq: int
    choice: str
    at: int
    actor: str


def today(now: int) -> date:
    """The date in central Mexico at `now`, seconds since 1970."""
    return EPOCH + timedelta(days=days.day_at(now))


def is_minor(birth_date: date, on: date) -> bool:
    """Whether somebody is younger than 18 on a date; born on 29 February, they are 18 on 1 March."""
    comes_of_age = days.later((birth_date - EPOCH).days, years=ADULT_AGE)
    return (on - EPOCH).days < comes_of_age
