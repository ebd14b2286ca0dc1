"""The keys in a process of their own, with real servers: workers mint passes and never hold a key."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from amate import serve
from amate.app import app as worker_app
from amate.config import Settings
from amate.context import open_context, system_clock
from amate.core import qr_pass
from amate.core.encoding import base64url_decode
from amate.db.engine import open_engine
from amate.demo.people import everybody
from amate.demo.phone import Phone
from amate.demo.seed import facts_of
from amate.errors import Unavailable
from amate.features.enrolment import actions as enrolment
from amate.features.rotation import actions as rotation
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S
from amate.signing.signer import make_key
from tests import soft_hsm
from tests.api.rotating import done, holder
from tests.live import LiveServer
from tests.thief import take_refusals_away

PATIENCE_S = 20


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def children(pid: int) -> dict[int, str]:
    """The command lines of a process's children, by process number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid and line:
            found[int(path.name)] = line
    return found


def signer_of(server: LiveServer) -> int | None:
    assert server.process is not None
    return next((pid for pid, line in children(server.process.pid).items() if " signer " in line), None)


def workers_of(server: LiveServer) -> list[int]:
    assert server.process is not None
    return [pid for pid, line in children(server.process.pid).items() if " signer " not in line]


def is_alive(pid: int) -> bool:
    """Whether any thread of it is left: until the last one has ended, a process holds its files and ports."""
    try:
        has_ended = "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
        return not has_ended or len(list(Path(f"/proc/{pid}/task").iterdir())) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def phone_of(server: LiveServer, number: int) -> Phone:
    """The phone of one of the demo's people, that talks to the server over HTTP."""
    settings = Settings(home=server.home, port=server.port, env="demo")
    engine = open_engine(settings.database_url)
    with open_context(engine, settings, actor="test") as ctx:
        answer = enrolment.enrol(ctx, facts_of(everybody()[number])).answer
    engine.dispose()
    phone = Phone(server.send, settings.issuer, system_clock, secrets.token_bytes)
    phone.claim(answer["offer"]["uri"], answer["tx_code"])
    return phone


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("signer") / "home")
    server.seed()
    server.start("--workers", "2")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def phone(server: LiveServer) -> Phone:
    return phone_of(server, 5)


def test_passes_are_minted_where_no_worker_could_open_a_key(server: LiveServer, phone: Phone) -> None:
    secrets_, away = server.home / "secrets", server.home / "away"
    secrets_.rename(away)
    try:
        passes = set()
        for _ in range(8):  # by both workers
            phone.renew()
            passes.add(phone.pass_bytes)
    finally:
        away.rename(secrets_)
    assert len(passes) == 8


def test_no_worker_has_a_key_or_the_passphrase_in_its_memory(server: LiveServer, phone: Phone) -> None:
    phone.renew()
    check_memory(server, workers=2)


def test_the_server_that_seeded_a_demo_never_held_its_keys_either(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    server.start(verb="demo")
    try:
        phone_of(server, 5).renew()
        check_memory(server, workers=1)
    finally:
        server.stop()


def check_memory(server: LiveServer, *, workers: int) -> None:
    """That the signer's memory holds what opens and what signs, and no other process's does."""
    passphrase = (server.home / "secrets" / "passphrase").read_bytes()
    wanted = {b"passphrase": passphrase} | {
        f"{path.name} {order}".encode(): scalar_of(path, passphrase).to_bytes(32, order)
        for path in (server.home / "secrets" / "keys").glob("*.pem")
        for order in ("big", "little")
    }
    assert len(wanted) == 1 + 2 * 19, "root, targets, snapshot, timestamp, and the issuer's by use and shard"
    signer = signer_of(server)
    assert signer is not None
    assert server.process is not None
    assert len(found_in(signer, wanted)) >= 1 + 7, "what is looked for would be found"
    found = workers_of(server)
    assert len(found) == workers
    for pid in (server.process.pid, *found):
        assert found_in(pid, wanted) == set()


def scalar_of(path: Path, passphrase: bytes) -> int:
    key = load_pem_private_key(path.read_bytes(), passphrase)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key.private_numbers().private_value


def found_in(pid: int, wanted: dict[bytes, bytes]) -> set[bytes]:
    """Which of these stand in the writable memory of a process."""
    found = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(each, 16) for each in span.split("-"))
            try:
                memory.seek(start)
                part = memory.read(end - start)
            except OSError:
                continue  # a page that nobody may read
            found |= {name for name, what in wanted.items() if what in part}
    return found


def test_a_signer_that_dies_is_started_again(server: LiveServer, phone: Phone) -> None:
    for _ in range(2):
        before = signer_of(server)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until(lambda before=before: signer_of(server) not in (None, before))
        until(lambda: status_of(phone) == "minted")
    assert "signer.ended" in (server.home / "serve.log").read_text()


def status_of(phone: Phone) -> str:
    """Whether a pass is minted now, or what the server says instead."""
    try:
        phone.renew()
    except Unavailable as error:
        return "not now" if "answered 503" in error.detail else error.detail
    return "minted"


