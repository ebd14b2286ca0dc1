"""The security console: what it shows, two people who distrust a key through it, and what it never does by itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from amate.config import Settings
from amate.context import open_context
from amate.db.engine import open_engine
from amate.features.trust import store
from tests.journeys.conftest import DESKTOP, PHONE, SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import (
    expect_any_verdict,
    forget_all,
    log_in,
    page_of,
    prepare_clinic,
    type_code,
    wait_for_worker,
)
from tests.journeys.test_passkeys import authenticator
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PACHUCA_UMF = "HGIMS900110"
REPORTS = "/api/v1/verifiers/reports"
UNTIL_KEPT = """async () => {
  const cache = await caches.open("amate-kept-1");
  while ((await cache.match("/console/index.html")) === undefined) await new Promise((go) => setTimeout(go, 50));
}"""
ACTS = re.compile("Firmar|Llevar a cabo|Retirar|Proponer|Detener|Emergencia")


@dataclass
class Watch:
    """What an auditor reads of the keys over the API, beside what the screens say."""

    server: LiveServer
    token: str

    def read(self, path: str = "") -> Any:
        status, said = self.server.request(
            "GET", f"/api/v1/keys{path}", None, {"Authorization": f"Bearer {self.token}"}
        )
        assert status == 200, said
        return said

    def signing(self, use: str) -> list[dict[str, Any]]:
        """The keys of a use that sign now, by series."""
        listed = [key for key in self.read()["keys"] if key["use"] == use]
        mine = [key for key in listed if key["state"] == "active" and key["frozen_at"] is None]
        return sorted(mine, key=lambda key: key["shard"])

    def key(self, kid: str) -> dict[str, Any]:
        found: dict[str, Any] = next(key for key in self.read()["keys"] if key["kid"] == kid)
        return found


@pytest.fixture(scope="module")
def watch(server: LiveServer) -> Watch:
    said = json.loads(server.amate("staff", "token", "--role", "auditor", "--json").stdout)
    return Watch(server, said["token"])


def propose(server: LiveServer, *change: str) -> str:
    """A holder of the targets keys proposes a change at a terminal."""
    people = json.loads(server.amate("keys", "people", "--json").stdout)["people"]
    command = ("keys", "propose", *change, "--key", people[0]["uri"], "--json")
    return str(json.loads(server.amate(*command).stdout)["proposal"])


def invited(server: LiveServer, name: str) -> str:
    said = json.loads(server.amate("staff", "invite", "--role", "security", "--name", name, "--json").stdout)
    return next(str(value) for value in said.values() if "invitation=" in str(value))


def enter(page: Page, server: LiveServer, role: str = "security") -> None:
    """One click, as the demonstration allows; the page with everything on it."""
    page.goto(server.url)
    name = {"security": "Probar la consola", "auditor": "auditoría", "admin": "administración"}[role]
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/console/**")
    up_to_date(page)


def up_to_date(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Al día a las")).to_be_visible()


def accept(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Crear mi llave").click()
    up_to_date(page)


def series(page: Page, key: dict[str, Any]) -> Locator:
    """The choice for a key in the emergency."""
    return page.get_by_role("radio", name=re.compile(re.escape(key["kid"][:8])))


def pick(page: Page, key: dict[str, Any]) -> None:
    """From the page to what stopping a key means."""
    page.get_by_role("link", name="Emergencia…").click()
    series(page, key).check()
    page.get_by_role("button", name="Ver qué pasaría").click()
    page.get_by_role("heading", name=re.compile("^Detener la llave")).wait_for()


def stop_it(page: Page, reason: str = "stolen") -> None:
    """Say why, type the word, press."""
    page.get_by_label("¿Por qué?").select_option(reason)
    page.get_by_label("Escriba DETENER para confirmar").fill("detener")
    page.get_by_role("button", name="Detener esta llave ahora").click()
    page.get_by_role("heading", name=re.compile("^Incidente")).wait_for()


def test_two_people_distrust_a_key_through_the_console(
    server: LiveServer, open_browser: OpenBrowser, watch: Watch
) -> None:
    rosa, beto = (page_of(open_browser(viewport=size)) for size in (DESKTOP, PHONE))
    key = watch.signing("pass")[1]
    with authenticator(rosa), authenticator(beto):
        accept(rosa, invited(server, "Rosa Islas"))
        accept(beto, invited(server, "Beto Cruz"))
        pick(rosa, key)
        said = rosa.get_by_role("main").inner_text()
        for words in ("Esta llave no firma más", "3\nllaves más firman lo mismo", "Lo firman dos personas", "15 min"):
            assert words in said
        assert re.search(r"a las 24 h .* a los 7 días .* a los 30 días", said)
        assert "A nadie se le niega la atención" in said
        stop_it(rosa)
        assert key["kid"] not in [k["kid"] for k in watch.signing("pass")], "it signs no more"
        assert watch.key(key["kid"])["state"] == "active", "what it signed is believed as before"

        rosa.get_by_role("button", name="Proponer y firmar", exact=True).click()
        rosa.get_by_text("1 de 2 firmas").wait_for()
        expect(rosa.get_by_role("button", name=re.compile("Llevar a cabo"))).to_have_count(0)
        link = rosa.get_by_text(re.compile(r"/console/#propuesta=kp-")).inner_text()

        beto.goto("about:blank")
        beto.goto(link)
        beto.get_by_role("heading", name=re.compile("Que nadie confíe en la llave de pases, serie 1")).wait_for()
        digest = watch.read("/proposals")["proposals"][0]["digest"]
        assert digest in beto.get_by_role("main").inner_text().replace(" ", "").replace("\n", "")
        beto.get_by_text("Rosa Islas", exact=False).first.wait_for()
        beto.get_by_role("button", name="Firmar con mi llave de acceso").click()
        beto.get_by_role("button", name="Llevar a cabo y publicar").click()
        beto.get_by_text("Llevada a cabo").wait_for()
        assert watch.key(key["kid"])["state"] == "revoked"
        rosa.get_by_text("Publicado. Los equipos con red").wait_for()
    issuers = next((server.home / "published" / "trust" / "targets").glob("*.issuers.json"))
    newest = max(issuers.parent.glob("*.issuers.json"), key=lambda path: json.loads(path.read_text())["version"])
    listed = json.loads(newest.read_text())["issuers"][0]["keys"]
    assert next(k for k in listed if k["kid"] == key["kid"])["state"] == "revoked"


def test_a_holder_at_a_terminal_and_somebody_at_the_console_sign_one_proposal(
    server: LiveServer, open_browser: OpenBrowser, watch: Watch
) -> None:
    proposal = propose(server, "revoke", watch.signing("credential")[3]["kid"], "--reason", "lost")
    page = page_of(open_browser(viewport=DESKTOP))
    enter(page, server)
    page.get_by_role("link", name="Revisar y firmar").click()
    page.get_by_text("con su llave de listas").wait_for()
    page.get_by_role("button", name="Firmar con un clic").click()
    page.get_by_role("button", name="Llevar a cabo y publicar").wait_for()
    expect(page.get_by_role("button", name="Firmar con un clic")).to_have_count(0)
    page.get_by_role("button", name="Retirar la propuesta").click()
    page.get_by_text("Retirada").first.wait_for()
    (found,) = [each for each in watch.read("/proposals")["proposals"] if each["proposal"] == proposal]
    assert (found["state"], len(found["signed_by"])) == ("withdrawn", 2)


def test_a_demonstration_goes_the_whole_way_by_clicks(
    server: LiveServer, open_browser: OpenBrowser, watch: Watch
) -> None:
    page = page_of(open_browser(viewport=PHONE))
    enter(page, server)
    key = watch.signing("credential")[0]
    pick(page, key)
    stop_it(page, "test")
    page.get_by_role("button", name="Proponer y firmar con un clic").click()
    page.get_by_text("1 de 2 firmas").wait_for()
    page.get_by_role("button", name="Seguir como la otra persona").click()
    page.get_by_role("button", name="Firmar con un clic").click()
    page.get_by_role("button", name="Llevar a cabo y publicar").click()
    page.get_by_text("Publicado. Los equipos con red").wait_for()
    hanging = watch.key(key["kid"])["hanging"]["credentials"]
    if hanging:
        command = page.get_by_text(re.compile(r"^amate keys reissue \S+ --rate 500$")).inner_text().split()
        server.amate(*command[1:], check=False)
        expect(page.get_by_text(re.compile(rf"0 de {hanging} renovados"))).to_be_visible(timeout=30_000)
    else:
        page.get_by_text("Nada dependía de ella").wait_for()


def staged(server: LiveServer, *of: str) -> str:
    """The kid of a new key that two holders have told verifiers of."""
    proposal = propose(server, "stage", *of)
    people = json.loads(server.amate("keys", "people", "--json").stdout)["people"]
    server.amate("keys", "approve", proposal, "--key", people[1]["uri"])
    return str(json.loads(server.amate("keys", "stage", proposal, "--json").stdout)["kid"])


def test_a_key_that_does_not_sign_yet_gets_other_dates(
    server: LiveServer, open_browser: OpenBrowser, watch: Watch
) -> None:
    kid = staged(server, "--use", "status")
    before = watch.key(kid)
    page = page_of(open_browser(viewport=SMALL_PHONE))
    enter(page, server)
    inspector = Inspector(page)
    page.get_by_role("button", name="Tabla").click()
    page.get_by_role("button", name=re.compile("^Revocaciones, serie 0")).last.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text(kid).wait_for()
    sheet.get_by_text("Cambiar sus fechas…").click()
    inspector.look("other dates")
    press = sheet.get_by_role("button", name="Proponer estas fechas")
    press.click()
    sheet.get_by_text("Son las fechas que ya tiene.").wait_for()
    field = sheet.get_by_label("Firma desde el día")
    first = date.fromisoformat(field.input_value())
    field.fill(str(first - timedelta(days=5)))
    press.click()
    sheet.get_by_text("Todavía no: los equipos deben conocerla antes, durante el plazo fijado.").wait_for()
    inspector.look("dates that are refused")
    field.fill(str(first + timedelta(days=3)))
    press.click()
    page.get_by_role("heading", name="Cambiar las fechas de la llave de revocaciones").wait_for()
    page.get_by_text("Según lo de ahora, firma").wait_for()
    inspector.look("proposal of other dates")
    page.get_by_role("button", name="Firmar con un clic").click()
    page.get_by_role("button", name="Seguir como la otra persona").click()
    page.get_by_role("button", name="Firmar con un clic").click()
    page.get_by_role("button", name="Llevar a cabo y publicar").click()
    page.get_by_text("Llevada a cabo").wait_for()
    after = watch.key(kid)
    moved = datetime.fromisoformat(after["sign_from"]) - datetime.fromisoformat(before["sign_from"])
    assert (moved, after["sign_until"]) == (timedelta(days=3), before["sign_until"])
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_whose_keys_do_not_answer_is_told_before_nobody_can_sign(server: LiveServer, open_browser: OpenBrowser) -> None:
    engine = open_engine(Settings(home=server.home).database_url)
    with open_context(engine, Settings(home=server.home)) as ctx:
        lost = [key for key in store.role_keys(ctx.tx) if key.role == "root"][:2]
        store.note_role_keys(ctx.tx, signed=[], missing=[key.keyid for key in lost], now=ctx.now)
    page = page_of(open_browser(viewport=SMALL_PHONE))
    enter(page, server)
    inspector = Inspector(page)
    page.get_by_role("heading", name="Dar llaves nuevas en ceremonia a la firma «raíz (root)»").wait_for()
    alarms = page.locator("#alarmas")
    for said in (lost[0].holder, lost[1].holder, "Si falta otra, nadie podrá firmar."):
        alarms.get_by_text(said).wait_for()
    inspector.look("holders who do not answer")
    with open_context(engine, Settings(home=server.home)) as ctx:
        store.note_role_keys(ctx.tx, signed=[key.keyid for key in lost], missing=[], now=ctx.now)
    engine.dispose()
    page.reload()
    up_to_date(page)
    expect(page.get_by_text(lost[0].holder)).to_have_count(0)
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_a_key_is_stopped_by_nobody_by_accident(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser(viewport=DESKTOP))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/freeze" in request.url else None)
    enter(page, server)
    page.keyboard.press("Tab")
    assert "Ir al contenido" in page.locator(":focus").inner_text()
    order = [page.locator(":focus").inner_text()]
    while "Emergencia" not in order[-1] and len(order) < 60:
        page.keyboard.press("Tab")
        order.append(page.locator(":focus").inner_text())
    assert "Emergencia…" in order[-1]
    assert len(order) > 15, "the dangerous way comes after the page's own"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ver qué pasaría").click()
    page.get_by_text("Elija una llave.").wait_for()
    page.get_by_role("radio").last.check()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Detener esta llave ahora").click()
    page.get_by_text("Elija el motivo.").wait_for()
    page.get_by_text("Escriba DETENER, tal cual.").wait_for()
    page.get_by_label("¿Por qué?").select_option("stolen")
    page.get_by_label("Escriba DETENER para confirmar").fill("sí")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Escriba DETENER, tal cual.")).to_be_visible()
    assert sent == []


def test_on_a_small_phone_dates_can_be_read_and_the_emergency_is_at_hand(
    server: LiveServer, open_browser: OpenBrowser, watch: Watch
) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE))
    enter(page, server)
    way = page.get_by_role("navigation", name="Secciones").get_by_role("link", name="Emergencia")
    expect(way).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Dibujo").click()
    labels = page.locator(".axis-head .axis-month")
    assert labels.count() >= 4, "quarters, from the first to the last year"
    assert re.search(r"20\d\d", labels.first.text_content() or ""), "the first says its year"
    key = watch.signing("pass")[0]
    row = page.get_by_role("button", name=re.compile(key["kid"][:8]))
    dates = row.locator(".axis-dates")
    dates.scroll_into_view_if_needed()
    year = datetime.fromisoformat(key["accept_until"]).year
    assert re.search(rf"Se acepta hasta el \d+ \w+ {year}\.", dates.inner_text())
    box, width = dates.bounding_box(), SMALL_PHONE["width"]
    assert box is not None
    assert box["x"] + box["width"] <= width, "nothing is cut off"
    page.get_by_text("Próximo relevo previsto").wait_for()
    expect(page.get_by_text("sus primeras llaves llevan fecha de 40 días antes de crearse")).to_be_visible()
    expect(way).to_be_in_viewport(ratio=1)
    way.click()
    page.get_by_role("heading", name="¿Qué llave hay que detener?").wait_for()
    assert key["kid"] in [each["kid"] for each in watch.signing("pass")], "it only leads there"


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_who_may_only_look_has_nothing_to_press(
    server: LiveServer, open_browser: OpenBrowser, watch: Watch, role: str
) -> None:
    proposal = propose(server, "revoke", watch.signing("credential")[-1]["kid"], "--reason", "test")
    page = page_of(open_browser(viewport=DESKTOP))
    enter(page, server, role)
    page.get_by_text("puede ver todo y no puede cambiar nada").wait_for()
    page.get_by_role("button", name=re.compile("^Pases, serie 0")).first.click()
    page.get_by_role("dialog").get_by_text("Identificador").wait_for()
    expect(page.get_by_role("button", name=ACTS).or_(page.get_by_role("link", name=ACTS))).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Ver", exact=True).first.click()
    page.get_by_role("heading", name=re.compile("Que nadie confíe")).wait_for()
    expect(page.get_by_role("button", name=ACTS)).to_have_count(0)
    kid = watch.signing("pass")[0]["kid"]
    page.goto(f"{server.url}/console/#emergencia={kid}")
    page.get_by_text("Esta llave no firma más").wait_for()
    expect(page.get_by_role("button", name=ACTS)).to_have_count(0)
    script = f"fetch('/api/v1/keys/{kid}/freeze', {{method: 'POST', body: '{{\"reason\": \"test\"}}', "
    script += "headers: {'content-type': 'application/json'}}).then((answer) => answer.status)"
    assert page.evaluate(script) == 403
    server.amate("keys", "withdraw", proposal)  # for the tests after this


def test_without_a_network_it_shows_what_was_and_signs_nothing(server: LiveServer, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport=PHONE)
    page = page_of(context)
    enter(page, server)
    page.goto(f"{server.url}/console/")
    up_to_date(page)
    wait_for_worker(page)
    page.evaluate(UNTIL_KEPT)
    context.set_offline(True)
    page.get_by_text(
        re.compile(r"Sin conexión: lo que ve es de las \d\d:\d\d; aquí no se puede firmar nada")
    ).wait_for()
    expect(page.get_by_role("link", name="Emergencia…")).to_have_count(0)
    page.reload()
    page.get_by_text("aquí no se puede firmar nada").wait_for()
    page.get_by_role("heading", name="Llaves").wait_for()
    expect(page.get_by_role("button", name=ACTS)).to_have_count(0)
    context.set_offline(False)
    up_to_date(page)
    page.get_by_role("link", name="Emergencia…").wait_for()


def test_a_clinic_reports_after_a_sync_and_never_because_of_a_scan(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    context = open_browser(viewport=PHONE)
    sent: list[str] = []
    context.on("request", lambda request: sent.append(request.post_data or "") if REPORTS in request.url else None)
    clinic = prepare_clinic(context, server, PACHUCA_UMF)
    clinic.wait_for_timeout(500)
    assert sent, "told once it had its lists"
    assert not re.search(r"HGIMS|clues|staff", "".join(sent))
    before = len(sent)
    type_code(clinic, (server.home / "samples" / "printed.txt").read_text().strip())
    expect_any_verdict(clinic)
    clinic.wait_for_timeout(500)
    assert len(sent) == before
    console = page_of(open_browser(viewport=DESKTOP))
    enter(console, server)
    console.get_by_text(re.compile(r"\d+ de \d+ equipos? di(o|eron) señal en el último día")).wait_for()


def test_every_screen_of_the_console(server: LiveServer, open_browser: OpenBrowser, watch: Watch) -> None:
    context = open_browser(viewport=SMALL_PHONE)
    page = page_of(context)
    inspector = Inspector(page)
    page.goto(f"{server.url}/console/")
    page.get_by_role("button", name="Entrar con llave de acceso").wait_for()
    inspector.look("login")
    page.goto("about:blank")
    page.goto(invited(server, "Alguien"))
    page.get_by_role("button", name="Crear mi llave").wait_for()
    inspector.look("invitation")
    page.goto("about:blank")
    log_in(page, server, "console")
    up_to_date(page)
    inspector.look("page")
    at_the_keys(page, inspector)
    in_the_emergency(page, inspector, watch)
    offline(page, inspector)
    assert inspector.faults == [], "\n".join(inspector.faults)


def at_the_keys(page: Page, inspector: Inspector) -> None:
    """The picture, the table, one key, everything unfolded."""
    page.get_by_role("button", name="Dibujo").click()
    inspector.look("picture")
    page.get_by_role("button", name="Tabla").click()
    inspector.look("table")
    page.get_by_role("button", name=re.compile("^Pases, serie 0")).first.click()
    page.get_by_role("dialog").wait_for()
    inspector.look("one key")
    page.keyboard.press("Escape")
    for fold in page.locator("details").all():
        fold.evaluate("(it) => (it.open = true)")
    inspector.look("everything unfolded")


def in_the_emergency(page: Page, inspector: Inspector, watch: Watch) -> None:
    """Which key, what it means, a press too soon, each step to the end."""
    key, face = watch.signing("pass")[-1], f"{watch.server.url}/console/"
    page.get_by_role("link", name="Emergencia…").click()
    page.get_by_role("button", name="Ver qué pasaría").click()
    inspector.look("which key, none chosen")
    series(page, key).check()
    page.get_by_role("button", name="Ver qué pasaría").click()
    page.get_by_role("button", name="Detener esta llave ahora").click()
    inspector.look("what it means, pressed too soon")
    stop_it(page)
    inspector.look("incident: stopped")
    page.get_by_role("button", name="Proponer y firmar con un clic").click()
    page.get_by_text("1 de 2 firmas").wait_for()
    inspector.look("incident: signed by one")
    page.get_by_role("link", name=re.compile("^Ver kp-")).click()
    page.get_by_role("heading", name=re.compile("Que nadie confíe")).wait_for()
    inspector.look("proposal: signed by me")
    page.get_by_role("button", name="Seguir como la otra persona").click()
    page.get_by_role("button", name="Firmar con un clic").wait_for()
    inspector.look("proposal: to be signed")
    page.get_by_role("button", name="Firmar con un clic").click()
    page.get_by_role("button", name="Llevar a cabo y publicar").wait_for()
    inspector.look("proposal: signed by two")
    page.get_by_role("button", name="Llevar a cabo y publicar").click()
    page.get_by_text("Llevada a cabo").wait_for()
    inspector.look("proposal: done")
    page.goto(f"{face}#incidente={key['kid']}")
    page.get_by_text("Publicado. Los equipos con red").wait_for()
    inspector.look("incident: distrusted")
    page.goto(f"{face}#propuesta=kp-none")
    page.get_by_text("Esa propuesta no existe").wait_for()
    inspector.look("no such proposal")


def offline(page: Page, inspector: Inspector) -> None:
    """The page without a network, and the page of a machine that has nothing yet."""
    page.goto(page.url.split("#")[0])
    up_to_date(page)
    page.context.set_offline(True)
    page.get_by_text("aquí no se puede firmar nada").wait_for()
    inspector.look("without a network")
    page.context.set_offline(False)
    up_to_date(page)
    page.context.route("**/api/v1/keys", lambda route: route.fulfill(status=503, body="{}"))
    forget_all(page)
    page.get_by_text("No se pudo leer el estado de las llaves").wait_for()
    inspector.look("nothing to show")
    page.context.unroute("**/api/v1/keys")
    page.get_by_role("button", name="Intentar de nuevo").click()
    up_to_date(page)
