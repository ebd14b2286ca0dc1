"""What no view takes is told apart: too large, not JSON, no text, no such address, no such method."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from amate.web.bodies import MAX_BYTES
from tests.api.conftest import LoginAs
from tests.live import LiveServer

VERIFICATIONS = "/api/v1/verifications"
JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b'{"text": "\\ud800"}', JSON, 400),
        (b'{"text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", JSON, 400),
        (b"[" * 5_000, JSON, 400),
        (b'{"text": "1"}', "text/plain", 415),
        (b"text=1", "application/x-www-form-urlencoded", 415),
        (b'{"text": "1"}', "", 415),
        (b'{"text": "' + b"1" * 70_000 + b'"}', JSON, 413),
        (b"", JSON, 422),
        (b"", "", 422),
        (b"null", JSON, 422),
        (b"[]", JSON, 422),
        (b'{"text": "\\u0031", "clinic": null}', "application/json; charset=utf-8", 200),
    ],
    ids=range(14),
)
def test_a_body_that_no_view_takes(client: FlaskClient, login_as: LoginAs, body: bytes, kind: str, status: int) -> None:
    answer = client.post(VERIFICATIONS, data=body, content_type=kind, headers=login_as("clinic"))
    assert answer.status_code == status
    assert answer.content_type == ("application/problem+json" if status >= 400 else JSON)


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("POST", "/api/v1/nothing", 404, None),
        ("DELETE", "/nothing", 404, None),
        ("PUT", "/oid4vci/nothing", 404, None),
        ("GET", VERIFICATIONS, 405, {"POST"}),
        ("PUT", VERIFICATIONS, 405, {"POST"}),
        ("POST", "/api/v1/clinics/nearest", 405, {"GET", "HEAD"}),
        ("POST", "/healthz", 405, {"GET", "HEAD"}),
        ("PUT", "/api/v1/session", 405, {"GET", "HEAD", "DELETE"}),
        ("POST", "/", 405, {"GET", "HEAD"}),
    ],
)
def test_unknown_addresses_are_404_and_unknown_methods_405(
    client: FlaskClient, method: str, path: str, status: int, allowed: set[str] | None
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert (set(answer.allow) if answer.allow else None) == allowed


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/walet/", "/clinica", "/wallet/nothing", "/assets/gone.js"])
def test_who_mistypes_an_address_gets_a_page_that_leads_on(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
    assert "Aquí no hay nada" in answer.text
    assert '<a href="/wallet/">' in answer.text
    assert client.get(path).content_type == "application/problem+json", "a program is told as ever"
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/status/77", "/trust/9.root.json", "/.well-known/nothing"])
def test_addresses_of_programs_answer_them(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_wallet_is_told_nothing_of_its_body_before_it_has_proven_itself(client: FlaskClient) -> None:
    assert client.post("/api/v1/passes", data="x", content_type="text/plain").status_code == 401


def test_a_body_of_any_address_is_small(client: FlaskClient) -> None:
    form = "application/x-www-form-urlencoded"
    answer = client.post("/oid4vci/token", data="grant_type=" + "x" * 70_000, content_type=form)
    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["error"] == "invalid_request"
    assert client.post("/api/v1/passkeys/authentication/options", data="x" * 70_000).status_code == 413


@pytest.mark.parametrize(("size", "status"), [(MAX_BYTES, 422), (MAX_BYTES + 1, 413), (MAX_BYTES * 3, 413)])
def test_a_body_that_does_not_say_its_size_is_as_small(
    client: FlaskClient, login_as: LoginAs, size: int, status: int
) -> None:
    body = json.dumps({"x": "1" * (size - len(json.dumps({"x": ""})))}).encode()
    unsaid = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    stream, headers = io.BytesIO(body), login_as("clinic")
    answer = client.post(
        VERIFICATIONS, input_stream=stream, content_type=JSON, headers=headers, environ_overrides=unsaid
    )
    assert answer.status_code == status
    assert stream.tell() <= MAX_BYTES + 1, "no more is read than tells"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """What `amate serve` runs."""
    server = LiveServer(tmp_path_factory.mktemp("bodies"))
    server.seed()
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 70_000, 1_000_000])
@pytest.mark.parametrize("path", ["/api/v1/passkeys/authentication/options", "/oid4vci/token"])
def test_a_body_in_chunks_is_as_small(server: LiveServer, path: str, size: int) -> None:
    kind = JSON if path.startswith("/api/") else "application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = (b"x" * min(1000, size - start) for start in range(0, size, 1000))
    with socket.create_connection(("localhost", server.port), timeout=20) as link:
        with contextlib.suppress(BrokenPipeError):  # the server need not wait for the end
            for part in (head.encode(), *(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks), b"0\r\n\r\n"):
                link.sendall(part)
        answer = http.client.HTTPResponse(link)
        answer.begin()
        said = json.loads(answer.read())
    assert answer.status == 413
    if path.startswith("/api/"):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert said["type"] == "/problems/too-large"
    else:
        assert said["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/passkeys/authentication/options", 413),
        ("/oid4vci/token", 413),
        ("/api/v1/enrolments", 401),
        ("/api/v1/nothing", 404),
    ],
)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_who_sends_ten_megabytes_to_the_end_still_reads_the_answer(
    server: LiveServer, path: str, status: int, framing: str
) -> None:
    body = b"x" * 10_000_000
    pieces = [body[at : at + 50_000] for at in range(0, len(body), 50_000)]
    with contextlib.closing(http.client.HTTPConnection("localhost", server.port, timeout=20)) as link:
        for _ in range(3):
            whole = body if framing == "length" else iter(pieces)
            link.request("POST", path, whole, {"Content-Type": JSON}, encode_chunked=framing == "chunks")
            answer = link.getresponse()
            answer.read()
            assert answer.status == status


def test_who_means_to_send_without_end_is_cut_off(server: LiveServer) -> None:
    head = "POST /api/v1/enrolments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("localhost", server.port), timeout=20) as link:
        link.sendall(head.encode() + b"Content-Length: 900000000\r\n\r\n" + b"x" * 1000)
        answer = http.client.HTTPResponse(link)
        answer.begin()
        assert answer.status == 401
