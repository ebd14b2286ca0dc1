"""The steps of a journey, in the words and pictures that a person sees; codes are read from the screen by zxing-cpp."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from amate.context import system_clock
from amate.demo.people import SyntheticPerson
from tests.live import LiveServer

BETWEEN_KEYS_S = 0.005
VERDICTS = {
    "valid": "VÁLIDA",
    "check_identity": "REVISE IDENTIDAD",
    "stale": "DATOS DESACTUALIZADOS",
    "not_valid": "NO VÁLIDA",
    "not_a_pass": "NO ES UNA CREDENCIAL",
}


@dataclass(frozen=True)
class Offer:
    """What the module gives to a person."""

    link: str
    code: str
    tx_code: str


def page_of(context: BrowserContext) -> Page:
    """The one tab of a browser."""
    return context.pages[0] if context.pages else context.new_page()


def log_in(page: Page, server: LiveServer, face: str) -> None:
    """One click on the landing page, as the demo allows."""
    page.goto(f"{server.url}/")
    names = {"clinic": "Probar la clínica", "enrolment": "Probar el módulo", "console": "Probar la consola"}
    page.get_by_role("button", name=names[face]).click()
    page.wait_for_url(f"**/{face}/**")


def fill_person(page: Page, person: SyntheticPerson) -> None:
    """The module's worker types who the person is."""
    page.get_by_label("CURP", exact=True).fill(person.curp)
    page.get_by_label("Nombre(s)").fill(person.given_names)
    page.get_by_label("Primer apellido").fill(person.first_surname)
    page.get_by_label("Segundo apellido").fill(person.second_surname)
    if person.guardian_curp:
        page.get_by_label(re.compile("CURP de la madre")).fill(person.guardian_curp)


NOTHING_STATED = "No manifiesta su decisión"


def fill_form(page: Page, person: SyntheticPerson, *, donation: str | None = NOTHING_STATED) -> None:
    """The module's worker types what the person says, and lets the machine say where.

    donation: what an adult decides on it; None where nobody asked
    """
    fill_person(page, person)
    if donation is not None and person.guardian_curp is None:
        page.get_by_role("radio", name=re.compile(f"^{donation}")).check()
    page.get_by_role("button", name="Usar la posición de este equipo").click()
    page.get_by_text(re.compile("Posición de este equipo")).first.wait_for()


def enrol(page: Page, person: SyntheticPerson) -> Offer:
    """Register the person; gives back the offer as it stands on the screen."""
    fill_form(page, person)
    page.get_by_role("button", name="Registrar", exact=True).click()
    return read_offer(page)


def read_offer(page: Page) -> Offer:
    """The offer, read off the result screen as a phone's camera and a person's eyes would."""
    code = page.get_by_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    tx_code = page.get_by_text(re.compile(r"^\d{3} \d{3}$"))
    tx_code.wait_for()
    picture = page.get_by_role("img", name=re.compile("Código QR para recibir"))
    return Offer(decode(picture), code.inner_text(), tx_code.inner_text().replace(" ", ""))


def claim(page: Page, offer: Offer) -> None:
    """The person opens the link on the phone, types the six digits, and says that it is them."""
    page.goto(offer.link)
    enter_tx_code(page, offer.tx_code)
    page.get_by_role("button", name="Sí, soy yo").click()
    card_code(page).wait_for()


def enter_tx_code(page: Page, tx_code: str) -> None:
    """Type the six digits; the face may go on by itself after the last one."""
    page.get_by_label("Código de 6 dígitos").fill(tx_code)
    go = page.get_by_role("button", name="Traer mi tarjeta")
    if go.is_visible() and go.is_enabled():
        go.click()


def card_code(page: Page) -> Locator:
    """The code on the card."""
    return page.get_by_role("img", name=re.compile("Código QR de su credencial"))


def photograph(picture: Locator) -> bytes:
    """The code as the phone's screen shows it, quiet zone included."""
    return picture.screenshot()


def decode(picture: Locator | bytes) -> str:
    """The text of a code, by an implementation that is not ours."""
    png = picture if isinstance(picture, bytes) else photograph(picture)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1, "one code on the picture"
    return found[0].text


def prepare_clinic(context: BrowserContext, server: LiveServer, clues: str, *, waits: bool = True) -> Page:
    """The receptionist logs in, says which clinic this is, and lets the face synchronise once.

    waits: until it can scan without the network; not so when the camera sees a code at once
    """
    page = page_of(context)
    log_in(page, server, "clinic")
    search = page.get_by_label(re.compile("Busque por nombre"))
    search.fill(clues)
    page.get_by_role("button", name=re.compile(clues)).wait_for()
    search.press("Enter")
    if not waits:
        return page
    page.get_by_role("button", name="Teclear").wait_for()
    page.get_by_text(re.compile("^En línea")).first.wait_for()
    wait_for_worker(page)
    return page


