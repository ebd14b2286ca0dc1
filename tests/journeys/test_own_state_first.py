"""A counter on a slow line: verdicts and the clinics of its own state come first, the country's when they can."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import (
    expect_verdict,
    hold,
    next_person,
    page_of,
    scan_at_once,
    wait_for_answer,
    wait_for_worker,
)
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.journeys.test_passkeys import authenticator, invitation
from tests.journeys.test_trust import KEYS, WHOLE, WITH_STATE
from tests.live import LiveServer

pytestmark = pytest.mark.browser
COUNTRY = re.compile(r"/trust/targets/[0-9a-f]{64}\.clinics\.json$")
PIECE = re.compile(r"/trust/targets/[0-9a-f]{64}\.(states|clinics-[A-Z]{2})\.json$")
SO_FAR = re.compile("^Por ahora, solo clínicas de su estado")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def assert_knows(page: Page, *, tapachula: bool) -> None:
    """What «Clínicas» finds of another state, and what it says of that."""
    page.get_by_role("button", name="Clínicas").click()
    page.get_by_label("Busque por nombre o CLUES").fill("tapachula")
    expect(dialog(page).get_by_role("listitem").filter(has_text="Tapachula")).to_have_count(4 if tapachula else 0)
    expect(dialog(page).get_by_text(SO_FAR)).to_have_count(0 if tapachula else 1)
    page.get_by_label("Busque por nombre o CLUES").fill("pachuca")
    expect(dialog(page).get_by_role("listitem").first).to_contain_text("Pachuca")
    page.keyboard.press("Escape")


def test_a_scan_is_answered_with_the_clinics_around_while_the_countrys_are_on_their_way(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    page = page_of(context)
    held, asked = hold(context, COUNTRY), list[str]()
    page.on("request", lambda request: asked.append(request.url) if PIECE.search(request.url) else None)
    with authenticator(page):
        page.goto(invitation(server, "clinic", "--clinic", PACHUCA_UMF, "--name", "Rosa Lenta"))
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_role("button", name="Sí, aquí estoy").click()
    wait_for_worker(page)
    inspector = Inspector(page)
    scan_at_once(page, sample(server, "screenshot"))
    expect_verdict(page, "check_identity")
    expect(page.get_by_role("listitem").filter(has_text="Hospital más cercano")).to_be_visible()
    expect(page.get_by_text(SO_FAR)).to_be_visible()
    inspector.look("a verdict with the clinics of one state")
    next_person(page)
    assert_knows(page, tapachula=False)
    assert len(held) == 1, "the country's file is on its way all the while"
    assert page.evaluate(KEYS) == WITH_STATE

    held.pop().abort()
    context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="Teclear").wait_for()
    scan_at_once(page, sample(server, "printed"))
    expect_verdict(page, "check_identity")
    expect(page.get_by_text(SO_FAR)).to_be_visible()
    next_person(page)

    context.unroute(COUNTRY)
    asked.clear()
    with page.expect_response(COUNTRY):
        context.set_offline(False)
    wait_for_answer(page, KEYS, lambda kept: kept == WHOLE)
    assert_knows(page, tapachula=True)
    assert asked == [], "what had come was not asked for again"
    scan_at_once(page, sample(server, "screenshot"))
    expect_verdict(page, "check_identity")
    expect(page.get_by_text(SO_FAR)).to_have_count(0)
    assert inspector.faults == [], "\n".join(inspector.faults)
