"""Keys that another process holds (`amate signer`): asked over a unix socket, one connection for each thread.

Each message is an array in deterministic CBOR behind its length in four bytes. Questions: ["sign", URI, message],
["public", URI], ["unwrap", sealing key], ["rewrap", sealing key, fresh bytes]. Answers: ["ok", bytes], ["refused"],
["corrupted"] (the key failed its first test), ["failed"]; the reason of all but ok stands in that process's log.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from amate.core import encoding
from amate.core.encoding import CborValue
from amate.errors import Malformed, Unavailable

MAX_BYTES: Final = 2**21  # the largest message is a status list token, of at most 2^20 characters
READ_BYTES: Final = 2**16
TIMEOUT_S: Final = 10.0  # a token on the network may take its time
_LENGTH: Final = struct.Struct("!I")
_CREDENTIALS: Final = struct.Struct("3i")  # struct ucred: pid, uid, gid


class RemoteSigner:
    """A key that the signing process holds."""

    def __init__(self, line: Line, uri: str) -> None:
        self._line, self._uri = line, uri

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), self._line.ask("public", self._uri))

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s over SHA-256 of `message`.

        Raises: Unavailable("signing-refused") for a message that is not what the key is for, ("key-unavailable")
        """
        return self._line.ask("sign", self._uri, message)


class Line:
    """The way to the signing process that listens at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of_thread = threading.local()

    def ask(self, *question: str | bytes) -> bytes:
        """What the process answers; asked again once when the connection broke, as it does when the process died.

        Raises: Unavailable("signing-refused"), Unavailable("signature-corrupted"), Unavailable("key-unavailable")
        """
        try:
            answer = self._exchange(question)
        except (OSError, Malformed) as error:
            raise Unavailable("key-unavailable", "The keys cannot be reached now: try again in a moment.") from error
        match answer:
            case ["ok", bytes(said)]:
                return said
            case ["refused"]:
                raise Unavailable("signing-refused", "The keeper of the keys refused to sign this.")
            case ["corrupted"]:
                raise Unavailable("signature-corrupted", "The key gave a wrong signature when it was tried.")
            case _:
                raise Unavailable("key-unavailable", "The key cannot be used now: try again in a moment.")

    def _exchange(self, question: tuple[str | bytes, ...]) -> CborValue:
        kept: _Connection | None = getattr(self._of_thread, "connection", None)
        # Kept again only once it has answered: a late answer must not be taken for that to the next question.
        self._of_thread.connection = None
        answer = None if kept is None else kept.exchange_unless_broken(question)
        if answer is None:
            kept = _Connection(self._path)
            answer = kept.exchange(question)
        self._of_thread.connection = kept
        return answer


class _Connection:
    """A connection that ends with the thread that keeps it."""

    def __init__(self, path: Path) -> None:
        self._socket = connect(path)

    def exchange(self, question: tuple[str | bytes, ...]) -> CborValue:
        send(self._socket, list(question))
        return receive(self._socket)

    def exchange_unless_broken(self, question: tuple[str | bytes, ...]) -> CborValue:
        """None when the process at the other end has died meanwhile."""
        try:
            return self.exchange(question)
        except ConnectionError:
            return None

    def __del__(self) -> None:
        if hasattr(self, "_socket"):
            self._socket.close()


def connect(path: Path) -> socket.socket:
    """A connection to the signing process, once it is sure that it runs as this user.

    Raises: OSError
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(TIMEOUT_S)
        connection.connect(str(path))
        if uid_of_peer(connection) != os.geteuid():
            raise PermissionError(f"{path} belongs to somebody else")
    except OSError:
        connection.close()
        raise
    return connection


def answers(path: Path) -> bool:
    """Whether a signing process of this user listens at `path`."""
    try:
        connect(path).close()
    except OSError:
        return False
    return True


def uid_of_peer(connection: socket.socket) -> int:
    """Who is at the other end, by the kernel's word (unix(7), SO_PEERCRED)."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(raw)[1]
    return uid


def send(connection: socket.socket, value: CborValue) -> None:
    """Send one question or answer."""
    raw = encoding.canonical_cbor(value)
    connection.sendall(_LENGTH.pack(len(raw)) + raw)


def receive(connection: socket.socket) -> CborValue:
    """The next question or answer; neither end sends another before it has heard of the last.

    Raises: ConnectionError at the end, Malformed for what is too long, followed by more, or no deterministic CBOR
    """
    raw = _more(connection, b"", _LENGTH.size)  # almost always all of it: a pass has 200 bytes
    size = _LENGTH.size + _LENGTH.unpack_from(raw)[0]
    if size > MAX_BYTES:
        raise Malformed("malformed", "too long")
    raw = _more(connection, raw, size)
    if len(raw) > size:
        raise Malformed("malformed", "followed by more")
    return encoding.decode_cbor(raw[_LENGTH.size :], max_bytes=MAX_BYTES)


def _more(connection: socket.socket, raw: bytes, size: int) -> bytes:
    """`raw` and what comes after it, until there are at least so many bytes."""
    if len(raw) >= size:
        return raw
    parts = bytearray(raw)
    while len(parts) < size:
        part = connection.recv(READ_BYTES)
        if not part:
            raise ConnectionError("the other end is gone")
        parts += part
    return bytes(parts)
