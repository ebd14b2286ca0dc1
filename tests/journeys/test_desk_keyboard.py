"""The module's form by keyboard alone: no question is passed by, the focus is never lost, and it stays fast."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import SyntheticPerson
from tests.journeys.conftest import DESKTOP, SMALL_PHONE, OpenBrowser
from tests.journeys.steps import fill_form, first_of, hold, log_in, page_of, read_offer
from tests.journeys.test_desk import a_child, somebody
from tests.live import LiveServer

pytestmark = pytest.mark.browser
NOT_STATED = re.compile("No manifiesta su decisión")
YES = re.compile("Sí, de cualquier órgano")


class Keyboard:
    """Somebody without a mouse; `presses` counts the keys that are no letters of an answer."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def answer(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.press("Enter")

    def choose(self, label: str, start: str) -> None:
        """A list, by the first letters of what is wanted."""
        expect(self.page.get_by_label(label, exact=True)).to_be_focused()
        self.page.keyboard.type(start)
        self.press("Enter")


@pytest.fixture
def page(server: LiveServer, open_browser: OpenBrowser) -> Page:
    page = page_of(open_browser(viewport=DESKTOP, reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    expect(page.get_by_label("CURP", exact=True)).to_be_focused()
    page.get_by_label("Estado", exact=True).locator("option").nth(1).wait_for(state="attached")
    return page


def type_person(keyboard: Keyboard, person: SyntheticPerson) -> None:
    """From the CURP to the list of states, each answer and Enter; the telephone is left out."""
    for text in (person.curp, person.given_names, person.first_surname, person.second_surname, ""):
        keyboard.answer(text)


def type_place(keyboard: Keyboard) -> None:
    """Where the person lives: the first town and locality of Hidalgo that begin with Pachuca."""
    keyboard.choose("Estado", "Hidalgo")
    expect(keyboard.page.get_by_label("Municipio")).to_be_focused()
    keyboard.choose("Municipio", "Pachuca")
    keyboard.choose("Localidad", "Pachuca")


def test_enter_reaches_every_question_and_never_answers_one_by_itself(page: Page) -> None:
    keyboard = Keyboard(page)
    type_person(keyboard, somebody(6))
    page.get_by_label("Estado", exact=True).focus()
    page.get_by_label("Estado", exact=True).select_option(label="Hidalgo")
    page.get_by_label("Municipio").wait_for()
    type_place(keyboard)
    question = page.get_by_role("radio", name=NOT_STATED)
    expect(question).to_be_focused()
    expect(question).not_to_be_checked()
    expect(page.get_by_text("Al morir, decidirían sus familiares cercanos.")).to_be_in_viewport()
    keyboard.press("Enter", "Enter")
    expect(question).to_be_focused()
    expect(page.get_by_text("Elija una respuesta").first).to_be_in_viewport()
    expect(page.get_by_role("button", name="Siguiente persona")).to_have_count(0)
    keyboard.press("Space", "Enter")
    read_offer(page)
    # CURP, three names, telephone, state, town, locality: 8; two too many on the question; the answer and the last one.
    assert keyboard.presses == 12


def test_enter_waits_for_a_list_that_is_on_its_way(page: Page) -> None:
    held = hold(page, "**/api/v1/places?state=*")
    state, town = page.get_by_label("Estado", exact=True), page.get_by_label("Municipio")
    state.focus()
    page.keyboard.type("Hidalgo")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    expect(state).to_be_focused()
    first_of(held, page).continue_()
    town.wait_for()
    page.keyboard.press("Enter")
    expect(town).to_be_focused()


def test_a_decision_is_chosen_with_the_arrows(page: Page) -> None:
    fill_form(page, somebody(7), donation=None)
    keyboard = Keyboard(page)
    page.get_by_text(re.compile("Posición de este equipo")).focus()
    keyboard.press("Enter")
    expect(page.get_by_role("radio", name=NOT_STATED)).to_be_focused()
    keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=YES)).to_be_checked()
    keyboard.press("Enter")
    read_offer(page)
    assert keyboard.presses == 3


def test_the_button_does_not_pass_the_question_by_either(page: Page) -> None:
    fill_form(page, somebody(8), donation=None)
    page.get_by_role("button", name="Registrar", exact=True).click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Su decisión: Elija una respuesta")
    summary.get_by_role("link", name="Su decisión").press("Enter")
    expect(page.get_by_role("radio", name=NOT_STATED)).to_be_focused()


def test_a_childs_form_ends_at_the_button(page: Page) -> None:
    child = a_child()
    keyboard = Keyboard(page)
    fill_form(page, child)
    page.get_by_text(re.compile("Posición de este equipo")).focus()
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Registrar", exact=True)).to_be_focused()
    keyboard.press("Enter")
    page.get_by_role("button", name="Siguiente persona").wait_for()


def test_who_begins_anew_begins_at_the_first_field(page: Page) -> None:
    fill_form(page, somebody(9))
    anew = page.get_by_role("button", name="Borrar y empezar de nuevo")
    anew.focus()
    page.keyboard.press("Enter")
    curp = page.get_by_label("CURP", exact=True)
    expect(curp).to_be_focused()
    expect(curp).to_have_value("")
    expect(curp).to_be_in_viewport()
    page.wait_for_timeout(500)
    expect(curp).to_be_focused()


def test_the_next_person_begins_at_the_first_field(page: Page) -> None:
    fill_form(page, somebody(10))
    page.get_by_role("button", name="Registrar", exact=True).press("Enter")
    page.get_by_role("button", name="Siguiente persona").press("Enter")
    expect(page.get_by_label("CURP", exact=True)).to_be_focused()


def test_the_keyboard_stays_at_the_lists_that_did_not_come(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE, reduced_motion="reduce"))
    page.route("**/api/v1/places*", lambda route: route.abort())
    log_in(page, server, "enrolment")
    again = page.get_by_role("button", name="Intentar de nuevo")
    again.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    expect(again).to_be_focused()
    page.unroute("**/api/v1/places*")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Estado", exact=True)).to_be_focused()


def test_a_letter_that_no_curp_holds_is_explained(page: Page) -> None:
    curp = page.get_by_label("CURP", exact=True)
    curp.press_sequentially("XUÑ")
    expect(page.get_by_text("donde el nombre lleva Ñ, la CURP lleva X")).to_be_visible()
    curp.fill("")
    expect(page.get_by_text("la CURP lleva X")).to_have_count(0)


def test_a_babys_age_is_told_as_people_tell_it(page: Page) -> None:
    child = a_child()
    page.get_by_label("CURP", exact=True).fill(child.curp)
    birth = page.get_by_label("Nació el")
    today = page.evaluate("new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Mexico_City' }).format(new Date())")
    birth.fill(today)
    expect(page.get_by_text("La persona tiene menos de un mes:")).to_be_visible()
