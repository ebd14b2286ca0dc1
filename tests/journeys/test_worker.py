"""Row J04: the service worker keeps the files of its own release, byte for byte, and nothing else.

Row J01 beside it, in a browser: what a script in the wallet's page can neither take nor run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, expect

from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import offered
from tests.journeys.steps import (
    card_code,
    claim,
    decode,
    expect_verdict,
    page_of,
    prepare_clinic,
    type_code,
    wait_for_answer,
    wait_for_worker,
)
from tests.journeys.test_main_job import PACHUCA_UMF
from tests.live import ROOT, LiveServer

pytestmark = pytest.mark.browser
DIST = ROOT / "pwa" / "dist"
ADULTS = [person for person in everybody()[ENROLLED:] if person.guardian_curp is None]
CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
      found.push([request.url, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))]);
    }
  }
  return found;
}"""
# A thief's script, laid into every cache there is under the name that a new chunk of the release would have.
PLANT = """async (path) => {
  for (const name of await caches.keys()) {
    const headers = { "Content-Type": "text/javascript" };
    await (await caches.open(name)).put(path, new Response("window.amateHacked = 1", { headers }));
  }
  return (await caches.keys()).length;
}"""
# The same in the place of what is kept of the release: of every file, in every cache.
REPLACE = """async () => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const headers = { "Content-Type": (await cache.match(request)).headers.get("Content-Type") };
      await cache.put(request, new Response("<script>window.amateHacked = 1</script>", { headers }));
    }
  }
}"""
FETCH = """(path) => fetch(path).then(async (answer) => {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}, () => null)"""
LOAD = """(path) => import(path).then(() => "loaded", () => "refused")"""
# What a script that got into the page would do with the keys that lie there, and with the page itself.
STEAL = """async () => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => done(asked.result);
  });
  const rows = await new Promise((done) => {
    const asked = db.transaction("keys").objectStore("keys").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  db.close();
  const keys = rows.map((row) => row.privateKey ?? row);
  const thiefs = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["wrapKey"]);
  const iv = new Uint8Array(12);
  const channel = new MessageChannel();
  const copies = new Promise((done) => (channel.port2.onmessage = ({ data }) => done(data)));
  channel.port1.postMessage(keys);
  const taken = [];
  for (const key of [...keys, ...(await copies)]) {
    for (const format of ["jwk", "pkcs8", "raw", "spki"]) {
      const wrapped = crypto.subtle.wrapKey(format, key, thiefs, { name: "AES-GCM", iv });
      const tries = [crypto.subtle.exportKey(format, key), wrapped];
      taken.push(...(await Promise.allSettled(tries)).filter(({ status }) => status === "fulfilled"));
    }
  }
  return { keys: keys.length, taken: taken.length };
}"""
INJECT = """async (canary) => {
  const violated = [];
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => violated.push(effectiveDirective));
  const ways = {
    "markup": () => (document.body.innerHTML = "<img src=x onerror='window.amateHacked=1'>"),
    "inline script": () => {
      const script = document.createElement("script");
      script.append("window.amateHacked=1");
      document.body.append(script);
    },
    "handler": () => document.body.setAttribute("onclick", "window.amateHacked=1") ?? document.body.click(),
    "frame": () => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      frame.srcdoc = "<script>parent.amateHacked=1</" + "script>";
    },
    "written": () => document.write("<script>window.amateHacked=1</" + "script>"),
  };
  const ran = [];
  for (const [name, way] of Object.entries(ways)) {
    try {
      way();
    } catch {
      violated.push(name);
    }
    await new Promise((done) => setTimeout(done, 100));
    if (window.amateHacked !== undefined) ran.push(name);
    delete window.amateHacked;
  }
  const sent = await fetch(canary, { mode: "no-cors" }).then(() => "sent", () => "blocked");
  await new Promise((done) => setTimeout(done, 100));
  return { ran, sent, violated };
}"""


def kept_by(page: Page) -> dict[str, list[bytes]]:
    """What lies in the caches of this origin, by path."""
    found: dict[str, list[bytes]] = {}
    for url, body in page.evaluate(CACHED):
        found.setdefault(urlsplit(url).path, []).append(base64.b64decode(body))
    return found


