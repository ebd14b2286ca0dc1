"""Rows E07, E08 and K04: no site, code or link can ask a wallet for anything, whatever it asks and wherever it points.

There is no OpenID4VP here: a pass is shown to whoever stands there, and carries the same few members for all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.camera import blank_feed, feed_of, picture_of
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.steps import card_code, claim, decode, page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser
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


class Site:
    """A verifier's site on this machine that counts who comes; whatever is asked of it leads on to itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(f"{self.command} {self.path}")
                self.send_response(302)
                self.send_header("Location", "/oid4vci/offers/AAAA-BBBB-CCCC")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()

            do_POST = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *_what: object) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port: int = self._server.server_address[1]
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def phone_feed(tmp_path: Path) -> Path:
    path = tmp_path / "phone.mjpeg"
    blank_feed(path)
    return path


@pytest.fixture
def phone(server: LiveServer, open_browser: OpenBrowser, phone_feed: Path) -> Page:
    page = page_of(open_browser(viewport=SMALL_PHONE, feed=phone_feed))
    claim(page, offered(server, longest_named()))
    return page


def requests_to(site: Site) -> list[str]:
    """Requests for a presentation: by value and by reference, in the clear and to this machine itself."""
    asked: list[str] = []
    for origin in (f"http://127.0.0.1:{site.port}", f"https://[::1]:{site.port}"):
        by_value = {
            "response_type": "vp_token",
            "response_mode": "direct_post",
            "client_id": f"redirect_uri:{origin}/answer",
            "response_uri": f"{origin}/answer",
            "nonce": "bm9uY2U",
            "dcql_query": OVER_ASKING,
        }
        by_reference = {"client_id": f"x509_san_dns:{origin}", "request_uri": f"{origin}/request"}
        posted = by_reference | {"request_uri_method": "post"}
        asked += [urlencode(each) for each in (by_value, by_reference, posted)]
        asked.append(urlencode({"credential_offer_uri": f"{origin}/offer"}))
    return asked


def test_e08_a_link_with_a_request_is_followed_nowhere(server: LiveServer, phone: Page, site: Site) -> None:
    for asked in requests_to(site):
        for link in (f"/wallet/?{asked}", f"/wallet/#openid4vp://?{asked}"):
            phone.goto("about:blank")
            phone.goto(f"{server.url}{link}")
            phone.locator("main").wait_for()
            refusal = phone.get_by_role("heading", name=REFUSED)
            expect(card_code(phone).or_(refusal)).to_be_visible()
    assert site.asked == []


def test_e08_nor_is_one_that_the_camera_sees_or_a_hand_types(
    server: LiveServer, phone: Page, phone_feed: Path, site: Site
) -> None:
    phone.goto(f"{server.url}/wallet/#escanear")
    phone.get_by_text("Apunte al código").wait_for()
    for scheme in ("openid4vp://authorize", "haip://", f"http://127.0.0.1:{site.port}/"):
        feed_of(phone_feed, picture_of(f"{scheme}?request_uri={quote(f'http://127.0.0.1:{site.port}/request')}"))
        expect(phone.get_by_text("Ese código no es para traer una tarjeta")).to_be_visible(timeout=60_000)
        phone.reload()
        phone.get_by_text("Apunte al código").wait_for()
    phone.goto(f"{server.url}/wallet/#escribir")
    phone.get_by_label("Código del módulo").fill(f"http://127.0.0.1:{site.port}/request?{requests_to(site)[1]}")
    expect(phone.get_by_text("Eso es un enlace que no trae una tarjeta")).to_be_visible()
    assert site.asked == []


def test_e07_k04_no_request_changes_what_a_phone_shows(server: LiveServer, phone: Page, site: Site) -> None:
    """What was begun elsewhere is finished by nothing here: the code stays the one that every counter gets."""
    usual = len(decode(card_code(phone)))
    for asked in requests_to(site)[:3]:
        phone.goto("about:blank")
        phone.goto(f"{server.url}/wallet/#{asked}")
        card_code(phone).wait_for()
        assert len(decode(card_code(phone))) == usual
    assert site.asked == []
