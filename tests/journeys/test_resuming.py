"""The country's revocations on a line that breaks: a counter goes on where it was, and has the very file in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
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
HELD = """async (store) => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => resolve(asked.result);
  });
  const name = store === "settings" ? "download" : "newest";
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A demonstration that has revoked half a million passes and more in each of its lists."""
    server = LiveServer(tmp_path_factory.mktemp("demo") / "home")
    server.seed()
    engine, now = open_engine(Settings(home=server.home).database_url), system_clock()
    with engine.begin() as tx:
        for number in range(LISTS):
            tx.execute(text("INSERT OR IGNORE INTO status_list VALUES (:list, :now)"), {"list": number, "now": now})
            tx.execute(text(REVOKE_MANY), {"list": number, "size": LIST_SIZE, "now": now})
    engine.dispose()
    server.amate("status", "publish")
    server.start()
    yield server
    server.stop()


def test_a_counter_goes_on_where_the_line_broke(server: LiveServer, open_browser: OpenBrowser) -> None:
    folder = server.home / "published" / "status" / "revocations"
    name, size = max(
        ((path.name, path.stat().st_size) for path in folder.iterdir() if len(path.name) == 64),
        key=lambda file: file[1],
    )
    assert size > PART
    context = open_browser(viewport=PHONE)
    ranges: list[str | None] = []
    context.on("request", lambda each: ranges.append(each.headers.get("range")) if each.url.endswith(name) else None)
    page = page_of(context)
    slow = {"offline": False, "latency": 0, "downloadThroughput": SLOW_BYTES_S, "uploadThroughput": -1}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    log_in(page, server, "clinic")
    wait_for_answer(page, HELD, lambda held: held is not None and held[0] == PART, "settings")
    context.set_offline(True)
    page.goto("about:blank")
    context.set_offline(False)
    page.goto(f"{server.url}/clinic/")
    assert wait_for_answer(page, HELD, lambda held: held is not None, "revocations") == [size, name]
    begins = [int((each or "bytes=-1-").removeprefix("bytes=").split("-")[0]) for each in ranges]
    assert begins[0] == 0
    assert set(begins[1:]) == {PART}, "nothing that had come is asked for again"
    wait_for_answer(page, HELD, lambda held: held is None, "settings")
