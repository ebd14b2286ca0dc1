"""A link opened inside another application leads to the telephone's own browser, before anything of it is used up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import Inspector
from tests.journeys.steps import claim, page_of
from tests.journeys.test_passkeys import invitation
from tests.live import LiveServer

pytestmark = pytest.mark.browser
ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; SM-A135M; wv) AppleWebKit/537.36 Version/4.0 Chrome/124.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
APPS = {
    "an Android application": (ANDROID, "Toque ⋮"),
    "Instagram": (f"{IPHONE} Instagram 320.0", "Abrir en Safari"),
    "any application on iOS": (IPHONE, "Abrir en Safari"),
    "Google's on iOS": (f"{IPHONE} GSA/300.0 Safari/604.1", "Abrir en Safari"),
}


@pytest.fixture
def inside(request: pytest.FixtureRequest, open_browser: OpenBrowser) -> Page:
    context = open_browser(viewport=SMALL_PHONE, user_agent=request.param)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page_of(context)


@pytest.mark.parametrize(("inside", "words"), APPS.values(), ids=APPS, indirect=["inside"])
def test_an_offer_is_taken_elsewhere_and_is_still_good_there(
    inside: Page, words: str, server: LiveServer, open_browser: OpenBrowser
) -> None:
    offer = offered(server, longest_named())
    inspector = Inspector(inside)
    inside.goto(offer.link)
    inside.get_by_role("heading", name="Aquí no se guardaría su tarjeta").wait_for()
    expect(inside.get_by_text(words)).to_be_visible()
    inspector.look("offer inside another application")
    assert inspector.faults == [], "\n".join(inspector.faults)
    inside.get_by_role("button", name="Copiar la dirección").click()
    expect(inside.get_by_text("Copiada.")).to_be_visible()
    copied = inside.evaluate("navigator.clipboard.readText()")
    claim(page_of(open_browser()), replace(offer, link=copied))


@pytest.mark.parametrize("inside", [ANDROID], indirect=True)
def test_whoever_knows_better_goes_on(inside: Page, server: LiveServer) -> None:
    inside.goto(offered(server, longest_named()).link)
    inside.get_by_role("button", name="Seguir aquí de todos modos").click()
    expect(inside.get_by_label("Código de 6 dígitos")).to_be_visible()


@pytest.mark.parametrize("inside", [ANDROID], indirect=True)
def test_staff_are_told_at_the_login_and_take_their_invitation_along(inside: Page, server: LiveServer) -> None:
    inside.goto(f"{server.url}/clinic/")
    expect(inside.get_by_text("Está dentro de otra aplicación.")).to_be_visible()
    link = invitation(server, "clinic")
    inside.goto("about:blank")
    inside.goto(link)
    inside.get_by_role("button", name="Copiar la dirección").click()
    expect(inside.get_by_text("Copiada.")).to_be_visible()
    assert inside.evaluate("navigator.clipboard.readText()") == link