def test_every_use_of_keys_goes_through_it(server: LiveServer) -> None:
    """Commands, too, when they are told where it listens."""
    signer = signer_of(server)
    assert signer is not None
    socket = Path(f"/proc/{signer}/cmdline").read_bytes().split(b"\0")[5].decode()
    told = LiveServer(server.home, server.port, extra={"AMATE_SIGNER_SOCKET": socket})
    away = server.home / "passphrase-away"
    (server.home / "secrets" / "passphrase").rename(away)
    try:
        told.amate("status", "publish")
        told.amate("trust", "publish")
    finally:
        away.rename(server.home / "secrets" / "passphrase")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_signer_and_workers_end_with_their_server(server: LiveServer, tmp_path: Path, how: signal.Signals) -> None:
    other = LiveServer(server.home, extra={"AMATE_BASE_URL": server.url, "TMPDIR": str(tmp_path)})
    other.start("--workers", "2")
    signer, workers = signer_of(other), workers_of(other)
    assert signer is not None
    assert len(workers) == 2
    assert other.process is not None
    other.process.send_signal(how)
    try:
        other.process.wait(timeout=PATIENCE_S)
        until(lambda: not any(map(is_alive, (signer, *workers))))
        assert how == signal.SIGKILL or list(tmp_path.glob("amate-signer-*")) == []
        serve.check_port("127.0.0.1", other.port)
    finally:
        for pid in filter(is_alive, workers):  # or they would outlive the test that finds it
            os.kill(pid, signal.SIGKILL)


def test_a_worker_without_a_signer_does_not_serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path))
    monkeypatch.delenv("AMATE_SIGNER_SOCKET", raising=False)
    with pytest.raises(Unavailable) as refused:
        worker_app()
    assert refused.value.slug == "no-signer"


def test_what_serves_does_not_load_what_opens_keys() -> None:
    ask = (
        "import sys, amate.app, amate.serve, amate.signing.keyring;"
        "print([name for name in ('amate.signing.file', 'amate.signing.pkcs11', 'Cryptodome')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_serving_stops_at_once_when_keys_have_no_passphrase(server: LiveServer) -> None:
    nowhere = {"AMATE_PASSPHRASE_FILE": "/nowhere/passphrase", "AMATE_BASE_URL": server.url}
    done = LiveServer(server.home, extra=nowhere).amate("serve", check=False)
    assert done.returncode == 1
    assert "no-passphrase: /nowhere/passphrase" in done.stderr
    assert "no-signer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_signer_of_its_own_serves_a_server_that_has_no_passphrase(tmp_path: Path) -> None:
    """As the containers are laid out: who seeds and who signs has the passphrase, who serves has the socket."""
    word, socket = tmp_path / "word", tmp_path / "signer.sock"
    word.write_text("only for tests")
    keeper = LiveServer(tmp_path / "home", extra={"AMATE_PASSPHRASE_FILE": str(word)})
    keeper.seed()
    server = LiveServer(keeper.home, keeper.port, extra={"AMATE_SIGNER_SOCKET": str(socket)})
    held = keeper.start_signer(socket)
    server.start()
    try:
        assert signer_of(server) is None
        phone = phone_of(server, 5)
        held.kill()
        held.wait()
        assert status_of(phone) == "not now"
        held = keeper.start_signer(socket)  # where the dead one's socket still lies
        assert status_of(phone) == "minted"
    finally:
        server.stop()
        held.terminate()
        assert held.wait(timeout=PATIENCE_S) == 0
    assert not socket.exists()


def token_key_in_force(server: LiveServer, uri: str) -> str:
    """The kid of a key in a token that two people staged three weeks ago; the files' keys for passes are frozen."""
    settings = Settings(home=server.home, port=server.port, env="demo")
    engine, now = open_engine(settings.database_url), system_clock()
    with open_context(engine, settings, clock=lambda: now - 21 * DAY_S) as ctx:
        take_refusals_away(ctx.tx, "issuer_key")  # this database has published since: it has not lived that day
        make_key(uri, settings.passphrase_file)
        made = rotation.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri)
        kid = done(ctx, made).kid
    with open_context(engine, settings) as ctx:
        done(ctx, rotation.propose(ctx, "activate", kid, holder(ctx, 0)))
        for key in trust.list_keys(ctx):
            if key.use == "pass" and key.kid != kid:
                rotation.freeze(ctx, key.kid, reason="test")
    engine.dispose()
    return kid


def test_a_pass_is_signed_inside_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm = soft_hsm.make(tmp_path / "hsm")
    server = LiveServer(tmp_path / "home", extra={"SOFTHSM2_CONF": str(hsm.config)})
    server.seed()
    monkeypatch.setenv("SOFTHSM2_CONF", str(hsm.config))
    kid = token_key_in_force(server, hsm.uri("pass-1"))
    server.start()
    try:
        phone = phone_of(server, 5)
        parsed = qr_pass.parse(phone.pass_bytes)
        assert isinstance(parsed, qr_pass.Pass)
        assert parsed.kid8 == base64url_decode(kid)[:8]
        hsm.break_off()
        assert status_of(phone) == "not now"
        hsm.mend()
        assert status_of(phone) == "minted"
    finally:
        server.stop()
    assert soft_hsm.PIN not in (server.home / "serve.log").read_text()
