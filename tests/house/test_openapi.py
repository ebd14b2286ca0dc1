"""The committed OpenAPI document is what the code serves: each operation, who may call it and how it refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from amate.openapi import document
from amate.web.document import is_oauth, row_of
from amate.web.guards import ACCESS, PUBLIC, WALLET
from tests.house.test_house import ROOT

FACES = {"GET /", "GET /<path:path>", "GET /docs", "GET /openapi.json"}
SHOWN = document()
DOCUMENT: dict[str, Any] = json.loads(SHOWN)
OPERATIONS: dict[str, dict[str, Any]] = {
    row_of(method, path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
}


def test_the_committed_document_is_current() -> None:
    assert (ROOT / "openapi.json").read_text() == SHOWN, "run `make api`"


def test_every_row_of_access_is_in_the_document_and_nothing_else() -> None:
    assert set(OPERATIONS) == set(ACCESS) - FACES


@pytest.mark.parametrize("row", sorted(OPERATIONS))
def test_an_operation_says_what_it_does_who_may_call_it_and_how_it_refuses(row: str) -> None:
    operation, roles = OPERATIONS[row], ACCESS[row]
    assert operation["summary"]
    assert operation["tags"]
    assert any(status.startswith("2") for status in operation["responses"])
    asked = {name for either in operation["security"] for name in either}
    expected = set() if roles & PUBLIC else {"dpop", "dpop_proof"} if roles & WALLET else {"cookie", "bearer"}
    assert asked == expected
    assert operation.get("x-roles", []) == ([] if roles & (PUBLIC | WALLET) else sorted(roles))
    shape = "OAuthError" if is_oauth(row) else "Problem"
    refusals = {said.get("$ref") for status, said in operation["responses"].items() if not status.startswith("2")}
    assert refusals == {f"#/components/responses/{shape}"}
    assert {"401"} <= set(operation["responses"]) or not asked


def test_errors_are_problem_documents_and_successes_are_not() -> None:
    shapes = DOCUMENT["components"]["responses"]
    assert list(shapes["Problem"]["content"]) == ["application/problem+json"]
    for operation in OPERATIONS.values():
        for status, said in operation["responses"].items():
            assert not (status.startswith("2") and "application/problem+json" in said.get("content", {}))


def test_names_are_used_once_and_every_reference_leads_somewhere() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))
    for reference in set(re.findall(r'"#/([^"]+)"', SHOWN)):
        room: Any = DOCUMENT
        for step in reference.split("/"):
            assert step in room, reference
            room = room[step]
    unused = [name for name in DOCUMENT["components"]["schemas"] if f'"#/components/schemas/{name}"' not in SHOWN]
    assert unused == []
