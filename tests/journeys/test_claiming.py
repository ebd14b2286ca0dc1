"""The three ways of getting the card onto the phone, and getting it back once the phone has lost it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.steps import Offer, card_code, claim, decode, enrol, enter_tx_code, log_in, page_of
from tests.live import LiveServer

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
