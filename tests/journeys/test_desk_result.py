"""What a person takes home, when the worker's session ended meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import fill_form, log_in, page_of, read_offer
from tests.journeys.test_desk import a_child, somebody
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_a_card_is_printed_after_the_session_ended_and_nothing_shown_is_lost(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE, reduced_motion="reduce"))
    inspector = Inspector(page)
    log_in(page, server, "enrolment")
    fill_form(page, somebody(21))
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_label("Para otra cartera digital").check()
    offer, shown = read_offer(page), page.locator(".result").inner_text()
    page.context.clear_cookies()
    page.get_by_role("button", name="Imprimir tarjeta").click()
    again = page.get_by_role("alert").get_by_role("button", name="Entrar de nuevo")
    again.wait_for()
    inspector.look("result, session ended")
    again.click()
    page.get_by_role("button", name="Entrar a la demostración").click()
    assert read_offer(page) == offer
    expect(page.get_by_label("Para otra cartera digital")).to_be_checked()
    assert page.locator(".result").inner_text() == shown
    with page.expect_response("**/cards") as printed, page.expect_popup():
        page.get_by_role("button", name="Imprimir tarjeta").click()
    assert printed.value.status in (200, 201)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Siguiente persona").click()
    fill_form(page, somebody(22))
    page.get_by_role("button", name="Registrar", exact=True).click()
    read_offer(page)
    expect(page.get_by_label("Para otra cartera digital")).not_to_be_checked()
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_the_offer_for_a_childs_own_phone_stays_open(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    fill_form(page, a_child())
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_text("Si tiene teléfono propio").click()
    offer = read_offer(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Imprimir tarjeta").click()
    page.get_by_role("alert").get_by_role("button", name="Entrar de nuevo").click()
    page.get_by_role("button", name="Entrar a la demostración").click()
    assert read_offer(page) == offer
