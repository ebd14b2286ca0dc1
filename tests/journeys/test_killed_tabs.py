"""A tab killed with its verdict on the screen: somebody may have acted on that word, so the scan is written down."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import OpenBrowser
from tests.journeys.reception import HEADING, ONE_RENDERER, kill_tabs
from tests.journeys.steps import prepare_clinic, scan_at_once
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.journeys.test_working_day import KEPT
from tests.live import LiveServer

pytestmark = pytest.mark.browser
DEATHS = 12


def test_a_tab_killed_at_the_word_has_left_its_receipt(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    """Without a network and six times slower, as on the phones that end tabs by themselves."""
    profile = tmp_path / "counter"
    context = open_browser(profile=profile, flags=ONE_RENDERER)
    page = prepare_clinic(context, server, PACHUCA_UMF)
    context.set_offline(True)
    text = sample(server, "printed")
    for deaths in range(1, DEATHS + 1):
        slow_down(page)
        scan_at_once(page, text)
        page.locator(HEADING).wait_for()
        with page.expect_event("crash"):
            kill_tabs(profile)
        dead, page = page, context.new_page()
        dead.close()
        page.goto(f"{server.url}/clinic/")
        page.get_by_role("button", name="Teclear").wait_for()
        assert page.evaluate(KEPT) == list(range(1, deaths + 1))


def slow_down(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
