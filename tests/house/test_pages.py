"""Every page names its icon and its language, and tells no other site where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.test_house import ROOT

PWA = ROOT / "pwa"
PAGES = sorted([*PWA.glob("*.html"), *PWA.glob("[!dn]*/*.html"), *PWA.glob("public/*/*.html")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PWA)))
def test_a_page_has_its_icon_and_sends_no_referrer(page: Path) -> None:
    text = page.read_text()
    assert '<link rel="icon" href="/icons/amate.svg" type="image/svg+xml" />' in text
    assert '<meta name="referrer" content="no-referrer" />' in text
    assert '<html lang="' in text
    assert (PWA / "public" / "icons" / "amate.svg").exists()
