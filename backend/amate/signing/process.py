"""The process that holds the keys: it listens on a unix socket, and signs what each key is for and nothing else.

No database, no web framework, no passphrase anywhere but here. Only processes of the same user are answered.
"""

from __future__ import annotations

import os
import socket
import socketserver
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.core.encoding import CborValue
from amate.errors import AmateError, Conflict, Refused
from amate.signing import sealing
from amate.signing.listed import ListedKeys
from amate.signing.passphrase import read_passphrase
from amate.signing.remote import connect, receive, send, uid_of_peer

log = structlog.get_logger(__name__)
POLL_S: Final = 0.5


class KeyHolder:
    """The keys that `signers.json` lists; what is asked of them is answered here."""

    def __init__(self, listed_in: Path, *, uses: frozenset[str], passphrase_file: Path | None, env: str) -> None:
        self._keys = ListedKeys(listed_in, uses=uses, passphrase_file=passphrase_file, env=env)
        self._passphrase_file = passphrase_file

    def open_all(self) -> None:
        """Open every key and see that it signs, so that nobody waits for it later; what fails is tried again then.

        Raises: Unavailable("no-passphrase"), Malformed("bad-signers")
        """
        mine = self._keys.uris()
        if mine:
            read_passphrase(self._passphrase_file)
        for uri in mine:
            self._outcome(partial(self._point, uri), uri)

    def answer(self, question: CborValue) -> list[str | bytes]:
        """[ok, bytes] or, with the reason in the log, [refused], [corrupted] or [failed]."""
        match question:
            case ["sign", str(uri), bytes(message)]:
                return self._outcome(partial(self._keys.sign, uri, message), uri)
            case ["public", str(uri)]:
                return self._outcome(partial(self._point, uri), uri)
            case ["unwrap", bytes(wrapped)]:
                unwrap = partial(sealing.unwrap, wrapped, passphrase_file=self._passphrase_file)
                return self._outcome(unwrap, "sealing")
            case ["rewrap", bytes(before), bytes(fresh)]:
                rewrap = partial(sealing.rewrap, before, fresh, passphrase_file=self._passphrase_file)
                return self._outcome(rewrap, "sealing")
        log.error("signer.refused", reason="not a question")
        return ["refused"]

    def _outcome(self, work: Callable[[], bytes], what: str) -> list[str | bytes]:
        try:
            return ["ok", work()]
        except Refused as error:
            log.error("signer.refused", key=what, reason=error.slug, detail=error.detail)
            return ["refused"]
        except AmateError as error:
            log.error("signer.failed", key=what, reason=error.slug, detail=error.detail)
            return ["corrupted" if error.slug == "signature-corrupted" else "failed"]

    def _point(self, uri: str) -> bytes:
        return self._keys.public_key(uri).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class SigningProcess(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers connections, each in a thread of its own, until it is told to stop or its parent is gone."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: Path, holder: KeyHolder, *, parent: int | None = None) -> None:
        self.holder, self._parent = holder, parent
        _clear(path)
        before = os.umask(0o177)  # nobody may reach it between its making and a later chmod
        try:
            super().__init__(str(path), _Conversation)
        finally:
            os.umask(before)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 (socketserver's own signature)
        """Only processes of this user."""
        is_ours = uid_of_peer(request) == os.geteuid()
        if not is_ours:
            log.error("signer.refused", reason="a process of another user")
        return is_ours

    def service_actions(self) -> None:
        """Stop once the server that started this process is gone, however it went."""
        if self._parent is not None and os.getppid() != self._parent:
            raise SystemExit(0)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A conversation that broke off ends alone; its messages stay out of the log."""
        log.error("signer.conversation-failed", error=type(sys.exception()).__name__)

    def server_close(self) -> None:
        """Stop listening, and take the socket away."""
        super().server_close()
        Path(str(self.server_address)).unlink(missing_ok=True)


class _Conversation(socketserver.BaseRequestHandler):
    server: SigningProcess
    request: socket.socket

    def handle(self) -> None:
        """Answer until the other end hangs up."""
        with suppress(ConnectionError):
            while True:
                send(self.request, list(self.server.holder.answer(receive(self.request))))


def _clear(path: Path) -> None:
    """Take away a socket on which nobody listens any more.

    Raises: Conflict("signer-running"), Conflict("socket-taken") for anything that is no socket
    """
    if not path.exists():
        return
    if not path.is_socket():
        raise Conflict("socket-taken", f"{path} is there and is no socket")
    try:
        connect(path).close()
    except ConnectionRefusedError:
        path.unlink()
        return
    raise Conflict("signer-running", f"a signing process listens at {path}")
