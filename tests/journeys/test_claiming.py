"""Three ways of getting the card onto the phone, getting it back once the phone has lost it, and the card on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import zxingcpp
from playwright.sync_api import Locator, Page, expect

from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from amate.features.issuance.card_pdf import A4_MM, CR80_MM
from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import (
    Offer,
    card_code,
    claim,
    decode,
    enrol,
    enter_tx_code,
    expect_verdict,
    log_in,
    page_of,
    prepare_clinic,
    type_code,
    wait_for_worker,
)
from tests.live import LiveServer
from tests.unit.features.issuance.test_card_pdf import image_of, streams

pytestmark = pytest.mark.browser
ADULTS = [person for person in everybody()[ENROLLED:] if person.guardian_curp is None]


def offer_at_the_desk(server: LiveServer, open_browser: OpenBrowser, number: int) -> Offer:
    """A person who is not enrolled yet goes to the module."""
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    return enrol(module, ADULTS[number])


def finish(phone: Page, offer: Offer) -> None:
    """From the six digits to the card."""
    enter_tx_code(phone, offer.tx_code)
    phone.get_by_role("button", name="Sí, soy yo").click()
    card_code(phone).wait_for()
    assert decode(card_code(phone)).startswith("1")


def test_claimed_by_the_phones_camera(server: LiveServer, open_browser: OpenBrowser, feed: Path) -> None:
    offer = offer_at_the_desk(server, open_browser, 0)
    feed_of(feed, picture_of(offer.link))
    phone = page_of(open_browser(feed=feed, viewport=SMALL_PHONE))
    phone.goto(f"{server.url}/wallet/")
    phone.get_by_role("link", name="Escanear el código").click()
    phone.get_by_label("Código de 6 dígitos").wait_for()
    finish(phone, offer)


def test_claimed_by_typing_the_code(server: LiveServer, open_browser: OpenBrowser) -> None:
    offer = offer_at_the_desk(server, open_browser, 1)
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    phone.goto(f"{server.url}/wallet/")
    phone.get_by_role("link", name="Escribir el código").click()
    phone.get_by_label("Código del módulo").fill(offer.code.replace("-", " ").lower())
    phone.keyboard.press("Enter")
    phone.get_by_label("Código de 6 dígitos").wait_for()
    finish(phone, offer)


def paste(field: Locator, text: str) -> None:
    """As Ctrl+V does, and unlike `fill`: the field's own limits hold."""
    field.focus()
    field.page.keyboard.insert_text(text)


