"""Entitlement: every shared vector, and what holds for every person, clinic, service and day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amate.core.entitlement import (
    Affiliation,
    ClinicFacts,
    Entitled,
    answer_at,
    entitlements_for_pass,
    parse_table,
    rights_of,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "entitlement.json"
FILE: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
TABLES = {name: parse_table(table) for name, table in FILE["tables"].items()}
CASES: list[dict[str, Any]] = FILE["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    asked = dict(case["input"])
    table = TABLES[asked.pop("table")]
    if case["call"] == "answer_at":
        asked["entitlements"] = [Entitled(*row) for row in asked["entitlements"]]
        clinic = asked.pop("clinic")
        answer = answer_at(rights_of(table, **asked), clinic and ClinicFacts(**clinic))._asdict()
        assert {**answer, "services": list(answer["services"])} == case["output"]
    else:
        affiliations = [Affiliation(**one) for one in asked["affiliations"]]
        rows = entitlements_for_pass(table, affiliations, asked["birth_day"], asked["on_day"])
        assert [list(row) for row in rows] == case["output"]


CODE = st.sampled_from((0, 1, 2, 3, 4, 5, 8, 10, 14, 99))
DAY = st.integers(20_000, 21_500)
END = st.one_of(st.none(), DAY, st.just(9_999_999))
ROW = st.builds(Entitled, CODE, st.integers(1, 3), END)
KIND = st.sampled_from(("IMS", "IST", "PMX", "SDN", "IMB", "SSA", "SMP", "XYZ", ""))
STATE = st.sampled_from(("HG", "NL", "ZZ"))
LEVEL = st.sampled_from((None, 1, 2, 3))
CLINIC = st.one_of(st.none(), st.builds(ClinicFacts, st.just("HGIMS000018"), KIND, STATE, LEVEL))
SERVICE = st.sampled_from(("general", "urgent", "prevention", "maternity", "specialised", "", "другое"))
ASSIGNED = st.sampled_from((None, "HGIMS000018", "NLSSA000013"))


@given(st.lists(ROW, max_size=8), CLINIC, SERVICE, DAY, st.one_of(st.none(), st.integers(-30_000, 21_500)), ASSIGNED)
def test_nobody_is_ever_denied_and_urgent_care_is_always_here(
    rows: list[Entitled],
    clinic: ClinicFacts | None,
    service: str,
    on_day: int,
    birth_day: int | None,
    assigned: str | None,
) -> None:
    rights = rights_of(
        TABLES["first"],
        entitlements=rows,
        assigned_clinic=assigned,
        service=service,
        on_day=on_day,
        birth_day=birth_day,
    )
    answer = answer_at(rights, clinic)
    assert answer.attend in ("here", "here_by_exchange", "refer", "urgent_only")
    assert service != "urgent" or answer.attend == "here"
    assert "urgent" in answer.services
    assert answer.payer_label


AFFILIATION = st.builds(
    Affiliation,
    CODE,
    st.integers(1, 3),
    st.sampled_from(("titular", "child", "spouse")),
    st.one_of(st.none(), DAY),
    st.one_of(st.none(), DAY),
    st.one_of(st.none(), DAY),
    st.booleans(),
)


@given(st.lists(AFFILIATION, max_size=20), st.one_of(st.none(), st.integers(10_000, 20_000)), DAY)
def test_a_pass_carries_rows_that_still_count_each_once(
    affiliations: list[Affiliation], birth_day: int | None, on_day: int
) -> None:
    rows = entitlements_for_pass(TABLES["first"], affiliations, birth_day, on_day)
    assert len(rows) <= 8
    assert len({row[:2] for row in rows}) == len(rows)
    for row in rows:
        rights = rights_of(
            TABLES["first"],
            entitlements=[row],
            assigned_clinic=None,
            service="general",
            on_day=on_day,
            birth_day=None,
        )
        answer = answer_at(rights, None)
        assert answer.status in ("active", "retained", "unknown")
