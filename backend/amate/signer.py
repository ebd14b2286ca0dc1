"""`amate signer`: the process that holds the keys; and how `amate serve` keeps one beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import structlog

from amate import logs
from amate.config import Settings, read_settings
from amate.errors import Unavailable
from amate.signing import allowed
from amate.signing.passphrase import check_not_lost
from amate.signing.process import POLL_S, KeyHolder, SigningProcess
from amate.signing.remote import connect

log = structlog.get_logger(__name__)
SOCKET = "AMATE_SIGNER_SOCKET"
# Workers are forked from the server: what opens keys is no longer in its environment by then.
SECRETS = ("AMATE_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY")
STOP_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 30.0
POLL_READY_S = 0.02


@click.command()
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True, help="Where to listen.")
@click.option("--parent", type=int, hidden=True, help="Stop when this process is no longer the parent.")
def signer(path: Path, parent: int | None) -> None:
    """Hold the keys and sign for the servers of this user, each key only what it is for."""
    settings = read_settings()
    logs.configure(settings.log_level)  # for programs, as a server's
    uses = allowed.uses_on_line(is_demo=settings.is_demo)
    if settings.is_demo:
        check_not_lost(settings.passphrase_file, keys=settings.signers, home=settings.home)
    holder = KeyHolder(settings.signers, uses=uses, passphrase_file=settings.passphrase_file)
    signal.signal(signal.SIGTERM, _stop)
    if parent is not None:  # Ctrl-C is for the server, which still has requests to answer, and then stops this
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    holder.open_all()
    with SigningProcess(path, holder, parent=parent) as server:
        server.serve_forever(POLL_S)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextmanager
def beside(settings: Settings) -> Iterator[Callable[[], None]]:
    """A signing process for as long as the block runs; workers find it by AMATE_SIGNER_SOCKET.

    It loads while the block goes on; what is yielded waits until it listens. Where the settings name a socket, somebody
    else runs it.

    Raises: Unavailable("no-signer") while waiting, when it ended instead; it has said why
    """
    if settings.signer_socket is not None:
        yield lambda: None
        return
    # Not in the data folder: a socket's path may have 107 characters, and two servers may share a home.
    with tempfile.TemporaryDirectory(prefix="amate-signer-") as folder:
        child = _Child(Path(folder) / "socket")
        os.environ[SOCKET] = str(child.path)
        for name in SECRETS:
            os.environ.pop(name, None)
        try:
            yield child.await_ready
        finally:
            child.stop()


class _Child:
    """A signing process that is started again whenever it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._environment = dict(os.environ)
        self._stopping = threading.Event()
        self._process = self._start()
        self._keeper: threading.Thread | None = None

    def await_ready(self) -> None:
        while not self._listens():
            if self._process.poll() is not None:
                raise Unavailable("no-signer", "the signing process ended as soon as it began; see above")
            time.sleep(POLL_READY_S)
        self._keeper = threading.Thread(target=self._keep, name="signer", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._keeper is not None:
            self._keeper.join(STOP_S)

    def _start(self) -> subprocess.Popen[bytes]:
        arguments = ["signer", "--socket", str(self.path), "--parent", str(os.getpid())]
        command = [sys.executable, "-m", "amate", *arguments]
        return subprocess.Popen(command, env=self._environment)  # noqa: S603 (all of it is ours)

    def _listens(self) -> bool:
        try:
            connect(self.path).close()
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            log.error("signer.ended", code=code)
            pause_s = FIRST_PAUSE_S if time.monotonic() - began > LONGEST_PAUSE_S else pause_s * 2
            if self._stopping.wait(min(pause_s, LONGEST_PAUSE_S)):
                return
            self._process = self._start()
            if self._stopping.is_set():
                self._process.terminate()
