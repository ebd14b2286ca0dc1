"""Who is a minor, and which day it is for the register."""

from __future__ import annotations

from datetime import date

from amate.features.register.model import is_minor, today


def test_a_person_is_an_adult_on_their_eighteenth_birthday() -> None:
    assert is_minor(date(2008, 11, 19), on=date(2026, 11, 18))
    assert not is_minor(date(2008, 11, 18), on=date(2026, 11, 18))


def test_a_person_born_on_a_leap_day_is_an_adult_on_the_first_of_march() -> None:
    assert is_minor(date(2008, 2, 29), on=date(2026, 2, 28))
    assert not is_minor(date(2008, 2, 29), on=date(2026, 3, 1))


def test_the_day_is_that_of_central_mexico() -> None:
    assert today(1_795_000_000) == date(2026, 11, 18)
    assert today(1_794_981_600 - 1) == date(2026, 11, 17)  # 05:59:59 UTC
