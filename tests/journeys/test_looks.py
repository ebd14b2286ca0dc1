"""Who looked at the card, asked again by whoever does not want to wait for the next five minutes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

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
    wait_for_answer,
)
from tests.journeys.test_main_job import PACHUCA_UMF, insured_person
from tests.live import LiveServer

pytestmark = pytest.mark.browser
DEAF = """() => {
  window.hearing = window.fetch;
  window.fetch = () => Promise.reject(new TypeError("no server"));
}"""
# What a screen reader is given to say.
LISTEN = """() => {
  window.heard = [];
  const status = document.querySelector("section [role=status]");
  new MutationObserver(() => window.heard.push(status.textContent))
    .observe(status, { childList: true, characterData: true, subtree: true });
}"""


def test_whoever_wishes_to_know_at_once_who_looked_asks_again(server: LiveServer, open_browser: OpenBrowser) -> None:
    module, phone = page_of(open_browser()), page_of(open_browser())
    log_in(module, server, "enrolment")
    claim(phone, enrol(module, insured_person()))
    code = decode(card_code(phone))
    phone.get_by_role("link", name="Actividad", exact=True).click()
    looks = phone.get_by_role("region", name="Quién consultó mi tarjeta")
    expect(looks.get_by_text("Ninguna clínica la ha consultado")).to_be_visible()

    reception = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    type_code(reception, code)
    expect_verdict(reception, "valid")
    next_person(reception)
    reception.get_by_role("button", name="En línea").click()
    reception.get_by_role("button", name="Sincronizar ahora").click()
    expect(reception.get_by_text("nada por enviar")).to_be_visible()
    ask = looks.get_by_role("button", name="Preguntar otra vez")
    phone.evaluate(DEAF)
    ask.click()
    expect(looks.get_by_text("No se pudo preguntar quién la consultó")).to_be_visible()
    expect(ask).to_be_focused()
    phone.evaluate("window.fetch = window.hearing")
    phone.keyboard.press("Enter")
    expect(looks.get_by_text("UMF 1 Pachuca de Soto (demo)")).to_have_count(1)
    expect(looks.get_by_text("No se pudo preguntar quién la consultó")).to_have_count(0)
    expect(ask).to_be_focused()
    phone.evaluate(LISTEN)
    phone.keyboard.press("Enter")
    assert wait_for_answer(phone, "() => window.heard", lambda heard: len(heard) > 1)[0] == "Preguntando…"
