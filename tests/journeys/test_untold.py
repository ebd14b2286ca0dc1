"""A key is decided to be distrusted while those who sign the lists are away: the console never calls that done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import page_of
from tests.journeys.test_console import enter, up_to_date
from tests.live import LiveServer

pytestmark = pytest.mark.browser
STILL_BELIEVED = "Decidida sin confianza, los verificadores aún le creen"


@pytest.fixture
def kid(server: LiveServer) -> str:
    """A key for passes."""
    keys = json.loads(server.amate("keys", "list", "--json").stdout)["keys"]
    return next(str(key["kid"]) for key in keys if key["use"] == "pass" and key["state"] == "active")


@contextmanager
def holders_away(holders: list[str]) -> Iterator[None]:
    """While the key files of these people are not at the server."""
    files = [Path(uri.removeprefix("file:")) for uri in holders]
    for file in files:
        file.rename(f"{file}.away")
    yield
    for file in files:
        Path(f"{file}.away").rename(file)


def decide(server: LiveServer, kid: str, holders: list[str]) -> str:
    """Two people sign that nobody shall believe this key; the proposal's id."""
    command = ("keys", "propose", "revoke", kid, "--reason", "stolen", "--key", holders[0], "--json")
    proposal = str(json.loads(server.amate(*command).stdout)["proposal"])
    server.amate("keys", "approve", proposal, "--key", holders[1])
    return proposal


def test_until_verifiers_are_told_they_believe_it_and_the_console_says_so(
    server: LiveServer, open_browser: OpenBrowser, kid: str
) -> None:
    holders = [str(each["uri"]) for each in json.loads(server.amate("keys", "people", "--json").stdout)["people"]]
    proposal = decide(server, kid, holders)
    with holders_away(holders):
        waits = server.amate("keys", "apply", proposal, check=False)
        assert waits.returncode == 3, f"{waits.stdout}{waits.stderr}"
        page = page_of(open_browser(viewport=DESKTOP))
        inspector = Inspector(page)
        enter(page, server)
        look_around(page, inspector, server, kid)
    told = server.amate("trust", "publish", check=False)
    assert told.returncode == 0, f"{told.stdout}{told.stderr}"
    page.goto(f"{server.url}/console/#incidente={kid}")
    page.reload()
    expect(page.get_by_text(STILL_BELIEVED)).to_have_count(0)
    page.get_by_role("heading", name=re.compile("^Incidente")).wait_for()
    assert inspector.faults == [], "\n".join(inspector.faults)


def look_around(page: Page, inspector: Inspector, server: LiveServer, kid: str) -> None:
    """Everywhere that the key is told of, it is told as verifiers have it."""
    due = page.get_by_role(
        "heading", name=re.compile("^Juntar las firmas que faltan para quitar la confianza a .*aún le")
    )
    expect(due).to_be_visible()
    page.get_by_role("button", name="Dibujo").click()
    page.get_by_text("Decidida sin confianza, los verificadores aún le creen: faltan firmas").wait_for()
    inspector.look("a distrust that waits for signatures, drawn")
    page.get_by_role("button", name="Tabla").click()
    inspector.look("a distrust that waits for signatures, in the table")
    page.goto(f"{server.url}/console/#incidente={kid}")
    page.get_by_text(STILL_BELIEVED).first.wait_for()
    inspector.look("an incident that verifiers do not know of")
    page.goto(f"{server.url}/console/")
    up_to_date(page)
    page.get_by_role("button", name=re.compile(kid[:8])).first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("Para que lo sepan los verificadores").wait_for()
    inspector.look("its key")
