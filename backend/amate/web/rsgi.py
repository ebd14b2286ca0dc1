"""A WSGI application behind granian's own interface (RSGI): a request is read whole before anybody works on it.

Granian's WSGI reads a body in the thread that works on requests, without a deadline: one client that sent slowly held
up all others, and one that left in the middle of an HTTP/2 request held them up for ever.
Sources: PEP 3333; RSGI specification 1.6 (github.com/emmett-framework/granian, docs/spec/RSGI.md).
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from wsgiref.types import WSGIApplication, WSGIEnvironment

from granian.rsgi import ProtocolClosed

from amate.web.bodies import WITHOUT_BODY

BODY_S = 30  # 64 kB on the slowest line that a clinic has (2G, 20 kbit/s)
MAX_THROWN_AWAY = 16 * 1024 * 1024  # a client that sends less reads its answer; one that sends more is cut off
PROBLEM = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
Headers = list[tuple[str, str]]


def _problem(status: HTTPStatus, detail: str) -> bytes:
    return json.dumps({"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}).encode()


LATE = _problem(HTTPStatus.REQUEST_TIMEOUT, "The request had not arrived in time: send it again.")
CUT = _problem(HTTPStatus.BAD_REQUEST, "The request broke off before its end: send it again.")


class SentHeaders(Protocol):
    """Names in small letters, those that come twice twice."""

    def items(self) -> list[tuple[str, str]]: ...
    def get(self, key: str) -> str | None: ...


class Scope(Protocol):
    """What granian tells of a request; addresses are host:port."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> SentHeaders: ...


class Exchange(Protocol):
    """The request's body, piece by piece, and the way back."""

    async def __call__(self) -> bytes: ...
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...


class Answer(NamedTuple):
    """Status, headers and body, as the application gave them."""

    status: int
    headers: Headers
    body: bytes


class Application:
    """What granian calls for each request: one at a time is worked on, and any number may still be arriving.

    app:    what answers
    most:   bytes that a body may have; of a longer one the application sees so many and one, and refuses it
    body_s: seconds after which a body must have come
    """

    def __init__(self, app: WSGIApplication, *, most: int, body_s: float = BODY_S) -> None:
        self._app, self._most, self._body_s = app, most, body_s

    async def __call__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        body, size, declared = b"", 0, declared_size(scope)
        # One that says itself that it is cut off, the application refuses by what it says.
        if scope.method not in WITHOUT_BODY and declared <= MAX_THROWN_AWAY:
            try:
                async with asyncio.timeout(self._body_s):
                    body, size = await self._read(exchange, declared)
            except TimeoutError:
                exchange.response_bytes(408, PROBLEM, LATE)
                return
            except ProtocolClosed:  # nobody is there any more
                return
            if size < declared:  # the line broke: granian tells that as the end of the last piece
                exchange.response_bytes(400, PROBLEM, CUT)
                return
        # In the loop itself: what arrives or is read meanwhile is the work of granian's own threads.
        exchange.response_bytes(*answered(self._app, environ_of(scope, body)))

    async def _read(self, exchange: Exchange, declared: int) -> tuple[bytes, int]:
        """The body, or as much of it as tells that it is too long, and its size; the rest is read and thrown away."""
        if 0 < declared <= self._most:  # in one piece, which is no longer than it says
            body = await exchange()
            return body, len(body)
        kept, size = bytearray(), 0
        async for piece in exchange:
            size += len(piece)
            kept += piece[: self._most + 1 - len(kept)]
            if size > MAX_THROWN_AWAY:
                break
        return bytes(kept), size


def declared_size(scope: Scope) -> int:
    """Bytes of body that the request says to have; 0 where it does not say so, as in chunks."""
    declared = scope.headers.get("content-length")
    return int(declared) if declared is not None and declared.isdecimal() else 0


def answered(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """What `app` answers, whole: no thread waits for a client that reads slowly.

    Its own faults the application tells itself; of one that lies around it granian tells the log, and the client 500.
    """
    told: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None, /) -> Any:  # noqa: ARG001 (PEP 3333)
        told.append((int(status.split(" ", 1)[0]), headers))

    pieces: Iterable[bytes] = ()
    try:
        pieces = app(environ, start_response)
        body = b"".join(pieces)
        return Answer(*told[-1], body)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def environ_of(scope: Scope, body: bytes) -> WSGIEnvironment:
    """The request as PEP 3333 wants it."""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": _host(scope.server),
        "SERVER_PORT": scope.server.rpartition(":")[2],
        "REMOTE_ADDR": _host(scope.client),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority is not None:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" not in name:  # it would pass for the header with a hyphen, which a proxy sets
            _add(environ, name.upper().replace("-", "_"), value)
    return environ


def _add(environ: WSGIEnvironment, name: str, value: str) -> None:
    if name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        environ[name] = value
        return
    key = f"HTTP_{name}"
    between = "; " if name == "COOKIE" else ","  # HTTP/2 may send each cookie by itself (RFC 9113, 8.2.3)
    environ[key] = f"{environ[key]}{between}{value}" if key in environ and name != "HOST" else value


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")
