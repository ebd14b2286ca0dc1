"""The pages that explain errors, and the one of a mistyped address, are accessible, by day and by night."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_from_every_problem_to_what_one_means(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    inspector = Inspector(page)
    page.goto(f"{server.url}/problems/")
    expect(page.get_by_role("heading", name="Problemas")).to_be_visible()
    inspector.look("every problem")
    page.get_by_role("link", name="Ningún establecimiento tiene esa CLUES").click()
    expect(page.get_by_role("heading", name="Qué hacer")).to_be_visible()
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    expect(page.locator("body"), "the style comes").to_have_css("font-size", "18px")
    inspector.look("one problem")
    page.goto(f"{server.url}/walet/")
    expect(page.get_by_role("heading", name="Aquí no hay nada")).to_be_visible()
    inspector.look("nothing here")
    page.get_by_role("link", name="Mi credencial").click()
    expect(page).to_have_url(f"{server.url}/wallet/")
    assert inspector.faults == []
