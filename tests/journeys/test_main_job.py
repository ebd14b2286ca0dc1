"""Enrol → claim → install → network off → scan: the main job in real browsers, with no mock anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import SyntheticPerson, everybody
from tests.journeys.camera import feed_of, picture_of
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
    install(phone)
    wait_for_worker(phone)
    expect(phone.get_by_text(person.given_names.split()[0]).first).to_be_visible()
    assert stands_whole_on_the_screen(phone)

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


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("screenshot", "check_identity"),
        ("printed", "check_identity"),
        ("skewed", "check_identity"),
        ("revoked", "not_valid"),
        ("expired", "not_valid"),
        ("forged", "not_valid"),
        ("foreign", "not_a_pass"),
    ],
)
def test_every_other_kind_of_code_through_the_camera(  # the screenshot is of five minutes ago
    server: LiveServer, open_browser: OpenBrowser, feed: Path, name: str, verdict: str
) -> None:
    feed_of(feed, picture_of(sample(server, name)), angle=-3)
    clinic = open_browser(feed=feed)
    reception = prepare_clinic(clinic, server, PACHUCA_UMF, waits=False)
    expect_verdict(reception, verdict)
    if verdict in ("not_valid", "not_a_pass"):
        assert_no_personal_data(reception)


def test_a_face_that_was_never_on_line_says_what_to_do(server: LiveServer, open_browser: OpenBrowser) -> None:
    clinic = open_browser()
    page = page_of(clinic)
    clinic.route("**/trust/**", lambda route: route.abort())
    log_in(page, server, "clinic")
    expect(page.get_by_role("heading", name="Conéctese una vez")).to_be_visible(timeout=60_000)


def install(phone: Page) -> None:
    """The browser offers to install the wallet, and the person says yes; what its own dialog then does is not ours."""
    phone.get_by_role("button", name="Instalar", exact=True).click()
    expect(phone.get_by_role("button", name="Instalar", exact=True)).to_have_count(0)


def sample(server: LiveServer, name: str) -> str:
    """A code that the demonstration keeps for trying."""
    return (server.home / "samples" / f"{name}.txt").read_text().strip()


def assert_no_personal_data(page: Page) -> None:
    """A refusal shows the reason alone (EU dgca-verifier-app-android#39)."""
    text = page.inner_text("main")
    for person in everybody():
        assert person.curp not in text
        assert person.first_surname not in text


def stands_whole_on_the_screen(page: Page) -> bool:
    """Whether code, name and countdown stand above the tabs without scrolling."""
    tabs = page.get_by_role("navigation").bounding_box()
    parts = (card_code(page), page.get_by_role("heading", level=1), page.get_by_text(re.compile("se renueva en")))
    boxes = [part.bounding_box() for part in parts]
    return tabs is not None and all(b is not None and b["y"] >= 0 and b["y"] + b["height"] <= tabs["y"] for b in boxes)
