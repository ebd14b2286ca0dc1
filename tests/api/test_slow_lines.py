"""A line that is slow, or breaks in the middle of a request, holds up nobody else: neither the centre nor a node."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import LiveServer

pytestmark = pytest.mark.embedded
PATH = "/api/v1/passkeys/authentication/options"  # asks nobody who they are before it reads
PATIENCE_S = 5  # of who asks meanwhile
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, HEADERS, DATA, END_HEADERS = 4, 1, 0, 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A demonstration that is served."""
    server = LiveServer(tmp_path_factory.mktemp("slow") / "home")
    server.seed()
    server.start()
    yield server
    server.stop()


def half_of_http1(connection: socket.socket, server: LiveServer) -> None:
    """Half a request of 3,000 bytes."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Length: 3000\r\n"
    head += f"Origin: {server.url}\r\nContent-Type: application/json\r\n\r\n"
    connection.sendall(head.encode() + b"a" * 100)


def half_of_http2(connection: socket.socket, server: LiveServer) -> None:
    """The same over HTTP/2, header fields without any compression (RFC 7541, 6.2.2)."""
    fields = {":method": "POST", ":scheme": "http", ":authority": f"localhost:{server.port}", ":path": PATH}
    fields |= {"content-type": "application/json", "content-length": "3000", "origin": server.url}
    block = b"".join(b"\0" + _literal(name) + _literal(value) for name, value in fields.items())
    frames = ((SETTINGS, 0, 0, b""), (HEADERS, END_HEADERS, 1, block), (DATA, 0, 1, b"a" * 100))
    connection.sendall(HTTP2 + b"".join(_frame(*frame) for frame in frames))


def _literal(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


HALVES = pytest.mark.parametrize("send_half", [half_of_http1, half_of_http2], ids=["HTTP/1.1", "HTTP/2"])


def is_answered(server: LiveServer) -> bool:
    """Whether somebody else is answered meanwhile."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as other:
        other.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            return other.recv(64).startswith(b"HTTP/1.1 200")
        except TimeoutError:
            return False


@HALVES
def test_others_are_answered_while_somebody_sends_slowly(server: LiveServer, send_half: object) -> None:
    assert callable(send_half)
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        send_half(slow, server)
        time.sleep(0.5)
        assert is_answered(server)


@HALVES
def test_others_are_answered_after_somebody_left_in_the_middle(server: LiveServer, send_half: object) -> None:
    assert callable(send_half)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as gone:
            send_half(gone, server)
            time.sleep(0.2)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, as of a lost line
        assert is_answered(server)


def test_a_slow_reader_holds_up_nobody(server: LiveServer) -> None:
    large = max((Path(__file__).parents[2] / "pwa/dist/assets").glob("*.wasm"), key=lambda path: path.stat().st_size)
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(3):
            slow.sendall(f"GET /assets/{large.name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.5)
        assert is_answered(server)
