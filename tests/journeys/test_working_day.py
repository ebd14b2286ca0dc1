"""A working day of a reception, compressed: two counters and the clinic's node, mostly without a network, with deaths.

Every scan reaches the centre exactly once, every verdict is that of somebody who knows everything, nobody stays behind.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import expect

from amate.demo.phone import Phone
from tests.cable import Cable
from tests.journeys.conftest import OpenBrowser
from tests.journeys.day import Line, Made, Oracle, accounts_for
from tests.journeys.phones import phone_of
from tests.journeys.reception import Counter
from tests.journeys.remains import remains
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.journeys.test_nothing_stays import READ_BACK, assert_nobody_in, people, secrets_of
from tests.journeys.test_receipts import eventually
from tests.live import LiveServer
from tests.live_nodes import LiveNode

pytestmark = pytest.mark.browser
SCANS, BLOCK, CONNECTED = 600, 20, 4  # of each block of scans so many with the node in reach: 20 %
CENTRE_EVERY = 5  # of so many blocks one with the centre in reach of the node: 20 %
TAB_DEATHS, NODE_DEATHS, POWER_CUTS = 50, 20, 4
COOKIES_ARE_KEPT = 100  # by this scan: a browser takes 30 s to write down that it was let in
LONGEST_LIFE_MS = 250
DEAD_LINE_S = 31  # so long a node asks no more after a dead line
FRESH_S = 45  # a code of one use is shown again within this
SAMPLES = ("screenshot", "printed", "skewed", "revoked", "expired", "forged", "foreign")
BORROWED = {True: 0.5, False: 0.1}  # by whether the node can be asked: there it tells the first showing from the next
SEED = 20261128
SURE = [Made("valid", "a"), Made("not_valid", None), Made("valid", "a")]
TORN = [Made("valid", "a", is_certain=False), Made("valid", "a"), Made("not_a_pass", None, is_certain=False)]
A, BAD, GREY = ("valid", "a"), ("not_valid", None), ("not_a_pass", None)


@dataclass
class People:
    """Who stands in line: by their phones, and by what the demonstration keeps for trying."""

    server: LiveServer
    phones: list[Phone]
    chance: random.Random
    code: tuple[str, float] = ("", 0.0)
    refreshed_at: float = field(default_factory=time.monotonic)

    def shows(self, *, of_one_use: float) -> str:
        """The digits that the next person shows.

        of_one_use: how likely it is a code that a relative borrowed, good for one showing
        """
        if self.chance.random() < of_one_use:
            return self._one_use()
        kind = self.chance.random()
        if kind < 0.55:
            return self.chance.choice(self.phones).show()
        text = sample(self.server, self.chance.choice(SAMPLES))
        return text[:-40] if kind > 0.95 else text

    def _one_use(self) -> str:
        """A code of one use, and now and then the same once more."""
        if time.monotonic() - self.code[1] > FRESH_S or self.chance.random() < 0.5:
            phone = self.phones[0]
            if time.monotonic() - self.refreshed_at > 200:
                phone.refresh()
                self.refreshed_at = time.monotonic()
            self.code = (phone.one_time_code(), time.monotonic())
        return self.code[0]


@pytest.fixture
def cable(server: LiveServer) -> Iterator[Cable]:
    cable = Cable(server.port)
    yield cable
    cable.close()


@pytest.fixture
def node(server: LiveServer, cable: Cable, tmp_path: Path) -> Iterator[LiveNode]:
    node = LiveNode(tmp_path / "node")
    node.enrol(server, at=f"http://localhost:{cable.port}", clinic=PACHUCA_UMF)
    node.start()
    yield node
    node.stop()


def test_every_scan_of_a_day_reaches_the_centre_once(
    server: LiveServer, cable: Cable, node: LiveNode, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    phones = [phone_of(server, person) for person in people()]
    line_of_people = People(server, phones, chance)
    oracle = Oracle(node.folder, PACHUCA_UMF)
    counters = [Counter(tmp_path / f"counter-{number}", open_browser, node) for number in (1, 2)]
    for number, counter in enumerate(counters, 1):
        counter.connect(f"Ventanilla {number}")
    tab_deaths, node_deaths = (set(chance.sample(range(SCANS), n)) for n in (TAB_DEATHS, NODE_DEATHS))
    power_cuts = set(chance.sample(range(COOKIES_ARE_KEPT, SCANS), POWER_CUTS))
    vain_at, of_one_use = -float(DEAD_LINE_S), set[str]()
    for number in range(SCANS):
        to_node, to_centre = number % BLOCK < CONNECTED, number // BLOCK % CENTRE_EVERY == 0
        if number % BLOCK in (0, CONNECTED):
            (cable.mend if to_centre else cable.cut)()
            for counter in counters:
                counter.context.set_offline(not to_node)
        if number in node_deaths:
            node.kill()
            node.launch()
        counter = counters[number % 2]
        if number in power_cuts:
            counter.lose_power(is_on_line=to_node)
        vain_at = vain_at if to_centre else time.monotonic()
        is_known = not to_centre or time.monotonic() - vain_at > DEAD_LINE_S
        line = Line(to_node, to_centre if is_known else None)
        dies = number in tab_deaths
        may_borrow = not dies and (not to_node or node.answers())
        text = line_of_people.shows(of_one_use=BORROWED[to_node] if may_borrow else 0)
        expected = oracle.expects(text, line)
        if dies:
            counter.scan_and_die(text, min(expected.verdicts), chance.randrange(LONGEST_LIFE_MS))
        else:
            verdict = counter.scan(text, expected)
            of_one_use |= {verdict} if len(expected.verdicts) > 1 else set()
    assert {"valid", "not_valid"} <= of_one_use, "codes of one use were taken, and refused when they came again"
    end_the_day(cable, node, counters)
    assert_accounted_for(server, counters)
    assert_nobody_stays(counters, node, phones)


def end_the_day(cable: Cable, node: LiveNode, counters: list[Counter]) -> None:
    """Everything is connected, and what waits goes out."""
    cable.mend()
    eventually(node.answers)
    for counter in counters:
        counter.context.set_offline(False)
        counter.page.get_by_role("button", name="En línea").click()
        counter.page.get_by_role("button", name="Sincronizar ahora").click()
        expect(counter.page.get_by_text("nada por enviar")).to_be_visible()
    node.amate("sync")
    status = json.loads(node.amate("status", "--json").stdout)
    assert (status["receipts"]["waiting"], status["receipts"]["refused"]) == (0, {})


def assert_accounted_for(server: LiveServer, counters: list[Counter]) -> None:
    told = receipts_of(server)
    assert len(told) == len(counters)
    for counter in counters:
        assert any(accounts_for(receipts, counter.made) for receipts in told.values())
    certain = sum(scan.is_certain for counter in counters for scan in counter.made)
    assert certain == SCANS - TAB_DEATHS
    assert certain <= sum(len(receipts) for receipts in told.values()) <= SCANS


def receipts_of(server: LiveServer) -> dict[str, list[tuple[str, str | None]]]:
    """Verdict and cti of what the centre has of each counter, in the order of its chain, which has no gap."""
    with sqlite3.connect(f"file:{server.home / 'amate.db'}?mode=ro", uri=True) as db:
        columns = "device, number, verdict, cti, state, clinic"
        rows = db.execute(f"SELECT {columns} FROM scan_receipt WHERE device IS NOT NULL ORDER BY number").fetchall()
    told: dict[str, list[tuple[str, str | None]]] = {}
    for device, number, verdict, cti, state, clinic in rows:
        chain = told.setdefault(device, [])
        assert (number, state, clinic) == (len(chain) + 1, "stored", PACHUCA_UMF)
        chain.append((verdict, cti))
    return told


def assert_nobody_stays(counters: list[Counter], node: LiveNode, phones: list[Phone]) -> None:
    secrets: dict[str, bytes] = {}
    for number, (person, phone) in enumerate(zip(people(), phones, strict=True)):
        found = secrets_of(person, phone, [phone.show()])
        secrets |= {f"{number} {what}": secret for what, secret in found.items()}
    for counter in counters:
        assert_nobody_in(counter.page.evaluate(READ_BACK), secrets)
        counter.context.close()
    node.stop()
    folders = [node.folder, *(counter.profile for counter in counters)]
    assert remains(folders, secrets) == []


@pytest.mark.parametrize(
    ("made", "receipts"),
    [(SURE, [A, BAD, A]), (TORN, [A]), (TORN, [A, A]), (TORN, [A, GREY]), (TORN, [A, A, GREY]), ([], [])],
)
def test_the_book_keeping_accounts_for_what_was_scanned(
    made: list[Made], receipts: list[tuple[str, str | None]]
) -> None:
    assert accounts_for(receipts, made)


@pytest.mark.parametrize(
    ("made", "receipts"),
    [
        (SURE, [A, BAD]),
        (SURE, [A, A]),
        (SURE, [A, BAD, A, A]),
        (SURE, [BAD, A, A]),
        (TORN, []),
        (TORN, [A, A, A]),
        (TORN, [GREY]),
        (TORN, [A, GREY, GREY]),
        ([], [A]),
    ],
)
def test_the_book_keeping_finds_what_was_lost_or_told_twice_or_in_another_order(
    made: list[Made], receipts: list[tuple[str, str | None]]
) -> None:
    assert not accounts_for(receipts, made)
