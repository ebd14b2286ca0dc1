"""Trust in a real browser: what an idle sync asks for, what a changed byte does, and what a killed tab leaves."""

from __future__ import annotations

import contextlib
import random
import re
import time

import pytest
from playwright.sync_api import BrowserContext, Error, Locator, Page, Request, expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import SHIFTED, expect_verdict, next_person, prepare_clinic, type_code
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CLINIC = "HGIMS900110"
KILLS = 50
REVOCATIONS = "/status/revocations/"
HASHED = re.compile(rf"{REVOCATIONS}[0-9a-f]{{64}}$")
WHOLE = [
    "anchor",
    "snapshot",
    "target:clinics.json",
    "target:issuers.json",
    "target:policy.json",
    "targets",
    "timestamp",
]

# As a first synchronisation goes on: what verdicts rest on, then the clinics of the own state, then the country's.
FOR_VERDICTS = [name for name in WHOLE if name != "target:clinics.json"]
WITH_STATE = sorted([*FOR_VERDICTS, "target:clinics-of-a-state.json", "target:states.json"])

OPEN = """const open = () => new Promise((done, fail) => {
  const asked = indexedDB.open("amate")
  asked.onsuccess = () => done(asked.result)
  asked.onerror = () => fail(asked.error)
})
const told = (asked) => new Promise((done, fail) => {
  asked.onsuccess = () => done(asked.result)
  asked.onerror = () => fail(asked.error)
})
"""
# The end of every file is signed; near its beginning may be a signature too many, which nothing rests on.
FLIP = f"""async (name) => {{ {OPEN}
  const db = await open()
  const row = await told(db.transaction("trust").objectStore("trust").get(name))
  row.bytes[row.bytes.length - 12] ^= 1
  await told(db.transaction("trust", "readwrite").objectStore("trust").put(row, name))
  db.close()
}}"""
FLIP_FILE = f"""async () => {{ {OPEN}
  const db = await open()
  const row = await told(db.transaction("revocations").objectStore("revocations").get("newest"))
  row.bytes[row.bytes.length - 1] ^= 128
  await told(db.transaction("revocations", "readwrite").objectStore("revocations").put(row, "newest"))
  db.close()
}}"""
FORGET = f"""async () => {{ {OPEN}
  const db = await open()
  await told(db.transaction("trust", "readwrite").objectStore("trust").clear())
  await told(db.transaction("settings", "readwrite").objectStore("settings").delete("roots-walked-at"))
  db.close()
}}"""
KEYS = f"""async () => {{ {OPEN}
  const db = await open()
  const keys = await told(db.transaction("trust").objectStore("trust").getAllKeys())
  db.close()
  return keys
}}"""


@pytest.fixture
def card(server: LiveServer) -> str:
    """A printed card: never VÁLIDA, so REVISE IDENTIDAD is the best that trust can say of it."""
    return (server.home / "samples" / "printed.txt").read_text().strip()


def test_an_idle_synchronisation_is_one_request_of_1_kb(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, CLINIC)
    asked: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request) if "/trust/" in request.url else None)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    with page.expect_response("**/status/index.json"):
        page.evaluate("dispatchEvent(new Event('online'))")
    assert [request.url.removeprefix(server.url) for request in asked] == ["/trust/timestamp.json"]
    sizes = asked[0].sizes()
    assert sizes["responseBodySize"] + sizes["responseHeadersSize"] <= 1024
    assert complaints == []


def test_an_idle_look_for_revocations_is_one_token_that_the_browser_still_has(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    page = prepare_clinic(open_browser(), server, CLINIC)
    open_data(page)
    expect(filed(page)).to_contain_text("hace")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if REVOCATIONS in request.url else None)
    for _ in range(2):
        with page.expect_event("requestfinished", lambda request: REVOCATIONS in request.url) as finished:
            page.evaluate("dispatchEvent(new Event('online'))")
        sizes = finished.value.sizes()
        assert (sizes["responseBodySize"], sizes["responseHeadersSize"] <= 512) == (0, True), (
            "the server says: as before"
        )
    assert [request.url.removeprefix(server.url) for request in asked] == [f"{REVOCATIONS}token"] * 2


def test_the_revocations_of_the_country_answer_where_no_list_does(
    server: LiveServer, open_browser: OpenBrowser, card: str
) -> None:
    """Whoever withholds the lists hides nobody who is revoked; what is changed in the database is never green (D07)."""
    context = open_browser()
    context.route("**/status/index.json", lambda route: route.fulfill(json={"lists": []}))
    page = prepare_clinic(context, server, CLINIC)
    open_data(page)
    expect(filed(page)).to_contain_text("hace")
    revoked = (server.home / "samples" / "revoked.txt").read_text().strip()
    assert_says(context, page, revoked, "not_valid")
    assert_says(context, page, card, "check_identity")
    page.evaluate(FLIP_FILE)
    assert_says(context, page, revoked, "stale")
    assert_says(context, page, card, "stale")
    open_data(page)
    expect(filed(page)).to_contain_text("nunca")
    context.set_offline(False)
    with page.expect_response("**/status/revocations/*") as token, page.expect_response(HASHED):
        page.reload()
    assert token.value.url.endswith("/token")
    open_data(page)
    expect(filed(page)).to_contain_text("hace")
    assert_says(context, page, revoked, "not_valid")
    assert_says(context, page, card, "check_identity")


