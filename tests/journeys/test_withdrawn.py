"""A card that was revoked or claimed elsewhere: the phone learns it by itself, says so, and shows no code again."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import (
    Offer,
    card_code,
    claim,
    enrol,
    enter_tx_code,
    log_in,
    page_of,
    wait_for_worker,
)
from tests.live import LiveServer

pytestmark = pytest.mark.browser
ADULTS = [person for person in everybody()[ENROLLED:] if person.guardian_curp is None]
GONE = "Esta tarjeta ya no sirve"
FIVE_MINUTES_MS = 300_000
# Nobody waits five minutes for a test: what would come more seldom comes each minute, and what was asked for is kept.
HASTE = """
window.amatePeriods = [];
const setTrueInterval = window.setInterval;
window.setInterval = (work, ms) => {
  window.amatePeriods.push(ms);
  return setTrueInterval(work, Math.min(ms, 61_000));
};
"""


def offer_of(server: LiveServer, open_browser: OpenBrowser, number: int) -> Offer:
    """What a person is given who is registered, or asks again."""
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    return enrol(module, ADULTS[number])


def revoke_newest(server: LiveServer, reason: str) -> None:
    """Revoke the credential that was issued last, as for a lost phone or a newer claim."""
    rows = json.loads(server.amate("credentials", "list", "--json").stdout)["credentials"]
    newest = next(row for row in rows if row["kind"] == "credential" and row["state"] == "issued")
    server.amate("credentials", "revoke", "--credential", newest["id"], "--reason", reason)


def expect_withdrawn(phone: Page) -> None:
    """The screen that says what happened; no code, and nothing that says it is ready."""
    expect(phone.get_by_role("heading", name=GONE)).to_be_visible(timeout=15_000)
    expect(card_code(phone)).to_have_count(0)
    expect(phone.get_by_text("Lista sin internet")).to_have_count(0)


def claim_again(phone: Page, offer: Offer) -> None:
    """The person brings the code that the module gave, by the button on that screen."""
    phone.get_by_role("link", name="Ya tengo un código nuevo").click()
    phone.get_by_label("Código del módulo").fill(offer.code)
    phone.keyboard.press("Enter")
    enter_tx_code(phone, offer.tx_code)
    phone.get_by_role("button", name="Sí, soy yo").click()
    card_code(phone).wait_for()


def test_a_revoked_card_shows_no_code_again(server: LiveServer, open_browser: OpenBrowser) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(phone)
    claim(phone, offer_of(server, open_browser, 0))
    wait_for_worker(phone)
    revoke_newest(server, "lost")
    phone.reload()
    expect_withdrawn(phone)
    said = phone.inner_text("main")
    assert "dado de baja" in said
    assert "otro teléfono" in said
    assert "urgencia nunca se niega" in said
    assert ADULTS[0].first_surname not in said, "a phone that was lost tells no name"
    inspector.look("withdrawn")
    phone.get_by_role("link", name=re.compile("Su clínica")).click()
    phone.get_by_role("heading", name="Su clínica asignada").wait_for()
    phone.get_by_role("link", name="Familia", exact=True).click()
    phone.get_by_text("Niñas y niños").wait_for()
    expect(phone.get_by_role("link", name=re.compile("Prestar mi código"))).to_have_count(0)
    phone.goto(phone.url.split("#")[0] + "#prestar")
    expect_withdrawn(phone)
    assert inspector.faults == [], "\n".join(inspector.faults)

    server.stop()
    try:
        phone.context.set_offline(True)
        phone.goto(phone.url.split("#")[0] + "#")
        phone.reload()
        expect_withdrawn(phone)
    finally:
        phone.context.set_offline(False)
        server.start()

    claim_again(phone, offer_of(server, open_browser, 0))
    phone.reload()
    card_code(phone).wait_for()


def test_a_card_that_stays_in_view_is_asked_about_every_five_minutes(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    phone.add_init_script(HASTE)
    claim(phone, offer_of(server, open_browser, 1))
    phone.goto("about:blank")
    with phone.expect_response("**/oid4vci/token"):  # on opening
        phone.goto(f"{server.url}/wallet/")
    revoke_newest(server, "replaced")
    card_code(phone).wait_for()
    assert FIVE_MINUTES_MS in phone.evaluate("window.amatePeriods")
    expect(phone.get_by_role("heading", name=GONE)).to_be_visible(timeout=90_000)
    expect_withdrawn(phone)


def test_a_card_that_comes_on_line_or_into_view_is_asked_about(server: LiveServer, open_browser: OpenBrowser) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    claim(phone, offer_of(server, open_browser, 2))
    wait_for_worker(phone)
    phone.context.set_offline(True)
    phone.reload()
    card_code(phone).wait_for()
    revoke_newest(server, "replaced")
    phone.wait_for_timeout(4_000)
    expect(card_code(phone)).to_be_visible()
    phone.context.set_offline(False)
    expect_withdrawn(phone)
    claim_again(phone, offer_of(server, open_browser, 2))
    phone.get_by_role("link", name="Ajustes").click()
    phone.get_by_text("Última renovación").wait_for()
    expect(phone.get_by_text("ya no sirve")).to_have_count(0)


def test_the_card_goes_with_the_person_to_their_new_phone(server: LiveServer, open_browser: OpenBrowser) -> None:
    lost, new = (page_of(open_browser(viewport=SMALL_PHONE)) for _ in range(2))
    claim(lost, offer_of(server, open_browser, 3))
    wait_for_worker(lost)
    claim(new, offer_of(server, open_browser, 3))
    lost.reload()
    expect_withdrawn(lost)
    new.reload()
    expect(card_code(new)).to_be_visible()
