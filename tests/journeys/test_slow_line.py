"""Codes of one use over a line that answers late: each verdict in its turn, one question a code, nobody refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from amate.demo.people import everybody
from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.line import PRINTED
from tests.journeys.phones import phone_of
from tests.journeys.steps import expect_verdict, first_of, hold, next_person, prepare_clinic, scan_at_once
from tests.journeys.test_main_job import PACHUCA_UMF, insured_person, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser
USES = "**/api/v1/verifications/uses"
BREAK_ONCE = """() => {
  navigator.vibrate = () => {
    navigator.vibrate = () => true;
    throw new Error("broken");
  };
}"""
LATE_MS = 700  # more than «Comprobando…» waits for, less than the counter does
SOME_PICTURES_MS = 600


@pytest.fixture
def lent(server: LiveServer) -> Callable[[], str]:
    """A new code of one use of somebody insured here."""
    return phone_of(server, insured_person()).one_time_code


@pytest.fixture
def reception(server: LiveServer, open_browser: OpenBrowser, feed: Path) -> Page:
    page = prepare_clinic(open_browser(feed=feed), server, PACHUCA_UMF)
    page.get_by_text("Apunte al código").wait_for()
    return page


def test_the_answer_that_comes_late_takes_no_later_verdict_away(
    server: LiveServer, reception: Page, lent: Callable[[], str]
) -> None:
    held = hold(reception, USES)
    scan_at_once(reception, lent())
    first_of(held, reception)
    scan_at_once(reception, sample(server, "printed"))
    expect(reception.get_by_text("Comprobando…")).to_be_visible()
    held[0].continue_()
    expect_verdict(reception, "check_identity")
    expect(reception.get_by_text(everybody()[PRINTED].curp)).to_be_visible()
    reception.wait_for_timeout(1_000)
    expect(reception.get_by_text(everybody()[PRINTED].curp)).to_be_visible()
    expect(reception.get_by_text("Comprobando…")).to_have_count(0)


def test_a_code_before_the_camera_is_asked_about_once(reception: Page, lent: Callable[[], str], feed: Path) -> None:
    asked: list[Route] = []

    def answer_late(route: Route) -> None:
        asked.append(route)
        reception.wait_for_timeout(LATE_MS)
        route.continue_()

    reception.route(USES, answer_late)
    feed_of(feed, picture_of(lent()))
    expect_verdict(reception, "valid")
    assert len(asked) == 1


def test_a_sheet_opened_before_the_answer_uses_no_code_up(reception: Page, lent: Callable[[], str], feed: Path) -> None:
    held = hold(reception, USES)
    feed_of(feed, picture_of(lent()))
    first_of(held, reception)
    reception.get_by_role("button", name="Teclear").click()
    with reception.expect_response(USES):
        held[0].continue_()
    reception.wait_for_timeout(SOME_PICTURES_MS)
    expect(reception.get_by_role("dialog")).to_be_visible()
    reception.keyboard.press("Escape")
    expect_verdict(reception, "valid")
    assert len(held) == 1


def test_a_reader_that_fires_twice_refuses_nobody(reception: Page, lent: Callable[[], str]) -> None:
    scan_at_once(reception, code := lent())
    scan_at_once(reception, code)
    expect_verdict(reception, "valid")
    reception.wait_for_timeout(500)
    expect_verdict(reception, "valid")
    expect(reception.get_by_text("Ya escaneada")).to_have_count(0)
    next_person(reception)
    scan_at_once(reception, code)
    expect_verdict(reception, "not_valid")


def test_a_verdict_that_cannot_be_drawn_ends_none_after_it(server: LiveServer, reception: Page) -> None:
    reception.evaluate(BREAK_ONCE)
    scan_at_once(reception, sample(server, "printed"))
    scan_at_once(reception, sample(server, "revoked"))
    expect_verdict(reception, "not_valid")
    next_person(reception)
    scan_at_once(reception, sample(server, "printed"))
    expect_verdict(reception, "check_identity")
