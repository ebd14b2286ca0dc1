"""A closed unit's key still leads the receptionist to the unit that took its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.test_clinics import NEW, OLD, as_csv
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import log_in, page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_a_former_key_finds_the_unit_that_follows_and_says_so(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    server.amate("clinics", "import", str(as_csv(tmp_path / "clues.csv", [NEW, OLD])))
    server.amate("trust", "publish")
    page = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(page)
    log_in(page, server, "clinic")
    search = page.get_by_label(re.compile("Busque por nombre"))
    search.fill(str(OLD["CLUES"]).lower())
    expect(page.get_by_role("button", name=f"{OLD['CLUES']} ahora es {NEW['CLUES']}")).to_be_visible()
    inspector.look("a former key")
    search.press("Enter")
    page.get_by_role("button", name="Ajustes").click()
    expect(page.get_by_role("dialog")).to_contain_text(str(NEW["CLUES"]))
    assert inspector.faults == [], "\n".join(inspector.faults)
