"""`amate signer`: the process that holds the keys; and how `amate serve` keeps one beside it."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import click

from amate import logs
from amate.child import Child
from amate.config import Settings, read_settings
from amate.errors import Unavailable
from amate.signing import allowed
from amate.signing.passphrase import check_not_lost
from amate.signing.process import POLL_S, KeyHolder, SigningProcess
from amate.signing.remote import answers

SOCKET = "AMATE_SIGNER_SOCKET"
# Workers are forked from the server: what opens keys is no longer in its environment by then.
SECRETS = ("AMATE_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY")
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
    holder = KeyHolder(settings.signers, uses=uses, passphrase_file=settings.passphrase_file, env=settings.env)
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
        path = Path(folder) / "socket"
        child = Child("signer", ["signer", "--socket", str(path)])
        os.environ[SOCKET] = str(path)
        for name in SECRETS:
            os.environ.pop(name, None)
        try:
            yield partial(_await, child, path)
        finally:
            child.stop()


def _await(child: Child, socket: Path) -> None:
    while not answers(socket):
        if child.has_ended():
            raise Unavailable("no-signer", "the signing process ended as soon as it began; see above")
        time.sleep(POLL_READY_S)
    child.keep()
