"""The patient scans alone: an invitation, large words where to go, and nothing of the counter's within reach."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import SyntheticPerson, everybody
from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import DESKTOP, SMALL_PHONE, OpenBrowser
from tests.journeys.phones import phone_of
from tests.journeys.screens import PROTRUDING, Inspector
from tests.journeys.steps import prepare_clinic, scan_at_once
from tests.journeys.test_main_job import PACHUCA_UMF, assert_no_personal_data, sample
from tests.journeys.test_receipts import DUMP, SEALED
from tests.live import LiveServer

pytestmark = pytest.mark.browser
INVITATION = "Muestre aquí el código de su tarjeta"
SIDEWAYS = {"width": 640, "height": 320}
TOLD = {
    "printed": ("PASE A VENTANILLA", "identificación"),
    "screenshot": ("PASE A VENTANILLA", "identificación"),
    "revoked": ("PASE A VENTANILLA", "Ahí le ayudan"),
    "forged": ("PASE A VENTANILLA", "Ahí le ayudan"),
    "expired": ("OTRA VEZ, POR FAVOR", "código nuevo"),
    "foreign": ("OTRA VEZ, POR FAVOR", "de otra cosa"),
}
# A part of a screen that the screen cuts off, where nothing scrolls to it.
CUT_OFF = """() => [...document.querySelectorAll("h1, p, button")].filter((part) => {
  const { top, bottom, height } = part.getBoundingClientRect();
  return height > 0 && !part.closest("[inert]") && (top < -1 || bottom > innerHeight + 1);
}).map((part) => part.textContent)"""


def insured_adult(number: int) -> SyntheticPerson:
    """Somebody of Pachuca whom IMSS insures, and of whom the demonstration keeps no code."""
    insured = [p for p in everybody()[10:] if p.place.name == "Pachuca de Soto" and p.guardian_curp is None]
    return [p for p in insured if any(m.institution == 2 and m.role == 1 and not m.until for m in p.memberships)][
        number
    ]


def leave_to_patients(page: Page) -> None:
    """Staff hands the counter over."""
    page.get_by_role("button", name="Ajustes").click()
    page.get_by_text("El paciente, solo").click()
    page.get_by_role("heading", name=INVITATION).wait_for()


def expect_told(page: Page, title: str, more: str = "") -> None:
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(more)).first).to_be_visible()


def test_a_patient_is_told_where_to_go_and_nothing_about_anybody(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(feed=None), server, PACHUCA_UMF)
    person = insured_adult(0)
    phone = phone_of(server, person)
    leave_to_patients(page)
    for name, (title, more) in TOLD.items():
        scan_at_once(page, sample(server, name))
        expect_told(page, title, more)
        assert_no_personal_data(page)
    scan_at_once(page, phone.show())
    expect_told(page, "PUEDE PASAR", "Tome asiento")
    assert_no_personal_data(page)
    expect(page.get_by_role("heading", name=INVITATION)).to_be_visible(timeout=12_000)  # by itself
    scan_at_once(page, phone.show())
    expect_told(page, "PASE A VENTANILLA", "ya se leyó")
    page.get_by_role("button", name="Listo").click()
    expect(page.get_by_role("heading", name=INVITATION)).to_be_focused()
    page.context.set_offline(True)  # or the receipts are at the centre before they are counted
    page.reload()
    page.get_by_role("heading", name=INVITATION).wait_for()
    scan_at_once(page, phone.show())
    expect_told(page, "PASE A VENTANILLA", "ya se leyó")
    page.get_by_role("button", name="Listo").click()
    dump = page.evaluate(DUMP)
    assert dump.count(SEALED) == len(TOLD) + 3, "each scan leaves its receipt"
    assert person.curp not in dump


def test_the_camera_goes_on_by_itself_also_off_line_and_after_a_reload(
    server: LiveServer, open_browser: OpenBrowser, feed: Path
) -> None:
    context = open_browser(feed=feed)
    page = prepare_clinic(context, server, PACHUCA_UMF)
    leave_to_patients(page)
    context.set_offline(True)
    feed_of(feed, picture_of(sample(server, "printed")))
    page.reload()
    expect_told(page, "PASE A VENTANILLA", "identificación")
    expect(page.get_by_role("heading", name=INVITATION)).to_be_visible(timeout=15_000)


def test_nothing_of_the_counter_is_within_a_patients_reach(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    leave_to_patients(page)
    page.reload()
    page.get_by_role("heading", name=INVITATION).wait_for()
    assert page.get_by_role("button").all_inner_texts() == ["Solo personal"]
    assert page.get_by_role("link").count() <= 1, "the skip link"
    out = page.get_by_role("button", name="Solo personal")
    out.click()
    expect(page.get_by_text("manténgalo presionado 3 segundos")).to_be_visible()
    expect(page.get_by_role("heading", name=INVITATION)).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="¿Volver a la recepción?").wait_for()
    page.keyboard.press("Enter")  # the first thing there is to stay
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name=INVITATION)).to_be_visible()
    box = out.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.wait_for_timeout(3200)
    page.mouse.up()
    page.get_by_role("button", name="Teclear").wait_for()
    page.reload()
    page.get_by_role("button", name="Teclear").wait_for()


def test_staff_leaves_it_by_keys_alone(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    leave_to_patients(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Solo personal")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="¿Volver a la recepción?").wait_for()
    page.get_by_role("button", name="Sí, soy del personal").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Teclear").wait_for()


def test_staff_leaves_it_while_an_answer_shows(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    leave_to_patients(page)
    scan_at_once(page, sample(server, "printed"))
    page.get_by_role("button", name="Listo").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sí, soy del personal").click()
    page.get_by_role("button", name="Teclear").wait_for()


def test_every_screen_of_it_on_every_size(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    phone = phone_of(server, insured_adult(1))
    inspector = Inspector(page)
    leave_to_patients(page)
    look(page, inspector, "invitation to a reader")
    page.evaluate("document.querySelector('.kiosk-view').classList.remove('is-dark')")  # as where there is a camera
    look(page, inspector, "invitation to a camera")
    page.clock.install()  # no screen returns by itself while it is looked at
    for name, text in {"on": phone.show(), **{name: sample(server, name) for name in TOLD}}.items():
        scan_at_once(page, text)
        page.get_by_role("button", name="Listo").wait_for()
        look(page, inspector, name)
    page.get_by_role("button", name="Listo").click()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for()
    inspector.look("leaving")
    assert inspector.faults == [], "\n".join(inspector.faults)


def look(page: Page, inspector: Inspector, name: str) -> None:
    """Axe, small and wide, by day and by night; on its side; and all of it within the screen."""
    inspector.look(name)
    for size in (SMALL_PHONE, SIDEWAYS, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        cut = [*page.evaluate(CUT_OFF), *page.evaluate(PROTRUDING)]
        inspector.faults += [f"{name} ({size['width']} px): cut off: {part}" for part in cut]
    page.set_viewport_size({"width": SMALL_PHONE["width"], "height": SMALL_PHONE["height"]})
