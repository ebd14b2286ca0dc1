"""The module's form: every field in sight while it is written, one word about the network, every country."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Literal

import pytest
import zxingcpp
from playwright.sync_api import Locator, Page, expect

from amate.core import curp
from amate.demo.people import NEVER, SyntheticPerson, everybody
from amate.demo.seed import ENROLLED
from amate.features.issuance.card_pdf import A4_MM
from tests.journeys.conftest import DESKTOP, PHONE, SMALL_PHONE, OpenBrowser
from tests.journeys.steps import (
    claim,
    expect_verdict,
    fill_form,
    fill_person,
    log_in,
    page_of,
    prepare_clinic,
    read_offer,
    type_code,
    wait_for_worker,
)
from tests.live import LiveServer
from tests.unit.features.issuance.test_card_pdf import image_of, streams

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


def somebody(number: int) -> SyntheticPerson:
    """An adult whom the demonstration does not know at all."""
    born = date(1984, 3, number)
    names = ("Xóchitl", "Ñúñez", "Olvera")
    key = curp.build(*names, birth_date=born, sex="M", state="HG")
    return replace(
        adult(0),
        curp=key,
        given_names=names[0],
        first_surname=names[1],
        second_surname=names[2],
        birth_date=born,
        sex="M",
        birth_state="HG",
    )


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
    page.context.clear_cookies()  # as when the session has ended meanwhile: what was written is not lost by it
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_role("alert").get_by_role("button", name="Entrar de nuevo").click()
    page.get_by_role("button", name="Entrar a la demostración").click()
    expect(nationality).to_have_value("ITA")
    expect(page.get_by_role("alert")).to_have_count(0)
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
    page.keyboard.press("Enter")  # the municipality is enough, and the next question is asked
    expect(page.get_by_role("radio", name=re.compile("^No manifiesta"))).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    read_offer(page)


def register(page: Page, person: SyntheticPerson) -> None:
    """Fill the form to its end and send it."""
    fill_form(page, person)
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_role("button", name="Siguiente persona").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_the_person_needs_is_on_the_first_screen_of_a_small_phone(
    server: LiveServer, open_browser: OpenBrowser, scheme: Literal["light", "dark"]
) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE, reduced_motion="reduce", color_scheme=scheme))
    log_in(page, server, "enrolment")
    person = adult(5)
    register(page, person)
    heading = page.get_by_role("heading", name=re.compile(re.escape(person.given_names)))
    for essential in (
        page.get_by_role("button", name="Salir"),  # the bar, above the name
        heading,
        page.get_by_role("img", name=re.compile("Código QR para recibir")),
        page.get_by_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")),
        page.get_by_text(re.compile(r"^\d{3} \d{3}$")),
    ):
        expect(essential).to_be_in_viewport(ratio=1)
    expect(heading).to_be_focused()
    assert read_offer(page).link.startswith(server.url), "the smaller code can be read"


def test_a_child_takes_home_a_printed_card(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE, reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    child = a_child()
    register(page, child)
    prints = page.get_by_role("button", name="Imprimir tarjeta")
    expect(prints).to_be_in_viewport(ratio=1)
    expect(page.get_by_text(re.compile(r"^\d{3} \d{3}$"))).to_be_hidden()
    with page.expect_response("**/cards") as printed, page.expect_popup():
        prints.click()
    drawn = next(stream for stream in streams(printed.value.body()) if " re" in stream)
    card = zxingcpp.read_barcode(image_of(drawn, A4_MM[1]), formats=zxingcpp.BarcodeFormat.QRCode)
    assert card is not None
    clinic = prepare_clinic(open_browser(viewport=PHONE), server, "HGIMS900110")
    type_code(clinic, card.text)
    expect_verdict(clinic, "check_identity")
    expect(clinic.get_by_text(re.compile(child.first_surname, re.I)).first).to_be_visible()


def test_a_child_with_a_phone_of_their_own_gets_the_offer_too(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(reduced_motion="reduce"))
    log_in(page, server, "enrolment")
    register(page, a_child())
    page.get_by_text("Si tiene teléfono propio").click()
    expect(page.get_by_text("en cada teléfono cabe una sola tarjeta")).to_be_visible()
    read_offer(page)


def sent_to(listed: Locator) -> tuple[list[str], list[str]]:
    """The names of a list's units: for everything, and only for what is urgent."""
    listed.first.wait_for()
    told = listed.all_inner_texts()
    urgent = [text for text in told if "Solo urgencias, o con referencia" in text]
    return [text for text in told if text not in urgent], urgent


def test_nobody_is_sent_where_they_are_not_attended(server: LiveServer, open_browser: OpenBrowser) -> None:
    """A person of the IMSS whose nearest unit is of the ISSSTE, at the desk and with the wallet in hand."""
    of_imss = next(
        one
        for one in everybody()[:ENROLLED]
        if one.guardian_curp is None
        and one.place.name == "Pachuca de Soto"
        and [(each.institution, each.until) for each in one.memberships] == [(2, NEVER)]
    )
    desk = page_of(open_browser(viewport=DESKTOP))
    log_in(desk, server, "enrolment")
    register(desk, of_imss)
    attending, urgent = sent_to(desk.locator(".result .list li"))
    assert attending
    assert all("HGIMS" in unit for unit in attending)
    assert [("HGIST" in unit) for unit in urgent] == [True], "the very nearest, named last and marked"
    wallet = page_of(open_browser())
    claim(wallet, read_offer(desk))
    wallet.get_by_role("link", name="Clínicas").click()
    near = wallet.get_by_role("region", name=re.compile("^Cerca de")).locator(".place")
    at_home = sent_to(near)
    assert all("IMSS" in unit and "Bienestar" not in unit for unit in at_home[0])
    assert ["ISSSTE" in unit for unit in at_home[1]] == [True]
    wallet.get_by_role("button", name="Usar mi ubicación").click()
    wallet.get_by_role("region", name="Cerca de donde está").wait_for()
    from_here = sent_to(near)
    assert all("IMSS" in unit and "Bienestar" not in unit for unit in from_here[0])
    assert ["ISSSTE" in unit for unit in from_here[1]] == [True]
    assert "ISSSTE" in near.all_inner_texts()[-1]


def test_another_guardian_takes_over_on_purpose(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    log_in(page, server, "enrolment")
    child = next(person for person in everybody()[:ENROLLED] if person.guardian_curp)
    adults = [person for person in everybody()[:ENROLLED] if person.guardian_curp is None]
    other = next(person.curp for person in adults if person.curp != child.guardian_curp)
    fill_form(page, child)
    page.get_by_label(re.compile("CURP de la madre")).fill(other)
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_text("Tiene registrada a otra persona responsable").first.wait_for()
    page.get_by_role("button", name="Ahora la responsable es esta persona").click()
    page.get_by_text("Al registrar cambiará la persona responsable").wait_for()
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_role("button", name="Siguiente persona").wait_for()
