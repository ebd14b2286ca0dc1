"""Every page names its icon and its language, and tells no other site where it was."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.house.test_house import ROOT

PWA = ROOT / "pwa"
ICON = PWA / "public" / "icons" / "amate.svg"
PAGES = sorted([*PWA.glob("*.html"), *PWA.glob("[!dn]*/*.html"), *PWA.glob("public/*/*.html")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PWA)))
def test_a_page_has_its_icon_and_sends_no_referrer(page: Path) -> None:
    text = page.read_text()
    (icon,) = re.findall(r'<link rel="icon" href="([^"]+)" type="image/svg\+xml" />', text)
    if page.parent.name == "clinic":  # K02: a page's first tone makes Chromium fetch an icon that has an address
        assert unquote(icon) == "data:image/svg+xml," + ICON.read_text().strip().replace('"', "'")
    else:
        assert icon == "/icons/amate.svg"
    assert '<meta name="referrer" content="no-referrer" />' in text
    assert '<html lang="' in text
    assert ICON.exists()
