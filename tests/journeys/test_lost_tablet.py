"""A counter of the centre is lost: one command, and at its next synchronisation it reads no name any more."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import (
    SEALING_KEYS,
    STAFF,
    expect_verdict,
    first_of,
    hold,
    next_person,
    page_of,
    scan_at_once,
    type_code,
    wait_for_answer,
)
from tests.journeys.test_main_job import PACHUCA_UMF, assert_no_personal_data, sample
from tests.journeys.test_passkeys import authenticator, invitation
from tests.live import LiveServer

pytestmark = pytest.mark.browser
SEALED = "El nombre va sellado y este equipo no tiene la llave."
NAME = "Rosa Mostrador"


@pytest.fixture
def tablet(server: LiveServer, open_browser: OpenBrowser) -> Page:
    """Somebody's own counter, which has read a name."""
    page = page_of(open_browser())
    with authenticator(page):
        page.goto(invitation(server, "clinic", "--clinic", PACHUCA_UMF, "--name", NAME))
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_role("button", name="Sí, aquí estoy").click()
        wait_for_answer(page, SEALING_KEYS, bool)
    page.reload()
    page.get_by_text("En línea").wait_for()
    scan_at_once(page, sample(server, "screenshot"))
    expect_verdict(page, "check_identity")
    expect(page.get_by_text(SEALED)).to_have_count(0)
    next_person(page)
    return page


def disable(server: LiveServer) -> None:
    """The one command."""
    staff = json.loads(server.amate("staff", "list", "--json").stdout)["staff"]
    server.amate("staff", "disable", next(each["id"] for each in staff if each["name"] == NAME and each["active"]))


def synchronise(page: Page) -> None:
    page.get_by_text("En línea").click()
    now = page.get_by_role("button", name="Sincronizar ahora")
    with page.expect_response("**/api/v1/sealing-keys") as answer:
        now.click()
    assert answer.value.status == 401
    expect(now).to_be_visible(timeout=30_000)  # says «Sincronizando…» until it is done
    page.keyboard.press("Escape")


def test_it_reads_no_name_from_the_next_synchronisation_on(server: LiveServer, tablet: Page) -> None:
    disable(server)
    synchronise(tablet)
    assert tablet.evaluate(SEALING_KEYS) == []
    scan_at_once(tablet, sample(server, "screenshot"))
    expect_verdict(tablet, "check_identity")
    expect(tablet.get_by_text(SEALED)).to_be_visible()
    assert_no_personal_data(tablet)


def test_so_does_one_that_comes_on_line_when_its_session_is_long_over(server: LiveServer, tablet: Page) -> None:
    with sqlite3.connect(server.home / "amate.db") as db:
        db.execute("UPDATE login_session SET expires_at = created_at")
    disable(server)
    synchronise(tablet)
    assert tablet.evaluate(SEALING_KEYS) == []


def test_whoever_logs_out_leaves_no_key_behind(tablet: Page) -> None:
    tablet.get_by_role("button", name="Ajustes").click()
    tablet.get_by_role("button", name="Cerrar sesión").click()
    assert wait_for_answer(tablet, SEALING_KEYS, lambda kept: kept == []) == []


@pytest.mark.parametrize("is_opened_anew", [False, True])
def test_whoever_logs_out_without_a_network_stays_out_when_it_is_back(
    server: LiveServer, tablet: Page, *, is_opened_anew: bool
) -> None:
    """The cookie that the server still honours brings nobody back: it is ended before anything else is asked."""
    face = tablet.url
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in tablet.context.cookies())
    assert cookie
    tablet.context.set_offline(True)
    tablet.get_by_role("button", name="Ajustes").click()
    tablet.get_by_role("button", name="Cerrar sesión").click()
    expect(tablet.get_by_role("status").filter(has_text="La sesión se cerró en este equipo")).to_be_visible()
    assert wait_for_answer(tablet, SEALING_KEYS, lambda kept: kept == []) == []
    if is_opened_anew:
        tablet.goto("about:blank")
    tablet.context.set_offline(False)
    if is_opened_anew:
        tablet.goto(face)
    tablet.get_by_role("button", name="Entrar").first.wait_for()
    expect(tablet.get_by_text("La sesión se cerró en este equipo")).to_have_count(0)
    assert wait_for_answer(tablet, STAFF, lambda staff: staff is None) is None
    asked = urllib.request.Request(f"{server.url}/api/v1/session", headers={"Cookie": cookie})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert json.load(answer)["staff"] is None, "over at the server, and not forgotten here alone"
    assert tablet.evaluate(SEALING_KEYS) == []


def test_whoever_leaves_learns_of_receipts_that_wait_for_the_next_to_enter(server: LiveServer, tablet: Page) -> None:
    tablet.context.set_offline(True)
    type_code(tablet, sample(server, "printed"))
    next_person(tablet)
    tablet.get_by_role("button", name="Ajustes").click()
    tablet.get_by_role("button", name="Cerrar sesión").click()
    told = tablet.get_by_text(re.compile(r"quedan recibos por enviar \([1-9]\)"))
    expect(told).to_be_visible()
    tablet.context.set_offline(False)
    expect(tablet.get_by_text("La sesión se cerró en este equipo")).to_have_count(0)
    expect(told).to_be_visible()
    tablet.get_by_role("button", name="Entrar a la demostración").click()
    tablet.get_by_role("button", name="En línea").click()
    expect(tablet.get_by_text("nada por enviar")).to_be_visible()


def test_nor_does_a_synchronisation_that_was_under_way_bring_one_back(tablet: Page) -> None:
    face = tablet.url
    tablet.goto("about:blank")  # ends what its last start began
    held = hold(tablet, "**/api/v1/sealing-keys")
    tablet.goto(face)  # it synchronises as it starts
    asked = first_of(held, tablet)
    given = asked.fetch()  # while the session was in force
    tablet.get_by_role("button", name="Ajustes").click()
    tablet.get_by_role("button", name="Cerrar sesión").click()
    assert wait_for_answer(tablet, SEALING_KEYS, lambda kept: kept == []) == []
    asked.fulfill(response=given)
    came = asked.request.response()
    assert came is not None
    assert came.json()["keys"] != []
    tablet.get_by_role("button", name="Entrar").first.wait_for()
    tablet.wait_for_timeout(2_000)  # for as long as it may take to keep what came
    assert tablet.evaluate(SEALING_KEYS) == []


def test_a_session_that_ended_by_itself_takes_nothing(server: LiveServer, tablet: Page) -> None:
    """Whoever has to log in again goes on reading names until then."""
    kept = tablet.evaluate(SEALING_KEYS)
    tablet.context.clear_cookies()
    synchronise(tablet)
    assert tablet.evaluate(SEALING_KEYS) == kept
