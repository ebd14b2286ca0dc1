"""Somebody who is in the register with another spelling, or another decision: the module sees both, and chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from amate.demo.people import SyntheticPerson
from tests.journeys.conftest import DESKTOP, SMALL_PHONE, OpenBrowser
from tests.journeys.phones import put_in
from tests.journeys.screens import Inspector
from tests.journeys.steps import card_code, claim, fill_form, log_in, page_of, read_offer
from tests.journeys.test_desk import somebody
from tests.live import LiveServer

pytestmark = pytest.mark.browser
SUBMIT, FIX, LEAVE, BACK = "Registrar", "Corregir el nombre", "Dejar como estaba", "Volver al formulario"
YES = "Sí, de cualquier órgano o tejido"


def misspelt(person: SyntheticPerson) -> str:
    """Their given names with the last letter twice, which no CURP notices."""
    return person.given_names + person.given_names[-1]


def whole(person: SyntheticPerson) -> str:
    return f"{person.given_names} {person.first_surname} {person.second_surname}"


def version(page: Page, title: str) -> Locator:
    """What stands under «Está registrada como», «Usted escribió» and the like."""
    return page.locator("dt", has_text=title).locator("xpath=following-sibling::dd[1]")


def open_desk(server: LiveServer, open_browser: OpenBrowser, **options: Any) -> Page:
    page = page_of(open_browser(reduced_motion="reduce", **options))
    log_in(page, server, "enrolment")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SMALL_PHONE, DESKTOP], ids=lambda size: f"{size['width']}")
def test_both_spellings_are_shown_with_what_differs(
    server: LiveServer, open_browser: OpenBrowser, size: dict[str, int], scheme: Literal["light", "dark"]
) -> None:
    person = somebody(11)
    put_in(server, person, given_names=misspelt(person)) if (size, scheme) == (SMALL_PHONE, "light") else None
    page = open_desk(server, open_browser, viewport=size, color_scheme=scheme)
    inspector = Inspector(page)
    fill_form(page, person)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    heading = page.get_by_role("heading", name="Su nombre está escrito de otro modo en el padrón")
    expect(heading).to_be_focused()
    expect(version(page, "Está registrada como")).to_have_text(whole(replace(person, given_names=misspelt(person))))
    expect(version(page, "Usted escribió")).to_have_text(whole(person))
    expect(version(page, "Está registrada como").locator("mark")).to_have_text(person.given_names[-1])
    for choice in (FIX, LEAVE):
        expect(page.get_by_role("button", name=choice)).to_be_in_viewport(ratio=1)
    inspector.look("two spellings")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_a_name_is_corrected_and_the_wallet_and_the_card_are_told_how(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    person = somebody(12)
    put_in(server, person, given_names=misspelt(person))
    page = open_desk(server, open_browser, viewport=SMALL_PHONE)
    fill_form(page, person)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    page.get_by_role("button", name=FIX).press("Enter")
    expect(page.get_by_role("heading", name=f"{person.given_names} {person.first_surname} ya estaba")).to_be_focused()
    expect(page.get_by_text("Corregido en el padrón")).to_be_visible()
    expect(page.get_by_text("imprímala otra vez")).to_be_visible()
    wallet = page_of(open_browser())
    claim(wallet, read_offer(page))
    expect(card_code(wallet)).to_be_visible()
    expect(wallet.get_by_text(whole(person)).first).to_be_visible()
    page.get_by_role("button", name="Siguiente persona").click()
    fill_form(page, person)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    read_offer(page)
    expect(page.get_by_text("Corregido en el padrón")).to_have_count(0)


def test_a_name_is_left_as_it_was(server: LiveServer, open_browser: OpenBrowser) -> None:
    person = somebody(13)
    put_in(server, person, given_names=misspelt(person))
    page = open_desk(server, open_browser)
    fill_form(page, person)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    page.get_by_role("button", name=LEAVE).click()
    expect(page.get_by_role("heading", name=f"{misspelt(person)} {person.first_surname} ya estaba")).to_be_visible()
    expect(page.get_by_text("En el padrón quedó como estaba")).to_be_visible()


def test_who_mistyped_goes_back_to_what_they_wrote(server: LiveServer, open_browser: OpenBrowser) -> None:
    person = somebody(14)
    put_in(server, person)
    page = open_desk(server, open_browser)
    fill_form(page, replace(person, given_names=misspelt(person)))
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    page.get_by_role("button", name=BACK).press("Enter")
    names = page.get_by_label("Nombre(s)")
    expect(names).to_be_focused()
    expect(names).to_have_value(misspelt(person))
    names.fill(person.given_names)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    read_offer(page)


def test_another_name_is_not_read_out_of_the_register(server: LiveServer, open_browser: OpenBrowser) -> None:
    person = somebody(15)
    put_in(server, person)
    page = open_desk(server, open_browser)
    fill_form(page, replace(person, given_names="Xicoténcatl"))
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("ya está registrada con otro dato")
    expect(page.get_by_text(person.given_names)).to_have_count(0)


def test_a_change_of_decision_is_shown_before_it_is_made(server: LiveServer, open_browser: OpenBrowser) -> None:
    person = somebody(16)
    put_in(server, person, given_names=misspelt(person), organ_donation="yes")
    page = open_desk(server, open_browser, viewport=SMALL_PHONE)
    inspector = Inspector(page)
    fill_form(page, person, donation="No manifiesta su decisión")
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    page.get_by_role("button", name=LEAVE).click()
    expect(page.get_by_role("heading", name="Su decisión sobre donación cambia")).to_be_focused()
    expect(version(page, "Su decisión anterior era")).to_contain_text(YES)
    expect(version(page, "Ahora")).to_contain_text("No manifiesta su decisión")
    for choice in ("Registrar el cambio", "Dejar la anterior"):
        expect(page.get_by_role("button", name=choice)).to_be_in_viewport(ratio=1)
    inspector.look("another decision")
    page.get_by_role("button", name="Registrar el cambio").press("Enter")
    expect(page.get_by_text(f"Antes «{YES}»; ahora «No manifiesta su decisión».")).to_be_visible()
    inspector.look("decision changed")
    page.get_by_role("button", name="Siguiente persona").click()
    fill_form(page, replace(person, given_names=misspelt(person)), donation=YES)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    expect(page.get_by_text(f"Antes «No manifiesta su decisión»; ahora «{YES}».")).to_be_visible()
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_without_a_network_the_choice_waits(server: LiveServer, open_browser: OpenBrowser) -> None:
    person = somebody(17)
    put_in(server, person, given_names=misspelt(person))
    page = open_desk(server, open_browser)
    fill_form(page, person)
    page.get_by_role("button", name=SUBMIT, exact=True).click()
    fix = page.get_by_role("button", name=FIX)
    fix.wait_for()
    page.context.set_offline(True)
    fix.click()
    expect(page.get_by_role("alert")).to_contain_text("No se registró: no hay red")
    page.context.set_offline(False)
    fix.click()
    expect(page.get_by_text("Corregido en el padrón")).to_be_visible()
