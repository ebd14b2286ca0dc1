"""The country's revocations and clinics on a line that breaks: a counter goes on where it was, to the very file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from amate.config import Settings
from amate.context import system_clock
from amate.db.engine import open_engine
from tests.journeys.conftest import PHONE, OpenBrowser
from tests.journeys.steps import log_in, page_of, wait_for_answer
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PACHUCA_UMF = "HGIMS900110"
LISTS, LIST_SIZE = 3, 2**20
PART = 256 * 1024
SLOW_BYTES_S = 100_000  # so that a part takes longer than to see that one has come
CLINICS = 20_000
HELD = """async ([store, name]) => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => resolve(asked.result);
  });
  const found = await new Promise((resolve) => {
    const asked = db.transaction(store).objectStore(store).get(name);
    asked.onsuccess = () => resolve(asked.result);
  });
  db.close();
  if (found === undefined) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", found.bytes));
  return [found.bytes.length, [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")];
}"""
# Every second pass of these lists, which no Rice code makes small.
REVOKE_MANY = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :size / 2)
INSERT OR IGNORE INTO status_entry (list, "index", kind, allocated_at, revoked_at, reason)
SELECT :list, (i * 2654435761) % :size, 'pass', :now, :now, 'test' FROM n
"""
# As many of another state than the counter's, with names that no coding makes small.
BUILD_MANY = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO clinic
SELECT printf('JCSSA%06d', 100000 + i), 'C.S. ' || lower(hex(randomblob(24))), 'SSA', 'JC', municipality_key,
  municipality, locality_key, locality, 1, 20 + i % 1000 * 0.001, -103 - i / 1000 * 0.001, typology, status, closing,
  1, address, phone, opened_on, closed_on, replaced_by
FROM n, (SELECT * FROM clinic LIMIT 1)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A demonstration that has revoked half a million passes in each of its lists, and with many clinics elsewhere."""
    server = LiveServer(tmp_path_factory.mktemp("demo") / "home")
    server.seed()
    engine, now = open_engine(Settings(home=server.home).database_url), system_clock()
    with engine.begin() as tx:
        for number in range(LISTS):
            tx.execute(text("INSERT OR IGNORE INTO status_list VALUES (:list, :now)"), {"list": number, "now": now})
            tx.execute(text(REVOKE_MANY), {"list": number, "size": LIST_SIZE, "now": now})
        tx.execute(text(BUILD_MANY), {"count": CLINICS})
        tx.execute(text("UPDATE clinic_catalogue SET version = version + 1"))
    engine.dispose()
    server.amate("trust", "publish")
    server.amate("status", "publish")
    server.start()
    yield server
    server.stop()


def slowed(context: BrowserContext) -> Page:
    page = page_of(context)
    slow = {"offline": False, "latency": 0, "downloadThroughput": SLOW_BYTES_S, "uploadThroughput": -1}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    return page


def begins_of(context: BrowserContext, name: str) -> list[int]:
    """Where the parts that are asked for from now on begin; -1 for a file that is asked for whole."""
    begins: list[int] = []

    def note(url: str, wanted: str) -> None:
        if url.endswith(name):
            begins.append(int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else -1)

    context.on("request", lambda each: note(each.url, each.headers.get("range", "")))
    return begins


def test_a_counter_goes_on_with_revocations_where_the_line_broke(server: LiveServer, open_browser: OpenBrowser) -> None:
    folder = server.home / "published" / "status" / "revocations"
    name, size = max(
        ((path.name, path.stat().st_size) for path in folder.iterdir() if len(path.name) == 64),
        key=lambda file: file[1],
    )
    assert size > PART
    context = open_browser(viewport=PHONE)
    begins, page = begins_of(context, name), slowed(context)
    log_in(page, server, "clinic")
    wait_for_answer(page, HELD, lambda held: held is not None and held[0] == PART, ["settings", "download"])
    context.set_offline(True)
    page.goto("about:blank")
    context.set_offline(False)
    page.goto(f"{server.url}/clinic/")
    assert wait_for_answer(page, HELD, lambda held: held is not None, ["revocations", "newest"]) == [size, name]
    assert begins[0] == 0
    assert set(begins[1:]) == {PART}, "nothing that had come is asked for again"
    wait_for_answer(page, HELD, lambda held: held is None, ["settings", "download"])


def test_a_counter_goes_on_with_clinics_where_the_line_broke(server: LiveServer, open_browser: OpenBrowser) -> None:
    files = (server.home / "published" / "trust" / "targets").glob("*.clinics.json")
    file = max(files, key=lambda path: path.stat().st_size)
    assert file.with_name(f"{file.name}.gz").stat().st_size > 2 * PART
    context = open_browser(viewport=PHONE)
    whole, parts, page = begins_of(context, file.name), begins_of(context, f"{file.name}.gz"), slowed(context)
    with page.expect_request(lambda each: each.url.endswith(file.name), timeout=60_000):
        log_in(page, server, "clinic")
    context.set_offline(True)
    page.goto("about:blank")
    context.set_offline(False)
    page.goto(f"{server.url}/clinic/")
    wait_for_answer(page, HELD, lambda held: held is not None and held[0] == PART, ["settings", "download-of-trust"])
    page.goto("about:blank")
    page.goto(f"{server.url}/clinic/")
    kept = ["trust", "target:clinics.json"]
    assert wait_for_answer(page, HELD, lambda held: held is not None, kept) == [file.stat().st_size, file.name[:64]]
    assert whole == [-1], "the line broke once, and what came whole is not asked for again"
    assert parts[:2] == [0, PART]
    assert set(parts[2:]) == {PART, 2 * PART}, "nothing that had come is asked for again"
    wait_for_answer(page, HELD, lambda held: held is None, ["settings", "download-of-trust"])
    page.get_by_label(re.compile("Busque por nombre")).fill("JCSSA100007")
    expect(page.get_by_role("listitem")).to_have_count(1)
