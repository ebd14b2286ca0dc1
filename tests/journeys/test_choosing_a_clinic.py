"""Whoever searches the clinic where they work meets the public ones first, and sees which one is private."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.test_clinics import NEW, PRIVATE, as_csv
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import log_in, page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_a_public_clinic_comes_before_a_private_one_that_bears_the_towns_name(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    town = {"MUNICIPIO": "AJACUBA"}
    private = {**PRIVATE, **town, "NOMBRE DE LA UNIDAD": "SANATORIO AJACUBA"}
    server.amate("clinics", "import", str(as_csv(tmp_path / "clues.csv", [private, {**NEW, **town}])))
    server.amate("trust", "publish")
    page = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(page)
    log_in(page, server, "clinic")
    search = page.get_by_label(re.compile("Busque por nombre"))
    search.fill("ajacuba")
    expect(page.get_by_role("listitem")).to_contain_text(
        [f"IMSS-Bienestar · AJACUBA · {NEW['CLUES']}", f"Particular · AJACUBA · {PRIVATE['CLUES']}"]
    )
    inspector.look("a private clinic among those that were found")
    search.press("Enter")
    page.get_by_role("button", name="Ajustes").click()
    expect(page.get_by_role("dialog")).to_contain_text(str(NEW["CLUES"]))
    assert inspector.faults == [], "\n".join(inspector.faults)
