"""The cable between a browser and its server: every byte that a browser sends, whatever part of it sent it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

PIECE = 65_536
HEAD_END = b"\r\n\r\n"


class Sent(NamedTuple):
    """One request, as it stood on the cable."""

    method: str
    path: str
    body: bytes


@dataclass
class _Line:
    """One connection: what the browser said on it, and when it began."""

    near: socket.socket
    sent: bytearray


class Wire:
    """Carries a browser's connections to a server, and writes down what the browser says on them.

    A browser takes it when it is started with `flag`; addresses stay as they are. `pull()` leaves the browser in the
    belief that it has a network: it may speak, and nobody answers.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._lines: list[_Line] = []
        self._lock = threading.Lock()
        self._is_pulled = False
        self._last = time.monotonic()
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def flag(self) -> str:
        """What makes Chromium use this cable."""
        return f"--host-resolver-rules=MAP localhost:{self._port} 127.0.0.1:{self._door.getsockname()[1]}"

    def pull(self) -> None:
        """Out of the wall: what is said from now on is written down, and goes nowhere."""
        self._is_pulled = True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._door.close()
        with self._lock:
            for line in self._lines:
                _shut(line.near)

    def said(self) -> bytes:
        """Every byte that was sent."""
        with self._lock:
            return b"".join(bytes(line.sent) for line in self._lines)

    def requests(self) -> list[Sent]:
        """Every request that was begun, connection by connection."""
        with self._lock:
            streams = [bytes(line.sent) for line in self._lines]
        return [request for stream in streams for request in _requests_in(stream)]

    def settle(self, quiet_s: float = 3.0, within_s: float = 90.0) -> None:
        """Wait until nothing was said for a while."""
        end = time.monotonic() + within_s
        while time.monotonic() - self._last < quiet_s:
            assert time.monotonic() < end, "the cable is never quiet"
            time.sleep(0.1)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            line = _Line(near, bytearray())
            with self._lock:
                self._lines.append(line)
            threading.Thread(target=self._carry, args=(line,), daemon=True).start()

    def _carry(self, line: _Line) -> None:
        far: socket.socket | None = None
        while True:
            try:
                piece = line.near.recv(PIECE)
            except OSError:
                piece = b""
            if not piece:
                break
            with self._lock:
                line.sent += piece
                self._last = time.monotonic()
            if self._is_pulled:
                continue
            if far is None:
                far = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=_answer, args=(far, line.near), daemon=True).start()
            try:
                far.sendall(piece)
            except OSError:
                break
        _shut(line.near)
        if far is not None:
            _shut(far)


def _answer(far: socket.socket, near: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := far.recv(PIECE):
            near.sendall(piece)
    _shut(near)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()


def _requests_in(stream: bytes) -> list[Sent]:
    found = []
    while stream:
        head, _, rest = stream.partition(HEAD_END)
        first, *fields = head.decode("latin-1").split("\r\n")
        method, _, target = first.partition(" ")
        lengths = [line.split(":")[1] for line in fields if line.lower().startswith("content-length:")]
        length = int(lengths[0]) if lengths else 0
        found.append(Sent(method, target.partition(" ")[0], rest[:length]))
        stream = rest[length:]
    return found
