"""Somebody who moved: the module says which clinic is theirs from now on, or that it stays the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import SyntheticPerson
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import put_in
from tests.journeys.screens import Inspector
from tests.journeys.steps import fill_form, log_in, page_of, read_offer
from tests.journeys.test_desk import somebody
from tests.live import LiveServer

pytestmark = pytest.mark.browser
FAR_AWAY = {"lat": 16.7530, "lon": -93.1150}  # Tuxtla Gutiérrez
A_STREET_FURTHER = {"lat": 20.1012, "lon": -98.7592}


def register(page: Page, person: SyntheticPerson) -> None:
    fill_form(page, person)
    page.get_by_role("button", name="Registrar", exact=True).click()
    read_offer(page)


def test_the_module_says_which_clinic_is_theirs_after_moving(server: LiveServer, open_browser: OpenBrowser) -> None:
    person, neighbour = somebody(23), somebody(24)
    before = put_in(server, person, location=FAR_AWAY)["assigned_clinic"]
    same = put_in(server, neighbour, location=A_STREET_FURTHER)["assigned_clinic"]
    page = page_of(open_browser(viewport=SMALL_PHONE, reduced_motion="reduce"))
    inspector = Inspector(page)
    log_in(page, server, "enrolment")
    register(page, person)
    told = page.locator("[aria-live=polite]", has_text="Cambió su clínica")
    own = page.locator(".result h2", has_text="Su clínica").locator("xpath=following-sibling::*[1]")
    now = own.locator(".item-title").inner_text()
    assert now != before["name"]
    expect(told).to_be_visible()
    expect(told).to_contain_text(now)
    expect(told).to_contain_text("imprímala otra vez")
    inspector.look("result, moved to another clinic")
    page.get_by_role("button", name="Siguiente persona").click()
    register(page, neighbour)
    expect(page.get_by_text(f"Su clínica sigue siendo {same['name']}")).to_be_visible()
    page.get_by_role("button", name="Siguiente persona").click()
    register(page, person)
    expect(page.get_by_text("ya estaba en el padrón")).to_be_visible()
    expect(page.locator("[aria-live=polite]", has_text="clínica")).to_have_count(0)
    assert inspector.faults == [], "\n".join(inspector.faults)
