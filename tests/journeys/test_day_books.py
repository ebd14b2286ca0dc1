"""The book-keeping of the working day finds a scan that was lost, told twice, or told in another order."""

from __future__ import annotations

import pytest

from tests.journeys.day import Made, accounts_for

SURE = [Made("valid", "a"), Made("not_valid", None), Made("valid", "a")]
TORN = [Made("valid", "a", is_certain=False), Made("valid", "a"), Made("not_a_pass", None, is_certain=False)]
A, BAD, GREY = ("valid", "a"), ("not_valid", None), ("not_a_pass", None)


@pytest.mark.parametrize(
    ("made", "receipts"),
    [(SURE, [A, BAD, A]), (TORN, [A]), (TORN, [A, A]), (TORN, [A, GREY]), (TORN, [A, A, GREY]), ([], [])],
)
def test_what_was_scanned_is_accounted_for(made: list[Made], receipts: list[tuple[str, str | None]]) -> None:
    assert accounts_for(receipts, made)


@pytest.mark.parametrize(
    ("made", "receipts"),
    [
        (SURE, [A, BAD]),
        (SURE, [A, A]),
        (SURE, [A, BAD, A, A]),
        (SURE, [BAD, A, A]),
        (TORN, []),
        (TORN, [A, A, A]),
        (TORN, [GREY]),
        (TORN, [A, GREY, GREY]),
        ([], [A]),
    ],
)
def test_what_was_not_is_found_out(made: list[Made], receipts: list[tuple[str, str | None]]) -> None:
    assert not accounts_for(receipts, made)
