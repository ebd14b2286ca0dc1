"""A line of an extract is read strictly: each fault has its slug and names its column."""

from __future__ import annotations

import pytest

from amate.core.days import day_from_date
from amate.core.entitlement import Affiliation
from amate.errors import Malformed
from amate.features.entitlement.model import read_line

CURP = "SABC560626MDFLRN01"


def test_a_line_says_who_belongs_since_when_and_until_when() -> None:
    row = {"curp": CURP, "role": "beneficiary", "relation": "child", "since": "2018-01-01", "until": "2027-07-31"}
    found = read_line(row | {"clinic": "HGIMS900110", "student_until": "2027-07-31", "disabled": "0"}, 2)
    days = [day_from_date(text) for text in ("2018-01-01", "2027-07-31", "2027-07-31")]
    assert found == (CURP, Affiliation(2, 2, "child", *days, False), "HGIMS900110")


def test_empty_cells_are_open_ends() -> None:
    assert read_line({"curp": CURP, "role": "1"}, 3).affiliation == Affiliation(
        3, 1, "titular", None, None, None, False
    )


@pytest.mark.parametrize(
    ("fault", "slug", "where"),
    [
        ({"curp": "SABC560626MDFLRN02"}, "curp-check-digit", "curp"),
        ({"curp": ""}, "curp-length", "curp"),
        ({"role": "boss"}, "role-unknown", "role"),
        ({"relation": "friend"}, "relation-unknown", "relation"),
        ({"since": "01/02/2020"}, "date-malformed", "since"),
        ({"until": "2026-02-31"}, "date-malformed", "until"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "dates-reversed", "until"),
        ({"disabled": "maybe"}, "flag-unknown", "disabled"),
        ({"clinic": "UMF 3"}, "clues-malformed", "clinic"),
    ],
)
def test_a_fault_has_its_slug_and_names_its_column(fault: dict[str, str], slug: str, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_line({"curp": CURP, "role": "titular"} | fault, 2)
    assert (caught.value.slug, caught.value.where) == (slug, where)
