"""What a credential, a pass or a card says about a person, read from the register at the moment of issuing."""

from __future__ import annotations

from dataclasses import dataclass

from amate.context import Context
from amate.core import qr_pass
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Identity
from amate.errors import Unknown
from amate.features.entitlement import actions as entitlement
from amate.features.register import actions as register
from amate.features.register.model import Person

CONNECTING = frozenset(("de", "del", "la", "las", "los", "y"))


@dataclass(frozen=True, slots=True)
class Subject:
    """A person and what they are entitled to today."""

    person: Person
    entitlements: tuple[Entitled, ...]

    @property
    def name(self) -> str:
        """The whole name."""
        parts = (self.person.given_names, self.person.first_surname, self.person.second_surname)
        return " ".join(part for part in parts if part)

    @property
    def identity(self) -> Identity:
        """Who it is, as a pass says it: the name in at most 40 characters."""
        return Identity(self.person.curp, short_name(self.person))

    @property
    def hint(self) -> str:
        """Initials and birthday, for the look at an identity document."""
        person, born = self.person, self.person.birth_date
        birth_mmdd = f"{born.month:02}{born.day:02}"
        return qr_pass.hint_of(person.given_names, person.first_surname, person.second_surname, birth_mmdd=birth_mmdd)


def short_name(person: Person) -> str:
    """The name in the room that a pass has, with its surnames, for whoever compares it with an identity document.

    Given names become initials from the last one on, then go but for the first (as in ICAO 9303-3 §4.6).
    """
    given = person.given_names.split()
    surnames = [part for part in (person.first_surname, person.second_surname) if part]
    for kept in range(len(given), 0, -1):
        initials = [f"{word[0]}." for word in given[kept:] if word.casefold() not in CONNECTING]
        shown = " ".join([*given[:kept], *initials, *surnames])
        if len(shown) <= qr_pass.MAX_NAME:
            return shown
    return qr_pass.cut_name(" ".join([*given[:1], *surnames]))


def subject_of(ctx: Context, person_id: str) -> Subject:
    """The person and their entitlements as the register has them now.

    Raises: Unknown("unknown-person")
    """
    person = person_of(ctx, person_id)
    return Subject(person, entitlement.entitlements_for_pass(ctx, person))


def person_of(ctx: Context, person_id: str) -> Person:
    """The person, as the register has them now.

    Raises: Unknown("unknown-person")
    """
    person = register.person(ctx, person_id)
    if person is None:
        raise Unknown("unknown-person", "Nobody in the register has this id.")
    return person
