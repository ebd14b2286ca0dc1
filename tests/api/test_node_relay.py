"""What counters left at their node reaches the centre once, whoever is killed on the way, and nothing is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from amate.config import Settings
from amate.core.receipt import Seen
from amate.errors import AmateError, Unavailable
from amate.features.verification.node import commands, relaying, remote, store, syncing
from amate.features.verification.node.model import HeldReceipt
from amate.features.verification.remote import Deployment
from tests.api.live_nodes import RECEIPTS, SigningCounter, sealed, signing
from tests.api.nodes import SoftNode, ask
from tests.conftest import NOW, Clock
from tests.live import LiveServer
from tests.live_nodes import LiveCounter, LiveNode

pytestmark = pytest.mark.embedded
PHONE = Seen(1, b"phones-pass1", 2)
Said = tuple[int, Any]


class Centre(ThreadingHTTPServer):
    """Answers what a test says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: Callable[[str, Any], Said] = lambda _path, _body: (500, None)
        self.asked: list[tuple[str, Any, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Centre
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "30000")
        self.end_headers()
        self.wfile.write(b"x" * 30_000)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, self.headers["Authorization"]))
        status, said = self.server.answer(self.path, body)
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_said: object) -> None: ...


@pytest.fixture
def soft_centre() -> Iterator[Centre]:
    server = Centre()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = store.open_store(tmp_path)
    yield engine
    engine.dispose()


def hold(engine: Engine, *numbers: int, device: str = "x") -> None:
    with engine.begin() as tx:
        for number in numbers:
            place = store.last_arrived(tx) + 1
            store.hold(tx, HeldReceipt(f"{number:064x}", device * 43, "y" * 43, f"sealed {number}", place))


def relay(engine: Engine, centre: Centre) -> relaying.Relayed:
    return relaying.relay(engine, Deployment(centre.url, "amate_t"), Clock())


def held(engine: Engine) -> dict[int, tuple[str, str | None, str | None]]:
    with engine.connect() as tx:
        rows = list(tx.execute(store.held_receipt.select().order_by(store.held_receipt.c.arrived)))
    return {int(row.id, 16): (row.state, row.why, row.body) for row in rows}


def all_are(state: str, why: str | None = None) -> Callable[[str, Any], Said]:
    def answer(_path: str, body: Any) -> Said:
        told = {"state": state} | ({} if why is None else {"why": why})
        return 200, {"receipts": [{"id": each["id"], **told} for each in body["sealed"]["receipts"]]}

    return answer


def test_they_go_counter_by_counter_in_order_and_forty_at_a_time(engine: Engine, soft_centre: Centre) -> None:
    hold(engine, *range(1, 60))
    hold(engine, 100, device="z")
    hold(engine, *range(60, 90))
    soft_centre.answer = all_are("stored")
    assert relay(engine, soft_centre).sent == 90
    sent = [
        (body["sealed"]["device"]["x"][0], [int(each["id"], 16) for each in body["sealed"]["receipts"]])
        for _, body, _ in soft_centre.asked
    ]
    assert sent == [("x", [*range(1, 41)]), ("x", [*range(41, 81)]), ("x", [*range(81, 90)]), ("z", [100])]
    assert {path for path, _, _ in soft_centre.asked} == {RECEIPTS}
    assert {token for _, _, token in soft_centre.asked} == {"Bearer amate_t"}
    assert held(engine) == {}


