"""Whatever comes in, the answer is a problem document that says what was wrong; nothing half-done stays behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from amate.app import create_app
from amate.config import Settings
from amate.context import Context
from amate.errors import Conflict, Refused
from amate.features.audit import actions as audit
from amate.web.request import context
from amate.web.static import HEADERS
from tests.api.conftest import LoginAs

ENROLMENTS = "/api/v1/enrolments"
HEADERS_OF_NGINX = Path(__file__).resolve().parents[2] / "docker" / "proxy" / "headers.conf"


def test_malformed_json_is_400(client: FlaskClient, login_as: LoginAs) -> None:
    answer = client.post(ENROLMENTS, data="{", content_type="application/json", headers=login_as("enrolment"))
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json is not None
    assert answer.json["type"] == "/problems/bad-request"


def test_a_body_of_ten_megabytes_is_413(client: FlaskClient, login_as: LoginAs) -> None:
    body = json.dumps({"curp": "X" * 10_000_000})
    answer = client.post(ENROLMENTS, data=body, content_type="application/json", headers=login_as("enrolment"))
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


def test_a_wrong_content_type_is_415(client: FlaskClient, login_as: LoginAs) -> None:
    answer = client.post(ENROLMENTS, data="curp=X", content_type="text/plain", headers=login_as("enrolment"))
    assert (answer.status_code, answer.content_type) == (415, "application/problem+json")


def test_missing_fields_are_named(client: FlaskClient, login_as: LoginAs) -> None:
    answer = client.post(ENROLMENTS, json={}, headers=login_as("enrolment"))
    assert answer.status_code == 422
    assert answer.json is not None
    assert "curp" in json.dumps(answer.json["errors"])


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("PUT", ENROLMENTS, 405)])
def test_unknown_addresses_and_methods_are_problems(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_every_answer_has_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/openapi.json", "/api/v1/session", "/nowhere"):
        answer = client.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path


def test_the_proxy_sets_the_same_headers() -> None:
    """The policy hangs on the address there, as it does here; the others stand as they are."""
    said = HEADERS_OF_NGINX.read_text()
    policy = "Content-Security-Policy"
    others = {name: value for name, value in HEADERS.items() if name != policy}
    assert [name for name, value in others.items() if f'add_header {name} "{value}" always;' not in said] == []
    assert f"add_header {policy} $policy always;" in said
    assert f'default "{HEADERS[policy]}";' in HEADERS_OF_NGINX.with_name("nginx.conf").read_text()


def test_a_session_cookie_serves_only_our_own_pages(app: Flask, client: FlaskClient) -> None:
    client.post("/api/v1/session/demo", json={"role": "enrolment"})
    answer = client.post(ENROLMENTS, json={}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    answer = client.post(ENROLMENTS, json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_work_before_an_error_is_rolled_back_unless_the_error_keeps_it(settings: Settings, engine: Engine) -> None:
    app = create_app(settings)

    @app.post("/oid4vci/nonce/test/<kind>")
    def view(kind: str) -> str:
        audit.record(context(), "test.done", kind)
        raise Refused("no") if kind == "lost" else Conflict("again", keeps_writes=True)

    from amate.web.guards import ACCESS, PUBLIC

    ACCESS["POST /oid4vci/nonce/test/<kind>"] = PUBLIC
    try:
        client = app.test_client()
        lost = client.post("/oid4vci/nonce/test/lost")
        assert (lost.status_code, lost.get_json()["type"]) == (403, "/problems/forbidden")  # no page explains `no`
        kept = client.post("/oid4vci/nonce/test/kept")
        assert (kept.status_code, kept.get_json()["type"]) == (409, "/problems/conflict")
    finally:
        del ACCESS["POST /oid4vci/nonce/test/<kind>"]
        app.extensions["amate.engine"].dispose()
    with engine.connect() as tx:
        assert audit.verify(Context(tx=tx, now=0, settings=settings)) == (1, [])


def test_a_database_that_is_gone_is_503_and_says_so(tmp_path: Path) -> None:
    gone = Settings(home=tmp_path, env="test", database_url="postgresql://amate@127.0.0.1:9/none?connect_timeout=1")
    answer = create_app(gone).test_client().get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize("folder", ["", "wallet/", "trust/", "status/", "trust/targets/"])
@pytest.mark.parametrize("name", ["a" * 201, "a" * 256, "ñ" * 128, "a" * 5000])
def test_a_name_that_no_file_can_have_is_not_found(client: FlaskClient, folder: str, name: str) -> None:
    answer = client.get(f"/{folder}{name}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
