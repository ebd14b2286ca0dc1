"""Clocks that are weeks ahead: a phone takes its card for ended, and a counter every code; neither is red for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import look_once
from tests.journeys.steps import (
    SHIFTED,
    card_code,
    claim,
    decode,
    expect_verdict,
    next_person,
    page_of,
    prepare_clinic,
    scan_at_once,
    wait_for_worker,
)
from tests.journeys.test_challenge import CLUES, answer_typed, ask_button, number_in_view
from tests.live import LiveServer

pytestmark = pytest.mark.browser
AHEAD_MS = 45 * 86_400_000


@pytest.fixture
def phone(server: LiveServer, open_browser: OpenBrowser) -> Page:
    """A card that has had no network since its phone's clock was set."""
    page = page_of(open_browser(viewport=SMALL_PHONE))
    claim(page, offered(server, longest_named()))
    wait_for_worker(page)
    page.reload()  # from now on the worker keeps what comes
    page.goto(f"{server.url}/wallet/#responder")
    page.get_by_label("Número del mostrador").wait_for()
    page.goto(f"{server.url}/wallet/#")
    page.context.set_offline(True)
    page.context.add_init_script(SHIFTED % AHEAD_MS)
    page.reload()
    return page


def test_it_answers_and_is_valid(server: LiveServer, open_browser: OpenBrowser, phone: Page) -> None:
    phone.get_by_role("heading", name="Conéctese una vez").wait_for()
    expect(phone.get_by_text("Este teléfono dice que hoy es")).to_be_visible()
    look_once(phone, "ended by its own clock")

    reception = prepare_clinic(open_browser(), server, CLUES)
    ask_button(reception).click()
    answer_typed(phone, number_in_view(reception))
    scan_at_once(reception, decode(card_code(phone)))
    expect_verdict(reception, "valid")

    phone.get_by_role("button", name="Listo").click()
    phone.get_by_role("heading", name="Conéctese una vez").wait_for()


def test_a_counter_whose_clock_is_ahead_doubts_itself(server: LiveServer, open_browser: OpenBrowser) -> None:
    holder = page_of(open_browser(viewport=SMALL_PHONE))
    claim(holder, offered(server, longest_named()))
    reception = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, CLUES)
    reception.context.set_offline(True)
    reception.context.add_init_script(SHIFTED % AHEAD_MS)
    reception.reload()
    reception.get_by_role("button", name="Teclear").wait_for()
    scan_at_once(reception, decode(card_code(holder)))
    expect_verdict(reception, "stale")
    expect(reception.get_by_text("puede ser su reloj")).to_be_visible()
    expect(reception.get_by_text("Este equipo dice que hoy es")).to_be_visible()
    look_once(reception, "ended by the counter's own clock")


def test_a_counter_whose_clock_was_ahead_and_is_set_right_is_itself_again(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """Off line: nothing but a hand on the clock, there and back, and the face opened anew."""
    holder = page_of(open_browser(viewport=SMALL_PHONE))
    claim(holder, offered(server, longest_named()))
    context = open_browser(viewport=SMALL_PHONE)
    prepare_clinic(context, server, CLUES)
    context.set_offline(True)
    for hours, verdict in ((1, "check_identity"), (0, "valid"), (48, "check_identity"), (0, "valid")):
        reception = context.new_page()
        reception.add_init_script(SHIFTED % (hours * 3_600_000))
        reception.goto(f"{server.url}/clinic/")
        reception.get_by_role("button", name="Teclear").wait_for()
        scan_at_once(reception, decode(card_code(holder)))
        expect_verdict(reception, verdict)
        doubt = reception.get_by_text("o este equipo va adelantado (dice")
        expect(doubt).to_have_count(0 if verdict == "valid" else 1)
        look_once(reception, f"its clock {hours} h ahead")
        next_person(reception)
    reception.get_by_role("button", name="Sin red").click()
    expect(reception.get_by_text("atrasado")).to_have_count(0)
    expect(reception.get_by_text("sin comprobar: dice")).to_be_visible()
    context.set_offline(False)
    expect(reception.get_by_text("sin comprobar: dice")).to_have_count(0)


def test_a_counter_that_is_minutes_behind_still_asks_a_phone_for_proof(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """Its lists cannot be judged by such a clock; that the card is in this phone can."""
    holder = page_of(open_browser(viewport=SMALL_PHONE))
    claim(holder, offered(server, longest_named()))
    reception = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, CLUES)
    reception.context.set_offline(True)
    reception.context.add_init_script(SHIFTED % -(20 * 60_000))
    reception.reload()
    reception.get_by_role("button", name="Teclear").wait_for()
    scan_at_once(reception, decode(card_code(holder)))
    expect_verdict(reception, "stale")
    expect(reception.get_by_text("El reloj de este equipo está")).to_be_visible()
    look_once(reception, "behind, with a phone to ask")
    reception.locator("main.verdict").get_by_role("button", name="Pedir respuesta").click()
    answer_typed(holder, number_in_view(reception))
    scan_at_once(reception, decode(card_code(holder)))
    expect_verdict(reception, "stale")
    expect(reception.get_by_text("El teléfono respondió al número: la credencial está en él")).to_be_visible()
