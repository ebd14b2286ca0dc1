"""A line that is slow, or breaks in the middle of a request, holds up nobody else: neither the centre nor a node."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amate.features.verification.node import enrolling
from amate.features.verification.node.model import Enrolment
from tests.api.nodes import NAMES, NOBODY
from tests.conftest import NOW
from tests.live import LiveServer
from tests.live_nodes import CLUES, LiveNode

pytestmark = pytest.mark.embedded
PATIENCE_S = 5  # of who asks meanwhile
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, HEADERS, DATA, END_HEADERS = 4, 1, 0, 4
ASSETS = Path(__file__).parents[2] / "pwa/dist/assets"


@dataclass(frozen=True)
class Served:
    """Something that is served, and a place of it that asks nobody who they are before it reads what they send."""

    port: int
    url: str
    place: str
    authority: Path | None = None

    def connect(self, protocol: str) -> socket.socket:
        """protocol: as TLS names it (RFC 7301)"""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        if self.authority is None:
            return plain
        context = ssl.create_default_context(cafile=str(self.authority))
        context.set_alpn_protocols([protocol])
        return context.wrap_socket(plain, server_hostname="localhost")

    def answers(self) -> bool:
        """Whether somebody else is answered meanwhile."""
        try:
            with self.connect("http/1.1") as other:
                other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return other.recv(64).startswith(b"HTTP/1.1 200")
        except TimeoutError:
            return False


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demonstration."""
    server = LiveServer(tmp_path_factory.mktemp("slow") / "home")
    server.seed()
    server.start()
    yield Served(server.port, server.url, "/api/v1/passkeys/authentication/options")
    server.stop()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A clinic's node over TLS, whose centre does not answer."""
    folder = tmp_path_factory.mktemp("slow") / "node"
    folder.mkdir()
    enrolment = Enrolment(NOBODY, CLUES, NAMES[0], NAMES, NOW)
    enrolling.settle(folder, enrolment, "amate_token", now=int(time.time()))  # noqa: TID251
    live = LiveNode(folder)
    live.start()
    yield Served(live.port, live.url, "/api/v1/session/counter", folder / "tls" / "ca.pem")
    live.stop()


@pytest.fixture(params=["centre", "node"])
def served(request: pytest.FixtureRequest) -> Served:
    """Each of both."""
    found: Served = request.getfixturevalue(request.param)
    return found


def half_of_http1(served: Served) -> socket.socket:
    """A connection on which half a request of 3,000 bytes has come."""
    connection = served.connect("http/1.1")
    head = f"POST {served.place} HTTP/1.1\r\nHost: localhost:{served.port}\r\nContent-Length: 3000\r\n"
    head += f"Origin: {served.url}\r\nContent-Type: application/json\r\n\r\n"
    connection.sendall(head.encode() + b"a" * 100)
    return connection


def half_of_http2(served: Served) -> socket.socket:
    """The same over HTTP/2, header fields without any compression (RFC 7541, 6.2.2)."""
    connection = served.connect("h2")
    scheme, _, authority = served.url.partition("://")
    fields = {":method": "POST", ":scheme": scheme, ":authority": authority, ":path": served.place}
    fields |= {"content-type": "application/json", "content-length": "3000", "origin": served.url}
    block = b"".join(b"\0" + _literal(name) + _literal(value) for name, value in fields.items())
    frames = ((SETTINGS, 0, 0, b""), (HEADERS, END_HEADERS, 1, block), (DATA, 0, 1, b"a" * 100))
    connection.sendall(HTTP2 + b"".join(_frame(*frame) for frame in frames))
    return connection


def _literal(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


HALVES = pytest.mark.parametrize("send_half", [half_of_http1, half_of_http2], ids=["HTTP/1.1", "HTTP/2"])


@HALVES
def test_others_are_answered_while_somebody_sends_slowly(
    served: Served, send_half: Callable[[Served], socket.socket]
) -> None:
    with send_half(served):
        time.sleep(0.5)
        assert served.answers()


@HALVES
def test_others_are_answered_after_somebody_left_in_the_middle(
    served: Served, send_half: Callable[[Served], socket.socket]
) -> None:
    for _ in range(3):
        with send_half(served) as gone:
            time.sleep(0.2)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, as of a lost line
        assert served.answers()


def test_a_slow_reader_holds_up_nobody(served: Served) -> None:
    largest = max(ASSETS.glob("*.wasm"), key=lambda path: path.stat().st_size)
    with served.connect("http/1.1") as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(3):
            slow.sendall(f"GET /assets/{largest.name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.5)
        assert served.answers()
