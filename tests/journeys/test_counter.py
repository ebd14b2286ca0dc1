"""The other ways of scanning: a hand-held scanner that types, and a photograph where the page gets no camera."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.camera import picture_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import expect_verdict, next_person, page_of, prepare_clinic
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
        reception.keyboard.type(sample(server, name))
        reception.keyboard.press("Enter")
        expect_verdict(reception, verdict)


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
