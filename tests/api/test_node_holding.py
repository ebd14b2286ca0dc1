"""What an enrolled node does for its counters without the centre: keys, receipts, codes for one showing, faces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amate.config import Settings
from amate.features.verification.node import model, store
from tests.api.issuing import at_once
from tests.api.nodes import CLUES, SoftNode, ask
from tests.conftest import Clock

pytestmark = pytest.mark.embedded
RECEIPTS, USES, REPORTS = "/api/v1/verifications/receipts", "/api/v1/verifications/uses", "/api/v1/verifiers/reports"
KEY = {"x": "x" * 43, "y": "y" * 43}
KEYS = {"keys": [{"number": 1, "key": "k" * 43, "until": "2028-01-23T11:06:40Z"}], "receipts_key": {"kid": "a", **KEY}}


@pytest.fixture
def node(tmp_path: Path, settings: Settings, clock: Clock) -> Iterator[SoftNode]:
    """One whose pack holds sealing keys, and no trust yet."""
    (tmp_path / "pack" / "sets" / "1").mkdir(parents=True)
    (tmp_path / "pack" / "current").symlink_to("sets/1")
    from amate.features.verification import world

    (tmp_path / "pack" / "current" / "sealing-keys.json").write_bytes(world.with_checksum(json.dumps(KEYS).encode()))
    node = SoftNode(tmp_path / "pack", settings, clock)
    yield node
    node.close()


def receipts(*numbers: int, device: dict[str, str] = KEY) -> dict[str, Any]:
    listed = [{"id": f"{number:064x}", "receipt": f"sealed {number}"} for number in numbers]
    return {"sealed": {"device": device, "receipts": listed}}


def states(browser: Any, body: dict[str, Any]) -> list[str]:
    answer = ask(browser, "POST", RECEIPTS, body)
    assert answer.status_code == 200, answer.text
    assert [each["id"] for each in answer.json["receipts"]] == [each["id"] for each in body["sealed"]["receipts"]]
    return [each["state"] for each in answer.json["receipts"]]


def test_the_keys_of_the_pack_are_told_as_the_centre_tells_them(node: SoftNode) -> None:
    assert ask(node.counter(), "GET", "/api/v1/sealing-keys").json == {**KEYS, "clinic": CLUES}


@pytest.mark.parametrize("left", [None, b"{}", b'{"keys": [], "sha256": "no"}', "bent"])
def test_keys_that_are_damaged_or_gone_are_not_told(node: SoftNode, left: Any) -> None:
    file = node.folder / "current" / "sealing-keys.json"
    content = file.read_bytes().replace(b"kkk", b"jjj", 1) if left == "bent" else left
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    answer = ask(node.counter(), "GET", "/api/v1/sealing-keys")
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/no-sealing-key")


def test_each_receipt_is_held_once_and_in_order(node: SoftNode) -> None:
    one, two = node.counter("Ventanilla 1"), node.counter("Ventanilla 2")
    assert states(one, receipts(1, 2)) == ["stored", "stored"]
    assert states(two, receipts(9, device={"x": "a" * 43, "y": "b" * 43})) == ["stored"]
    assert states(one, receipts(2, 3, 3)) == ["known", "stored", "known"]
    assert [(row.body, row.x[0], row.state) for row in node.held()] == [
        ("sealed 1", "x", "waiting"),
        ("sealed 2", "x", "waiting"),
        ("sealed 9", "a", "waiting"),
        ("sealed 3", "x", "waiting"),
    ]


@pytest.mark.parametrize("state", [model.REFUSED, model.CONFLICT])
def test_what_the_centre_refused_before_is_known_and_does_not_wait_again(node: SoftNode, state: str) -> None:
    browser = node.counter()
    states(browser, receipts(1))
    with node.at_terminal() as ctx:
        store.put_state(ctx.tx, f"{1:064x}", state, "receipt-gap")
    assert states(browser, receipts(1)) == ["known"]
    assert [(row.state, row.why) for row in node.held()] == [(state, "receipt-gap")]


def test_many_counters_at_once_leave_each_receipt_once(node: SoftNode) -> None:
    browsers = [node.counter(f"Ventanilla {n}") for n in range(4)]
    told = at_once(16, lambda turn: states(browsers[turn % 4], receipts(1, 2, 3)))
    assert sorted(state for each in told for state in each) == ["known"] * 45 + ["stored"] * 3
    assert len(node.held()) == 3


def test_a_full_node_takes_nothing_and_loses_nothing(node: SoftNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MAX_HELD", 3)
    browser = node.counter()
    assert states(browser, receipts(1, 2)) == ["stored", "stored"]
    answer = ask(browser, "POST", RECEIPTS, receipts(3, 4))
    assert (answer.status_code, answer.json["type"]) == (507, "/problems/node-full")
    assert len(node.held()) == 2
    assert states(browser, receipts(3)) == ["stored"]


def test_integrators_receipts_are_sent_to_the_centre(node: SoftNode) -> None:
    scan = {"id": "12345678", "verdict": "valid", "at": "2026-11-18T11:06:40Z"}
    answer = ask(node.counter(), "POST", RECEIPTS, {"receipts": [scan]})
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/receipts-for-the-centre")
    assert "centre" in answer.json["detail"]


def test_a_code_for_one_showing_is_used_up_between_counters_with_the_centre_gone(node: SoftNode, clock: Clock) -> None:
    one, two, body = node.counter("Ventanilla 1"), node.counter("Ventanilla 2"), {"cti": "0" * 24}
    assert ask(one, "POST", USES, body).json == {"first_use": None}
    assert ask(two, "POST", USES, body).json == {"first_use": False}
    clock.now += 86_401
    ask(one, "POST", USES, {"cti": "1" * 24})
    with node.app.extensions["amate.engine"].connect() as tx:
        assert [row.cti for row in tx.execute(store.used_pass.select())] == ["1" * 24], "a day is enough"


def test_a_hundred_counters_that_ask_at_once_get_one_answer_that_is_not_no(node: SoftNode) -> None:
    browser = node.counter()
    node.app.extensions["amate.first-uses"].ask = lambda _cti: True
    answers = at_once(100, lambda _turn: ask(browser, "POST", USES, {"cti": "2" * 24}).json["first_use"])
    assert (answers.count(True), answers.count(False)) == (1, 99)


def test_the_newest_report_of_each_counter_is_kept(node: SoftNode) -> None:
    browser, report = node.counter(), {"trust_signed_at": None, "status_signed_at": None, "clock_skew_s": 0}
    for device, skew in (("a" * 16, 1), ("b" * 16, 2), ("a" * 16, 3)):
        assert ask(browser, "POST", REPORTS, {**report, "device": device, "clock_skew_s": skew}).status_code == 204
    with node.at_terminal() as ctx:
        kept = [(device, json.loads(document)["clock_skew_s"]) for device, document in store.reports(ctx.tx)]
    assert kept == [("a" * 16, 3), ("b" * 16, 2)]


def test_the_faces_are_served_but_for_the_console(node: SoftNode, tmp_path: Path) -> None:
    built = ("clinic/index.html", "clinic.webmanifest", "sw.js", "pin.json", "assets/a.js", "icons/amate.svg")
    precached = ("index.html", "wallet/index.html", "enrolment/index.html", "wallet.webmanifest")
    console = ("console/index.html", "console.webmanifest")
    dist = tmp_path / "dist"
    for name in (*built, *precached, *console):
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).write_text(name)
    node.settings = node.settings.model_copy(update={"pwa_dir": dist})
    again = SoftNode(node.folder, node.settings, node.clock)
    browser = again.browser()
    for name in (*built, *precached):
        assert (name, ask(browser, "GET", f"/{name}").text) == (name, name)
    assert ask(browser, "GET", "/clinic/").text == "clinic/index.html"
    for name in (*console, "console/", "api/v1/nothing", "..%2fpack/token", "token", "node.db"):
        assert ask(browser, "GET", f"/{name}").status_code in (401, 404), name
    again.close()


def test_its_page_leads_to_the_counter_and_says_what_waits(node: SoftNode) -> None:
    browser = node.counter("Ventanilla secreta")
    states(browser, receipts(1, 2, 3))
    with node.at_terminal() as ctx:
        store.put_state(ctx.tx, f"{3:064x}", model.REFUSED, "wrong-clinic")
    page = ask(node.browser(), "GET", "/").text
    assert 'href="/clinic/"' in page
    assert "Abrir el mostrador" in page
    assert "<dd>2</dd>" in page
    assert "<dd>1</dd>" in page
    assert "no hay" in page, "this pack has no trust"
    assert "Ventanilla" not in page
    assert "servidor central" in ask(node.browser(), "GET", "/nothing", Accept="text/html").text


def test_its_figures_say_what_waits(node: SoftNode) -> None:
    states(node.counter(), receipts(1, 2))
    said = ask(node.browser(), "GET", "/metrics").text
    assert "amate_node_receipts_waiting 2.0" in said
    assert "amate_node_receipts_refused 0.0" in said


def test_a_database_that_does_not_answer_is_told_and_figures_go_on(node: SoftNode) -> None:
    browser = node.counter()
    node.app.extensions["amate.engine"].dispose()
    for path in node.folder.glob("node.db*"):
        path.unlink()
    (node.folder / "node.db").mkdir()
    answer = ask(browser, "POST", RECEIPTS, receipts(1))
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/database-unavailable")
    assert ask(browser, "GET", "/metrics").status_code == 200
    assert ask(browser, "GET", "/healthz").status_code == 200
