"""Whoever stops the server gets their terminal back, whatever a browser or a slow line still holds open."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from amate.serve import LAST_WORDS_S
from tests.live import LiveServer

pytestmark = pytest.mark.embedded
SLACK_S = 8
HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: loc"
HALF_A_BODY = b"POST /oid4vci/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded demonstration that nobody serves."""
    server = LiveServer(tmp_path_factory.mktemp("stopping") / "home")
    server.seed()
    return server.home


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("sent", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["nothing", "half-a-head", "half-a-body"])
def test_a_connection_that_is_left_open_does_not_keep_the_server(home: Path, how: signal.Signals, sent: bytes) -> None:
    server = LiveServer(home)
    server.start()
    assert server.process is not None
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as held:
            held.sendall(sent)
            assert server.request("GET", "/healthz")[0] == 200
            server.process.send_signal(how)
            assert server.process.wait(LAST_WORDS_S + SLACK_S) == 0
    finally:
        server.stop()
