"""Whatever is wrong with a request, `errors` says where in one shape: [{where, slug, detail}]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from amate.context import Context
from tests.api.conftest import LoginAs
from tests.api.enrolling import body, open_module
from tests.api.issuing import claimed, enrol, offer_to
from tests.conftest import Clock

ENROLMENTS, VERIFICATIONS, JSON = "/api/v1/enrolments", "/api/v1/verifications", "application/json"
RECEIPTS, NEAREST = "/api/v1/verifications/receipts", "/api/v1/clinics/nearest"
RECEIPT = {"id": "scan-0001", "verdict": "valid", "at": "2026-11-18T11:00:00Z"}


def places(answer: TestResponse) -> list[tuple[str, str]]:
    return [(fault["where"], fault["slug"]) for fault in answer.get_json().get("errors", [])]


@pytest.mark.parametrize(
    ("path", "sent", "status", "expected"),
    [
        (VERIFICATIONS, {}, 422, [("text", "missing")]),
        (VERIFICATIONS, {"text": 1}, 422, [("text", "invalid-value")]),
        (VERIFICATIONS, {"text": "1", "txt": "1"}, 422, [("txt", "unknown-field")]),
        (VERIFICATIONS, {"text": "1", "location": {"lat": 91}}, 422, None),
        (VERIFICATIONS, {"text": "1", "location": []}, 422, [("location", "invalid-value")]),
        (VERIFICATIONS, [], 422, [("body", "invalid-value")]),
        (VERIFICATIONS, {"text": "1", "clinic": "XX"}, 422, [("clinic", "invalid-value")]),
        (VERIFICATIONS, {"text": "1", "clinic": "HGIMB900023"}, 403, [("clinic", "wrong-clinic")]),
        (RECEIPTS, {"receipts": [RECEIPT, {**RECEIPT, "id": "x"}]}, 422, [("receipts.1.id", "invalid-value")]),
        (RECEIPTS, {"receipts": [{**RECEIPT, "at": "today"}]}, 422, [("receipts.0.at", "invalid-value")]),
        (
            RECEIPTS,
            {"receipts": [{**RECEIPT, "at": "2026-02-30T00:00:00Z"}]},
            422,
            [("receipts.0.at", "invalid-value")],
        ),
        (RECEIPTS, {"receipts": [{**RECEIPT, "clinic": "HGIMB900023"}]}, 403, [("receipts.0.clinic", "wrong-clinic")]),
        (RECEIPTS, {"receipts": []}, 422, [("receipts", "invalid-value")]),
    ],
    ids=range(13),
)
def test_a_field_at_fault_is_named_by_its_path(
    client: FlaskClient, login_as: LoginAs, path: str, sent: Any, status: int, expected: list[tuple[str, str]] | None
) -> None:
    answer = client.post(path, json=sent, headers=login_as("clinic", "HGIMB900011"))
    assert answer.status_code == status
    assert places(answer) == (expected or [("location.lat", "invalid-value"), ("location.lon", "missing")])


@pytest.mark.parametrize(
    ("data", "kind", "status", "expected"),
    [
        (b"{", JSON, 400, ("body", "bad-request")),
        (b"\xff\xfe", JSON, 400, ("body", "bad-request")),
        (b'{"text": "\\ud800"}', JSON, 400, ("body", "bad-request")),
        (b'{"text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", JSON, 400, ("body", "bad-request")),
        (b'{"text": "' + b"1" * 70_000 + b'"}', JSON, 413, ("body", "too-large")),
        (b"text=1", "text/plain", 415, ("header.Content-Type", "wrong-content-type")),
    ],
    ids=range(6),
)
def test_a_body_at_fault_is_named(
    client: FlaskClient, login_as: LoginAs, data: bytes, kind: str, status: int, expected: tuple[str, str]
) -> None:
    answer = client.post(VERIFICATIONS, data=data, content_type=kind, headers=login_as("clinic"))
    assert (answer.status_code, places(answer)) == (status, [expected])


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        (NEAREST, 422, [("query.lat", "missing"), ("query.lon", "missing")]),
        (f"{NEAREST}?lat=north&lon=-98", 422, [("query.lat", "invalid-value")]),
        (f"{NEAREST}?lat=20&lon=-98&institution=2", 422, [("query.institution", "invalid-value")]),
        ("/api/v1/places?state=XX", 422, [("query.state", "invalid-value")]),
        ("/api/v1/clinics/ABC", 422, [("path.clues", "clues-malformed")]),
        ("/api/v1/clinics/HGIMB999999", 404, [("path.clues", "unknown-clinic")]),
        ("/oid4vci/offers/unknown", 404, [("path.code", "offer-invalid")]),
        ("/api/v1/nothing", 404, []),
    ],
)
def test_a_part_of_the_address_at_fault_is_named(
    client: FlaskClient, path: str, status: int, expected: list[tuple[str, str]]
) -> None:
    answer = client.get(path)
    assert (answer.status_code, sorted(places(answer))) == (status, expected)


def test_what_the_desk_refuses_is_named(client: FlaskClient, login_as: LoginAs, ctx: Context, tmp_path: Path) -> None:
    open_module(ctx, tmp_path)
    desk = login_as("enrolment")

    def send(application: dict[str, Any], **headers: str) -> TestResponse:
        return client.post(ENROLMENTS, json=application, headers=desk | headers)

    assert ("birth_date", "mismatch-birth-date") in places(send(body(birth_date="1984-03-10")))
    nested = send(body(location={"lat": "x"}, phone="1", affiliations=[{"institution": 2}]))
    assert sorted(places(nested)) == [
        ("affiliations.0.role", "missing"),
        ("location.lat", "invalid-value"),
        ("location.lon", "missing"),
        ("phone", "phone-malformed"),
    ]
    assert places(send(body(), **{"Idempotency-Key": "short"})) == [
        ("header.Idempotency-Key", "idempotency-key-malformed")
    ]
    assert send(body()).status_code == 201
    differing = send(body(nationality="USA"))
    assert (differing.status_code, places(differing)) == (409, [("nationality", "person-differs")])


def test_a_card_that_cannot_be_made_says_which_part_of_the_request(client: FlaskClient, login_as: LoginAs) -> None:
    desk = login_as("enrolment")
    unknown = client.post("/api/v1/people/p-none/cards", headers=desk)
    assert (unknown.status_code, places(unknown)) == (404, [("path.person_id", "unknown-person")])
    sheet = client.post("/api/v1/people/p-none/cards?sheet=a3", headers=desk)
    assert (sheet.status_code, places(sheet)) == (422, [("query.sheet", "invalid-value")])
    kind = client.post("/api/v1/people/p-none/cards", headers=desk | {"Accept": "image/png"})
    assert (kind.status_code, places(kind)) == (406, [("header.Accept", "not-acceptable")])


def test_a_key_or_a_proposal_that_is_not_there_is_named_as_the_part_of_the_address(
    client: FlaskClient, login_as: LoginAs
) -> None:
    security = login_as("security")
    for path, expected in (
        ("none/freeze", ("path.kid", "unknown-key")),
        ("proposals/p-none/done", ("path.proposal", "unknown-proposal")),
    ):
        answer = client.post(f"/api/v1/keys/{path}", json={"reason": "lost"}, headers=security)
        assert (answer.status_code, places(answer)) == (404, [expected])


def test_a_wallets_proof_at_fault_is_named(client: FlaskClient, clock: Clock, ctx: Context) -> None:
    wallet = claimed(client, clock, offer_to(ctx, enrol(ctx)))
    assert places(wallet.new_pass("no proof")) == [("proofs", "invalid-proof")]
