"""A reception: the counters' browsers, which know no other server than the clinic's node, and how they die."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import BrowserContext, Error, FilePayload, Page, Response, expect

from amate.demo.people import everybody
from tests.journeys.camera import picture_of
from tests.journeys.conftest import CHROMIUM, OpenBrowser
from tests.journeys.day import BY_ANSWER, VOUCHED, Expected, Made, made_of
from tests.journeys.disk import Disk
from tests.journeys.steps import VERDICTS, page_of, scan_at_once, wait_for_worker
from tests.journeys.test_kiosk import INVITATION, leave_to_patients
from tests.live_nodes import LiveNode, descendants

SLUGS = {word: slug for slug, word in VERDICTS.items()}
CURPS = [person.curp for person in everybody()]
HEADING, TOLD = "main.verdict h1", "main.kiosk-answer h1"
GO_ON, DESK, AGAIN = "PUEDE PASAR", "PASE A VENTANILLA", "OTRA VEZ, POR FAVOR"
# What a patient who scans alone may be told, by the verdict that only the receipt has.
WAYS = {
    "valid": {GO_ON, DESK},  # to the desk where the card, or its person, was here before
    "check_identity": {DESK},
    "stale": {DESK},
    "not_valid": {DESK, AGAIN},
    "not_a_pass": {AGAIN},
}
USES = "/api/v1/verifications/uses"
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

    disk:     what the profile is on, where a power cut is to take what was not synchronised; it slows the browser down
    made:     the scans that were begun here, in their order
    is_kiosk: patients scan alone
    told:     codes of one use of which this tab was told whether it was their first
    answers:  what came of its questions about the code that is scanned now
    """

    profile: Path
    open_browser: OpenBrowser
    node: LiveNode
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)
    disk: Disk | None = None
    made: list[Made] = field(default_factory=list)
    is_kiosk: bool = False
    told: set[str] = field(default_factory=set)
    answers: list[Response] = field(default_factory=list)

    def connect(self, name: str) -> None:
        self._power_up()
        self._turn_to(connect_counter(self.context, self.node, name))

    def restart(self) -> None:
        """Switched off and on as it should be: all that it holds is on its disk."""
        self.context.close()
        self._power_up()
        self._turn_to(page_of(self.context))
        self._open()

    def synchronise(self) -> None:
        """The receptionist asks for it, and sees that all is up to date and sent."""
        self.page.get_by_role("button", name="En línea").click()
        self.page.get_by_role("button", name="Sincronizar ahora").click()
        self.page.get_by_text("Listo: todo al día").wait_for()
        self.page.get_by_text("nada por enviar").wait_for()
        self.page.keyboard.press("Escape")
        self.page.get_by_role("button", name="Sincronizar ahora").wait_for(state="detached")

    def hand_over(self) -> None:
        """From now on patients scan alone."""
        leave_to_patients(self.page)
        self.is_kiosk = True

    def take_back(self) -> None:
        self.page.keyboard.press("Escape")
        self.page.get_by_role("button", name="Sí, soy del personal").click()
        self.is_kiosk = False
        self._wait_until_open()

    def scan(self, text: str, expected: Expected, *, by_photo: bool = False) -> str:
        """Scan, see that the verdict is what it must be, and go back to scanning: the verdict."""
        verdict = self._look(text, expected, by_photo=by_photo)
        self.page.keyboard.press("Escape")
        self.page.locator(HEADING).wait_for(state="detached")
        return verdict

    def scan_and_ask(self, text: str, expected: Expected, answer: Callable[[str], str], then: Expected) -> None:
        """The receptionist asks the phone for six digits, over its verdict, and scans what it shows for them."""
        self._look(text, expected)
        self.page.locator("main.verdict").get_by_role("button", name="Pedir respuesta").click()
        number = self.page.get_by_text(re.compile(r"^\d{3} \d{3}$")).inner_text()
        self.page.locator(HEADING).wait_for(state="detached")
        self.scan(answer(number.replace(" ", "")), then)

    def _look(self, text: str, expected: Expected, *, by_photo: bool = False) -> str:
        """Scan, or take a photograph, and see that the verdict is what it must be: the verdict."""
        self.answers.clear()
        if by_photo:
            photo: FilePayload = {"name": "foto.png", "mimeType": "image/png", "buffer": picture_of(text)}
            self.page.get_by_label("Tomar foto del código").set_input_files(photo)
        else:
            scan_at_once(self.page, text)
        self.page.locator(HEADING).wait_for()
        verdict, said = SLUGS[self.page.inner_text(HEADING)], self.page.inner_text("main.verdict")
        assert verdict in expected.verdicts, f"{verdict}, not {expected}: {said}"
        assert not expected.asks or verdict == BY_ANSWER[self._is_first_use(text)]
        assert [curp for curp in CURPS if curp in said] == ([expected.curp] if verdict in VOUCHED else [])
        for right in expected.rights if verdict in VOUCHED else ():
            assert right in said, f"{right}: {said}"
        self.made.append(made_of(text, verdict))
        return verdict

    def _is_first_use(self, text: str) -> bool | None:
        """What this tab knows of a code of one use: it asks once, and what it was told of a code stays true."""
        if text in self.told:
            assert self.answers == []
            return False
        answers = [answer.json()["first_use"] for answer in self.answers if answer.ok]
        is_first: bool | None = answers[0] if answers else None
        if is_first is not None:
            self.told.add(text)
        return is_first

    def scan_alone(self, text: str, expected: Expected) -> None:
        """A patient scans, and is told where to go and nothing about anybody; the verdict is in the receipt."""
        scan_at_once(self.page, text)
        self.page.locator(TOLD).wait_for()
        (verdict,) = expected.verdicts
        assert self.page.inner_text(TOLD) in WAYS[verdict]
        said = self.page.inner_text("main.kiosk-answer")
        assert [curp for curp in CURPS if curp in said] == []
        self.made.append(made_of(text, verdict))
        self.page.get_by_role("button", name="Listo").click()
        self.page.locator(TOLD).wait_for(state="detached")

    def scan_and_die(self, text: str, verdict: str, after_ms: int) -> None:
        """The tab's process ends at any moment of a scan, which is certain if its word was seen, as all before is."""
        scan_at_once(self.page, text)
        self.page.wait_for_timeout(after_ms)
        self.made.append(made_of(text, verdict, is_certain=self.page.locator(HEADING).is_visible()))
        with self.page.expect_event("crash"):
            kill_tabs(self.profile)
        dead = self.page
        self._turn_to(self.context.new_page())
        dead.close()
        self._open()

    def scan_and_lose_power(self, text: str, verdict: str, after_ms: int) -> None:
        """The power goes, without a network, at any moment of a scan."""
        scan_at_once(self.page, text)
        self.page.wait_for_timeout(after_ms)
        self.made.append(made_of(text, verdict, is_certain=False))
        self.lose_power(is_on_line=False)

    def lose_power(self, *, is_on_line: bool) -> None:
        """The whole machine, at once; and on again with what is on its disk."""
        kill_browser(self.profile)
        with contextlib.suppress(Error):
            self.context.close()
        if self.disk is not None:
            self.disk.cut()
        self._power_up()
        self.context.set_offline(not is_on_line)
        self._turn_to(page_of(self.context))
        self._open()

    def _power_up(self) -> None:
        program = CHROMIUM if self.disk is None else self.disk.power_up()
        flags = [trusting(self.node), *ONE_RENDERER]
        self.context = self.open_browser(profile=self.profile, program=program, flags=flags)

    def _turn_to(self, page: Page) -> None:
        """A tab that knows of no code yet; what it is told is noted."""
        self.page = page
        self.told.clear()
        page.on("response", lambda answer: self.answers.append(answer) if answer.url.endswith(USES) else None)

    def _open(self) -> None:
        self.page.goto(f"{self.node.url}/clinic/")
        self._wait_until_open()

    def _wait_until_open(self) -> None:
        if self.is_kiosk:
            self.page.get_by_role("heading", name=INVITATION).wait_for()
        else:
            self.page.get_by_role("button", name="Teclear").wait_for()


def kill_browser(profile: Path) -> None:
    """As a power cut ends it: every process of the browser that has this profile, at once; and its record is whole."""
    for pid in _browser_of(profile):
        for each in (pid, *descendants(pid)):
            _kill(each)
    while any(_processes_with(profile)):
        time.sleep(0.01)


def kill_tabs(profile: Path) -> None:
    """As a system short of memory ends them: the processes that draw the pages, and run their scripts."""
    for pid in _browser_of(profile):
        for each in descendants(pid):
            if b"--type=renderer" in _command_of(each):
                _kill(each)


def _browser_of(profile: Path) -> list[int]:
    """The browser's own process, without what it started and what keeps its disk's record."""
    return [pid for pid, words in _processes_with(profile) if not _is_helper(words)]


def _processes_with(profile: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The processes that were told of this profile, and the words that started each."""
    mark = f"--user-data-dir={profile}".encode()
    for pid in [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]:
        words = _command_of(pid).split(b"\0")
        if mark in words:
            yield pid, words


def _is_helper(words: list[bytes]) -> bool:
    return words[0].endswith(b"strace") or any(word.startswith(b"--type=") for word in words)


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
