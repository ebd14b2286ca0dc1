"""A phone on its side: the code as large as the screen is high, a verdict whose person and answer are seen at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import dark_on_light
from tests.journeys.steps import (
    card_code,
    claim,
    decode,
    expect_verdict,
    next_person,
    page_of,
    prepare_clinic,
    type_code,
)
from tests.journeys.test_screens import PACHUCA_UMF
from tests.live import LiveServer

pytestmark = pytest.mark.browser
SIDEWAYS = ({"width": 640, "height": 320}, {"width": 568, "height": 320}, {"width": 844, "height": 390})
LEAST_CODE = 260


def is_wholly_seen(part: Locator, below: str | None = None) -> bool:
    """Whether a part lies within the screen, and above whatever covers its lower end.

    below: selector of what covers it, where that is there
    """
    return (
        part.evaluate(
            """(part, below) => {
              const { top, bottom, left, right } = part.getBoundingClientRect();
              const cover = below === null ? null : document.querySelector(below);
              const end = Math.min(innerHeight, cover?.getBoundingClientRect().top ?? innerHeight);
              return top >= 0 && left >= 0 && bottom <= end + 0.5 && right <= innerWidth + 0.5;
            }""",
            below,
        )
        is True
    )


def turn(page: Page, size: dict[str, int], scheme: str) -> None:
    """Hold the phone so, by day or by night."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.wait_for_timeout(300)


def test_the_code_is_as_large_as_a_phone_on_its_side_is_high(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    claim(page, offered(server, longest_named()))
    upright = card_code(page).bounding_box()
    for size in SIDEWAYS:
        for scheme in ("light", "dark"):
            turn(page, size, scheme)
            code, name = card_code(page), page.locator(".card-name")
            box, beside = code.bounding_box(), name.bounding_box()
            assert box is not None
            assert beside is not None
            assert box["height"] >= LEAST_CODE, size
            assert is_wholly_seen(code), size
            assert is_wholly_seen(name, ".tabs"), size
            assert is_wholly_seen(page.locator(".card-tick"), ".tabs"), size
            assert beside["x"] >= box["x"] + box["width"], "the name stands at the right of the code"
            assert dark_on_light(code).isdecimal()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    turn(page, SMALL_PHONE, "light")
    assert card_code(page).bounding_box() == upright, "upright it is as it was"


def test_a_verdict_on_its_side_shows_person_and_answer_at_once(server: LiveServer, open_browser: OpenBrowser) -> None:
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    claim(phone, offered(server, longest_named()))
    reception = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    samples = server.home / "samples"
    printed, revoked = ((samples / f"{name}.txt").read_text().strip() for name in ("printed", "revoked"))
    for text, verdict, has_person in (
        (decode(card_code(phone)), "valid", True),
        (printed, "check_identity", True),
        (printed, "check_identity", True),  # with a word about the first time above the name
        (revoked, "not_valid", False),
    ):
        type_code(reception, text)
        expect_verdict(reception, verdict)
        reception.get_by_role("main").dispatch_event("pointerdown")
        for size in SIDEWAYS:
            for scheme in ("light", "dark"):
                turn(reception, size, scheme)
                assert_seen_at_once(reception, has_person)
        turn(reception, SMALL_PHONE, "light")
        next_person(reception)


def assert_seen_at_once(page: Page, has_person: bool) -> None:
    """Colour, shape and word at the left; at the right the person and what they are entitled to, or what to do."""
    word, head = page.locator(".verdict-head h1"), page.locator(".verdict-head")
    assert is_wholly_seen(page.locator(".verdict-head svg"))
    assert is_wholly_seen(word)
    assert is_wholly_seen(head.locator("p"))
    assert word.evaluate("(word) => word.scrollWidth <= word.clientWidth")
    left = head.bounding_box()
    facts = [".who-name", ".who .mono", ".entitlement b"] if has_person else [".step"]
    cover = ".more" if page.locator(".more").count() else ".verdict-actions"
    for fact in facts:
        box = page.locator(fact).bounding_box()
        assert left is not None
        assert box is not None
        assert box["x"] >= left["x"] + left["width"] - 1
        assert is_wholly_seen(page.locator(fact), cover), fact