def test_what_the_centre_says_of_each_decides(engine: Engine, soft_centre: Centre) -> None:
    hold(engine, 1, 2, 3, 4)
    states = [("stored", None), ("conflict", "receipt-gap"), ("refused", "wrong-clinic"), ("known", None)]

    def answer(_path: str, body: Any) -> Said:
        each = zip(body["sealed"]["receipts"], states, strict=True)
        return 200, {"receipts": [{"id": one["id"], "state": state, "why": why} for one, (state, why) in each]}

    soft_centre.answer = answer
    done = relay(engine, soft_centre)
    assert (done.sent, done.conflicts, done.refused, done.trouble) == (4, 1, 1, None)
    expected = {2: ("conflict", "receipt-gap", None), 3: ("refused", "wrong-clinic", "sealed 3")}
    assert held(engine) == expected
    soft_centre.asked.clear()
    relay(engine, soft_centre)
    assert soft_centre.asked == [], "neither waits any more"
    with engine.begin() as tx:
        assert store.resend(tx) == 1
    soft_centre.answer = all_are("stored")
    relay(engine, soft_centre)
    assert held(engine) == {2: expected[2]}


@pytest.mark.parametrize("status", [413, 422])
def test_where_one_is_to_blame_the_others_still_go(engine: Engine, soft_centre: Centre, status: int) -> None:
    hold(engine, 1, 2, 3)

    def answer(path: str, body: Any) -> Said:
        ids = [each["id"] for each in body["sealed"]["receipts"]]
        if f"{2:064x}" in ids:
            return status, {"type": "/problems/too-large"}
        return all_are("stored")(path, body)

    soft_centre.answer = answer
    done = relay(engine, soft_centre)
    assert (done.sent, done.refused, done.trouble) == (3, 1, None)
    assert held(engine) == {2: ("refused", "too-large", "sealed 2")}
    soft_centre.asked.clear()
    soft_centre.answer = lambda _path, _body: (status, b"<html>not ours</html>")
    hold(engine, 4)
    relay(engine, soft_centre)
    assert held(engine)[4] == ("refused", f"http-{status}", "sealed 4")


WAITS = {1: ("waiting", None, "sealed 1"), 2: ("waiting", None, "sealed 2")}


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ((401, {"type": "/problems/not-logged-in"}), "token-refused"),
        ((403, {"type": "/problems/wrong-role"}), "token-refused"),
        ((500, b"no"), "source-unavailable"),
        ((503, {"type": "/problems/database-unavailable"}), "source-unavailable"),
        ((302, b""), "source-unavailable"),
        ((200, b"<html>a captive portal</html>"), "source-unavailable"),
        ((200, {"receipts": []}), "source-unavailable"),
        ((200, {"receipts": "none"}), "source-unavailable"),
        ((200, {"receipts": [{"id": f"{n:064x}", "state": "stored"} for n in (2, 1)]}), "source-unavailable"),
        ((200, {"receipts": [{"id": f"{n:064x}", "state": "perhaps"} for n in (1, 2)]}), "source-unavailable"),
        ((200, {"receipts": [{"id": f"{n:064x}"} for n in (1, 2)]}), "source-unavailable"),
        ((200, json.dumps(all_are("stored")("", sealed(1, 2))[1]).encode() + b" " * 70_000), "source-unavailable"),
    ],
)
def test_an_answer_that_takes_nothing_leaves_everything(
    engine: Engine, soft_centre: Centre, said: Said, slug: str
) -> None:
    hold(engine, 1, 2)
    soft_centre.answer = lambda _path, _body: said
    done = relay(engine, soft_centre)
    assert done.trouble is not None
    assert (done.sent, done.trouble.slug) == (0, slug)
    assert held(engine) == WAITS


def test_a_counter_that_is_refused_keeps_no_other_waiting(engine: Engine, soft_centre: Centre) -> None:
    hold(engine, 1)
    hold(engine, 2, device="z")

    def answer(path: str, body: Any) -> Said:
        is_first = body["sealed"]["device"]["x"].startswith("x")
        return (403, {"type": "/problems/wrong-clinic"}) if is_first else all_are("stored")(path, body)

    soft_centre.answer = answer
    done = relay(engine, soft_centre)
    assert done.trouble is not None
    assert "wrong-clinic" in done.trouble.detail
    assert list(held(engine)) == [1]


