"""Staff log in with passkeys: Chromium's own authenticator, the real ceremonies, no password anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import STAFF, log_in, page_of, prepare_clinic, wait_for_answer
from tests.live import LiveServer

pytestmark = pytest.mark.browser
INSIDE = re.compile("Busque por nombre")


@contextmanager
def authenticator(page: Page, *, is_user_verified: bool = True) -> Iterator[CDPSession]:
    """A platform authenticator that keeps its keys, as a telephone's or a computer's own."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": is_user_verified,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})


def invitation(server: LiveServer, role: str, *more: str) -> str:
    """The link that `amate staff invite` prints."""
    said = json.loads(server.amate("staff", "invite", "--role", role, *more, "--json").stdout)
    return next(value for value in said.values() if "invitation=" in str(value))


def test_an_invitation_becomes_a_passkey_that_opens_the_clinic_again(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    page = page_of(open_browser())
    link = invitation(server, "clinic")
    with authenticator(page):
        page.goto(link)
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_label(INSIDE).wait_for()
        assert "invitation" not in page.url, "the secret of a link does not stay in the address"

        page.context.clear_cookies()
        page.reload()
        page.get_by_role("button", name="Entrar con llave de acceso").click()
        page.get_by_label(INSIDE).wait_for()

        page.context.clear_cookies()
        page.goto("about:blank")
        page.goto(link)
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_text("Esta invitación ya se usó o ya venció").wait_for()


def test_a_key_without_the_persons_own_proof_is_not_taken(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    with authenticator(page, is_user_verified=False):
        page.goto(invitation(server, "clinic"))
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_role("alert").first.wait_for()
        expect(page.get_by_label(INSIDE)).to_have_count(0)
        assert json.loads(page.evaluate("fetch('/api/v1/session').then((answer) => answer.text())"))["staff"] is None


def test_a_login_of_another_role_is_told_so(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    with authenticator(page):
        page.goto(invitation(server, "enrolment"))
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_label("CURP", exact=True).wait_for()
        page.goto(f"{server.url}/clinic/")
        page.get_by_text("Su cuenta no es para esta pantalla").wait_for()


def test_a_login_of_one_clinic_works_at_that_clinic_alone(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, "HGIMB900100")  # where somebody of any clinic left this machine
    page.context.clear_cookies()
    page.goto("about:blank")
    with authenticator(page):
        page.goto(invitation(server, "clinic", "--clinic", "HGIMS900110"))
        page.get_by_role("button", name="Crear mi llave").click()
        page.get_by_role("heading", name="UMF 1 Pachuca de Soto (demo)").wait_for()
        expect(page.get_by_text("Su llave es de esta clínica.")).to_be_visible()
        expect(page.get_by_label(INSIDE)).to_have_count(0)
        page.get_by_role("button", name="Sí, aquí estoy").click()
        for _ in ("at once", "after a reload"):
            page.get_by_role("button", name="Ajustes").click()
            expect(page.get_by_role("dialog")).to_contain_text("HGIMS900110")
            page.reload()


@pytest.mark.parametrize("face", ["enrolment", "console"])
def test_who_leaves_a_desk_without_a_network_is_out_at_the_server_once_it_is_back(
    server: LiveServer, open_browser: OpenBrowser, face: str
) -> None:
    """The counter's own: test_lost_tablet, and at a node test_node_face."""
    page = page_of(open_browser())
    log_in(page, server, face)
    page.get_by_role("button", name="Salir").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Salir").click()
    told = page.get_by_role("status").filter(has_text="La sesión se cerró en este equipo")
    expect(told).to_be_visible()
    page.context.set_offline(False)
    expect(told).to_have_count(0)
    assert wait_for_answer(page, STAFF, lambda staff: staff is None) is None
