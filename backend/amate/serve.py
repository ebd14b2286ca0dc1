"""`amate serve`: granian with many stateless workers, one thread of work each, and the signing process beside them."""

from __future__ import annotations

import errno
import hashlib
import json
import socket
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

import click
from granian import Granian
from granian.constants import Interfaces

from amate import signer
from amate.child import Child
from amate.config import Settings, read_node_settings, read_settings
from amate.context import open_context, system_clock
from amate.errors import Malformed, Refused, Unavailable
from amate.features.verification import actions as verification
from amate.features.verification.node import certificate
from amate.features.verification.node.folder import enrolment_in
from amate.features.verification.node.model import PORT
from amate.node import ACCESS_FILE
from amate.parent import end_with
from amate.terminal import check_pack, open_migrated
from amate.web.bodies import MAX_BYTES
from amate.web.rsgi import Application

BACKLOG = 1024
LAST_WORDS_S = 5  # for what is being answered when the server is told to stop; a slow line must not hold it for ever
HOW_TO_FILL = "`amate node enrol` makes it a clinic's node, `amate pack sync` or `import` brings a pack"
LOOPBACK_ADDRESS = "127.0.0.1"
LOOPBACK = ("localhost", LOOPBACK_ADDRESS, "::1")
SYNC_S = 300


@click.command()
@click.option(
    "--role",
    type=click.Choice(["all", "verifier"]),
    default="all",
    show_default=True,
    help="Everything, or only verdicts from a pack, without a database.",
)
@click.option("--pack", type=click.Path(path_type=Path, file_okay=False), help="Pack folder of a verifier.")
@click.option("--host", help="Address to listen on (AMATE_HOST, else 127.0.0.1; an enrolled node's is 0.0.0.0).")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port to listen on (AMATE_PORT, else 8000; a node's is 8443).",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes (AMATE_WORKERS, else 1).")
@click.option("--http", "over_http", is_flag=True, help="An enrolled node without TLS, behind a proxy of this machine.")
def serve(
    role: str, pack: Path | None, host: str | None, port: int | None, workers: int | None, over_http: bool
) -> None:
    """Serve the API and the faces, or a clinic's own verifier node.

    A pack that `amate node enrol` made a node is served over TLS with its own certificate, and synchronised by itself.
    """
    if role == "verifier":
        if pack is None:
            raise click.UsageError("--role verifier needs --pack DIR: make one with `amate pack sync`.")
        check_pack(pack)
        if enrolment_in(pack) is not None:
            serve_node(pack, host, port, over_http=over_http)
            return
        _refuse_http(over_http)
        serve_pack(pack, host, port)
        return
    _refuse_http(over_http)
    settings = read_settings()
    serve_all(settings, host or settings.host, port or settings.port, workers or settings.workers)


def _refuse_http(over_http: bool) -> None:
    if over_http:
        raise click.UsageError("--http is for a node that `amate node enrol` made: nothing else is served over TLS.")


def serve_pack(pack: Path, host: str | None, port: int | None) -> None:
    """Serve verdicts from a pack, to whoever reaches them or has its token.

    Raises: Malformed("no-pack") of a folder that a refused sync or enrolment left
    """
    if not verification.holds_pack(pack):
        raise Malformed("no-pack", f"{pack} holds no pack: {HOW_TO_FILL}", where="--pack")
    settings = read_node_settings()
    address = settings.host if host is None else host
    warn_of_open_node(pack, address)
    run("amate.app:verifier_app", address, port or settings.port, 1, pack)


def serve_node(pack: Path, host: str | None, port: int | None, *, over_http: bool) -> None:
    """Serve a clinic's counters on its local network; what it owes the centre, and the reverse, goes on beside it.

    Raises: Refused("http-beyond-loopback"), Malformed("node-broken"), and as check_faces(), check_port()
    """
    settings = read_node_settings()
    everywhere = LOOPBACK_ADDRESS if over_http else "0.0.0.0"  # noqa: S104 (counters are other machines)
    address = host or (settings.host if "host" in settings.model_fields_set else everywhere)
    listening = port or (settings.port if "port" in settings.model_fields_set else PORT)
    if over_http and address not in LOOPBACK:
        said = f"without TLS a node is served to this machine alone, and not at {address}: leave out --http, or --host"
        raise Refused("http-beyond-loopback", said, where="--host")
    if not settings.is_demo:
        check_faces(settings.pwa_dir, settings.env, read_anchor(pack), whose="this pack")
    warn_of_missing_faces(settings.pwa_dir)
    warn_of_recall(settings)
    check_port(address, listening)
    if not over_http:
        certificate.renew(pack, now=system_clock())
    child = Child("node-sync", ["node", "sync", "--pack", str(pack.resolve()), "--every", str(SYNC_S)])
    child.keep()
    try:
        run("amate.app:verifier_app", address, listening, 1, pack, tls=None if over_http else certificate.files(pack))
    finally:
        child.stop()


def read_anchor(pack: Path) -> bytes:
    """The root that a pack is pinned to.

    Raises: Malformed("no-pack")
    """
    try:
        return (pack / "current" / "anchor.json").read_bytes()
    except OSError as error:
        said = f"{pack} holds no root: `amate node sync --pack {pack}` fetches it"
        raise Malformed("no-pack", said, where="--pack") from error


def serve_all(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve the API and the faces; the keys stay in a process of their own, which runs as long as this does."""
    check_port(host, port)
    warn_of_recall(settings)
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


def check_faces(folder: Path, env: str, anchor: bytes, *, whose: str = "this AMATE_HOME") -> None:
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
        remedy = f"build it with AMATE_ENV={env}, and AMATE_ANCHOR naming the anchor.json of {whose}"
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


def warn_of_missing_faces(folder: Path) -> None:
    """Say aloud that a node has nothing to show its counters: it runs, is ready, and answers 404 where they begin."""
    if (folder / "clinic" / "index.html").exists():
        return
    click.echo(
        f"amate: there are no faces in {folder}, and counters find nothing at /clinic/: build them "
        "(make pwa/dist/index.html), or set AMATE_PWA_DIR to where they are",
        err=True,
    )


def warn_of_recall(settings: Settings) -> None:
    """Say aloud that the faces are recalled: they look as ever, and one that is forgotten ends work off line."""
    if settings.recall_faces:
        click.echo(
            "amate: AMATE_RECALL_FACES is set: devices drop the faces that they keep, and none opens without a network "
            "until this is started without it",
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


def run(
    target: str, host: str, port: int, workers: int, pack: Path | None, *, tls: tuple[Path, Path] | None = None
) -> None:
    """Run the WSGI factory `target` until it is told to stop.

    tls: certificate and key
    """
    import os

    check_port(host, port)
    os.environ["AMATE_PORT"] = str(port)
    if pack is not None:
        os.environ["AMATE_PACK"] = str(pack.resolve())
    cert, key = tls or (None, None)
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        backlog=BACKLOG,
        ssl_cert=cert,
        ssl_key=key,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_WORDS_S,
    ).serve(target_loader=partial(_load, server=os.getpid()))


def _load(target: str, *, server: int) -> Application:
    """What a worker runs, for no longer than its server does: left alone, it would answer from what grows old."""
    end_with(server)
    return Application(resolve_name(target)(), most=MAX_BYTES)
