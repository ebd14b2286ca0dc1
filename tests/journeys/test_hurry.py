"""What comes in the very moment in which a screen is drawn: a reader on a belt and a camera wait for no browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import SCAN, VERDICTS, expect_verdict, prepare_clinic, scan_at_once
from tests.journeys.test_kiosk import INVITATION, expect_told, leave_to_patients
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser

# Runs once, before the browser has painted the heading.
ON_HEADING = """([heading, text]) => {
  const scan = %s;
  const watch = new MutationObserver(() => {
    const isThere = [...document.querySelectorAll("h1")].some((h1) => h1.textContent === heading);
    if (!isThere) return;
    watch.disconnect();
    %s;
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
SCAN_ON_HEADING = ON_HEADING % (SCAN, "scan(text)")
ANSWER_ON_HEADING = ON_HEADING % (SCAN, "window.held({ text, failed: false })")
OPENING = "(button, text) => { button.click(); window.held({ text, failed: false }); }"
# A decoder that can be kept at its picture: what it would have answered comes when it is told to.
HOLDING = """
window.keep = false;
window.Worker = class extends window.Worker {
  postMessage(message, transfer) {
    if (!window.keep) return super.postMessage(message, transfer);
    window.held = (answer) => this.dispatchEvent(new MessageEvent("message", { data: { id: message.id, ...answer } }));
  }
};
"""


@pytest.fixture
def looking(server: LiveServer, open_browser: OpenBrowser, feed: Path) -> Page:
    """A counter whose camera is at a picture, which it has not read yet."""
    context = open_browser(feed=feed)
    context.add_init_script(HOLDING)
    page = prepare_clinic(context, server, PACHUCA_UMF)
    page.get_by_text("Apunte al código").wait_for()
    page.evaluate("window.keep = true")
    page.wait_for_function("() => window.held !== undefined")
    return page


def test_a_code_that_is_read_as_the_counter_is_drawn_is_not_lost(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    page.evaluate(SCAN_ON_HEADING, [INVITATION, sample(server, "printed")])
    leave_to_patients(page)
    expect_told(page, "PASE A VENTANILLA", "identificación")


def test_a_picture_of_before_takes_no_verdict_away(server: LiveServer, looking: Page) -> None:
    looking.evaluate(ANSWER_ON_HEADING, [VERDICTS["check_identity"], sample(server, "revoked")])
    scan_at_once(looking, sample(server, "printed"))
    expect_verdict(looking, "check_identity")
    looking.wait_for_timeout(1_000)
    expect_verdict(looking, "check_identity")
    looking.keyboard.press("Escape")
    looking.get_by_role("button", name="Teclear").wait_for()


def test_a_picture_of_before_closes_no_sheet(server: LiveServer, looking: Page) -> None:
    looking.get_by_role("button", name="Teclear").evaluate(OPENING, sample(server, "revoked"))
    looking.get_by_role("dialog").wait_for()
    looking.wait_for_timeout(1_000)
    expect(looking.get_by_role("dialog")).to_be_visible()


def test_what_was_covered_is_read_afterwards(server: LiveServer, looking: Page, feed: Path) -> None:
    """Nothing that a picture showed meanwhile counts as answered."""
    code = sample(server, "printed")
    feed_of(feed, picture_of(code))
    looking.get_by_role("button", name="Teclear").evaluate(OPENING, code)
    looking.get_by_role("dialog").wait_for()
    looking.evaluate("window.keep = false")
    looking.keyboard.press("Escape")
    expect_verdict(looking, "check_identity")
