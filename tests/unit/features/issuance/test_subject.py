"""The name of a pass has its surnames, however many given names there are."""

from __future__ import annotations

from typing import cast

import pytest

from amate.core.qr_pass import MAX_NAME
from amate.features.issuance.subject import short_name
from amate.features.register.model import Person


class Named:
    """The part of a person that has a name."""

    def __init__(self, given_names: str, first_surname: str, second_surname: str) -> None:
        self.given_names, self.first_surname, self.second_surname = given_names, first_surname, second_surname


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("María Guadalupe", "Hernández", "García"), "María Guadalupe Hernández García"),
        (("Ana", "Li", ""), "Ana Li"),
        (
            ("Guadalupe María Concepción Altagracia", "Hernández", "Villaseñor"),
            "Guadalupe M. C. A. Hernández Villaseñor",
        ),
        (("María de la Luz Guadalupe", "Santibáñez", "Montemayor"), "María de la Luz G. Santibáñez Montemayor"),
        (("Guadalupe María Concepción", "Montemayor de la Garza", "Villaseñor"), "Guadalupe Montemayor de la Garza"),
    ],
)
def test_given_names_make_room_for_the_surnames(names: tuple[str, str, str], shown: str) -> None:
    found = short_name(cast(Person, Named(*names)))
    assert found == shown
    assert len(found) <= MAX_NAME


def test_a_name_of_one_endless_word_is_cut() -> None:
    assert len(short_name(cast(Person, Named("A" * 60, "B" * 60, "")))) == MAX_NAME
