"""`amate node enrol` makes a node whose certificate vouches for its own names and nothing else; `serve` shows it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from amate import serve
from amate.cli import cli
from amate.config import NodeSettings
from amate.core.trust import seconds_from_iso
from amate.errors import Malformed, Refused
from amate.features.clinics.pack import keys_in
from amate.features.verification.node import certificate, enrolling, folder, model
from amate.features.verification.node.model import Enrolment
from amate.signing import tls
from tests.api.nodes import NAMES, NOBODY
from tests.conftest import NOW
from tests.live import LiveServer
from tests.live_nodes import CLUES, LiveNode, descendants
from tests.traced import states_of

pytestmark = pytest.mark.embedded
DAY_S = 86_400


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("centre") / "home")
    server.seed()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[LiveNode]:
    node = LiveNode(tmp_path / "node")
    yield node
    node.stop()


def openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)


def verified(ca: Path, leaf: Path, name: str) -> bool:
    """Whether a browser that trusts the authority would believe that this is `name`."""
    kind = "-verify_hostname" if model.address_of(name) is None else "-verify_ip"
    done = openssl("verify", "-x509_strict", "-CAfile", str(ca), "-purpose", "sslserver", kind, name, str(leaf))
    return done.returncode == 0


def made(to: Path, names: tuple[str, ...] = NAMES, now: int | None = None) -> Path:
    certificate.ensure(to, names, now=int(time.time()) if now is None else now)  # noqa: TID251
    return to / "tls"


def test_the_certificate_is_good_for_the_nodes_names_alone(tmp_path: Path) -> None:
    names = (*NAMES, "2001:db8::5")
    folder_ = made(tmp_path, names)
    for name in names:
        assert verified(folder_ / "ca.pem", folder_ / "cert.pem", name), name
    for name in ("nodo.example", "192.168.7.6", "2001:db8::6"):
        assert not verified(folder_ / "ca.pem", folder_ / "cert.pem", name), name


@pytest.mark.parametrize("name", ["imss.gob.mx", "nodo2.local", "local", "192.168.7.6", "0.0.0.0", "2001:db8::5"])
def test_a_stolen_authority_cannot_vouch_for_another_name(tmp_path: Path, name: str) -> None:
    """Whoever steals the small PC can pretend to be it, and nobody else."""
    folder_ = made(tmp_path)
    stolen = tls.Pair((folder_ / "ca.pem").read_bytes(), (folder_ / "ca.key").read_bytes())
    forged = tls.issue(stolen, [name], now=int(time.time()))  # noqa: TID251
    (tmp_path / "forged.pem").write_bytes(forged.certificate)
    assert not verified(folder_ / "ca.pem", tmp_path / "forged.pem", name)
    (tmp_path / "own.pem").write_bytes(tls.issue(stolen, ["nodo.local"], now=int(time.time())).certificate)  # noqa: TID251
    assert verified(folder_ / "ca.pem", tmp_path / "own.pem", "nodo.local"), "the check itself can say yes"


def test_a_stolen_authority_makes_no_other_authority_and_signs_no_mail_or_program(tmp_path: Path) -> None:
    folder_ = made(tmp_path)
    said = openssl("x509", "-in", str(folder_ / "ca.pem"), "-noout", "-text").stdout
    assert "CA:TRUE, pathlen:0" in said
    assert "X509v3 Name Constraints: critical" in said
    assert said.partition("X509v3 Key Usage: critical")[2].split("\n")[1].strip() == "Certificate Sign"
    assert said.partition("X509v3 Extended Key Usage:")[2].split("\n")[1].strip() == "TLS Web Server Authentication"
    for purpose in ("smimesign", "codesign", "sslclient"):
        done = openssl("verify", "-CAfile", str(folder_ / "ca.pem"), "-purpose", purpose, str(folder_ / "cert.pem"))
        assert done.returncode != 0, purpose


def test_keys_are_p256_and_nobody_elses_to_read(tmp_path: Path) -> None:
    folder_ = made(tmp_path)
    for name in ("ca.key", "key.pem"):
        assert (folder_ / name).stat().st_mode & 0o777 == 0o600
        assert "prime256v1" in openssl("pkey", "-in", str(folder_ / name), "-noout", "-text").stdout
    server, authority = certificate.read(tmp_path)
    assert (server.until - server.since, authority.until - authority.since) == (398 * DAY_S, 3653 * DAY_S)
    assert set(server.names) == set(authority.names) == set(NAMES)


def test_after_half_its_life_the_same_authority_gives_another(tmp_path: Path) -> None:
    folder_ = made(tmp_path, now=NOW)
    before, authority = (folder_ / "cert.pem").read_bytes(), (folder_ / "ca.pem").read_bytes()
    half = certificate.read(tmp_path).server.half_at
    assert not certificate.renew(tmp_path, now=half - 1)
    assert (folder_ / "cert.pem").read_bytes() == before
    assert certificate.renew(tmp_path, now=half)
    assert (folder_ / "cert.pem").read_bytes() != before
    assert (folder_ / "ca.pem").read_bytes() == authority
    assert certificate.read(tmp_path).server.until == half + 397 * DAY_S
    assert len(list((tmp_path / "certificates").iterdir())) == 2


def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    made(tmp_path, now=NOW)
    ends = certificate.read(tmp_path).authority.until
    assert certificate.renew(tmp_path, now=ends - 100 * DAY_S)
    assert certificate.read(tmp_path).server.until == ends
    assert certificate.ensure(tmp_path, NAMES, now=ends - 100 * DAY_S), "and enrolling makes another in time"
    assert certificate.read(tmp_path).authority.until > ends


@pytest.mark.parametrize("what", ["ca.pem", "ca.key", "cert.pem", "key.pem"])
@pytest.mark.parametrize("how", ["gone", "bent", "anothers"])
def test_a_damaged_certificate_is_told_and_made_anew(tmp_path: Path, what: str, how: str) -> None:
    folder_, other = made(tmp_path / "one"), made(tmp_path / "other")
    if how == "gone":
        (folder_ / what).unlink()
    else:
        (folder_ / what).write_bytes(b"nonsense" if how == "bent" else (other / what).read_bytes())
    with pytest.raises(Malformed, match="amate node enrol"):
        certificate.read(tmp_path / "one")
    made(tmp_path / "one")
    certificate.read(tmp_path / "one")


@pytest.mark.parametrize("name", ["", "https://nodo", "nodo:8443", "no do", "-nodo", "*.local", "300.1.1.1", "x" * 64])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="bad-node-name"):
        model.names_of([name])


def test_names_are_compared_in_one_spelling() -> None:
    given = ["Nodo.LOCAL.", "nodo.local", "192.168.7.5", "2001:DB8:0::5", "localhost"]
    assert model.names_of(given) == ("nodo.local", "192.168.7.5", "2001:db8::5", "localhost", "127.0.0.1")
    hosts = ["NODO.local:8443", "nodo.local.", "[2001:db8::5]:8443", "192.168.7.5"]
    assert [model.host_of(each) for each in hosts] == ["nodo.local", "nodo.local", "2001:db8::5", "192.168.7.5"]


def test_by_itself_a_machine_is_called_what_its_network_calls_it() -> None:
    names = enrolling.machine_names()
    assert socket.gethostname().lower() in names
    assert all(model.address_of(name) is None or not name.startswith("127.") for name in names)


def test_a_cut_at_any_instant_leaves_what_a_second_enrolment_finishes(tmp_path: Path) -> None:
    """At each state that a kill or a power cut can leave of certificate, token and node.json."""
    start = tmp_path / "start"
    start.mkdir()
    enrolment = Enrolment(NOBODY, CLUES, NAMES[0], NAMES, NOW)

    def act(to: Path = start) -> None:
        enrolling.settle(to, enrolment, "amate_token", now=NOW)

    cuts = states_of(start, act, copies=tmp_path / "copies")
    assert len(cuts) > 12
    for cut in cuts:
        if folder.enrolment_in(cut) is not None:  # what says that it is a node is there last
            assert folder.token_in(cut) == "amate_token"
            certificate.read(cut)
        act(cut)
        assert (folder.enrolment_in(cut), folder.token_in(cut)) == (enrolment, "amate_token")
        assert set(certificate.read(cut).server.names) == set(NAMES)


def test_a_cut_while_the_certificate_is_renewed_leaves_the_one_before_or_the_one_after(tmp_path: Path) -> None:
    start = tmp_path / "start"
    made(start, now=NOW)
    later = certificate.read(start).server.half_at
    authority = certificate.read(start).authority.sha256
    cuts = states_of(start, lambda: certificate.renew(start, now=later), copies=tmp_path / "copies")
    assert len(cuts) > 6
    for cut in cuts:
        assert certificate.read(cut).authority.sha256 == authority
        certificate.renew(cut, now=later)
        assert certificate.read(cut).server.until == later + 397 * DAY_S


def test_from_enrolment_to_the_first_counter(centre: LiveServer, node: LiveNode) -> None:
    said = json.loads(node.enrol(centre).stdout)
    assert said["clinic"] == CLUES
    assert f"https://localhost:{node.port}/clinic/" in said["addresses"]
    ca = Path(said["ca"]["file"])
    assert ca.read_bytes() == (node.folder / "tls" / "ca.pem").read_bytes()
    shown = openssl("x509", "-in", str(ca), "-noout", "-fingerprint", "-sha256").stdout.strip()
    assert shown.partition("=")[2].replace(":", "").lower() == said["ca"]["sha256"]
    node.start()
    browser = node.counter()
    assert browser.ask("GET", "/api/v1/session")[1] == {"staff": None, "env": "demo", "entry": "counter-code"}
    browser.enter("Ventanilla 1")
    staff = browser.ask("GET", "/api/v1/session")[1]["staff"]
    assert staff == {"name": "Ventanilla 1", "role": "clinic", "clinic": CLUES}
    given = browser.ask("GET", "/api/v1/sealing-keys")[1]["keys"]
    assert [key["number"] for key in given] == [2, 1], "this week's, and the next one's"
    asked = {"text": (centre.home / "samples" / "printed.txt").read_text().strip()}
    answer = browser.ask("POST", "/api/v1/verifications", asked)[1]
    assert answer["verdict"] == "check_identity"
    assert answer["entitlement"]["attend"], "the node's own clinic is meant where none is named"
    with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection(("localhost", node.port)) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    node.amate("counter", "withdraw", "Ventanilla 1")
    assert browser.ask("GET", "/api/v1/sealing-keys")[0] == 401
    assert browser.ask("POST", "/api/v1/verifications", asked)[0] == 401
    (listed,) = json.loads(node.amate("counter", "list", "--json").stdout)["counters"]
    assert (listed["name"], listed["state"]) == ("Ventanilla 1", "withdrawn")


def test_enrolling_again_renews_and_keeps_its_names_unless_others_are_given(centre: LiveServer, node: LiveNode) -> None:
    first = json.loads(node.enrol(centre, "--name", "nodo.local").stdout)
    again = json.loads(node.enrol(centre).stdout)
    same = ("clinic", "addresses", "ca", "certificate_until")
    assert [first[name] for name in same] == [again[name] for name in same]
    assert (first["install_ca_again"], again["install_ca_again"]) == (True, False)
    other = json.loads(node.enrol(centre, "--name", "otro.local", "--name", "192.0.2.9").stdout)
    assert other["addresses"][0] == f"https://otro.local:{node.port}/clinic/"
    assert other["install_ca_again"] is True
    assert other["ca"]["sha256"] != first["ca"]["sha256"]
    assert folder.enrolment_of(node.folder).names == ("otro.local", "192.0.2.9", "localhost", "127.0.0.1")
    assert seconds_from_iso(other["certificate_until"]) > NOW


def test_a_token_without_a_clinic_or_of_another_is_refused(centre: LiveServer, node: LiveNode) -> None:
    done = node.enrol(centre, clinic=None, check=False)
    error = json.loads(done.stderr.splitlines()[-1])
    assert (done.returncode, error["error"]) == (1, "token-without-clinic")
    assert "amate staff token --role clinic --clinic CLUES" in error["detail"]
    assert not (node.folder / "node.json").exists()
    node.enrol(centre)
    (published,) = (node.folder / "current" / "published" / "trust" / "targets").glob("*.clinics.json")
    clinics = json.loads(published.read_text())
    another = next(clues for clues in keys_in(clinics) if clues != CLUES)
    done = node.enrol(centre, clinic=another, check=False)
    assert json.loads(done.stderr.splitlines()[-1])["error"] == "other-clinic"
    assert folder.enrolment_of(node.folder).clinic == CLUES


def test_on_plain_http_it_serves_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_ = enrolled(tmp_path)
    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(serve, "run", lambda *args, tls=None: ran.append((*args, tls)))
    monkeypatch.setattr(serve, "Child", lambda *_args: Child())
    for host in ("0.0.0.0", "192.168.7.5", "::"):
        with pytest.raises(Refused, match="http-beyond-loopback"):
            serve.serve_node(folder_, host, None, over_http=True)
    monkeypatch.setenv("AMATE_HOST", "0.0.0.0")
    with pytest.raises(Refused, match="http-beyond-loopback"):
        serve.serve_node(folder_, None, None, over_http=True)
    assert ran == []
    monkeypatch.delenv("AMATE_HOST")
    serve.serve_node(folder_, None, None, over_http=True)
    serve.serve_node(folder_, None, None, over_http=False)
    files = (folder_ / "tls" / "cert.pem", folder_ / "tls" / "key.pem")
    target = "amate.app:verifier_app"
    assert ran == [(target, "127.0.0.1", 8443, 1, folder_, None), (target, "0.0.0.0", 8443, 1, folder_, files)]


class Child:
    """What runs beside a server, without running."""

    def keep(self) -> None: ...

    def stop(self) -> None: ...


def enrolled(tmp_path: Path) -> Path:
    to = tmp_path / "node"
    to.mkdir()
    enrolling.settle(to, Enrolment(NOBODY, CLUES, NAMES[0], NAMES, NOW), "amate_token", now=int(time.time()))  # noqa: TID251
    return to


def test_a_setting_or_an_option_moves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_ = enrolled(tmp_path)
    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(serve, "run", lambda *args, tls=None: ran.append(args[1:3]))
    monkeypatch.setattr(serve, "Child", lambda *_args: Child())
    monkeypatch.setenv("AMATE_PORT", "9443")
    monkeypatch.setenv("AMATE_HOST", "127.0.0.1")
    serve.serve_node(folder_, None, None, over_http=False)
    serve.serve_node(folder_, "::", 10443, over_http=False)
    assert ran == [("127.0.0.1", 9443), ("::", 10443)]


def test_a_node_of_real_people_needs_no_database_server_and_its_own_faces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMATE_ENV", "production")
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "nothing"))
    assert NodeSettings().env == "production"
    folder_, faces = enrolled(tmp_path), tmp_path / "dist"
    monkeypatch.setenv("AMATE_PWA_DIR", str(faces))
    faces.mkdir()
    (faces / "index.html").touch()
    (folder_ / "current").mkdir()
    (folder_ / "current" / "anchor.json").write_text("{}")
    (faces / "pin.json").write_text(json.dumps({"env": "production", "anchor_sha256": "0" * 64}))
    monkeypatch.setattr(serve, "run", lambda *_args, **_more: None)
    monkeypatch.setattr(serve, "Child", lambda *_args: Child())
    with pytest.raises(Refused, match="wrong-faces"):
        serve.serve_node(folder_, "127.0.0.1", None, over_http=False)


def test_a_node_without_faces_says_where_it_looked_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder_, faces = enrolled(tmp_path), tmp_path / "dist"
    monkeypatch.setenv("AMATE_PWA_DIR", str(faces))
    monkeypatch.setattr(serve, "run", lambda *_args, **_more: None)
    monkeypatch.setattr(serve, "Child", lambda *_args: Child())
    serve.serve_node(folder_, "127.0.0.1", None, over_http=False)
    (line,) = capsys.readouterr().err.splitlines()
    assert (f"no faces in {faces}" in line, "AMATE_PWA_DIR" in line, "/clinic/" in line) == (True, True, True)
    (faces / "clinic").mkdir(parents=True)
    (faces / "clinic" / "index.html").touch()
    serve.serve_node(folder_, "127.0.0.1", None, over_http=False)
    assert capsys.readouterr().err == ""


def test_http_is_not_for_what_is_no_node(tmp_path: Path) -> None:
    for arguments in (["--role", "verifier", "--pack", str(tmp_path)], []):
        result = CliRunner().invoke(cli, ["serve", "--http", *arguments])
        assert (result.exit_code, "amate node enrol" in result.output) == (2, True)


def test_commands_of_a_folder_that_is_no_node_say_how_to_make_it_one(tmp_path: Path) -> None:
    asked = (["status"], ["sync"], ["resend"], ["counter", "add", "Ventanilla 1"], ["counter", "list"])
    for arguments in asked:
        with pytest.raises(Malformed, match=r"not-enrolled.*amate node enrol"):
            CliRunner().invoke(cli, ["node", *arguments, "--pack", str(tmp_path)], catch_exceptions=False)
    (tmp_path / "node.json").write_text('{"source": 1')
    with pytest.raises(Malformed, match=r"node-broken.*amate node enrol"):
        CliRunner().invoke(cli, ["node", "status", "--pack", str(tmp_path)], catch_exceptions=False)


def test_what_synchronises_is_started_again_when_it_dies_and_nothing_outlives_the_server(
    centre: LiveServer, node: LiveNode
) -> None:
    node.enrol(centre)
    node.start()
    assert node.process is not None

    (first,) = until(node.synchronising)
    os.kill(first, 9)
    (second,) = until(lambda: [pid for pid in node.synchronising() if pid != first])
    beside = descendants(node.process.pid)
    assert len(beside) > 1, "a worker, too"
    assert second in beside
    os.kill(node.process.pid, 9)  # and it alone, as a machine short of memory does
    node.process.wait()
    try:
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in beside))
    finally:
        for pid in (each for each in beside if Path(f"/proc/{each}").exists()):  # or they would outlive this test, too
            os.kill(pid, 9)
    node.start()


def until(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("not within 20 seconds")
