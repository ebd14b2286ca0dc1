"""A counter that no network reaches: what it decides by comes on a stick, written by one program, read by another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import everybody
from tests.journeys.conftest import OpenBrowser
from tests.journeys.line import PRINTED
from tests.journeys.phones import desk_of, put_in
from tests.journeys.screens import Inspector
from tests.journeys.steps import expect_verdict, first_of, hold, next_person, prepare_clinic, type_code
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_a_card_that_ended_is_refused_once_a_stick_has_said_so(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    context = open_browser()
    page = prepare_clinic(context, server, PACHUCA_UMF)
    inspector = Inspector(page)
    before = exported(server, tmp_path / "before.amate")
    known_as = put_in(server, everybody()[PRINTED], desk=desk_of(server))["person_id"]
    server.amate("credentials", "revoke", "--person", known_as, "--reason", "lost")
    server.amate("status", "publish")
    server.amate("trust", "publish")
    stick = exported(server, tmp_path / "stick.amate")
    other = context.new_page()
    other.goto(f"{server.url}/clinic/")
    other.get_by_role("button", name="Teclear").wait_for()
    context.set_offline(True)
    scan(page, sample(server, "printed"), "check_identity")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_data(page)
    (photo := tmp_path / "foto.jpg").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    for file, told in (
        (stick, "Listo: lo que trae la memoria ya está en este equipo."),
        (stick, "La memoria no trae nada más nuevo"),
        (before, "el archivo es más viejo que lo que ya está aquí"),
        (photo, "el archivo no está tal como lo escribe Amate"),
    ):
        load(page, file)
        expect(page.get_by_text(told)).to_be_visible()
        inspector.look(told)
    assert inspector.faults == [], "\n".join(inspector.faults)
    page.keyboard.press("Escape")
    scan(page, sample(server, "printed"), "not_valid")
    assert [url for url in asked if not url.startswith(f"{server.url}/assets/")] == []

    scan(other, sample(server, "printed"), "not_valid")
    page.reload()
    page.get_by_role("button", name="Teclear").wait_for()
    scan(page, sample(server, "printed"), "not_valid")


def test_a_stick_waits_for_a_synchronisation_and_says_so(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    stick = exported(server, tmp_path / "stick.amate")
    held = hold(page, "**/trust/timestamp.json")
    page.get_by_role("button", name="En línea").click()
    page.get_by_role("button", name="Sincronizar ahora").click()
    first_of(held, page)
    load(page, stick)
    expect(page.get_by_text("Espera a la sincronización…")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_text("La memoria no trae nada más nuevo").or_(page.get_by_text("Listo: lo que"))).to_be_visible()


def exported(server: LiveServer, file: Path) -> Path:
    """What is published now, as one file."""
    pack, token = file.with_suffix(".pack"), file.with_suffix(".token")
    said = server.amate("staff", "token", "--role", "clinic", "--json").stdout
    token.write_text(json.loads(said)["token"])
    token.chmod(0o600)
    server.amate("pack", "sync", "--from", server.url, "--to", str(pack), "--token-file", str(token))
    server.amate("pack", "export", str(file), "--pack", str(pack))
    return file


def open_data(page: Page) -> None:
    page.get_by_role("button", name="Sin red").click()
    page.get_by_role("button", name="Cargar de una memoria USB").wait_for()


def load(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Cargar de una memoria USB").click()
    chooser.value.set_files(file)


def scan(page: Page, text: str, verdict: str) -> None:
    type_code(page, text)
    expect_verdict(page, verdict)
    next_person(page)