def strangers(kept: dict[str, list[bytes]], anchor: bytes) -> list[str]:
    """What is no file of the release, or not as the release has it."""
    released = {path: (DIST / path.removeprefix("/")) for path in kept}
    return [
        path
        for path, bodies in kept.items()
        for body in bodies
        if body != (anchor if path == "/anchor.json" else released[path].is_file() and released[path].read_bytes())
    ]


def test_j04_after_a_claim_and_a_scan_the_caches_hold_the_release_and_nobody(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """Both in one browser, so that whatever either face keeps is looked at: each byte is one that everybody has."""
    context = open_browser(viewport=SMALL_PHONE)
    phone = page_of(context)
    claim(phone, offered(server, ADULTS[0]))
    wait_for_worker(phone)
    code = decode(card_code(phone))
    reception = prepare_clinic(context, server, PACHUCA_UMF)
    type_code(reception, code)
    expect_verdict(reception, "valid")
    kept = kept_by(reception)
    assert {"/wallet/index.html", "/clinic/index.html", "/anchor.json"} <= kept.keys()
    assert strangers(kept, (server.home / "anchor.json").read_bytes()) == []
    assert [path for path in kept if path.startswith(("/api/", "/oid4vci/", "/trust/", "/status/"))] == []


def test_j04_a_script_that_is_no_part_of_the_release_is_not_served_from_a_cache(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """Planted under the names that new chunks would have; with the network, and without."""
    page = page_of(open_browser(viewport=SMALL_PHONE))
    page.goto(f"{server.url}/wallet/")
    wait_for_worker(page)
    page.reload()
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    planted = ("/assets/wallet-00000000.js", "/assets/ui-00000000.js", "/wallet/more.js", "/sw-more.js")
    for path in planted:
        assert page.evaluate(PLANT, path) >= 2
        assert page.evaluate(LOAD, path) == "refused"
    page.context.set_offline(True)
    assert [page.evaluate(LOAD, path) for path in planted] == ["refused"] * len(planted)
    own = next(path for path in kept_by(page) if re.fullmatch(r"/assets/wallet-.+\.js", path) and path not in planted)
    assert page.evaluate(LOAD, own) == "loaded", "what is of the release is"
    assert page.evaluate("window.amateHacked") is None


def fetched(page: Page, path: str) -> bytes | None:
    """What a page gets for a file of the release; None: a network error."""
    answer = page.evaluate(FETCH, path)
    return None if answer is None else base64.b64decode(answer)


def test_j04_a_file_that_was_changed_where_it_is_kept_is_served_to_nobody(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """Fetched anew where there is a network, so that it works again; without one it is an error and not the change."""
    page = page_of(open_browser(viewport=SMALL_PHONE))
    page.goto(f"{server.url}/wallet/")
    wait_for_worker(page)
    page.reload()
    (decoder,) = (f"/assets/{path.name}" for path in (DIST / "assets").glob("*.wasm"))
    assert fetched(page, decoder) == (DIST / decoder.removeprefix("/")).read_bytes()
    paths = [path for path in kept_by(page) if path != "/anchor.json"]
    assert {decoder, "/wallet/index.html"} <= set(paths)
    anchor = (server.home / "anchor.json").read_bytes()
    for offline in (False, True):
        page.evaluate(REPLACE)
        page.context.set_offline(offline)
        released = [None if offline else (DIST / path.removeprefix("/")).read_bytes() for path in paths]
        assert [fetched(page, path) for path in paths] == released
    with pytest.raises(Error, match="ERR_FAILED"):
        page.reload()
    page.context.set_offline(False)
    page.goto(f"{server.url}/wallet/")
    expect_description(page, DESCRIPTION.findall((DIST / "wallet/index.html").read_text())[0])
    assert strangers({path: kept for path, kept in kept_by(page).items() if path != "/anchor.json"}, anchor) == []
    assert page.evaluate("window.amateHacked") is None


OLDER = "Una versión anterior"
UPDATE = "navigator.serviceWorker.ready.then((registration) => registration.update())"
DESCRIPTION = re.compile('(?<=<meta name="description" content=")[^"]*')


def expect_description(page: Page, told: str) -> None:
    """Which release's page this is: nothing that runs in it changes its description."""
    expect(page.locator("meta[name=description]")).to_have_attribute("content", told)


@pytest.fixture
def older(tmp_path: Path) -> Iterator[LiveServer]:
    """A deployment of the release before: another page of the wallet, and a worker that knows of it."""
    faces = tmp_path / "dist"
    shutil.copytree(DIST, faces)
    page, worker = faces / "wallet" / "index.html", faces / "sw.js"
    page.write_text(DESCRIPTION.sub(OLDER, page.read_text(), count=1))
    entry = re.compile(r'\{"integrity":"[^"]+","revision":"\w+",("url":"wallet/index\.html"\})')
    integrity = base64.b64encode(hashlib.sha256(page.read_bytes()).digest()).decode()
    text, changed = entry.subn(rf'{{"integrity":"sha256-{integrity}","revision":"{"0" * 32}",\1', worker.read_text())
    assert changed == 1
    worker.write_text(text)
    for compressed in (*faces.glob("sw.js.*"), *faces.glob("wallet/index.html.*")):
        compressed.unlink()
    server = LiveServer(tmp_path / "home", extra={"AMATE_PWA_DIR": str(faces)})
    server.seed()
    server.start()
    yield server
    server.stop()


def test_j04_a_face_of_an_older_release_stays_until_the_person_says_so_and_is_then_gone(
    older: LiveServer, open_browser: OpenBrowser
) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    page.goto(f"{older.url}/wallet/")
    wait_for_worker(page)
    page.reload()
    expect_description(page, OLDER)
    faces = Path(older.extra["AMATE_PWA_DIR"])
    for name in ("sw.js", "wallet/index.html"):
        shutil.copy(DIST / name, faces / name)
    page.reload()
    expect_description(page, OLDER)
    revision = re.findall(r'"revision":"(\w+)","url":"clinic/index\.html"', (DIST / "sw.js").read_text())[0]
    page.evaluate(PLANT, f"/clinic/index.html?__WB_REVISION__={revision}")
    page.evaluate(UPDATE)
    update = page.get_by_role("button", name="Actualizar")
    update.wait_for()
    expect_description(page, OLDER)
    update.click()
    current = DESCRIPTION.findall((DIST / "wallet/index.html").read_text())[0]
    expect_description(page, current)
    page.context.set_offline(True)
    page.reload()
    expect_description(page, current)
    planted_over = (DIST / "clinic/index.html").read_bytes()
    assert fetched(page, "/clinic/") == planted_over, "nor does an installation take what lies there for its own"
    kept = wait_for_answer(page, CACHED, lambda found: len(found) > 0)
    assert [url for url, body in kept if OLDER.encode() in base64.b64decode(body)] == [], "no page mixes two releases"


def test_j04_a_worker_that_is_gone_or_is_none_leaves_the_face_as_it_was(
    older: LiveServer, open_browser: OpenBrowser
) -> None:
    """A server that answers 404, or with a page, in the worker's place."""
    page = page_of(open_browser(viewport=SMALL_PHONE))
    page.goto(f"{older.url}/wallet/")
    wait_for_worker(page)
    worker = Path(older.extra["AMATE_PWA_DIR"]) / "sw.js"
    update = f"{UPDATE}.then(() => 'taken', () => 'refused')"
    for wrong in (None, "<!doctype html><title>x</title>"):
        worker.unlink()
        if wrong is not None:
            worker.write_text(wrong)
        assert page.evaluate(update) == "refused"
        worker.touch()
    page.context.set_offline(True)
    page.reload()
    expect_description(page, OLDER)


def test_j01_a_script_in_the_wallet_takes_no_key_and_runs_no_markup(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """In the browser itself, in the page of a card; the vault's key and the holder's are both there to take."""
    page = page_of(open_browser(viewport=SMALL_PHONE))
    claim(page, offered(server, ADULTS[1]))
    assert page.evaluate(STEAL) == {"keys": 2, "taken": 0}
    did: dict[str, Any] = page.evaluate(INJECT, server.url.replace("localhost", "127.0.0.1") + "/healthz")
    assert (did["ran"], did["sent"]) == ([], "blocked")
    assert {"require-trusted-types-for", "connect-src"} <= set(did["violated"]), json.dumps(did)