def wait_for_answer(page: Page, script: str, holds: Callable[[Any], bool], arg: Any = None) -> Any:
    """Ask a page again and again until what its script gives holds; `wait_for_function` waits for no promise."""
    end = time.monotonic() + 45
    while not holds(found := page.evaluate(script, arg)):
        assert time.monotonic() < end, f"still {found!r}"
        page.wait_for_timeout(50)
    return found


def hold(page: Page | BrowserContext, address: str | re.Pattern[str]) -> list[Route]:
    """Requests to an address, as they come: each waits until it is let go."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(address, keep)
    return held


def first_of(held: list[Route], page: Page) -> Route:
    """The first request that waits, once it is there."""
    end = time.monotonic() + 45
    while not held:
        assert time.monotonic() < end, "nobody asks"
        page.wait_for_timeout(20)
    return held[0]


# A clock that is so many milliseconds ahead.
SHIFTED = "(() => { const real = Date.now.bind(Date); Date.now = () => real() + %d; })()"


def wait_for_worker(page: Page) -> None:
    """Until the service worker can open this face without the network."""
    page.evaluate("async () => { await navigator.serviceWorker.ready }")


FORGET = """() => new Promise((done, fail) => {
  const asked = indexedDB.deleteDatabase("amate");
  asked.onsuccess = () => done();
  asked.onerror = () => fail(asked.error);
})"""


def forget_all(page: Page) -> None:
    """Delete what this origin keeps, from a picture of its own: a face that is open may write a moment later."""
    was = page.url
    page.goto(urljoin(was, "/icons/amate-180.png"))
    page.evaluate(FORGET)
    page.goto(was)


def type_code(page: Page, text: str) -> None:
    """Paste the digits under «Teclear»."""
    page.get_by_role("button", name="Teclear").click()
    page.get_by_label("Texto del código").fill(text)
    page.get_by_role("button", name="Comprobar").click()


def scan_by_hand(page: Page, text: str) -> None:
    """What a hand-held scanner types, and Enter: as fast by the clock of its keys, however busy this machine is."""
    keys, began = page.context.new_cdp_session(page), system_clock()
    for number, character in enumerate([*text, "Enter"]):
        key = {"key": character, "code": f"Digit{character}" if character.isdecimal() else character}
        said = {} if character == "Enter" else {"text": character}
        at = {"timestamp": began + number * BETWEEN_KEYS_S}
        keys.send("Input.dispatchKeyEvent", {"type": "keyDown", **key, **said, **at})
    keys.detach()


# Who works at a machine, as its server knows it; null for nobody.
STAFF = "async () => (await (await fetch('/api/v1/session')).json()).staff"
# Names of the sealing keys that a machine keeps.
SEALING_KEYS = """async () => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => resolve(asked.result);
  });
  const names = await new Promise((resolve) => {
    const asked = db.transaction("keys").objectStore("keys").getAllKeys();
    asked.onsuccess = () => resolve(asked.result);
  });
  db.close();
  return names.filter((name) => name.startsWith("sealing:"));
}"""
SCAN = """(text) => {
  const timeStamp = { value: performance.now() };
  for (const key of [...text, "Enter"]) {
    const code = key === "Enter" ? key : `Digit${key}`;
    const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true });
    window.dispatchEvent(Object.defineProperty(event, "timeStamp", timeStamp));
  }
}"""


def scan_at_once(page: Page, text: str) -> None:
    """The same keys, all in one breath: no pause of a busy machine tears a long code in two."""
    page.evaluate(SCAN, text)


def next_person(page: Page) -> None:
    """Leave the verdict for the next scan."""
    page.get_by_role("button", name=re.compile("^(Coincide|Escanear otra|Siguiente)")).first.click()
    page.get_by_role("button", name="Teclear").wait_for()


def expect_verdict(page: Page, verdict: str) -> None:
    """The verdict's word, as the heading."""
    expect(page.get_by_role("heading", name=VERDICTS[verdict], exact=True)).to_be_visible(timeout=60_000)


def expect_any_verdict(page: Page) -> None:
    """Some verdict's word, where the key that signed may have been revoked by an earlier test."""
    word = re.compile(f"^({'|'.join(VERDICTS.values())})$")
    expect(page.get_by_role("heading", name=word)).to_be_visible(timeout=60_000)
