"""Every screen and state that a person can reach: axe, 320 px, the policy, codes that scan, texts that stay texts."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from amate.demo.people import SyntheticPerson, everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.hostile import TEXTS
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import JUDGING, Inspector, dark_on_light, modules_of
from tests.journeys.steps import (
    Offer,
    card_code,
    enrol,
    enter_tx_code,
    expect_verdict,
    fill_form,
    hold,
    log_in,
    next_person,
    page_of,
    prepare_clinic,
    read_offer,
    type_code,
)
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PACHUCA_UMF = "HGIMS900110"
SAMPLES = {
    "printed": "check_identity",
    "skewed": "check_identity",
    "revoked": "not_valid",
    "foreign": "not_a_pass",
}
LONGEST_VERSION = 12
GREEN = "<style>:root { --verdict-valid: #1e5b4f } .green { background: var(--verdict-valid); height: 200px }</style>"


def adult(number: int) -> SyntheticPerson:
    """One of the people that the demonstration has not enrolled yet."""
    return [p for p in everybody()[ENROLLED:] if p.guardian_curp is None][number]


@pytest.fixture
def offer(server: LiveServer) -> Offer:
    """A fresh offer for the person with the longest name, as the desk's own API gives it."""
    return offered(server, longest_named())


def test_the_landing_page(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(page)
    page.goto(server.url)
    page.get_by_role("button", name="Probar la clínica").wait_for()
    inspector.look("landing")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_every_screen_of_the_wallet(server: LiveServer, open_browser: OpenBrowser, offer: Offer) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(page)
    before_the_card(page, inspector, server)
    page.goto("about:blank")
    page.goto(offer.link)
    enter_tx_code(page, "000000" if offer.tx_code != "000000" else "111111")
    page.get_by_text("Ese no es el código").wait_for()
    inspector.look("wrong code")
    enter_tx_code(page, offer.tx_code)
    page.get_by_role("button", name="Sí, soy yo").wait_for()
    inspector.look("is it you")
    page.get_by_role("button", name="Sí, soy yo").click()
    card_code(page).wait_for()
    inspector.look("card")
    beside_the_card(page, inspector)
    assert inspector.faults == [], "\n".join(inspector.faults)


@pytest.mark.parametrize("animation", ["<p>Credencial válida</p>", "<p class=green></p>"])
def test_e10_a_wallet_that_judges_itself_would_be_found(open_browser: OpenBrowser, animation: str) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    page.set_content(f"{GREEN}<main>{animation}</main>")
    assert page.evaluate(JUDGING) != []
    page.set_content(f"{GREEN}<main><p>Muestre este código en la clínica</p></main>")
    assert page.evaluate(JUDGING) == []


def before_the_card(page: Page, inspector: Inspector, server: LiveServer) -> None:
    """The screens of a wallet without a card."""
    page.goto(f"{server.url}/wallet/")
    page.get_by_role("link", name="Escribir el código").wait_for()
    inspector.look("welcome")
    page.get_by_role("link", name="Escribir el código").click()
    page.get_by_label("Código del módulo").fill("ABCD")
    page.get_by_role("button", name=re.compile("Continuar|Seguir|Buscar")).click()
    page.get_by_text("El código tiene 12 letras y números").wait_for()
    inspector.look("typed too short")
    page.goto(f"{server.url}/wallet/#escanear")
    page.get_by_text("no tiene cámara").wait_for()
    inspector.look("no camera")
    page.goto(f"{server.url}/wallet/#ajustes")
    page.get_by_role("heading", name="Aspecto").wait_for()
    inspector.look("settings without a card")
    bad_offers = {
        "cut off": "credential_offer_uri=https",
        "foreign": "credential_offer_uri=" + quote("https://example.org/oid4vci/offers/AAAA-BBBB-CCCC", safe=""),
        "ended": "credential_offer_uri=" + quote(f"{server.url}/oid4vci/offers/AAAA-BBBB-CCCC", safe=""),
    }
    for name, fragment in bad_offers.items():
        page.goto("about:blank")
        page.goto(f"{server.url}/wallet/#{fragment}")
        page.get_by_role("heading", name=re.compile("no trae una tarjeta|no es de aquí|ya no sirve")).wait_for()
        inspector.look(f"offer: {name}")


def beside_the_card(page: Page, inspector: Inspector) -> None:
    """The screens around the card."""
    for link, heading in (("Clínicas", "Su clínica asignada"), ("Familia", "Niñas y niños"), ("Actividad", "")):
        page.get_by_role("link", name=link, exact=True).click()
        page.get_by_text(heading or "Llegó la tarjeta").first.wait_for()
        if link == "Actividad":
            page.get_by_text("Ninguna clínica la ha consultado").wait_for()
        inspector.look(link)
    page.get_by_role("link", name="Familia", exact=True).click()
    page.get_by_role("link", name=re.compile("Prestar mi código")).click()
    page.get_by_role("button", name="Crear el código").wait_for()
    inspector.look("lend, before")
    page.get_by_role("button", name="Crear el código").click()
    page.get_by_role("img", name="Código QR de un solo uso").wait_for()
    inspector.look("lend")
    page.goto(page.url.split("#")[0] + "#ajustes")
    page.get_by_role("button", name="Quitar la tarjeta de este teléfono").click()
    page.get_by_role("dialog").wait_for()
    inspector.look("settings, removing")


def test_codes_scan_by_day_and_by_night(server: LiveServer, open_browser: OpenBrowser, offer: Offer) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    page.goto(offer.link)
    enter_tx_code(page, offer.tx_code)
    page.get_by_role("button", name="Sí, soy yo").click()
    card_code(page).wait_for()
    assert_scans_by_day_and_by_night(page, card_code(page).get_attribute("aria-label") or "")
    assert (modules_of(card_code(page)) - 17) // 4 <= LONGEST_VERSION
    page.goto(page.url.split("#")[0] + "#prestar")
    page.get_by_role("button", name="Crear el código").click()
    page.get_by_role("img", name="Código QR de un solo uso").wait_for()
    assert_scans_by_day_and_by_night(page, "Código QR de un solo uso")


def assert_scans_by_day_and_by_night(page: Page, label: str) -> None:
    """The code with this label decodes dark on light in both themes."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert re.fullmatch(r"1\d{100,}|openid-credential-offer:.*|http.*", dark_on_light(page.get_by_label(label)))


def test_every_screen_of_the_clinic(server: LiveServer, open_browser: OpenBrowser, offer: Offer) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    page = page_of(context)
    inspector = Inspector(page)
    page.route("**/assets/judging-*", lambda route: route.abort())  # the network goes while the page arrives
    page.goto(f"{server.url}/clinic/")
    page.get_by_role("heading", name="Algo salió mal").wait_for()
    inspector.look("did not start")
    page.unroute("**/assets/judging-*")
    page.get_by_role("button", name="Intentar de nuevo").click()
    page.get_by_role("button", name=re.compile("demostración", re.I)).or_(page.get_by_role("button")).first.wait_for()
    inspector.look("login")
    invitation = json.loads(server.amate("staff", "invite", "--role", "clinic", "--json").stdout)
    page.goto("about:blank")
    page.goto(next(value for value in invitation.values() if "invitation=" in str(value)))
    page.get_by_role("button").first.wait_for()
    inspector.look("invitation")
    log_in(page, server, "clinic")
    page.get_by_label(re.compile("Busque por nombre")).wait_for()
    inspector.look("choose a clinic")
    page = prepare_clinic(context, server, PACHUCA_UMF)
    at_the_counter(page, inspector)
    for name, verdict in SAMPLES.items():
        verdict_on(page, inspector, (server.home / "samples" / f"{name}.txt").read_text().strip(), verdict, name)
    phone = page_of(open_browser(viewport=SMALL_PHONE))
    phone.goto(offer.link)
    enter_tx_code(phone, offer.tx_code)
    phone.get_by_role("button", name="Sí, soy yo").click()
    card_code(phone).wait_for()
    verdict_on(page, inspector, dark_on_light(card_code(phone)), "valid", "live")
    assert inspector.faults == [], "\n".join(inspector.faults)


def at_the_counter(page: Page, inspector: Inspector) -> None:
    """Scanning without a camera, and the three sheets."""
    inspector.look("scan, no camera")
    page.get_by_role("button", name="Teclear").click()
    page.get_by_role("button", name="Comprobar").click()
    page.get_by_text("Escriba o pegue el código primero.").wait_for()
    inspector.look("type sheet")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^En línea")).click()
    page.get_by_role("button", name="Sincronizar ahora").wait_for()
    inspector.look("data sheet")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ajustes").click()
    page.get_by_role("dialog").wait_for()
    inspector.look("settings sheet")
    page.keyboard.press("Escape")


def verdict_on(page: Page, inspector: Inspector, text: str, verdict: str, name: str) -> None:
    """The screen of a verdict, held by a touch while it is inspected."""
    type_code(page, text)
    expect_verdict(page, verdict)
    page.get_by_role("main").dispatch_event("pointerdown")
    inspector.look(f"verdict {verdict}: {name}")
    if verdict == "check_identity":
        page.get_by_role("button", name="No coincide").click()
        page.get_by_role("heading", name="NO COINCIDE").wait_for()  # nothing may still look like a yes
        inspector.look(f"verdict {verdict}: {name}, no match")
    next_person(page)


def test_a_clinic_that_never_synchronised(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    context.route("**/trust/**", lambda route: route.abort())
    page = page_of(context)
    inspector = Inspector(page)
    log_in(page, server, "clinic")
    page.get_by_role("heading", name="Conéctese una vez").wait_for()
    inspector.look("first run without a network")
    type_code(page, (server.home / "samples" / "printed.txt").read_text().strip())
    expect_verdict(page, "stale")
    page.get_by_role("main").dispatch_event("pointerdown")
    inspector.look("verdict stale")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_a_clinic_at_its_first_synchronisation(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    hold(context, "**/trust/**")
    page = page_of(context)
    inspector = Inspector(page)
    log_in(page, server, "clinic")
    page.get_by_text("Preparando este equipo…").wait_for()
    inspector.look("first synchronisation")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_every_screen_of_the_module(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    inspector = Inspector(page)
    page.goto(f"{server.url}/enrolment/")
    page.get_by_role("button").first.wait_for()
    inspector.look("login")
    log_in(page, server, "enrolment")
    page.get_by_label("CURP", exact=True).wait_for()
    inspector.look("empty form")
    page.get_by_role("button", name="Registrar", exact=True).click()
    page.get_by_text(re.compile(r"Revise \d+ datos")).wait_for()
    inspector.look("form with everything missing")
    person = adult(0)
    fill_form(page, person)
    page.get_by_label("Primer apellido").fill("Zzyzx")
    page.get_by_text(re.compile("la CURP empezaría con")).first.wait_for()
    inspector.look("form with a mismatch")
    page.get_by_label("Primer apellido").fill(person.first_surname)
    page.get_by_role("button", name="Registrar", exact=True).click()
    read_offer(page)
    inspector.look("result")
    assert_scans_by_day_and_by_night(page, "Código QR para recibir la credencial en el teléfono")
    page.get_by_role("button", name="Siguiente persona").click()
    enrol(page, person)
    inspector.look("result, enrolled before")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_e05_whatever_is_scanned_is_only_ever_text(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    page = prepare_clinic(context, server, PACHUCA_UMF)
    strayed: list[str] = []
    page.on("dialog", lambda dialog: strayed.append(dialog.message))
    page.on("framenavigated", lambda frame: strayed.append(frame.url))
    page.on("download", lambda download: strayed.append(download.url))
    context.on("page", lambda opened: strayed.append(opened.url))
    page.add_init_script("window.amateHacked = undefined")
    address = page.url
    assert len(set(TEXTS)) >= 50
    for text in TEXTS:
        type_code(page, text)
        expect_verdict(page, "not_a_pass")
        shown = page.inner_text("main")
        assert text.strip()[:40] not in shown, "a foreign text is not even shown"
        assert page.evaluate("window.amateHacked") is None
        assert page.evaluate("document.querySelectorAll('iframe, object, embed, script:not([src])').length") == 0
        next_person(page)
    assert (strayed, page.url) == ([], address)
    expect(page.get_by_role("button", name="Teclear")).to_be_visible()