def test_reports_are_told_once_and_kept_until_then(engine: Engine, soft_centre: Centre) -> None:
    documents = [{"device": letter * 16, "clock_skew_s": n} for n, letter in enumerate("ab")]
    with engine.begin() as tx:
        for document in documents:
            store.put_report(tx, document)
    with pytest.raises(AmateError, match="source-unavailable"):
        relaying.relay_reports(engine, Deployment(soft_centre.url, "amate_t"))
    soft_centre.asked.clear()

    def answer(_path: str, body: Any) -> Said:
        if body["device"].startswith("b"):  # while it is told, a newer one comes
            with engine.begin() as tx:
                store.put_report(tx, {**body, "clock_skew_s": 9})
        return 204, b""

    soft_centre.answer = answer
    assert relaying.relay_reports(engine, Deployment(soft_centre.url, "amate_t")) == 2
    assert [body for _, body, _ in soft_centre.asked] == documents
    with engine.connect() as tx:
        assert [json.loads(document)["clock_skew_s"] for _, document in store.reports(tx)] == [9]


def test_a_refusal_whose_words_nobody_read_costs_the_next_request_nothing(soft_centre: Centre) -> None:
    """What is sent goes once, without a second try, and never down a line on which an older answer still lies."""
    deployment = Deployment(soft_centre.url, "amate_t")
    soft_centre.answer = lambda _path, _body: (204, b"")
    for _ in range(5):
        with pytest.raises(AmateError, match="token-refused"):
            deployment.sealing_keys()
        assert deployment.post(relaying.REPORTS, {}, relaying.MAX_ANSWER).status == 204


def test_what_goes_on_going_wrong_is_told_when_it_begins_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = syncing.Part("receipts", {}, Unavailable("source-unavailable", "no route"))
    turns = iter([[bad], [bad], [syncing.Part("receipts", {})], [syncing.Part("receipts", {})], [bad]])

    def act() -> list[syncing.Part]:
        found = next(turns, None)
        if found is None:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(commands, "time", SimpleNamespace(sleep=lambda _s: None))
    monkeypatch.setattr(commands, "signal", SimpleNamespace(signal=lambda *_: None, SIGTERM=15))
    with pytest.raises(KeyboardInterrupt):
        commands._go_on(act, 300)
    wrong = "amate: receipts: source-unavailable: no route"
    assert capsys.readouterr().err.splitlines() == [wrong, "amate: synchronised again", wrong]


@pytest.fixture
def node(tmp_path: Path, settings: Settings, clock: Clock, soft_centre: Centre) -> Iterator[SoftNode]:
    (tmp_path / "pack").mkdir()
    node = SoftNode(tmp_path / "pack", settings, clock, source=soft_centre.url)
    yield node
    node.close()


USES = "/api/v1/verifications/uses"


@pytest.mark.parametrize(("said", "first"), [(True, True), (False, False), (None, None), ("yes", None)])
def test_the_centre_knows_what_other_clinics_saw(
    node: SoftNode, soft_centre: Centre, said: object, first: bool | None
) -> None:
    soft_centre.answer = lambda _path, _body: (200, {"first_use": said})
    browser = node.counter()
    assert ask(browser, "POST", USES, {"cti": "0" * 24}).json == {"first_use": first}
    assert soft_centre.asked == [(USES, {"cti": "0" * 24}, "Bearer amate_of-a-test")]
    assert ask(browser, "POST", USES, {"cti": "0" * 24}).json == {"first_use": False}
    assert len(soft_centre.asked) == 1, "what was used here is asked of nobody"


