"""The README's pictures, made anew from a real server and real browsers: `python -m tests.journeys.screenshots`."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from amate.context import system_clock
from amate.demo.people import everybody
from amate.features.trust.model import iso
from tests.journeys import steps
from tests.journeys.conftest import CHROMIUM, FLAGS, PHONE
from tests.live import ROOT, LiveServer

DOCS = ROOT / "docs"
PACHUCA = {"latitude": 20.1011, "longitude": -98.7591}
CLUES = "HGIMS900110"
COLOURS = 128
DESK = {"width": 1180, "height": 1180}
MISTAKEN_SURNAME = "Fernández"


def open_phone(playwright: Playwright, profile: Path) -> Page:
    """A phone's browser with a profile of its own."""
    context: BrowserContext = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=CHROMIUM,
        headless=True,
        args=FLAGS,
        viewport=PHONE,
        device_scale_factor=2,
        locale="es-MX",
        permissions=["geolocation"],
        geolocation=PACHUCA,
    )
    context.set_default_timeout(60_000)
    return steps.page_of(context)


def keep(page: Page, name: str) -> None:
    """The screen as a small PNG in docs."""
    page.wait_for_timeout(600)  # motion has ended
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    picture.save(DOCS / f"{name}.png", optimize=True)


def verdict_of(page: Page, text: str, verdict: str, name: str) -> None:
    """Paste a code and keep the verdict's screen."""
    steps.type_code(page, text)
    steps.expect_verdict(page, verdict)
    keep(page, name)
    steps.next_person(page)


def change_keys(server: LiveServer) -> None:
    """One key is to follow, one was stolen, and a proposal waits; sixty clinics have told how old their lists are."""
    people = [each["uri"] for each in json.loads(server.amate("keys", "people", "--json").stdout)["people"]]
    keys = json.loads(server.amate("keys", "list", "--json").stdout)["keys"]
    passes = sorted((key for key in keys if key["use"] == "pass"), key=lambda key: key["shard"])

    def propose(*change: str) -> str:
        said = server.amate("keys", "propose", *change, "--key", people[0], "--json").stdout
        return str(json.loads(said)["proposal"])

    for change in (("stage", "--use", "pass", "--shard", "1"), ("revoke", passes[3]["kid"], "--reason", "stolen")):
        proposal = propose(*change)
        server.amate("keys", "approve", proposal, "--key", people[1])
        server.amate("keys", "apply", proposal)
    credential = next(key for key in keys if key["use"] == "credential" and key["shard"] == 2)
    propose("revoke", credential["kid"], "--reason", "lost")
    said = server.amate("staff", "token", "--role", "clinic", "--json").stdout
    headers = {"Authorization": f"Bearer {json.loads(said)['token']}"}
    for number in range(60):
        signed_at = iso(system_clock() - 300 * 2 ** (number % 12 if number % 4 == 0 else 1))
        report = {"device": f"device-{number:012}", "trust_signed_at": signed_at, "status_signed_at": signed_at}
        server.request("POST", "/api/v1/verifiers/reports", report | {"clock_skew_s": 0}, headers)


def take_console(playwright: Playwright, server: LiveServer) -> None:
    """The console, on a desk."""
    change_keys(server)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    page = browser.new_page(viewport=DESK, locale="es-MX")
    steps.log_in(page, server, "console")
    page.get_by_text("Al día a las").wait_for()
    keep(page, "console")
    browser.close()


def take(playwright: Playwright, server: LiveServer, folder: Path) -> None:
    """All pictures, in the order of the main journey."""
    person = next(p for p in everybody() if p.place.name == "Pachuca de Soto" and p.guardian_curp is None)
    module = open_phone(playwright, folder / "module")
    steps.log_in(module, server, "enrolment")
    steps.fill_form(module, person)
    module.get_by_label("Primer apellido").fill(MISTAKEN_SURNAME)
    module.get_by_label("Segundo apellido").focus()
    module.evaluate("() => scrollTo(0, 0)")
    keep(module, "enrolment")
    module.get_by_label("Primer apellido").fill(person.first_surname)
    module.get_by_role("button", name="Registrar", exact=True).click()
    offer = steps.read_offer(module)
    wallet = open_phone(playwright, folder / "wallet")
    steps.claim(wallet, offer)
    keep(wallet, "wallet")
    wallet.emulate_media(color_scheme="dark")
    keep(wallet, "wallet-dark")
    clinic = open_phone(playwright, folder / "clinic")
    steps.prepare_clinic(clinic.context, server, CLUES)
    samples = server.home / "samples"
    verdict_of(clinic, steps.decode(steps.card_code(wallet)), "valid", "clinic-valid")
    verdict_of(clinic, (samples / "printed.txt").read_text(), "check_identity", "clinic-check")
    verdict_of(clinic, (samples / "revoked.txt").read_text(), "not_valid", "clinic-not-valid")
    take_console(playwright, server)


def main() -> None:
    """Seed, serve, take, stop."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = LiveServer(Path(folder) / "home")
        server.seed()
        server.start()
        try:
            take(playwright, server, Path(folder))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
