"""The rules in the console: read, searched, changed by two people; and a counter that answers by them after a sync."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amate.context import system_clock
from amate.core.days import date_from_day, day_at
from tests.api.tabling import everywhere
from tests.journeys.conftest import DESKTOP, PHONE, SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import next_person, page_of, prepare_clinic, type_code, wait_for_worker
from tests.journeys.test_console import UNTIL_KEPT, accept, enter, invited, up_to_date
from tests.journeys.test_passkeys import authenticator
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PACHUCA_UMF = "HGIMS900110"
READ = "**/api/v1/decision-table"


def proposed(server: LiveServer, folder: Path) -> str:
    """A holder of the targets keys proposes a change at a terminal."""
    path = folder / "draft.json"
    path.write_text(json.dumps(everywhere(date_from_day(day_at(system_clock())))))
    people = json.loads(server.amate("keys", "people", "--json").stdout)["people"]
    done = server.amate("entitlement", "propose", str(path), "--key", people[0]["uri"], "--json")
    return str(json.loads(done.stdout)["proposal"])


def to_the_rules(page: Page) -> None:
    page.get_by_role("link", name="Ver las reglas en vigor").click()
    page.get_by_role("heading", name="Reglas de derechohabiencia").wait_for()
    page.get_by_role("table", name="Reglas, en orden").wait_for()


def attends(counter: Page, server: LiveServer) -> bool:
    """Whether the counter now says that a consultation is given there by exchange."""
    type_code(counter, (server.home / "samples" / "printed.txt").read_text().strip())
    counter.get_by_text(re.compile("^Atienda")).first.wait_for()
    said = counter.get_by_text("Atienda aquí, por intercambio de servicios").count() > 0
    next_person(counter)
    return said


def test_a_rule_changes_at_the_counter_once_two_people_signed_it(
    server: LiveServer, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    counter = prepare_clinic(open_browser(viewport=PHONE), server, PACHUCA_UMF)
    assert not attends(counter, server)
    page = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(page)
    with authenticator(page):
        accept(page, invited(server, "Rosa Islas"))
        to_the_rules(page)
        page.get_by_text("Nadie ha propuesto un cambio.").wait_for()
        searched_by_keyboard(page, inspector)
        proposal = proposed(server, tmp_path)
        page.reload()
        page.get_by_text("Reglas nuevas (1)").wait_for()
        page.get_by_text("Cualquier persona; cualquier situación; en cualquier clínica; consulta.").wait_for()
        inspector.look("rules, one change proposed")
        page.get_by_role("link", name="Revisar y firmar").click()
        page.get_by_role("heading", name="Cambiar las reglas: tabla everywhere").wait_for()
        page.get_by_text("Atención: se atiende ahí, por intercambio.").wait_for()
        digest = page.locator(".digest .mono").inner_text()
        listed = json.loads(server.amate("entitlement", "proposals", "--json").stdout)["proposals"]
        assert ["".join(digest.split())] == [each["digest"] for each in listed if each["proposal"] == proposal]
        inspector.look("proposal of a change of the rules")
        page.get_by_role("button", name="Firmar con mi llave de acceso").click()
        page.get_by_role("button", name="Llevar a cabo y publicar").click()
        page.get_by_text("Llevada a cabo").wait_for()
        inspector.look("proposal that was carried out")
    page.goto(f"{server.url}/console/#reglas")
    page.get_by_text("Rige la tabla everywhere.").wait_for()
    page.get_by_text("Tablas de antes y de ahora (2)").click()
    page.get_by_text("· la primera").wait_for()
    inspector.look("rules, changed")
    counter.get_by_role("button", name=re.compile("^En línea")).click()
    counter.get_by_role("button", name="Sincronizar ahora").click()
    expect(counter.get_by_role("button", name="Sincronizar ahora")).to_be_enabled()
    counter.keyboard.press("Escape")
    assert attends(counter, server), "with no release, at its next synchronisation"
    assert inspector.faults == [], "\n".join(inspector.faults)


def searched_by_keyboard(page: Page, inspector: Inspector) -> None:
    """A search with nothing but the keyboard; what is found is told."""
    inspector.look("rules")
    field = page.get_by_label("Buscar en las reglas")
    for _ in range(30):
        page.keyboard.press("Tab")
        if field.evaluate("(it) => it === document.activeElement"):
            break
    page.keyboard.type("menores prevencion")
    page.get_by_role("status").filter(has_text="1 de 20 reglas.").wait_for()
    expect(page.get_by_role("rowheader")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("a minor without social security is attended where they are").wait_for()
    inspector.look("rules, one found")
    field.fill("dentista")
    page.get_by_text("Ninguna regla dice eso.").wait_for()
    inspector.look("rules, none found")
    field.fill("")


def test_who_may_only_look_reads_the_rules(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=DESKTOP))
    enter(page, server, "auditor")
    page.get_by_role("navigation", name="Secciones").get_by_role("link", name="Reglas").click()
    page.get_by_role("columnheader", name="Quién").wait_for()
    assert page.get_by_role("row").count() > 20
    expect(page.get_by_role("button", name=re.compile("Firmar|Llevar a cabo"))).to_have_count(0)
    inspector = Inspector(page)
    imss = page.get_by_role("region", name="Instituciones").get_by_role("listitem").first
    expect(imss).to_contain_text("hasta cumplir 16 años")
    imss.get_by_text("Fuente").click()
    expect(imss.get_by_text("LSS art. 109")).to_be_visible()
    inspector.look("an institution's numbers and their source")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_the_rules_without_a_network_and_where_they_cannot_be_read(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    page = page_of(context)
    inspector = Inspector(page)
    enter(page, server)
    context.route(READ, lambda route: route.fulfill(status=503, body="{}"))
    page.get_by_role("link", name="Ver las reglas en vigor").click()
    page.get_by_text("No se pudieron leer las reglas").wait_for()
    inspector.look("rules that cannot be read")
    context.unroute(READ)
    page.get_by_role("button", name="Intentar de nuevo").click()
    page.get_by_role("table", name="Reglas, en orden").wait_for()
    up_to_date(page)
    wait_for_worker(page)
    page.evaluate(UNTIL_KEPT)
    context.set_offline(True)
    page.get_by_text("aquí no se puede firmar nada").wait_for()
    page.reload()
    page.get_by_role("table", name="Reglas, en orden").wait_for()
    inspector.look("rules without a network")
    assert inspector.faults == [], "\n".join(inspector.faults)