def test_no_reception_waits_for_a_dead_line_each_time(
    node: SoftNode, soft_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def answer(_path: str, _body: Any) -> Said:
        let_go.wait(10)
        return 200, {"first_use": True}

    soft_centre.answer = answer
    browser, began = node.counter(), time.monotonic()
    assert ask(browser, "POST", USES, {"cti": "0" * 24}).json == {"first_use": None}
    assert 0.9 < time.monotonic() - began < 3
    began = time.monotonic()
    for n in range(20):
        assert ask(browser, "POST", USES, {"cti": f"{n + 1:024}"}).json == {"first_use": None}
    assert time.monotonic() - began < 0.9, "for 30 seconds nobody is asked"
    let_go.set()
    monkeypatch.setattr(remote, "PAUSE_S", 0.0)
    node.app.extensions["amate.first-uses"] = remote.FirstUses(node.folder, soft_centre.url)
    assert ask(browser, "POST", USES, {"cti": "a" * 24}).json == {"first_use": True}


@pytest.mark.parametrize("said", [(401, {"type": "/problems/not-logged-in"}), (500, b""), (200, b"<html>")])
def test_a_centre_that_does_not_say_is_not_asked_again_at_once(node: SoftNode, soft_centre: Centre, said: Said) -> None:
    soft_centre.answer = lambda _path, _body: said
    browser = node.counter()
    for n in range(3):
        assert ask(browser, "POST", USES, {"cti": f"{n:024}"}).json == {"first_use": None}
    assert len(soft_centre.asked) == 1


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, LiveNode, LiveCounter]]:
    folder = tmp_path_factory.mktemp("relay")
    centre, node = LiveServer(folder / "centre"), LiveNode(folder / "node")
    centre.seed()
    centre.start()
    node.enrol(centre)
    node.start()
    node.hold_still()
    browser = node.counter()
    browser.enter("Ventanilla 1")
    yield centre, node, browser
    node.stop()
    centre.stop()


def sync(node: LiveNode, *, works: bool = True) -> Any:
    done = node.amate("sync", "--json", check=False)
    assert (done.returncode == 0) is works, done.stdout + done.stderr
    return json.loads(done.stdout)


def taken(browser: LiveCounter, body: Any) -> list[str]:
    status, said = browser.ask("POST", RECEIPTS, body)
    assert status == 200, said
    return [each["state"] for each in said["receipts"]]


def counted(centre: LiveServer) -> int:
    """How many receipts that counters signed the centre has."""
    import sqlite3

    with sqlite3.connect(f"file:{centre.home / 'amate.db'}?mode=ro", uri=True) as database:
        (count,) = database.execute("SELECT count(*) FROM scan_receipt WHERE raw IS NOT NULL").fetchone()
    return int(count)


def scanned(counter: SigningCounter, many: int) -> list[bytes]:
    return [counter.scan(PHONE, at=NOW + n) for n in range(many)]


def test_with_the_centre_gone_counters_go_on_and_all_of_it_arrives_when_it_is_back(
    live: tuple[LiveServer, LiveNode, LiveCounter],
) -> None:
    centre, node, browser = live
    counter, before = signing(browser), counted(live[0])
    first = scanned(counter, 3)
    assert taken(browser, counter.batch(*first)) == ["stored"] * 3
    centre.stop()
    said = sync(node, works=False)
    assert {name for name, part in said.items() if "error" in part} == {"pack", "receipts"}
    assert set(said) == {"pack", "reports", "receipts", "certificate"}, "each part runs whatever became of the others"
    assert browser.ask("GET", "/api/v1/sealing-keys")[0] == 200
    assert browser.ask("POST", USES, {"cti": "e" * 24}) == (200, {"first_use": None})
    assert browser.ask("POST", USES, {"cti": "e" * 24}) == (200, {"first_use": False})
    assert taken(browser, counter.batch(*first, *scanned(counter, 2))) == ["known"] * 3 + ["stored"] * 2
    assert node.status()["receipts"]["waiting"] == 5
    centre.start()
    assert sync(node)["receipts"] == {"sent": 5, "conflicts": 0, "refused": 0}
    assert (counted(centre) - before, node.status()["receipts"]["waiting"]) == (5, 0)


