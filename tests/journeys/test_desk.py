"""The module's form: every field in sight while it is written, one word about the network, every country."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from amate.demo.people import SyntheticPerson, everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import DESKTOP, PHONE, SMALL_PHONE, OpenBrowser
from tests.journeys.steps import fill_form, fill_person, log_in, page_of, read_offer, wait_for_worker
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CONTROLS = ".enrolment :is(input, select, button)"
# What lies in the middle of a control and at its lower edge; the control itself, or something over it.
COVERED = """(control) => {
  const box = (control.closest("label.choice") ?? control).getBoundingClientRect();
  const at = [box.top + box.height / 2, box.bottom - 2].map((y) => document.elementFromPoint(box.left + 20, y));
  return at.every((found) => found === control || control.contains(found) || found?.contains(control));
}"""


def a_child() -> SyntheticPerson:
    """A minor whom the demonstration has not enrolled yet."""
    return next(person for person in everybody()[ENROLLED:] if person.guardian_curp)


def adult(number: int) -> SyntheticPerson:
    """One of the adults whom the demonstration has not enrolled yet."""
    return [person for person in everybody()[ENROLLED:] if person.guardian_curp is None][number]


def hidden_under_the_button(page: Page) -> list[str]:
    """The fields that cannot be seen whole when the keyboard reaches them, from the first to the last."""
    page.get_by_label("CURP", exact=True).focus()
    hidden = []
    for _ in range(page.locator(CONTROLS).count()):
        focused = page.locator(":focus")
        if focused.count() == 0 or not focused.evaluate("(it) => it.closest('.enrolment') !== null"):
            break
        if not focused.evaluate(COVERED):
            hidden.append(focused.evaluate("(it) => it.outerHTML.slice(0, 120)"))
        page.keyboard.press("Tab")
    return hidden


@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, DESKTOP], ids=lambda size: f"{size['width']}")
def test_no_field_hides_under_the_button(server: LiveServer, open_browser: OpenBrowser, size: dict[str, int]) -> None:
    page = page_of(open_browser(viewport=size, reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    child = a_child()
    fill_form(page, child)
    assert hidden_under_the_button(page) == []
    page.evaluate("scrollTo(0, 0)")
    page.get_by_label("CURP", exact=True).fill(child.curp)
    if size is DESKTOP:
        guardian = page.get_by_label(re.compile("CURP de la madre"))
        assert guardian.evaluate(COVERED), "a minor's guardian is asked for where it is seen at once"
    page.get_by_label("Nombre(s)").fill("")
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_role("alert").get_by_role("link", name="Nombre(s)").click()
    expect(page.get_by_label("Nombre(s)")).to_be_focused()
    assert page.get_by_label("Nombre(s)").evaluate(COVERED)


def test_every_nationality_can_be_chosen_by_its_name(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    log_in(page, server, "enrolment")
    nationality = page.get_by_label("Nacionalidad")
    expect(nationality).to_have_value("MEX")
    options = nationality.locator("option").all_inner_texts()
    assert len(options) == 250
    assert options[:2] == ["Mexicana", "Guatemalteca"]
    assert {"Italia", "Japón", "Sin nacionalidad (apátrida)"} <= set(options)
    fill_form(page, adult(2))
    nationality.select_option(label="Italia")
    page.get_by_role("button", name="Registrar", exact=True).click()
    read_offer(page)


NETWORK = re.compile(r"sin red|no hay (red|internet|conexión)|sin (internet|conexión)|no se pudo cargar", re.I)


def test_without_a_network_one_message_says_so(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    page.get_by_label("CURP", exact=True).wait_for()
    wait_for_worker(page)
    page.context.set_offline(True)
    page.reload()
    message = page.get_by_text(NETWORK)
    expect(message.first).to_be_visible()
    page.wait_for_timeout(1000)  # lists that do not come, too, say no more than that
    expect(message).to_have_count(1)
    fill_form(page, adult(1))
    page.get_by_role("button", name="Registrar", exact=True).click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(message).to_have_count(1)
    page.context.set_offline(False)
    expect(message).to_have_count(0)
    page.get_by_role("button", name="Registrar", exact=True).click()
    read_offer(page)


HERE = "Usar la posición de este equipo"


def has_the_focus(page: Page, control: Locator) -> None:
    """The keyboard is there, and stays there when everything has been drawn anew."""
    expect(control).to_be_focused()
    page.wait_for_timeout(500)
    expect(control).to_be_focused()


def test_the_keyboard_stays_where_the_position_was_asked_for(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    log_in(page, server, "enrolment")
    page.get_by_label("Estado", exact=True).locator("option").nth(1).wait_for(state="attached")
    page.get_by_role("button", name=HERE).focus()
    page.keyboard.press("Enter")
    has_the_focus(page, page.get_by_text(re.compile("Posición de este equipo")))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Elegir de la lista")).to_be_focused()
    page.keyboard.press("Enter")
    has_the_focus(page, page.get_by_label("Estado", exact=True))


def test_the_keyboard_stays_where_the_position_was_refused(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser()
    context.clear_permissions()
    page = page_of(context)
    log_in(page, server, "enrolment")
    page.get_by_label("Estado", exact=True).locator("option").nth(1).wait_for(state="attached")
    for _ in range(2):  # the second time the message is there already
        page.get_by_role("button", name=HERE).focus()
        page.keyboard.press("Enter")
        page.get_by_text(re.compile("permi(so|tió)")).first.wait_for()
        has_the_focus(page, page.get_by_role("button", name=HERE))


def test_enter_registers_nobody_while_the_place_is_not_chosen(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    fill_person(page, adult(3))
    state = page.get_by_label("Estado", exact=True)
    state.locator("option").nth(1).wait_for(state="attached")
    state.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(state).to_be_focused()
    page.keyboard.press("Escape")
    state.select_option(label="Hidalgo")
    town = page.get_by_label("Municipio")
    town.wait_for()
    state.press("Enter")
    expect(town).to_be_focused()
    town.select_option(index=1)
    town.press("Enter")
    expect(page.get_by_label("Localidad")).to_be_focused()
    page.keyboard.press("Enter")  # the municipality is enough, and nothing else is missing
    read_offer(page)
