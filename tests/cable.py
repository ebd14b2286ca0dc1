"""A line to a server that can be cut and mended: what crosses it when it is cut gets no further."""

from __future__ import annotations

import contextlib
import socket
import threading

PIECE = 65_536


class Cable:
    """Carries connections to a port of this machine while it is whole.

    port: where this end of it is; whoever connects while it is cut is hung up on
    """

    def __init__(self, far_port: int) -> None:
        self._far_port = far_port
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_whole = True
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Now, in the middle of whatever is on it."""
        self._is_whole = False
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _hang_up(end)

    def mend(self) -> None:
        self._is_whole = True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._door.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._far_port))
        except OSError:
            _hang_up(near)
            return
        with self._lock:
            self._ends |= {near, far}
        if not self._is_whole:  # cut while this was being connected
            self.cut()
            return
        threading.Thread(target=self._pour, args=(far, near), daemon=True).start()
        self._pour(near, far)

    def _pour(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                sink.sendall(piece)
        _hang_up(source)
        _hang_up(sink)
        with self._lock:
            self._ends -= {source, sink}


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()
