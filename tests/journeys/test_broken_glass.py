"""A phone whose glass is broken over one corner mark of its code: it is read all the same, for the code turns."""

from __future__ import annotations

import pytest
import zxingcpp
from playwright.sync_api import Locator, Page

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import picture_of
from tests.journeys.steps import card_code, claim, page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))
A_WHOLE_TURN_MS, A_LOOK_MS = 12_000, 300
BREAK = """({ left, top, side }) => {
  const splinter = document.createElement("div");
  Object.assign(splinter.style, {
    position: "fixed", left: `${left}px`, top: `${top}px`, width: `${side}px`, height: `${side}px`,
    background: "black", zIndex: "2147483647", pointerEvents: "none",
  });
  splinter.className = "splinter";
  document.documentElement.append(splinter);
}"""


def break_glass(page: Page, code: Locator, corner: tuple[int, int]) -> None:
    """Black out a fifth of the code's side at one corner; corner: 0 is left or top, 1 right or bottom."""
    box = code.bounding_box()
    assert box is not None
    side = box["width"] / 5
    page.evaluate("() => document.querySelector('.splinter')?.remove()")
    left, top = (box[start] + at * (box["width"] - side) for start, at in zip(("x", "y"), corner, strict=True))
    page.evaluate(BREAK, {"left": left, "top": top, "side": side})


def is_read(code: Locator) -> bool:
    """Whether a camera before the screen reads the code now."""
    return bool(zxingcpp.read_barcodes(picture_of(code), formats=zxingcpp.BarcodeFormat.QRCode))


def looks(page: Page, code: Locator) -> list[bool]:
    """What a camera reads, look after look, while the code comes all the way round."""
    found = []
    for _ in range(A_WHOLE_TURN_MS // A_LOOK_MS):
        found.append(is_read(code))
        page.wait_for_timeout(A_LOOK_MS)
    return found


def test_a_code_is_read_whichever_of_its_corners_is_broken(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    claim(page, offered(server, longest_named()))
    code = card_code(page)
    assert all(looks(page, code)), "on whole glass it is read in every position, and while it turns"
    for corner in CORNERS:
        break_glass(page, code, corner)
        found = looks(page, code)
        assert True in found, f"never read with the glass broken at {corner}"
        assert False in found, f"the break at {corner} hides nothing"
