"""K03: of the people at a counter nothing stays, on the reception's disk or its node's: every byte of both is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from amate.core import encoding
from amate.demo.people import SyntheticPerson, everybody
from amate.demo.phone import Phone
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import OpenBrowser
from tests.journeys.day import claims_in
from tests.journeys.phones import offered, phone_of
from tests.journeys.remains import chunks_of, remains
from tests.journeys.steps import (
    SHIFTED,
    card_code,
    claim,
    decode,
    next_person,
    page_of,
    prepare_clinic,
    scan_at_once,
    type_code,
    wait_for_worker,
)
from tests.journeys.test_main_job import PACHUCA_UMF
from tests.journeys.test_receipts import eventually, scans
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CONFIRMATION, COSE_KEY, X = 8, 1, -2  # RFC 8747 §3, RFC 9053 §7.1.1
A_DAY_AND_MORE_MS = 25 * 3_600_000
CANARY = "ZYXWVUTSRQPONMLKJIHGFEDCBA-ñandú"
# Every value of every database and cache of this origin, as text; bytes as the characters of their codes.
READ_BACK = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  const spell = (name, value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength);
      return new TextDecoder("latin1").decode(bytes);
    }
    return value instanceof CryptoKey ? "key" : value;
  };
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
    });
    for (const store of db.objectStoreNames) {
      for (const ask of ["getAll", "getAllKeys"]) {
        const rows = await new Promise((resolve) => {
          const asked = db.transaction(store).objectStore(store)[ask]();
          asked.onsuccess = () => resolve(asked.result);
        });
        found.push(JSON.stringify(rows, spell));
      }
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    found.push(...(await cache.keys()).map(({ url }) => url));
  }
  return found.join("\\n");
}"""
PUT_CANARY = """async (canary) => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => resolve(asked.result);
  });
  const writing = db.transaction("settings", "readwrite");
  writing.objectStore("settings").put(canary, "canary");
  await new Promise((resolve) => (writing.oncomplete = resolve));
  db.close();
}"""


def people() -> list[SyntheticPerson]:
    """Two whom the demonstration has not enrolled, and whose names are in no file of it that a counter gets."""
    return [person for person in everybody()[ENROLLED:] if person.guardian_curp is None][:2]


def secrets_of(person: SyntheticPerson, phone: Phone, shown: list[str]) -> dict[str, bytes]:
    """What of a person must be nowhere: what held_by() tells, and the pass as it was issued."""
    issued = {f"issued pass.{at}": piece for at, piece in enumerate(chunks_of(phone.pass_bytes))}
    return held_by(person, shown) | issued


def held_by(person: SyntheticPerson, shown: list[str]) -> dict[str, bytes]:
    """Names as written and as sealed, the CURP, what their phone showed."""
    name = f"{person.given_names} {person.first_surname} {person.second_surname}"
    found = {"CURP": person.curp, "name": name, "NAME": name.upper(), "surnames": name.split(" ", 1)[1]}
    secrets = {what: word.encode() for what, word in found.items()}
    for number, text in enumerate(shown):
        raw = encoding.bytes_from_text(text)
        secrets |= {f"digits {number}.{at}": piece for at, piece in enumerate(chunks_of(text.encode()))}
        secrets |= {f"pass {number}.{at}": piece for at, piece in enumerate(chunks_of(raw))}
    return secrets


