"""The clinics around a counter, without a network: nearest, by institution and level, by name, by key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from amate.core.geo import distance_m
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import prepare_clinic, wait_for_worker
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PACHUCA_UMF = "HGIMS900110"
TAPACHULA = (14.9056, -92.2633)


def rows(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("listitem")


def place_of(row: Locator) -> tuple[float, float]:
    """Where the way to a clinic leads."""
    found = re.match(r"geo:(-?[\d.]+),(-?[\d.]+)", row.get_by_role("link").get_attribute("href") or "")
    assert found is not None
    return float(found[1]), float(found[2])


def metres_in(row: Locator) -> float:
    said = re.search(r"([\d.]+) (k?m)", row.inner_text())
    assert said is not None, row.inner_text()
    return float(said[1]) * (1000 if said[2] == "km" else 1)


def test_a_person_is_sent_on_without_a_network(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    page = prepare_clinic(context, server, PACHUCA_UMF)
    wait_for_worker(page)
    inspector = Inspector(page)
    context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Clínicas").click()
    expect(page.get_by_text(re.compile("^Desde UMF 1 Pachuca"))).to_be_visible()
    expect(rows(page)).to_have_count(12)
    expect(rows(page).filter(has_text=PACHUCA_UMF)).to_have_count(0)
    assert [metres_in(row) for row in rows(page).all()] == sorted(metres_in(row) for row in rows(page).all())
    inspector.look("the clinics around")

    page.get_by_label("Institución").select_option("ISSSTE")
    expect(rows(page).first).to_contain_text("ISSSTE · Primer nivel")
    page.get_by_label("Nivel").select_option("Hospital")
    expect(page.get_by_text("Ninguna clínica es así.")).to_be_visible()
    inspector.look("no such clinic")
    page.get_by_label("Institución").select_option("Todas")
    expect(rows(page).first).to_contain_text("Hospital General Pachuca de Soto (demo)")
    page.get_by_label("Busque por nombre o CLUES").fill("tapachula")
    expect(rows(page).first).to_contain_text("Hospital General Tapachula (demo)")
    there, said = place_of(rows(page).first), metres_in(rows(page).first)
    page.get_by_label("Nivel").select_option("Todos")
    page.get_by_label("Busque por nombre o CLUES").fill(PACHUCA_UMF)
    expect(rows(page)).to_have_count(1)
    assert said == pytest.approx(distance_m(place_of(rows(page).first), there), rel=0.01)
    page.get_by_label("Nivel").select_option("Hospital")

    page.get_by_label("Busque por nombre o CLUES").fill("")
    context.set_geolocation({"latitude": TAPACHULA[0], "longitude": TAPACHULA[1]})
    page.get_by_role("button", name="Medir desde donde está este equipo").click()
    expect(rows(page).first).to_contain_text("Hospital General Tapachula (demo)")
    expect(page.get_by_text("Desde donde está este equipo")).to_be_visible()
    inspector.look("from the machine's own place")
    page.get_by_role("button", name="Medir desde esta clínica").click()
    expect(rows(page).first).to_contain_text("Hospital General Pachuca de Soto (demo)")
    assert asked == []
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_a_machine_that_may_not_say_where_it_is_measures_from_the_clinic(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    context.clear_permissions()
    page = prepare_clinic(context, server, PACHUCA_UMF)
    page.get_by_role("button", name="Clínicas").click()
    page.get_by_role("button", name="Medir desde donde está este equipo").click()
    expect(page.get_by_text("No dio permiso para usar su ubicación.")).to_be_visible()
    expect(page.get_by_text(re.compile("^Desde UMF 1 Pachuca"))).to_be_visible()
    expect(rows(page)).to_have_count(12)


def test_who_is_closed_now_can_be_left_out(server: LiveServer, open_browser: OpenBrowser) -> None:
    """The same units, as the server counts the hours, and what each says of its own."""
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    page.get_by_role("button", name="Clínicas").click()
    inspector = Inspector(page)
    expect(rows(page).filter(has_text="Hospital General Pachuca de Soto (demo)")).to_contain_text(
        "Abierta las 24 horas"
    )
    expect(rows(page).filter(has_text="UMF ISSSTE").first).to_contain_text("No sabemos su horario")
    expect(rows(page).filter(has_text="C.S.").first).to_contain_text(re.compile("Abierta hasta las|Cerrada: abre"))
    page.get_by_label("Sin las que ahora están cerradas").check()
    expect(rows(page).filter(has_text="Cerrada")).to_have_count(0)
    inspector.look("without the closed ones")
    here = server.request("GET", f"/api/v1/clinics/{PACHUCA_UMF}", None, {})[1]
    asked = f"/api/v1/clinics/nearest?lat={here['lat']}&lon={here['lon']}&limit=13&open_now=true"
    near = [
        each["name"] for each in server.request("GET", asked, None, {})[1]["clinics"] if each["clues"] != PACHUCA_UMF
    ]
    assert [row.locator(".item-title").inner_text() for row in rows(page).all()] == near[:12]
    page.get_by_label("Busque por nombre o CLUES").fill("Hospital General Tapachula")
    expect(rows(page)).to_have_count(1)
    assert inspector.faults == [], "\n".join(inspector.faults)
