"""What a pack's source answers in fewer bytes is asked for and unpacked, and no more of it than anybody wanted."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest

from amate.errors import Unavailable
from amate.features.verification.remote import Deployment

ROOT = b'{"signed": {"_type": "root"}}' * 100
BOMB_MB = 512
PACKERS: dict[str, Callable[[bytes], bytes]] = {"br": brotli.compress, "gzip": gzip.compress}


class Server(ThreadingHTTPServer):
    """Answers whatever is asked with one body in one coding, and notes what codings were asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.coding, self.body = "", b""
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.headers["Accept-Encoding"])
        self.send_response(200)
        self.send_header("Content-Encoding", self.server.coding)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """On loopback, until the test ends."""
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.mark.parametrize("coding", PACKERS)
def test_what_comes_in_fewer_bytes_is_unpacked(server: Server, coding: str) -> None:
    server.coding, server.body = coding, PACKERS[coding](ROOT)
    assert Deployment(server.url).anchor() == ROOT
    assert server.asked == ["br, gzip"]


@pytest.mark.parametrize("coding", PACKERS)
def test_d06_a_bomb_ends_at_the_limit_and_is_never_unpacked_whole(server: Server, coding: str) -> None:
    server.coding, server.body = coding, b"".join(bomb(coding))
    assert len(server.body) < BOMB_MB * 2**20 / 500
    tracemalloc.start()
    try:
        with pytest.raises(Unavailable, match="source-unavailable"):
            Deployment(server.url).anchor()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < BOMB_MB * 2**20 / 50


@pytest.mark.parametrize("coding", PACKERS)
def test_a_body_that_is_not_of_its_coding_is_no_answer(server: Server, coding: str) -> None:
    server.coding, server.body = coding, b"not packed at all"
    with pytest.raises(Unavailable, match="source-unavailable"):
        Deployment(server.url).anchor()


def bomb(coding: str) -> Iterator[bytes]:
    """Half a gigabyte of zeros, packed."""
    zeros = bytes(2**20)
    if coding == "gzip":
        yield from (gzip.compress(zeros, 9) for _ in range(BOMB_MB))
        return
    packer = brotli.Compressor(quality=1)
    for _ in range(BOMB_MB):
        yield packer.process(zeros)
    yield packer.finish()