def test_k03_nobody_is_left_in_the_browser_of_a_counter(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    profile = tmp_path / "reception"
    clinic = open_browser(profile=profile)
    reception = prepare_clinic(clinic, server, PACHUCA_UMF)
    secrets: dict[str, bytes] = {}
    for number, person in enumerate(people()):
        phone = phone_of(server, person)
        shown = [phone.show(), phone.one_time_code()]
        clinic.set_offline(number == 1)
        for text, scan in zip(shown, (type_code, scan_at_once), strict=True):
            scan(reception, text)
            reception.get_by_text(person.curp).wait_for()
            next_person(reception)
        scan_at_once(reception, phone.show())
        reception.get_by_role("button", name="No coincide").click()
        expect(reception.get_by_role("heading", name="NO COINCIDE")).to_be_visible()
        next_person(reception)
        secrets |= {f"{number} {what}": secret for what, secret in secrets_of(person, phone, shown).items()}
    assert_nobody_in(reception.evaluate(READ_BACK), secrets)
    reception.evaluate(PUT_CANARY, CANARY)
    clinic.close()
    assert remains([profile], secrets) == [], "while its receipts wait"
    assert remains([profile], {"canary": CANARY.encode()}) != [], "whoever keeps something is found"

    clinic = open_browser(profile=profile)
    reception = the_day_after(clinic, server)
    eventually(lambda: len(scans(server)) >= 6)
    reception.get_by_role("button", name="En línea").click()
    expect(reception.get_by_text("nada por enviar")).to_be_visible()
    assert_nobody_in(reception.evaluate(READ_BACK), secrets)
    clinic.close()
    assert remains([profile], secrets) == [], "a day later, and once the centre has them"


def the_day_after(clinic: BrowserContext, server: LiveServer) -> Page:
    """The reception opens its face again, more than a day later."""
    reception = page_of(clinic)
    reception.add_init_script(SHIFTED % A_DAY_AND_MORE_MS)
    reception.goto(f"{server.url}/clinic/")
    reception.get_by_role("button", name="Teclear").wait_for()
    return reception


def assert_nobody_in(dump: str, secrets: dict[str, bytes]) -> None:
    for what, secret in secrets.items():
        assert secret.decode("latin-1") not in dump, what
        assert secret.decode("utf-8", "replace") not in dump, what


def test_k03_nobody_is_left_on_the_disk_of_a_node(server: LiveServer, tmp_path: Path) -> None:
    pack, token_file = tmp_path / "pack", tmp_path / "token"
    token = json.loads(server.amate("staff", "token", "--role", "clinic", "--json").stdout)["token"]
    token_file.write_text(f"{token}\n")
    server.amate("pack", "sync", "--from", server.url, "--to", str(pack), "--token-file", str(token_file))
    node = LiveServer(tmp_path / "node")
    node.start("--role", "verifier", "--pack", str(pack))
    secrets: dict[str, bytes] = {}
    try:
        for number, person in enumerate(people()):
            phone = phone_of(server, person)
            shown = [phone.show(), phone.one_time_code()]
            for text in [*shown, shown[0][:-7]]:
                status, said = node.request("POST", "/api/v1/verifications", {"text": text, "clinic": PACHUCA_UMF})
                assert status == 200
                assert said["verdict"] == "not_a_pass" or said["person"]["curp"] == person.curp, "the name was read"
            secrets |= {f"{number} {what}": secret for what, secret in secrets_of(person, phone, shown).items()}
    finally:
        node.stop()
    assert (node.home / "serve.log").exists()
    assert remains([node.home, pack], secrets) == []
    token_file.write_bytes(people()[0].curp.encode("utf-16-le"))
    assert remains([tmp_path], secrets) != [], "whoever keeps something is found"


def test_j06_a_wallet_at_rest_is_ciphertext(server: LiveServer, open_browser: OpenBrowser, tmp_path: Path) -> None:
    """Not so the phone's keys, the public one in its pass, too, which Chromium writes down in clear (Limits)."""
    profile = tmp_path / "phone"
    person = people()[0]
    phone = page_of(open_browser(profile=profile))
    issued: list[str] = []
    phone.on("response", lambda answer: issued.append(answer.text()) if answer.url.endswith("/credential") else None)
    claim(phone, offered(server, person))
    shown = [decode(card_code(phone))]
    phone.get_by_role("link", name="Actividad", exact=True).click()
    phone.get_by_role("region", name="Quién consultó mi tarjeta").wait_for()
    (answer,) = issued
    credential = json.loads(answer)["credentials"][0]["credential"]
    phone.reload()
    wait_for_worker(phone)
    pieces = enumerate(chunks_of(credential.encode()))
    secrets = held_by(person, shown) | {f"credential.{at}": piece for at, piece in pieces}
    key = claims_in(shown[0])[CONFIRMATION][COSE_KEY][X]
    secrets = {what: secret for what, secret in secrets.items() if secret not in key}
    assert_nobody_in(phone.evaluate(READ_BACK), secrets)
    phone.evaluate(PUT_CANARY, CANARY)
    phone.context.close()
    assert remains([profile], secrets) == []
    assert remains([profile], {"canary": CANARY.encode()}) != [], "whoever keeps something is found"
