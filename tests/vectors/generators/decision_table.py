"""Vectors of the decision table: the one in force, and every way in which a table can be wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generators._material import Case, case

FIRST = Path(__file__).resolve().parents[3] / "backend" / "amate" / "features" / "entitlement" / "table.json"

SMALL: dict[str, Any] = {
    "version": "small",
    "institutions": {
        "2": {
            "label": "IMSS",
            "kind": "insured",
            "clues": ["IMS"],
            "retention": {"months": 0, "days": 56, "roles": [1, 2], "after_days": 56},
            "child_age": 16,
            "student_age": 25,
        }
    },
    "no_affiliation": [0],
    "clinics": {"IMS": "insured"},
    "federalised_states": ["HG"],
    "other_states": ["NL"],
    "payers": {
        "federalised": {"code": 14, "label": "IMSS-Bienestar"},
        "other": {"code": None, "label": "Estado"},
        "unknown": {"code": None, "label": "Por confirmar"},
    },
    "payer_order": ["kind", "own_clinic", "standing", "role", "institution"],
    "role_order": [1],
    "institution_order": [],
    "adult_age": 18,
    "rules": [
        {
            "id": "one-day-only",
            "from": "2026-06-15",
            "until": "2026-06-16",
            "when": {"service": ["general"]},
            "then": {"payer": "own", "attend": "refer", "services": []},
            "basis": "law",
            "source": "example",
        },
        {
            "id": "otherwise",
            "from": None,
            "until": None,
            "when": {},
            "then": {"payer": "public", "attend": "refer", "services": ["urgent"]},
            "basis": "policy",
            "source": "example",
        },
    ],
}


def first() -> Any:
    """The table in force."""
    return json.loads(FIRST.read_text(encoding="utf-8"))


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "A decision table is read whole or refused whole; `output` is the number of its rules.",
        "source": "our own format; the first table in force is backend/amate/features/entitlement/table.json",
        "cases": [
            case("table-in-force", "parse_table", {"table": first()}, output=len(first()["rules"])),
            case("table-small", "parse_table", {"table": SMALL}, output=2),
            case("table-whose-institutions-say-why", "parse_table", {"table": _told()}, output=2),
            *(_broken(name, change) for name, change in CHANGES.items()),
            *(
                case(f"no-table-{name}", "parse_table", {"table": value}, expect="malformed-table")
                for name, value in NO_TABLES.items()
            ),
        ],
    }


def _broken(name: str, change: Callable[[dict[str, Any]], object]) -> Case:
    table = copy.deepcopy(SMALL)
    change(table)
    return case(f"broken-{name}", "parse_table", {"table": table}, expect="malformed-table")


def _told() -> dict[str, Any]:
    table = copy.deepcopy(SMALL)
    _institution(table, basis="law", source="example")
    return table


NO_TABLES: dict[str, Any] = {"null": None, "text": "table", "list": [SMALL], "empty": {}}


def _rule(table: dict[str, Any], **changes: Any) -> None:
    table["rules"][0].update(changes)


def _then(table: dict[str, Any], **changes: Any) -> None:
    table["rules"][0]["then"].update(changes)


def _institution(table: dict[str, Any], **changes: Any) -> None:
    table["institutions"]["2"].update(changes)


def _retention(table: dict[str, Any], **changes: Any) -> None:
    table["institutions"]["2"]["retention"].update(changes)


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "unknown-member": lambda t: t.update(surprise=1),
    "member-missing": lambda t: t.pop("adult_age"),
    "version-number": lambda t: t.update(version=1),
    "version-empty": lambda t: t.update(version=""),
    "age-true": lambda t: t.update(adult_age=True),
    "age-text": lambda t: t.update(adult_age="18"),
    "age-negative": lambda t: t.update(adult_age=-1),
    "age-huge": lambda t: t.update(adult_age=10_000),
    "institutions-list": lambda t: t.update(institutions=[]),
    "institution-code-with-zero": lambda t: t["institutions"].update({"02": t["institutions"]["2"]}),
    "institution-code-in-another-script": lambda t: t["institutions"].update({"٢": t["institutions"]["2"]}),
    "institution-kind-none": lambda t: _institution(t, kind="none"),
    "institution-kind-unknown": lambda t: _institution(t, kind="free"),
    "institution-clues-text": lambda t: _institution(t, clues="IMS"),
    "institution-basis-alone": lambda t: _institution(t, basis="law"),
    "institution-source-alone": lambda t: _institution(t, source="example"),
    "institution-basis-unknown": lambda t: _institution(t, basis="habit", source="example"),
    "institution-source-empty": lambda t: _institution(t, basis="law", source=""),
    "institution-without-label": lambda t: t["institutions"]["2"].pop("label"),
    "retention-member-missing": lambda t: t["institutions"]["2"]["retention"].pop("days"),
    "retention-days-text": lambda t: _retention(t, days="56"),
    "retention-roles-null": lambda t: _retention(t, roles=None),
    "clinic-kind-unknown": lambda t: t["clinics"].update(IMS="best"),
    "states-number": lambda t: t.update(federalised_states=[1]),
    "payer-missing": lambda t: t["payers"].pop("other"),
    "payer-unknown": lambda t: t["payers"].update(nobody={"code": None, "label": "x"}),
    "payer-code-text": lambda t: t["payers"]["other"].update(code="14"),
    "order-incomplete": lambda t: t.update(payer_order=["kind"]),
    "order-twice": lambda t: t.update(payer_order=["kind", "kind", "standing", "role", "institution"]),
    "order-unknown": lambda t: t.update(payer_order=["kind", "own_clinic", "standing", "role", "age"]),
    "role-order-text": lambda t: t.update(role_order=["1"]),
    "no-rules": lambda t: t.update(rules=[]),
    "rules-object": lambda t: t.update(rules={}),
    "rule-unknown-member": lambda t: _rule(t, note="x"),
    "rule-without-source": lambda t: _rule(t, source=""),
    "rule-basis-unknown": lambda t: _rule(t, basis="habit"),
    "rule-date-spelled-otherwise": lambda t: _rule(t, **{"from": "15/06/2026"}),
    "rule-date-that-is-none": lambda t: _rule(t, until="2026-02-30"),
    "rule-date-number": lambda t: _rule(t, until=20454),
    "rule-id-twice": lambda t: _rule(t, id="otherwise"),
    "condition-unknown": lambda t: _rule(t, when={"income": ["low"]}),
    "condition-empty": lambda t: _rule(t, when={"service": []}),
    "condition-not-a-list": lambda t: _rule(t, when={"service": "general"}),
    "condition-of-the-wrong-type": lambda t: _rule(t, when={"service": [1]}),
    "condition-unknown-word": lambda t: _rule(t, when={"standing": ["vigente"]}),
    "condition-true-for-a-level": lambda t: _rule(t, when={"level": [True]}),
    "condition-one-for-a-minor": lambda t: _rule(t, when={"minor": [1]}),
    "condition-level-four": lambda t: _rule(t, when={"level": [4]}),
    "payer-word-unknown": lambda t: _then(t, payer="patient"),
    "attend-deny": lambda t: _then(t, attend="deny"),
    "services-null": lambda t: _then(t, services=None),
    "last-rule-has-a-condition": lambda t: t["rules"].pop(),
    "last-rule-begins": lambda t: t["rules"][1].update({"from": "2026-01-01"}),
    "last-rule-ends": lambda t: t["rules"][1].update(until="2099-01-01"),
    "last-rule-asks": lambda t: t["rules"][1].update(when={"service": ["general"]}),
}
