"""Row J04: the faces of a bad release are recalled; each device drops them, and keeps what is the person's."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page

from amate.core import encoding, qr_pass
from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import offered
from tests.journeys.steps import card_code, claim, decode, page_of, wait_for_answer, wait_for_worker
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PERSON = next(person for person in everybody()[ENROLLED:] if person.guardian_curp is None)
RECALL = {"AMATE_RECALL_FACES": "1"}
LOOK = "navigator.serviceWorker.getRegistration().then((registration) => registration.update())"
# What is left of a release on a device, and whether this page still runs of it.
LEFT = """async () => [
  (await navigator.serviceWorker.getRegistrations()).length,
  await caches.keys(),
  navigator.serviceWorker.controller !== null,
]"""
NOTHING = [0, [], False]
# What each page does after it has loaded (device/updates.ts), until the worker that it gets has done its work.
REGISTER = """async () => {
  window.amateStays = true;
  const { installing, waiting, active } = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  const worker = installing ?? waiting ?? active;
  while (worker.state !== "activated" && worker.state !== "redundant") {
    await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  }
}"""


def start_again(server: LiveServer, settings: dict[str, str]) -> None:
    """The same deployment with other settings, as an operator changes them."""
    server.stop()
    server.extra = settings
    server.start()


def index_of(page: Page) -> int:
    """The number of the card whose code a phone shows, signed by the key that lies there."""
    shown = qr_pass.parse(encoding.bytes_from_text(decode(card_code(page))))
    assert isinstance(shown, qr_pass.Presentation)
    return shown.pass_.claims.status_index


def visit(page: Page) -> None:
    page.reload(wait_until="commit")


def look(page: Page) -> None:
    """What an open page does by itself every hour (device/updates.ts)."""
    page.evaluate(f"() => void {LOOK}")


def wait_until_recalled(page: Page) -> None:
    """Until nothing of a release is on the device; the page loads anew meanwhile, and then answers nobody."""
    end = time.monotonic() + 45
    left = None
    while left != NOTHING:
        assert time.monotonic() < end, f"still {left!r}"
        page.wait_for_timeout(50)
        with contextlib.suppress(Error):
            left = page.evaluate(LEFT)


def expect_to_stay(page: Page) -> None:
    """Registering the recalling worker again leaves neither it nor a further load of the page."""
    card_code(page).wait_for()
    page.evaluate(REGISTER)
    wait_for_answer(page, LEFT, lambda found: found == NOTHING)
    assert page.evaluate("window.amateStays") is True


@pytest.fixture
def holder(server: LiveServer, open_browser: OpenBrowser) -> Page:
    """A phone with a card whose wallet opens without a network; nothing is recalled yet."""
    start_again(server, {})
    page = page_of(open_browser(viewport=SMALL_PHONE))
    claim(page, offered(server, PERSON))
    wait_for_worker(page)
    page.reload()
    card_code(page).wait_for()
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    return page


@pytest.mark.parametrize("contact", [visit, look])
def test_j04_recalled_faces_leave_a_phone_at_its_next_contact_and_its_card_stays(
    server: LiveServer, holder: Page, contact: Callable[[Page], None]
) -> None:
    """The page loads anew once; then it asks for the worker again, and nothing loads a further time."""
    card = index_of(holder)
    start_again(server, RECALL)
    contact(holder)
    wait_until_recalled(holder)
    expect_to_stay(holder)
    assert index_of(holder) == card


def test_j04_while_faces_are_recalled_none_is_kept_and_afterwards_they_open_off_line_again(
    server: LiveServer, holder: Page
) -> None:
    start_again(server, RECALL)
    look(holder)
    wait_until_recalled(holder)
    for _ in range(3):
        holder.reload()
        expect_to_stay(holder)
    start_again(server, {})
    holder.reload()
    wait_for_worker(holder)
    server.stop()
    holder.context.set_offline(True)
    holder.reload()
    card_code(holder).wait_for()