def test_a_phone_that_lost_its_storage_gets_the_card_back(server: LiveServer, open_browser: OpenBrowser) -> None:
    offer = offer_at_the_desk(server, open_browser, 2)
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    claim(phone, offer)
    session = phone.context.new_cdp_session(phone)
    session.send("Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "all"})
    phone.goto("about:blank")
    phone.goto(f"{server.url}/wallet/")
    phone.get_by_role("link", name="Escribir el código").wait_for()
    finish_again = offer_at_the_desk(server, open_browser, 2)
    phone.goto(finish_again.link)
    finish(phone, finish_again)


def test_a_card_on_paper_for_who_has_no_phone(server: LiveServer, open_browser: OpenBrowser) -> None:
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    enrol(module, ADULTS[3])
    with module.expect_response("**/cards") as answered, module.context.expect_page() as opened:
        module.get_by_role("button", name="Imprimir tarjeta").click()
    assert answered.value.headers["content-type"] == "application/pdf"
    assert opened.value.url.startswith("blob:")
    pdf = answered.value.body()
    drawn = next(each for each in streams(pdf) if " re" in each)
    height_mm = CR80_MM[1] if b"/MediaBox [0 0 242" in pdf else A4_MM[1]
    found = zxingcpp.read_barcode(image_of(drawn, height_mm), formats=zxingcpp.BarcodeFormat.QRCode)
    assert found is not None
    reception = prepare_clinic(open_browser(), server, "HGIMS900110")
    type_code(reception, found.text)
    expect_verdict(reception, "check_identity")


FORGET_WHEN_SEEN = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("amate");
  opening.onsuccess = () => {
    const writing = opening.result.transaction("settings", "readwrite");
    writing.objectStore("settings").put(0, "seen-at");
    writing.oncomplete = () => { opening.result.close(); resolve(); };
  };
  opening.onerror = reject;
})"""


def happenings(phone: Page) -> list[str]:
    """The lines under «Actividad», newest first."""
    phone.get_by_role("link", name="Actividad", exact=True).click()
    phone.get_by_text("Llegó la tarjeta").wait_for()
    return phone.get_by_role("region", name="En este teléfono").locator(".list .item-title").all_inner_texts()


def test_the_activity_tells_what_happened_and_not_that_a_page_was_loaded(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    claim(phone, offer_at_the_desk(server, open_browser, 4))
    for _ in range(3):
        phone.wait_for_timeout(4_000)
        phone.reload()
        card_code(phone).wait_for()
    assert happenings(phone) == ["Llegó la tarjeta"]
    phone.evaluate(FORGET_WHEN_SEEN)  # as if the code had last been in view long ago
    phone.get_by_role("link", name="Tarjeta", exact=True).click()
    card_code(phone).wait_for()
    assert happenings(phone) == ["Llegó la tarjeta"], "a look in passing is no showing"
    phone.get_by_role("link", name="Tarjeta", exact=True).click()
    phone.wait_for_timeout(5_000)
    phone.reload()
    phone.wait_for_timeout(5_000)
    assert happenings(phone) == ["Abrió su código", "Llegó la tarjeta"]


def test_a_half_typed_code_says_what_is_missing_and_the_issuer_is_named_for_what_it_is(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    phone.goto(offer_at_the_desk(server, open_browser, 5).link)
    for typed, said in (("", "Faltan 6 dígitos."), ("123", "Faltan 3 dígitos."), ("12345", "Falta 1 dígito.")):
        enter_tx_code(phone, typed)
        expect(phone.get_by_text(said, exact=True)).to_be_visible()
    expect(phone.get_by_text(re.compile("^Demostración de localhost"))).to_be_visible()
    expect(phone.get_by_text("La emite")).to_have_count(0)


def test_a_wallet_without_a_card_says_off_line_what_to_do(server: LiveServer, open_browser: OpenBrowser) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(phone)
    phone.goto(f"{server.url}/wallet/")
    phone.get_by_role("link", name="Escribir el código").wait_for()
    wait_for_worker(phone)
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("Sin internet no se puede traer la tarjeta")).to_be_visible()
    expect(phone.get_by_text(re.compile("Conéctese con datos o Wi-Fi"))).to_be_visible()
    expect(phone.get_by_text("Lo guardado sigue sirviendo")).to_have_count(0)
    inspector.look("no card, off line")
    phone.context.set_offline(False)
    expect(phone.get_by_text("Sin internet no se puede traer la tarjeta")).to_have_count(0)
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_one_wrong_letter_of_a_typed_code_does_not_cost_the_others(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    offer = offer_at_the_desk(server, open_browser, 4)
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    phone.goto(f"{server.url}/wallet/#escribir")
    field = phone.get_by_label("Código del módulo")
    wrong = offer.code[:-1] + ("0" if offer.code[-1] != "0" else "1")
    field.fill(wrong)
    phone.keyboard.press("Enter")
    phone.get_by_role("link", name="Corregir el código").click()
    expect(field).to_have_value(wrong)
    field.fill("")
    paste(field, f"  {offer.code} ")
    expect(field).to_have_value(offer.code)
    field.fill("")
    paste(field, offer.link)
    six = phone.get_by_label("Código de 6 dígitos")
    paste(six, f"{offer.tx_code[:3]} {offer.tx_code[3:]}")
    expect(six).to_have_value(offer.tx_code)
    finish(phone, offer)


def test_a_claim_that_was_cut_off_before_its_answer_is_asked_about_again(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    offer = offer_at_the_desk(server, open_browser, 4)
    phone.goto(offer.link)
    enter_tx_code(phone, offer.tx_code)
    mine = phone.get_by_role("button", name="Sí, soy yo")
    mine.wait_for()
    phone.reload()
    mine.wait_for()
    phone.goto("about:blank")
    phone.goto(f"{server.url}/wallet/")  # by its icon, with no link
    mine.wait_for()
    mine.click()
    card_code(phone).wait_for()
    phone.reload()
    card_code(phone).wait_for()
    assert mine.count() == 0

    offer = offer_at_the_desk(server, open_browser, 4)
    phone.goto(offer.link)
    enter_tx_code(phone, offer.tx_code)
    mine.wait_for()
    phone.get_by_role("button", name="No, no la guarde").click()
    phone.get_by_text("No se guardó").wait_for()
    phone.goto("about:blank")
    phone.goto(f"{server.url}/wallet/")
    phone.wait_for_timeout(1_500)
    assert mine.count() == 0
