"""Rows E07, E08 and K04: no site, code or link can ask a wallet for anything, whatever it asks and wherever it points.

There is no OpenID4VP here: a pass is shown to whoever stands there, and carries the same few members for all of them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import WATCH
from tests.journeys.steps import card_code, claim, decode, page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser
# In the clear, of this machine itself, and of a site: whoever goes to one of them is seen, whether or not it answers.
ORIGINS = ("http://127.0.0.1:9", "https://[::1]:9", "https://verificador.example")
REFUSED = re.compile("no es de aquí|no trae una tarjeta")
CLAIMS = ("curp", "given_name", "family_name", "birthdate", "sex", "address", "phone_number", "email", "nss", "clinic")
OVER_ASKING = json.dumps(
    {
        "credentials": [
            {
                "id": "all",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["mx.salud.credential"]},
                "claims": [{"path": [name]} for name in (*CLAIMS, *(f"{name}_history" for name in CLAIMS))],
            }
        ]
    }
)


@pytest.fixture
def asked() -> list[str]:
    """Every address that the wallet went to, but for its own."""
    return []


@pytest.fixture
def phone(server: LiveServer, open_browser: OpenBrowser, feed: Path, asked: list[str]) -> Page:
    page = page_of(open_browser(viewport=SMALL_PHONE, feed=feed))
    claim(page, offered(server, longest_named()))
    page.context.on(
        "request", lambda request: None if request.url.startswith(server.url) else asked.append(request.url)
    )
    page.add_init_script(WATCH)  # what the page's policy held back was tried all the same
    return page


def tried(page: Page, asked: list[str]) -> list[str]:
    """Where the wallet went, or would have gone."""
    violations: list[str] = page.evaluate("window.amateViolations")
    return [*violations, *asked]


def requests_from(origin: str) -> tuple[str, str, str]:
    """Requests for a presentation: by value, by reference, and by reference with an answer to the question first."""
    by_value = {
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "client_id": f"redirect_uri:{origin}/answer",
        "response_uri": f"{origin}/answer",
        "nonce": "bm9uY2U",
        "dcql_query": OVER_ASKING,
    }
    by_reference = {"client_id": f"x509_san_dns:{origin}", "request_uri": f"{origin}/request"}
    return urlencode(by_value), urlencode(by_reference), urlencode(by_reference | {"request_uri_method": "post"})


@pytest.mark.parametrize("origin", ORIGINS)
def test_e07_e08_k04_a_link_that_asks_is_followed_nowhere_and_changes_nothing(
    server: LiveServer, phone: Page, asked: list[str], origin: str
) -> None:
    """What was begun elsewhere is finished by nothing here: the code stays the one that every counter gets."""
    usual = len(decode(card_code(phone)))
    for query in requests_from(origin):
        for link in (f"/wallet/?{query}", f"/wallet/#{query}", f"/wallet/#openid4vp://?{query}"):
            phone.goto("about:blank")
            phone.goto(f"{server.url}{link}")
            card_code(phone).wait_for()
            assert tried(phone, asked) == [], link
        assert len(decode(card_code(phone))) == usual
    phone.goto("about:blank")
    phone.goto(f"{server.url}/wallet/#{urlencode({'credential_offer_uri': f'{origin}/offer'})}")
    expect(phone.get_by_role("heading", name=REFUSED)).to_be_visible()
    assert tried(phone, asked) == []


def test_e08_nor_is_one_that_the_camera_sees_or_a_hand_types(
    server: LiveServer, phone: Page, feed: Path, asked: list[str]
) -> None:
    (_, query, _), scheme = requests_from(ORIGINS[0]), "openid4vp://authorize"
    for text in (f"{scheme}?{query}", f"{ORIGINS[0]}/request?{query}"):
        feed_of(feed, picture_of(text))
        phone.goto("about:blank")
        phone.goto(f"{server.url}/wallet/#escanear")
        expect(phone.get_by_text("Ese código no es para traer una tarjeta")).to_be_visible(timeout=60_000)
        assert tried(phone, asked) == []
    phone.goto(f"{server.url}/wallet/#escribir")
    phone.get_by_label("Código del módulo").fill(f"{ORIGINS[0]}/request?{query}")
    expect(phone.get_by_text("Eso es un enlace que no trae una tarjeta")).to_be_visible()
    assert tried(phone, asked) == []