def test_killed_between_the_centres_answer_and_the_deletion_it_tells_again_and_counts_once(
    live: tuple[LiveServer, LiveNode, LiveCounter],
) -> None:
    centre, node, browser = live
    counter, before = signing(browser), counted(centre)
    body = counter.batch(*scanned(counter, 4))
    assert taken(browser, body) == ["stored"] * 4
    token = (node.folder / "token").read_text()
    # As `sync` does, and no further: the centre has answered, and nothing was deleted.
    told = Deployment(centre.url, token).post(relaying.RECEIPTS, body, relaying.MAX_ANSWER)
    assert [each["state"] for each in told.body["receipts"]] == ["stored"] * 4
    assert node.status()["receipts"]["waiting"] == 4
    assert sync(node)["receipts"]["sent"] == 4
    assert (counted(centre) - before, node.status()["receipts"]["waiting"]) == (4, 0)
    assert taken(browser, body) == ["stored"] * 4, "a counter that heard no answer brings them once more"
    assert sync(node)["receipts"]["sent"] == 4
    assert (counted(centre) - before, node.status()["receipts"]["waiting"]) == (4, 0)


def test_what_the_centre_refuses_or_contradicts_is_told_by_status_and_sent_again_on_request(
    live: tuple[LiveServer, LiveNode, LiveCounter],
) -> None:
    _, node, browser = live
    elsewhere, gap = signing(browser, "HGIMB000011"), signing(browser)
    (first, _, third) = scanned(gap, 3)
    assert taken(browser, elsewhere.batch(*scanned(elsewhere, 1))) == ["stored"]
    assert taken(browser, gap.batch(first, third)) == ["stored"] * 2
    assert sync(node)["receipts"] == {"sent": 3, "conflicts": 1, "refused": 1}
    receipts = node.status()["receipts"]
    assert receipts == {"waiting": 0, "refused": {"wrong-clinic": 1}, "conflicts": {"receipt-gap": 1}}
    shown = node.amate("status").stdout
    assert "refused: 1 wrong-clinic" in shown
    assert json.loads(node.amate("resend", "--json").stdout) == {"waiting_again": 1}
    assert node.status()["receipts"]["waiting"] == 1
    assert sync(node)["receipts"]["refused"] == 1


def test_reports_of_counters_reach_the_centre_beside_the_nodes_own(
    live: tuple[LiveServer, LiveNode, LiveCounter],
) -> None:
    centre, node, browser = live
    report = {"device": "counter-of-a-test", "trust_signed_at": None, "status_signed_at": None, "clock_skew_s": 7}
    assert browser.ask("POST", "/api/v1/verifiers/reports", report) == (204, None)
    security = json.loads(centre.amate("staff", "token", "--role", "security", "--json").stdout)["token"]
    headers = {"Authorization": f"Bearer {security}"}
    before = centre.request("GET", "/api/v1/verifiers/ages", headers=headers)[1]
    assert sync(node)["reports"] == {"told": 1}
    after = centre.request("GET", "/api/v1/verifiers/ages", headers=headers)[1]
    assert (after["devices"], after["trust"]["never"]) == (before["devices"] + 1, before["trust"]["never"] + 1)
    assert sync(node)["reports"] == {"told": 0}


def test_a_revoked_token_leaves_everything_waiting_and_says_what_to_do(
    live: tuple[LiveServer, LiveNode, LiveCounter],
) -> None:
    centre, node, browser = live
    counter = signing(browser)
    assert taken(browser, counter.batch(*scanned(counter, 1))) == ["stored"]
    listed = json.loads(centre.amate("staff", "tokens", "--json").stdout)["tokens"]
    for each in listed:
        if each["clinic"] is not None:
            centre.amate("staff", "revoke-token", each["id"])
    done = node.amate("sync", check=False)
    assert done.returncode == 1
    assert "receipts: token-refused" in done.stderr
    assert "amate node enrol" in done.stderr
    assert node.status()["receipts"]["waiting"] == 1
    node.enrol(centre)
    assert sync(node)["receipts"]["sent"] == 1
