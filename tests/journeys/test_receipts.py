"""What a reception scanned without a network reaches the centre once, and its people; nothing of them stays behind."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import (
    card_code,
    claim,
    decode,
    enrol,
    expect_verdict,
    log_in,
    next_person,
    page_of,
    prepare_clinic,
    type_code,
    wait_for_worker,
)
from tests.journeys.test_main_job import PACHUCA_UMF, insured_person, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PATIENCE_S = 60
SEALED = "eyJhbGciOiJFQ0RILUVTIi"  # how every sealed receipt begins: {"alg":"ECDH-ES"
# Every value of every store; what cannot be read as text or bytes (keys) is not there to be read.
DUMP = """async () => {
  const db = await new Promise((resolve, reject) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const found = [];
  const spell = (name, value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength);
      return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    }
    return value instanceof CryptoKey ? "key" : value;
  };
  for (const name of db.objectStoreNames) {
    if (name === "trust" || name === "status") continue; // public, and large
    const rows = await new Promise((resolve) => {
      const asked = db.transaction(name).objectStore(name).getAll();
      asked.onsuccess = () => resolve(asked.result);
    });
    found.push(JSON.stringify(rows, spell));
  }
  db.close();
  return [...found, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join("\\n");
}"""


def test_what_was_scanned_off_line_is_told_once_and_the_person_sees_it(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    person = insured_person()
    clinic = open_browser()
    reception = prepare_clinic(clinic, server, PACHUCA_UMF)
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    phone = page_of(open_browser())
    claim(phone, enrol(module, person))
    asked = watch(reception)
    type_code(reception, sample(server, "printed"))
    expect_verdict(reception, "check_identity")
    next_person(reception)
    reception.wait_for_timeout(1500)
    assert asked == [], "K02: a scan asks nobody anything"

    clinic.set_offline(True)
    code = decode(card_code(phone))
    for text, verdict in (
        (code, "valid"),
        (sample(server, "revoked"), "not_valid"),
        (sample(server, "foreign"), "not_a_pass"),
    ):
        type_code(reception, text)
        expect_verdict(reception, verdict)
        next_person(reception)
    reception.get_by_role("button", name="Sin red").click()
    expect(reception.get_by_text("4 por enviar")).to_be_visible()
    dump = reception.evaluate(DUMP)
    for word in (person.curp, person.first_surname.upper(), person.first_surname, code, code[:40]):
        assert word not in dump
    assert dump.count(SEALED) == 4
    assert scans(server) == []

    reception.close()
    reception = open_without_a_network(clinic, server)
    clinic.clear_cookies()  # the session ended meanwhile
    clinic.set_offline(False)
    reception.get_by_role("button", name="En línea").click()
    expect(reception.get_by_text("Su sesión terminó")).to_be_visible()
    expect(reception.get_by_text("Listo: todo al día")).to_have_count(0)
    reception.get_by_role("button", name="Entrar de nuevo").click()
    reception.get_by_role("button", name="Entrar a la demostración").click()
    eventually(lambda: len(scans(server)) >= 4)
    reception.get_by_role("button", name="En línea").click()
    expect(reception.get_by_text("nada por enviar")).to_be_visible()
    reception.wait_for_timeout(1000)
    assert scans(server) == [
        (1, "check_identity", PACHUCA_UMF, "stored"),
        (2, "valid", PACHUCA_UMF, "stored"),
        (3, "not_valid", PACHUCA_UMF, "stored"),
        (4, "not_a_pass", PACHUCA_UMF, "stored"),
    ]
    assert SEALED not in reception.evaluate(DUMP), "no sealed receipt stays"

    phone.get_by_role("link", name="Actividad", exact=True).click()
    looks = phone.get_by_role("region", name="Quién consultó mi tarjeta")
    expect(looks.get_by_text("UMF 1 Pachuca de Soto (demo)")).to_have_count(1)
    expect(looks.get_by_text(re.compile(r"^IMSS · "))).to_be_visible()
    expect(looks.get_by_text("sin internet en la clínica")).to_have_count(0)  # each judges by itself
    wait_for_worker(phone)
    phone.context.set_offline(True)
    phone.reload()
    expect(looks.get_by_text("UMF 1 Pachuca de Soto (demo)")).to_be_visible()


def open_without_a_network(clinic: BrowserContext, server: LiveServer) -> Page:
    """The counter's face, once it has asked who works here and heard nothing."""
    reception = clinic.new_page()
    with reception.expect_event("requestfailed", lambda request: request.url.endswith("/api/v1/session")):
        reception.goto(f"{server.url}/clinic/")
    reception.get_by_role("button", name="Teclear").wait_for()
    return reception


def watch(page: Page) -> list[str]:
    """The questions that leave a page from now on; its own files come from its service worker."""
    asked: list[str] = []

    def note(request: Request) -> None:
        path = "/" + request.url.split("/", 3)[-1]
        if path.startswith(("/api", "/trust", "/status", "/oid4vci")):
            asked.append(path)

    page.context.on("request", note)
    return asked


def scans(server: LiveServer) -> list[Any]:
    """The signed receipts that the server has, in their order."""
    with sqlite3.connect(f"file:{server.home / 'amate.db'}?mode=ro", uri=True) as db:
        columns = "number, verdict, clinic, state"
        return db.execute(f"SELECT {columns} FROM scan_receipt WHERE device IS NOT NULL ORDER BY number").fetchall()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.2)
