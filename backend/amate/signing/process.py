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
from typing import Any, Final, NamedTuple

import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.core.encoding import CborValue
from amate.errors import AmateError, Conflict, Refused, Unavailable
from amate.signing import allowed, payloads, sealing
from amate.signing.allowed import Allowed
from amate.signing.passphrase import read_passphrase
from amate.signing.remote import connect, receive, send, uid_of_peer
from amate.signing.signer import SELF_TEST, Signer, open_signer, sign_verified, stamp_at
from amate.signing.stamp import Stamp, stamp_of

log = structlog.get_logger(__name__)
POLL_S: Final = 0.5


class _Open(NamedTuple):
    """A key that was opened, and its file's stamp from before."""

    signer: Signer
    stamp: Stamp | None


class KeyHolder:
    """The keys that `signers.json` lists, each opened once; what is asked of them is answered here.

    The list and the files of keys may be replaced while this runs: at the next question the new ones are read, and what
    they do not say is refused. One that is taken away changes nothing, for keys stay open that are put away after the
    start; to stop a key, freeze it.
    """

    def __init__(self, listed_in: Path, *, uses: frozenset[str], passphrase_file: Path | None) -> None:
        self._listed_in, self._uses, self._passphrase_file = listed_in, uses, passphrase_file
        self._stamp: Stamp | None = None
        self._allowed: dict[str, Allowed] = {}
        self._open: dict[Allowed, _Open] = {}

    def open_all(self) -> None:
        """Open every key and see that it signs, so that nobody waits for it later; what fails is tried again then.

        Raises: Unavailable("no-passphrase"), Malformed("bad-signers")
        """
        mine = [key for key in self._keys().values() if key.use in self._uses]
        if mine:
            read_passphrase(self._passphrase_file)
        for key in mine:
            self._outcome(partial(self._point, key.uri), key.uri)

    def answer(self, question: CborValue) -> list[str | bytes]:
        """[ok, bytes] or, with the reason in the log, [refused], [corrupted] or [failed]."""
        match question:
            case ["sign", str(uri), bytes(message)]:
                return self._outcome(partial(self._sign, uri, message), uri)
            case ["public", str(uri)]:
                return self._outcome(partial(self._point, uri), uri)
            case ["unwrap", bytes(wrapped)]:
                unwrap = partial(sealing.unwrap, wrapped, passphrase_file=self._passphrase_file)
                return self._outcome(unwrap, "sealing")
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

    def _sign(self, uri: str, message: bytes) -> bytes:
        key = self._allowed_key(uri)
        payloads.check(message, key)
        return self._opened(key).sign(message)

    def _point(self, uri: str) -> bytes:
        public_key = self._opened(self._allowed_key(uri)).public_key
        return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def _allowed_key(self, uri: str) -> Allowed:
        key = self._keys().get(uri)
        if key is None:
            raise Refused("signing-refused", "the key is not listed in signers.json")
        if key.use not in self._uses:
            raise Refused("signing-refused", f"keys for {key.use} sign off line")
        return key

    def _keys(self) -> dict[str, Allowed]:
        """The list as it is now; one that cannot be read allows nothing until it is mended."""
        stamp = stamp_of(self._listed_in)
        if stamp not in (None, self._stamp):
            self._allowed = allowed.read(self._listed_in.read_bytes())
            self._stamp = stamp
            for key in set(self._open).difference(self._allowed.values()):
                self._open.pop(key, None)
        return self._allowed

    def _opened(self, key: Allowed) -> Signer:
        """The key's signer; opened anew when the file from which it was read is another one now."""
        stamp, kept = stamp_at(key.uri), self._open.get(key)
        if kept is None or stamp not in (None, kept.stamp):
            kept = self._open[key] = _Open(self._open_key(key), stamp)
        return kept.signer

    def _open_key(self, key: Allowed) -> Signer:
        signer = open_signer(key.uri, self._passphrase_file)
        if allowed.kid_of(signer.public_key, key.use) != key.kid:
            raise Unavailable("key-unavailable", f"{key.uri} holds another key than {key.kid}")
        sign_verified(signer, SELF_TEST, signer.public_key)
        return signer


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
