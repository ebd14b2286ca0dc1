"""The wallet's clinics away from home: every distance on the screen is from one place, and the screen says which."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from amate.core.geo import distance_m
from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import card_code, claim, enrol, log_in, page_of, wait_for_worker
from tests.live import LiveServer

pytestmark = pytest.mark.browser
HOME = (20.1011, -98.7591)  # where the module's machine stands, which says where the person lives
FAR_AWAY = (16.7530, -93.1150)  # Tuxtla Gutiérrez
FROM_HOME, FROM_HERE = "Distancias en línea recta desde su domicilio.", "Distancias en línea recta desde donde está."
PERSON = next(p for p in everybody()[ENROLLED:] if p.guardian_curp is None)


def place_of(row_link: str) -> tuple[float, float]:
    """Where the way to a clinic leads."""
    found = re.match(r"geo:(-?[\d.]+),(-?[\d.]+)", row_link)
    assert found is not None, row_link
    return float(found[1]), float(found[2])


def assert_measured_from(page: Page, origin: tuple[float, float]) -> None:
    """Each clinic, one's own included, says its distance from this place."""
    rows = page.locator(".place")
    rows.first.wait_for()
    for row in rows.all():
        said = re.search(r"([\d.]+) (k?m)", row.inner_text())
        assert said is not None, row.inner_text()
        metres = float(said[1]) * (1000 if said[2] == "km" else 1)
        truth = distance_m(origin, place_of(row.get_by_role("link").get_attribute("href") or ""))
        assert metres == pytest.approx(truth, rel=0.06, abs=10), row.inner_text()


def test_distances_are_from_one_place_that_is_named(server: LiveServer, open_browser: OpenBrowser) -> None:
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    offer = enrol(module, PERSON)
    context = open_browser(viewport=SMALL_PHONE)
    phone = page_of(context)
    inspector = Inspector(phone)
    claim(phone, offer)
    wait_for_worker(phone)
    context.set_geolocation({"latitude": FAR_AWAY[0], "longitude": FAR_AWAY[1]})
    phone.get_by_role("link", name="Clínicas", exact=True).click()
    expect(phone.get_by_text(FROM_HOME)).to_be_visible()
    assert_measured_from(phone, HOME)

    phone.get_by_role("button", name="Usar mi ubicación").click()
    phone.get_by_role("heading", name="Cerca de donde está").wait_for()
    expect(phone.get_by_text(FROM_HERE)).to_be_visible()
    assert_measured_from(phone, FAR_AWAY)
    inspector.look("clinics near here")

    phone.get_by_role("button", name="Ver desde mi domicilio").click()
    phone.get_by_role("heading", name="Cerca de su domicilio").wait_for()
    assert_measured_from(phone, HOME)
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_without_a_network_nothing_far_is_called_near(server: LiveServer, open_browser: OpenBrowser) -> None:
    module = page_of(open_browser())
    log_in(module, server, "enrolment")
    offer = enrol(module, PERSON)
    context = open_browser(viewport=SMALL_PHONE)
    phone = page_of(context)
    inspector = Inspector(phone)
    claim(phone, offer)
    wait_for_worker(phone)
    context.set_geolocation({"latitude": FAR_AWAY[0], "longitude": FAR_AWAY[1]})
    context.set_offline(True)
    phone.reload()
    card_code(phone).wait_for()
    phone.get_by_role("link", name="Clínicas", exact=True).click()
    phone.get_by_role("button", name="Usar mi ubicación").click()
    phone.get_by_text("Sin internet solo se conocen las clínicas cerca de su domicilio").wait_for()
    expect(phone.get_by_role("heading", name="Cerca de su domicilio")).to_be_visible()
    expect(phone.get_by_text(FROM_HOME)).to_be_visible()
    assert_measured_from(phone, HOME)
    inspector.look("clinics, off line")
    assert inspector.faults == [], "\n".join(inspector.faults)
