"""A verdict read aloud: in the order in which people work, and once; nothing is lost in letters twice as large."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import phone_of
from tests.journeys.screens import PROTRUDING
from tests.journeys.steps import SHIFTED, expect_verdict, next_person, prepare_clinic, type_code
from tests.journeys.test_kiosk import insured_adult
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser
EIGHT_DAYS_MS = 8 * 86_400_000
# Every text of the page's alerts, as often as a screen reader would hear of it.
LISTEN = """() => {
  window.amateHeard = [];
  const hear = (node) => {
    const around = node.parentElement?.closest("[role=alert]");
    const alert = around ?? (node.matches?.("[role=alert]") ? node : node.querySelector?.("[role=alert]"));
    if (alert) window.amateHeard.push(alert.innerText);
  };
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) {
      if (type === "characterData") hear(target);
      for (const node of addedNodes) hear(node);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
# What cannot be brought into sight by scrolling, or lies behind something else there.
LOST = """() => {
  const kinds = ["h1", "p", "b", ".item-title", ".item-sub", ".item-end", "button", ".mono"];
  const isSeen = (part) => {
    const line = part.getClientRects()[0];
    const [x, y] = [line.left + Math.min(8, line.width / 2), line.top + Math.min(8, line.height / 2)];
    const at = document.elementFromPoint(x, y);
    return at !== null && (part.contains(at) || at.contains(part));
  };
  const canBeSeen = (part) => ["center", "start", "end"].some((block) => {
    part.scrollIntoView({ block });
    if (block === "start") document.querySelector("main").scrollBy(0, -110); // below the band of a demonstration
    return isSeen(part);
  });
  const parts = [...document.querySelectorAll(kinds.map((kind) => `main ${kind}`).join())];
  return parts.filter((part) => part.innerText.trim() !== "" && !canBeSeen(part)).map((part) => part.innerText);
}"""
TWICE = "document.documentElement.style.fontSize = '200%'"


def texts_of(server: LiveServer) -> dict[str, str]:
    """A code for each verdict but `stale`, which a clock makes of a good one."""
    names = {"check_identity": "printed", "not_valid": "revoked", "not_a_pass": "foreign"}
    return {verdict: sample(server, name) for verdict, name in names.items()}


ORDER = {
    "valid": ["VÁLIDA", "Atienda aquí", "{name}", "{curp}", "IMSS · vigente", "Clínica asignada", "Coincide"],
    "check_identity": ["REVISE IDENTIDAD", "compare con una identificación", "Paga:", "Clínica asignada", "Coincide"],
    "stale": [
        "DATOS DESACTUALIZADOS",
        "La firma coincide",
        "Atienda y registre",
        "Paga:",
        "Clínica asignada",
        "Escanear otra",
    ],
    "not_valid": ["NO VÁLIDA", "La credencial fue revocada", "No niegue la atención", "Código", "Escanear otra"],
    "not_a_pass": ["NO ES UNA CREDENCIAL", "de otra cosa", "Busque el código", "Código", "Escanear otra"],
}


def test_each_verdict_is_read_in_its_order_and_said_once(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    person = insured_adult(2)
    name = f"{person.given_names} {person.first_surname} {person.second_surname}"
    page.evaluate(LISTEN)
    for verdict, text in {"valid": phone_of(server, person).show(), **texts_of(server)}.items():
        assert_read_aloud(page, text, verdict, {"name": name, "curp": person.curp})
    page.evaluate(SHIFTED % EIGHT_DAYS_MS)
    assert_read_aloud(page, sample(server, "printed"), "stale", {})


def assert_read_aloud(page: Page, text: str, verdict: str, who: dict[str, str]) -> None:
    page.evaluate("window.amateHeard.length = 0")
    type_code(page, text)
    expect_verdict(page, verdict)
    page.get_by_role("main").dispatch_event("pointerdown")
    tree = page.get_by_role("main").aria_snapshot()
    words = [each.format(**who) if who else each for each in ORDER[verdict]]
    places = [tree.find(word) for word in words]
    assert -1 not in places, (words[places.index(-1)], tree)
    assert places == sorted(places), (verdict, tree)
    page.wait_for_timeout(1200)  # a countdown that ticks says nothing
    heard = [said for said in page.evaluate("window.amateHeard") if words[0] in said]
    assert len(heard) == 1, (verdict, heard)
    assert page.evaluate("document.activeElement.closest('[role=alert]') === null"), "focus would say it again"
    assert page.evaluate("document.activeElement.closest('main') !== null"), "reading goes on within the verdict"
    next_person(page)


def test_nothing_is_lost_in_letters_twice_as_large(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    phone = phone_of(server, insured_adult(3))
    for verdict, text in {"valid": phone.show(), **texts_of(server)}.items():
        type_code(page, text)
        expect_verdict(page, verdict)
        page.get_by_role("main").dispatch_event("pointerdown")
        page.evaluate(TWICE)
        page.wait_for_timeout(300)
        assert page.evaluate(PROTRUDING) == [], verdict
        assert page.evaluate(LOST) == [], verdict
        page.evaluate("document.documentElement.style.fontSize = ''")
        next_person(page)
