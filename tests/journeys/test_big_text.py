"""Text at twice its size: what has to be read aloud or touched stays whole, on a small phone and on a desktop."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, SMALL_PHONE, OpenBrowser
from tests.journeys.screens import PROTRUDING
from tests.journeys.steps import prepare_clinic
from tests.journeys.test_main_job import PACHUCA_UMF
from tests.live import LiveServer

pytestmark = pytest.mark.browser
TWICE = "document.documentElement.style.fontSize = '200%'"
# Words that stand wider than their box or than the screen.
CUT_OFF = """(selector) => [...document.querySelectorAll(selector)].filter((part) => {
  const range = document.createRange();
  range.selectNodeContents(part);
  const words = range.getBoundingClientRect();
  const box = part.closest(".choice, .scan-panel").getBoundingClientRect();
  const [left, right] = [Math.max(0, box.left) - 1, Math.min(innerWidth, box.right) + 1];
  return words.width > 0 && (words.right > right || words.left < left);
}).map((part) => part.textContent)"""

# Sheets that have to be moved sideways.
WIDER = """() => [...document.querySelectorAll("dialog[open]")].filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => `${each.scrollWidth} in ${each.clientWidth}`)"""


@pytest.fixture(params=[SMALL_PHONE, PHONE, DESKTOP], ids=["320", "390", "1280"])
def page(request: pytest.FixtureRequest, server: LiveServer, open_browser: OpenBrowser) -> Page:
    page = prepare_clinic(open_browser(viewport=request.param), server, PACHUCA_UMF)
    page.evaluate(TWICE)
    return page


def test_the_sheet_of_this_machines_data_stays_within_the_screen(page: Page) -> None:
    page.get_by_role("button", name="En línea").click()
    page.get_by_role("button", name="Cargar de una memoria USB").wait_for()
    assert page.evaluate(WIDER) == []
    assert page.evaluate(PROTRUDING) == []


def test_the_number_that_is_read_aloud_and_every_choice_of_the_settings(page: Page) -> None:
    page.get_by_role("button", name="Pedir respuesta").click()
    expect(page.locator(".ask-number b")).to_be_visible()
    assert page.evaluate(CUT_OFF, ".ask-number b") == []
    page.get_by_role("button", name="Ajustes").click()
    page.get_by_role("dialog").wait_for()
    assert page.evaluate(CUT_OFF, ".choice") == []
