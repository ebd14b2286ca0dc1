"""Row E02: a code that a video call carries to another phone within its minute.

No signature tells it from the phone that made it: the counter shows whose it is, to be compared, and can ask a number
of the phone itself, which what was carried before does not answer. A call that carries the number there and the answer
back, too, is found by looking at the person alone (README, Limits).
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.steps import (
    card_code,
    claim,
    decode,
    expect_verdict,
    next_person,
    page_of,
    prepare_clinic,
    scan_at_once,
)
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CLUES = "HGIMS900110"


@pytest.fixture
def reception(server: LiveServer, open_browser: OpenBrowser) -> Page:
    return prepare_clinic(open_browser(viewport=SMALL_PHONE), server, CLUES)


@pytest.fixture
def far_phone(server: LiveServer, open_browser: OpenBrowser) -> Page:
    """Of the person whom the card is about, who is not here."""
    page = page_of(open_browser(viewport=SMALL_PHONE))
    claim(page, offered(server, longest_named()))
    return page


def test_e02_a_carried_code_is_for_the_eyes_to_find(reception: Page, far_phone: Page) -> None:
    scan_at_once(reception, decode(card_code(far_phone)))
    expect_verdict(reception, "valid")
    expect(reception.get_by_text(longest_named().curp)).to_be_visible()
    reception.get_by_role("button", name="No coincide").click()
    expect(reception.get_by_role("heading", name="NO COINCIDE")).to_be_visible()
    expect(reception.get_by_text("La credencial es real, pero es de otra persona.")).to_be_visible()
    expect(reception.get_by_text("VÁLIDA", exact=True)).to_have_count(0)
    reception.get_by_role("button", name="Me equivoqué").click()  # a slip of the finger
    expect_verdict(reception, "valid")
    expect(reception.get_by_text("La credencial es real, pero es de otra persona.")).to_have_count(0)


def test_e02_what_was_carried_before_answers_no_number(reception: Page, far_phone: Page) -> None:
    carried = decode(card_code(far_phone))
    reception.get_by_role("button", name="Pedir respuesta").last.click()
    number = reception.get_by_text(re.compile(r"^\d{3} \d{3}$")).inner_text()
    scan_at_once(reception, carried)
    expect_verdict(reception, "check_identity")
    expect(reception.get_by_text("El código no responde al número")).to_be_visible()
    next_person(reception)
    expect(reception.get_by_text(number)).to_be_visible()  # the question goes on
