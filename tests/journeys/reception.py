"""A reception: the counters' browsers, which know no other server than the clinic's node, and how they die."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.day import Expected, Made, made_of
from tests.journeys.steps import VERDICTS, page_of, scan_at_once, wait_for_worker
from tests.live_nodes import LiveNode, descendants

SLUGS = {word: slug for slug, word in VERDICTS.items()}
HEADING = "main.verdict h1"
# No spare process for pages to come: to open one whose process died meanwhile has no end.
ONE_RENDERER = ("--renderer-process-limit=1",)


def trusting(node: LiveNode) -> str:
    """What makes Chromium take the node's certificate, as if its authority had been installed."""
    certificate = load_pem_x509_certificate((node.folder / "tls" / "cert.pem").read_bytes())
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(spki).digest()).decode()}"


def code_for(node: LiveNode, counter: str) -> str:
    """As whoever keeps the node makes it."""
    code: str = json.loads(node.amate("counter", "add", counter, "--json").stdout)["code"]
    return code


def connect_counter(context: BrowserContext, node: LiveNode, name: str) -> Page:
    """The receptionist opens the node's address, types the code once, and says that this is the clinic."""
    page = page_of(context)
    page.goto(f"{node.url}/clinic/")
    page.get_by_label("Código de la ventanilla").fill(code_for(node, name))
    page.get_by_role("button", name="Conectar").click()
    page.get_by_role("button", name="Sí, aquí estoy").click()
    page.get_by_role("button", name="Teclear").wait_for()
    expect(page.get_by_text("En línea").first).to_be_visible()
    wait_for_worker(page)
    return page


@dataclass
class Counter:
    """One machine of the reception: its tab and its browser may die, its profile stays.

    made: the scans that were begun here, in their order
    """

    profile: Path
    open_browser: OpenBrowser
    node: LiveNode
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)
    made: list[Made] = field(default_factory=list)

    def connect(self, name: str) -> None:
        self._power_up()
        self.page = connect_counter(self.context, self.node, name)

    def scan(self, text: str, expected: Expected) -> str:
        """Scan, see that the verdict is what it must be, and go back to scanning: the verdict."""
        scan_at_once(self.page, text)
        self.page.locator(HEADING).wait_for()
        verdict = SLUGS[self.page.inner_text(HEADING)]
        assert verdict in expected.verdicts, expected
        assert expected.curp is None or expected.curp in self.page.inner_text("main.verdict")
        self.made.append(made_of(text, verdict))
        self.page.keyboard.press("Escape")
        self.page.locator(HEADING).wait_for(state="detached")
        return verdict

    def scan_and_die(self, text: str, verdict: str, after_ms: int) -> None:
        """The tab's process ends at any moment of a scan; what was certain before stays so."""
        scan_at_once(self.page, text)
        self.page.wait_for_timeout(after_ms)
        self.made.append(made_of(text, verdict, is_certain=False))
        with self.page.expect_event("crash"):
            kill_tabs(self.profile)
        dead, self.page = self.page, self.context.new_page()
        dead.close()
        self._open()

    def lose_power(self, *, is_on_line: bool) -> None:
        """The whole machine, at once; and on again."""
        kill_browser(self.profile)
        with contextlib.suppress(Error):
            self.context.close()
        self._power_up()
        self.context.set_offline(not is_on_line)
        self.page = page_of(self.context)
        self._open()

    def _power_up(self) -> None:
        self.context = self.open_browser(profile=self.profile, flags=[trusting(self.node), *ONE_RENDERER])

    def _open(self) -> None:
        self.page.goto(f"{self.node.url}/clinic/")
        self.page.get_by_role("button", name="Teclear").wait_for()


def kill_browser(profile: Path) -> None:
    """As a power cut ends it: every process of the browser that has this profile, at once."""
    for pid in _browser_of(profile):
        for each in (pid, *descendants(pid)):
            _kill(each)


def kill_tabs(profile: Path) -> None:
    """As a system short of memory ends them: the processes that draw the pages, and run their scripts."""
    for pid in _browser_of(profile):
        for each in descendants(pid):
            if b"--type=renderer" in _command_of(each):
                _kill(each)


def _browser_of(profile: Path) -> list[int]:
    """The browser's own process."""
    mark = f"--user-data-dir={profile}".encode()
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in found if mark in (words := _command_of(pid).split(b"\0")) and not _is_helper(words)]


def _is_helper(words: list[bytes]) -> bool:
    return any(word.startswith(b"--type=") for word in words)


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
