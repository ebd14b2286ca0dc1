"""A request as granian tells it becomes one as PEP 3333 wants it; a body is read whole, in time and within bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import pytest
from granian.rsgi import ProtocolClosed

from amate.web.rsgi import MAX_THROWN_AWAY, Application, Headers, environ_of

MOST = 1000


class Sent(list[tuple[str, str]]):
    """Header fields as they were sent."""

    def items(self) -> list[tuple[str, str]]:
        return self

    def get(self, key: str) -> str | None:
        return dict(self).get(key)


@dataclass
class Asked:
    """A request as granian tells it."""

    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "192.0.2.7:40000"
    scheme: str = "http"
    method: str = "POST"
    path: str = "/a b/é"
    query_string: str = "q=%20z"
    authority: str | None = None
    headers: Sent = field(default_factory=Sent)


class Exchange:
    """A body in pieces, of which `None` never comes, and what was answered."""

    def __init__(self, *pieces: bytes | None) -> None:
        self._pieces = pieces
        self.taken = 0
        self.answers: list[tuple[int, Headers, bytes]] = []

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if piece is None:
                await asyncio.Event().wait()
            else:
                self.taken += len(piece)
                yield piece

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.answers.append((status, headers, body))


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("201 Created", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: browsers' tests of the same process leave a loop running in this one."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, work).result()


def answer_to(exchange: Exchange, asked: Asked | None = None, app: Any = echo) -> tuple[int, Headers, bytes]:
    run(Application(app, most=MOST, body_s=0.2)(asked or Asked(), exchange))
    (answer,) = exchange.answers
    return answer


def test_the_body_is_all_of_it() -> None:
    status, headers, body = answer_to(Exchange(b"one ", b"and ", b"other"))
    assert (status, body) == (201, b"one and other")
    assert ("Content-Length", "13") in headers


def test_of_a_body_that_is_too_long_so_much_is_kept_as_tells_it_and_the_rest_is_taken() -> None:
    exchange = Exchange(b"a" * 600, b"b" * 600, b"c" * 600)
    assert answer_to(exchange)[2] == b"a" * 600 + b"b" * 401
    assert exchange.taken == 1800


def test_one_that_never_ends_is_cut_off() -> None:
    piece = bytes(1024 * 1024)
    exchange = Exchange(*[piece] * 40)
    answer_to(exchange)
    assert exchange.taken == MAX_THROWN_AWAY + len(piece)


def test_one_that_does_not_come_is_told_so_and_reaches_nobody() -> None:
    status, headers, body = answer_to(Exchange(b"half", None), app=nobody)
    assert (status, json.loads(body)["status"]) == (408, 408)
    assert dict(headers)["content-type"] == "application/problem+json"


def nobody(*_: Any) -> Any:
    pytest.fail("the application was called")


def test_one_whose_line_broke_is_worked_on_by_nobody() -> None:
    class Broken(Exchange):
        async def __call__(self) -> bytes:
            raise ProtocolClosed

    exchange, asked = Broken(), Asked(headers=Sent([("content-length", "8")]))
    run(Application(nobody, most=MOST)(asked, exchange))
    assert exchange.answers == []


def test_nor_is_a_long_one_that_broke_off() -> None:
    asked = Asked(headers=Sent([("content-length", str(MOST + 500))]))
    status, _, body = answer_to(Exchange(b"a" * 1200), asked, app=nobody)
    assert (status, json.loads(body)["title"]) == (400, "Bad Request")


def test_one_that_says_that_it_is_without_end_is_answered_at_once() -> None:
    asked = Asked(headers=Sent([("content-length", "900000000")]))
    exchange = Exchange(b"begun", None)
    assert (answer_to(exchange, asked)[0], exchange.taken) == (201, 0)


def test_a_request_that_has_no_body_waits_for_none() -> None:
    assert answer_to(Exchange(None), Asked(method="GET"))[0] == 201


def test_others_are_answered_while_one_is_still_arriving() -> None:
    async def both() -> tuple[Exchange, Exchange]:
        application, slow, quick = Application(echo, most=MOST, body_s=30), Exchange(b"half", None), Exchange(b"whole")
        waiting = asyncio.create_task(application(Asked(), slow))
        await asyncio.sleep(0)
        await asyncio.wait_for(application(Asked(), quick), 5)
        waiting.cancel()
        return slow, quick

    slow, quick = run(both())
    assert (len(slow.answers), quick.answers[0][0]) == (0, 201)


def test_it_is_what_the_standard_wants() -> None:
    """By the checker of Python's own library."""
    sent = Sent([("host", "localhost"), ("content-type", "text/plain"), ("content-length", "4")])

    def checked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read(4)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"good"]

    status, _, body = answer_to(Exchange(b"four"), Asked(headers=sent), validator(checked))
    assert (status, body) == (200, b"good")


def test_what_was_asked_is_told() -> None:
    sent = Sent([("x-a", "1"), ("x-a", "2"), ("cookie", "a=1"), ("cookie", "b=2"), ("content-type", "text/plain")])
    environ = environ_of(Asked(headers=sent, authority="clinic.example", http_version="2", scheme="https"), b"")
    told = {name: environ[name] for name in ("HTTP_X_A", "HTTP_COOKIE", "CONTENT_TYPE", "HTTP_HOST", "REMOTE_ADDR")}
    assert told == {
        "HTTP_X_A": "1,2",
        "HTTP_COOKIE": "a=1; b=2",
        "CONTENT_TYPE": "text/plain",
        "HTTP_HOST": "clinic.example",
        "REMOTE_ADDR": "192.0.2.7",
    }
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a b/é"
    assert (environ["SERVER_PORT"], environ["wsgi.url_scheme"], environ["SERVER_PROTOCOL"]) == (
        "8000",
        "https",
        "HTTP/2",
    )
    assert environ_of(Asked(client="[2001:db8::1]:443"), b"")["REMOTE_ADDR"] == "2001:db8::1"


def test_a_header_with_an_underscore_passes_for_no_other() -> None:
    sent = Sent([("x_forwarded_for", "203.0.113.1")])
    assert "HTTP_X_FORWARDED_FOR" not in environ_of(Asked(headers=sent), b"")


def test_a_fault_around_the_application_is_no_silence() -> None:
    closed: list[bool] = []

    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            raise ZeroDivisionError

        def close(self) -> None:
            closed.append(True)

    with pytest.raises(ZeroDivisionError):  # granian's to tell
        answer_to(Exchange(b""), app=lambda *_: Broken())
    assert closed
