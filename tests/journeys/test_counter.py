"""The other ways of scanning: a hand-held scanner that types, and a photograph where the page gets no camera."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.camera import picture_of
from tests.journeys.conftest import DESKTOP, SMALL_PHONE, OpenBrowser
from tests.journeys.steps import (
    expect_verdict,
    next_person,
    page_of,
    prepare_clinic,
    scan_at_once,
    scan_by_hand,
    type_code,
)
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CLUES = "HGIMS900110"


def sample(server: LiveServer, name: str) -> str:
    """The text of one of the demonstration's codes."""
    return (server.home / "samples" / f"{name}.txt").read_text(encoding="utf-8").strip()


def test_a_hand_held_scanner_types_while_a_verdict_is_still_shown(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    reception = prepare_clinic(open_browser(), server, CLUES)
    for name, verdict in (("revoked", "not_valid"), ("printed", "check_identity"), ("foreign", "not_a_pass")):
        scan_by_hand(reception, sample(server, name))
        expect_verdict(reception, verdict)


def test_a_scan_leaves_nothing_in_the_field_that_had_the_focus(server: LiveServer, open_browser: OpenBrowser) -> None:
    """Its first keys may be a person's; once they are known to be none, the field is as it was."""
    reception = prepare_clinic(open_browser(), server, CLUES)
    reception.get_by_role("button", name="Clínicas").click()
    field = reception.get_by_role("searchbox")
    field.fill("pach")
    field.evaluate("field => { window.values = []; field.addEventListener('input', () => values.push(field.value)); }")
    scan_by_hand(reception, sample(server, "printed"))
    expect_verdict(reception, "check_identity")
    assert reception.evaluate("values.at(-1)") == "pach"


def test_a_code_whose_end_is_missing_is_called_incomplete_and_nothing_else(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    reception = prepare_clinic(open_browser(), server, CLUES)
    whole = sample(server, "printed")
    for scan in (scan_at_once, type_code):  # a pause of this machine would tear a code in two
        for kept in (60, len(whole) - 7):
            scan(reception, whole[:kept])
            expect_verdict(reception, "not_a_pass")
            expect(reception.get_by_text("El código está dañado o incompleto")).to_be_visible()
            expect(reception.get_by_text("Escanee otra vez el código entero")).to_be_visible()
            next_person(reception)
    type_code(reception, "1234567890" * 6)
    expect(reception.get_by_text("El código escaneado es de otra cosa")).to_be_visible()


def test_a_photograph_is_read_where_the_page_gets_no_camera(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    context = open_browser()
    context.clear_permissions()
    reception = prepare_clinic(context, server, CLUES)
    photograph = tmp_path / "photograph.png"
    photograph.write_bytes(picture_of(sample(server, "printed")))
    reception.get_by_label("Tomar foto del código").set_input_files(photograph)
    expect_verdict(reception, "check_identity")
    next_person(reception)
    blank = tmp_path / "blank.png"
    blank.write_bytes(page_of(context).screenshot())
    reception.get_by_label("Tomar foto del código").set_input_files(blank)
    expect(reception.get_by_text("En la foto no se ve ningún código")).to_be_visible()


def test_a_photograph_is_read_beside_a_camera_that_sees_nothing(
    server: LiveServer, open_browser: OpenBrowser, feed: Path
) -> None:
    """One that cannot focus is on, and gives no code."""
    reception = prepare_clinic(open_browser(viewport=SMALL_PHONE, feed=feed), server, CLUES)
    expect(reception.get_by_text("Apunte al código")).to_be_visible()
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": picture_of(sample(server, "printed"))}
    reception.get_by_label("Tomar foto del código").set_input_files(files=[picture])
    expect_verdict(reception, "check_identity")


def test_a_verdict_says_that_there_is_more_below_and_a_keyboard_reaches_it(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    reception = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, CLUES)
    type_code(reception, sample(server, "printed"))
    expect_verdict(reception, "check_identity")
    more, last = reception.get_by_role("button", name="Ver más"), reception.locator(".verdict-foot")
    expect(more).to_be_in_viewport()
    assert is_behind_the_buttons(last)
    for _ in range(6):
        reception.keyboard.press("Tab")
        if more.evaluate("(button) => button === document.activeElement"):
            break
    for _ in range(6):
        if more.count() == 0:
            break
        reception.keyboard.press("Enter")
        reception.wait_for_timeout(300)
        more.focus() if more.count() else None
    expect(more).to_have_count(0)
    assert not is_behind_the_buttons(last)
    assert reception.evaluate("document.activeElement !== document.body"), "focus is not lost with the button"
    next_person(reception)
    reception.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    type_code(reception, sample(server, "foreign"))
    expect_verdict(reception, "not_a_pass")
    expect(more).to_have_count(0)


def is_behind_the_buttons(part: Locator) -> bool:
    """Whether a part of a verdict lies below what can be seen of it."""
    return (
        part.evaluate(
            """(part) => part.getBoundingClientRect().bottom
            > document.querySelector(".verdict-actions").getBoundingClientRect().top + 1"""
        )
        is True
    )


ESCAPE_AT_ONCE = """() => {
  const watch = new MutationObserver(() => {
    if (document.querySelector("main.verdict h1") === null) return;
    watch.disconnect();
    window.amateSawVerdict = true;
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  });
  watch.observe(document.body, { childList: true, subtree: true });
}"""


def test_escape_is_heard_from_the_first_moment_of_a_verdict_on(server: LiveServer, open_browser: OpenBrowser) -> None:
    reception = prepare_clinic(open_browser(), server, CLUES)
    reception.evaluate(ESCAPE_AT_ONCE)
    type_code(reception, sample(server, "printed"))
    reception.wait_for_function("() => window.amateSawVerdict === true")
    expect(reception.locator("main.verdict")).to_have_count(0, timeout=10_000)  # by itself it goes after 30 s


def test_escape_goes_back_to_scanning_and_a_space_holds(server: LiveServer, open_browser: OpenBrowser) -> None:
    reception = prepare_clinic(open_browser(), server, CLUES)
    held, typing = reception.get_by_text("Detenido"), reception.get_by_role("button", name="Teclear")
    for elsewhere in (False, True):
        type_code(reception, sample(server, "printed"))
        expect_verdict(reception, "check_identity")
        if elsewhere:
            reception.evaluate("document.activeElement.blur()")  # as after a touch beside every control
        reception.keyboard.press("Escape")
        expect(reception.get_by_role("heading", name="REVISE IDENTIDAD")).to_have_count(0, timeout=10_000)
        expect(typing).to_be_visible()
    for elsewhere in (False, True):
        type_code(reception, sample(server, "printed"))
        expect_verdict(reception, "check_identity")
        expect(held).to_have_count(0)
        if elsewhere:
            reception.evaluate("document.activeElement.blur()")
        reception.keyboard.press("Space")
        expect(held).to_be_visible()
        reception.keyboard.press("Escape")
        expect(held).to_have_count(0)
        expect(typing).to_be_visible()


def test_e03_a_code_that_comes_again_is_pointed_out(server: LiveServer, open_browser: OpenBrowser) -> None:
    reception = prepare_clinic(open_browser(), server, CLUES)
    type_code(reception, sample(server, "printed"))
    expect_verdict(reception, "check_identity")
    expect(reception.get_by_text("Ya escaneada")).to_have_count(0)
    next_person(reception)
    type_code(reception, sample(server, "printed"))
    expect(reception.get_by_text("Ya escaneada hace")).to_be_visible()
    next_person(reception)
    reception.reload()
    type_code(reception, sample(server, "printed"))
    expect(reception.get_by_text("Ya escaneada hace")).to_be_visible()
