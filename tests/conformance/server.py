"""Serves a repository on loopback; single paths may be served by somebody who means harm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests.conformance.repository import Repository

Trick = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """A repository at an address of its own.

    tricks: what is done instead, by path (`metadata/timestamp.json`)
    """

    daemon_threads = True

    def __init__(self, repository: Repository) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repository = repository
        self.tricks: dict[str, Trick] = {}
        self.is_over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up on a trick is what we want to see."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = unquote(self.path.lstrip("/"))
        trick = self.server.tricks.get(path)
        if trick is not None:
            trick(self)
            return
        body = self.server.repository.answer(path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving(repository: Repository) -> Iterator[Server]:
    """The server, until the block ends."""
    server = Server(repository)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()