def test_a_byte_changed_in_the_database_is_never_green(
    server: LiveServer, open_browser: OpenBrowser, card: str
) -> None:
    """Row D07: off line nothing can be checked any more; on line the next sync mends it, but for the pinned root."""
    context = open_browser()
    page = prepare_clinic(context, server, CLINIC)
    for name in ("target:issuers.json", "target:policy.json", "targets", "snapshot", "timestamp", "anchor"):
        assert_says(context, page, card, "check_identity")
        page.evaluate(FLIP, name)
        assert_says(context, page, card, "stale")
        context.set_offline(False)
        with page.expect_response("**/trust/timestamp.json") if name != "anchor" else contextlib.nullcontext():
            page.reload()
        page.get_by_role("button", name="Teclear").wait_for()
        page.wait_for_timeout(500)
    assert_says(context, page, card, "stale")


def test_a_tab_killed_at_any_moment_leaves_each_update_whole_or_not_at_all(
    server: LiveServer, open_browser: OpenBrowser, card: str
) -> None:
    """Row D07: fifty first synchronisations, each cut at another moment by the end of its process."""
    context = open_browser()
    page = prepare_clinic(context, server, CLINIC)
    moments, lasts_ms = random.Random(7), sync_time_ms(page, server)
    found = []
    for _ in range(KILLS):
        page.goto(f"{server.url}/anchor.json")
        page.evaluate(FORGET)
        page.goto(f"{server.url}/clinic/", wait_until="commit")
        page.wait_for_timeout(moments.uniform(0, 1.5 * lasts_ms))
        page = killed(context, page)
        page.goto(f"{server.url}/anchor.json")
        found.append(page.evaluate(KEYS))
    assert [keys for keys in found if keys not in ([], FOR_VERDICTS, WITH_STATE, WHOLE)] == []
    assert [] in found
    assert WHOLE in found
    page.goto(f"{server.url}/clinic/")
    page.get_by_role("button", name="Teclear").wait_for()
    page.wait_for_timeout(1000)
    assert page.evaluate(KEYS) == WHOLE
    assert_says(context, page, card, "check_identity")


def sync_time_ms(page: Page, server: LiveServer) -> float:
    """From a visit to the last file of a first synchronisation."""
    page.goto(f"{server.url}/anchor.json")
    page.evaluate(FORGET)
    started = time.monotonic()
    with page.expect_response("**/trust/targets/*.clinics.json"):
        page.goto(f"{server.url}/clinic/", wait_until="commit")
    return 1000 * (time.monotonic() - started)


def killed(context: BrowserContext, page: Page) -> Page:
    """The process behind the tab ends at once; a new tab."""
    fresh = context.new_page()
    with contextlib.suppress(Error):  # no page answers any more
        page.goto("chrome://crash")
    page.close()
    return fresh


def assert_says(context: BrowserContext, page: Page, text: str, verdict: str) -> None:
    """What this machine says off line, by nothing but what it keeps."""
    context.set_offline(True)
    page.reload()
    type_code(page, text)
    expect_verdict(page, verdict)
    next_person(page)


def test_a_clock_that_was_set_back_does_not_make_old_lists_young(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser()
    reception = prepare_clinic(context, server, CLINIC)
    sample = (server.home / "samples" / "printed.txt").read_text(encoding="utf-8").strip()
    context.set_offline(True)
    unknown = "no se puede comprobar"
    said = {40: ("stale", unknown), -1: ("stale", unknown), 20: ("stale", "de hace 20 d")}  # in 20 days after all
    for days, (verdict, why) in {0: ("check_identity", ""), **said}.items():
        page = context.new_page()
        page.add_init_script(SHIFTED % (days * 86_400_000))
        page.goto(f"{server.url}/clinic/")
        type_code(page, sample)
        expect_verdict(page, verdict)
        assert why in page.inner_text("main")
        page.close()
    assert reception.evaluate("navigator.onLine") is False


def open_data(page: Page) -> None:
    """The sheet that says how old everything is."""
    page.get_by_text(re.compile("^(En línea|Sin red)")).first.click()
    page.get_by_role("dialog", name="Datos de este equipo").wait_for()


def filed(page: Page) -> Locator:
    """What it says of the country's revocations."""
    return page.get_by_role("listitem").filter(has_text="todo el país")
