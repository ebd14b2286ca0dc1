"""Enrol → claim → install → network off → scan: the main job in real browsers, with no mock anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import SyntheticPerson, everybody
from tests.journeys.camera import feed_of
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.steps import (
    card_code,
    claim,
    decode,
    enrol,
    expect_verdict,
    log_in,
    next_person,
    page_of,
    photograph,
    prepare_clinic,
    type_code,
    wait_for_worker,
)
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PACHUCA_UMF = "HGIMS900110"  # UMF 1 Pachuca de Soto (demo)


def insured_person() -> SyntheticPerson:
    """An adult of Pachuca whom IMSS insures today."""
    return next(
        p
        for p in everybody()
        if p.place.name == "Pachuca de Soto"
        and p.guardian_curp is None
        and any(m.institution == 2 and m.role == 1 and not m.until for m in p.memberships)
    )


def test_the_whole_journey_without_a_network(server: LiveServer, open_browser: OpenBrowser, feed: Path) -> None:
    person = insured_person()
    clinic = open_browser(feed=feed)
    reception = prepare_clinic(clinic, server, PACHUCA_UMF)
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    offer = enrol(module, person)
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    claim(phone, offer)
    wait_for_worker(phone)
    expect(phone.get_by_text(person.given_names.split()[0]).first).to_be_visible()
    assert fits_without_scrolling(phone)

    server.stop()
    try:
        phone.context.set_offline(True)
        clinic.set_offline(True)
        phone.reload()
        card_code(phone).wait_for()
        first = decode(card_code(phone))
        old_photograph = photograph(card_code(phone))
        feed_of(feed, old_photograph)
        reception.reload()
        expect_verdict(reception, "valid")
        for shown in (person.curp, "IMSS", "UMF 1 Pachuca de Soto (demo)", "DEMO"):
            expect(reception.get_by_text(shown, exact=False).first).to_be_visible()
        next_person(reception)

        phone.wait_for_timeout(31_000)
        second = decode(card_code(phone))
        assert first != second, "the code renews itself without a network"
        type_code(reception, second)
        expect_verdict(reception, "valid")
    finally:
        server.start()


def fits_without_scrolling(page: Page) -> bool:
    """Whether the whole card, tabs included, stands on the screen."""
    script = "() => document.scrollingElement.scrollHeight <= window.innerHeight"
    return bool(page.evaluate(script)) and card_code(page).bounding_box() is not None
