"""The API's document can be read in a browser, on a telephone too, and nothing is asked of any other host."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.steps import page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_the_document_is_shown_whole_on_a_small_phone(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{server.url}/docs")
    expect(page.get_by_role("heading", name="Amate")).to_be_visible()
    operations = page.locator(".opblock")
    expect(operations.first).to_be_visible()
    assert operations.count() > 20
    page.locator(".opblock", has_text="/api/v1/enrolments").get_by_role("button").first.click()
    expect(page.locator(".opblock-body").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
    assert said == []
