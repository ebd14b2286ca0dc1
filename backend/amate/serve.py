"""`amate serve`: granian with many stateless workers, one blocking thread each, and the signing process beside them."""

from __future__ import annotations

import errno
import hashlib
import json
import socket
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces

from amate import signer
from amate.config import Settings, read_settings
from amate.context import open_context
from amate.errors import Malformed, Refused, Unavailable
from amate.node import ACCESS_FILE
from amate.terminal import check_pack, open_migrated

BACKLOG = 1024
LAST_WORDS_S = 5  # for what is being answered when the server is told to stop; a slow line must not hold it for ever
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@click.command()
@click.option(
    "--role",
    type=click.Choice(["all", "verifier"]),
    default="all",
    show_default=True,
    help="Everything, or only verdicts from a pack, without a database.",
)
@click.option("--pack", type=click.Path(path_type=Path, file_okay=False), help="Pack folder of a verifier.")
@click.option("--host", help="Address to listen on (AMATE_HOST, else 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (AMATE_PORT, else 8000).")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes (AMATE_WORKERS, else 1).")
def serve(role: str, pack: Path | None, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the API and the faces, or a clinic's own verifier node."""
    settings = read_settings()
    if role == "verifier":
        if pack is None:
            raise click.UsageError("--role verifier needs --pack DIR: make one with `amate pack sync`.")
        check_pack(pack)
        address = settings.host if host is None else host
        warn_of_open_node(pack, address)
        run("amate.app:verifier_app", address, port or settings.port, 1, pack)
        return
    serve_all(settings, host or settings.host, port or settings.port, workers or settings.workers)


def serve_all(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve the API and the faces; the keys stay in a process of their own, which runs as long as this does."""
    check_port(host, port)
    with signer.beside(settings) as await_signer:
        list_signers(settings)
        if not settings.is_demo:
            check_trust(settings)
        await_signer()
        run("amate.app:app", host, port, workers, None)


def list_signers(settings: Settings) -> None:
    """Bring the schema and the list of keys that may sign up to date.

    Raises: Conflict("key-use-taken")
    """
    from amate.features.trust import actions as trust

    engine = open_migrated(settings)
    try:
        with open_context(engine, settings) as ctx:
            trust.list_signers(ctx)
    finally:
        engine.dispose()


def check_trust(settings: Settings) -> None:
    """Refuse to serve real people from a repository that does not verify, or that is another environment's.

    Raises: Unavailable("no-trust"), Malformed("trust-broken"), Refused("wrong-environment", "wrong-faces")
    """
    from amate.features.trust.actions import load_trust  # takes a moment to load, which a clinic's node need not wait

    load_trust(settings.home, env=settings.env)
    check_faces(settings.pwa_dir, settings.env, (settings.home / "anchor.json").read_bytes())


def check_faces(folder: Path, env: str, anchor: bytes) -> None:
    """Refuse to serve faces that were not built for this environment, pinned to this root (pwa/pin.ts, row D09).

    Raises: Refused("wrong-faces")
    """
    if not (folder / "index.html").exists():  # something else serves them
        return
    try:
        pin = json.loads((folder / "pin.json").read_text())
    except (OSError, ValueError):
        pin = None
    if pin != {"env": env, "anchor_sha256": hashlib.sha256(anchor).hexdigest()}:
        remedy = f"build it with AMATE_ENV={env}, and AMATE_ANCHOR naming the anchor.json of this AMATE_HOME"
        raise Refused("wrong-faces", f"{folder} is not pinned to the root of this deployment: {remedy}")


def warn_of_open_node(pack: Path, host: str) -> None:
    """Say aloud that a node without a token reads identities to whoever reaches it on the network."""
    if host in LOOPBACK or (pack / ACCESS_FILE).exists():
        return
    click.echo(
        f"amate: whoever reaches {host} can ask this node who a pass is about: put a token into {pack / ACCESS_FILE}, "
        "and the node asks every caller for it",
        err=True,
    )


def check_port(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: the server itself would share it, and answer every other request.

    Raises: Unavailable("port-taken"), Malformed("address-unusable")
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                other = "take 127.0.0.1, or another address of this machine, and a port above 1023"
                said = f"{host}:{port}: {error.strerror or error}; {other}"
                raise Malformed("address-unusable", said, where="--host") from error
            other = "stop what listens there, or take another: PORT=… make run, or AMATE_PORT=…"
            raise Unavailable("port-taken", f"{host}:{port}: {error.strerror or error}; {other}") from error


def run(target: str, host: str, port: int, workers: int, pack: Path | None) -> None:
    """Run the WSGI factory `target` until it is told to stop."""
    import os

    check_port(host, port)
    os.environ["AMATE_PORT"] = str(port)
    if pack is not None:
        os.environ["AMATE_PACK"] = str(pack.resolve())
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        backlog=BACKLOG,
        factory=True,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_WORDS_S,
    ).serve()
