"""A working day of a reception, compressed: two counters and the clinic's node, mostly without a network, with deaths.

Every scan reaches the centre exactly once, every verdict is that of somebody who knows everything, nobody stays behind;
whose card ends while they stand in line is refused from the moment on at which their counter has heard of it.
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

from amate.demo.people import everybody
from tests.cable import Cable
from tests.journeys.conftest import OpenBrowser
from tests.journeys.day import Card, Expected, Line, News, Oracle, accounts_for
from tests.journeys.disk import Disk
from tests.journeys.line import SAMPLED, People
from tests.journeys.reception import Counter
from tests.journeys.remains import remains
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.journeys.test_nothing_stays import READ_BACK, assert_nobody_in, secrets_of
from tests.journeys.test_receipts import eventually
from tests.live import LiveServer
from tests.live_nodes import LiveNode

pytestmark = pytest.mark.browser
SCANS, BLOCK, CONNECTED = 600, 20, 4  # of each block of scans so many with the node in reach: 20 %
PHOTOGRAPHED = 7  # of each block this code: the decoder reads it, and not a scanner
CENTRE_EVERY = 5  # of so many blocks one with the centre in reach of the node: 20 %
TAB_DEATHS, POWER_CUTS = 50, 4
# Of the node: while a counter's receipts are on their way to it, while counters reach it otherwise, while none does.
SENDING_DEATHS, CONNECTED_DEATHS, OTHER_DEATHS = 6, 10, 4
COOKIES_ARE_KEPT = 100  # by this scan: a browser takes 30 s to write down that it was let in
LONGEST_LIFE_MS = 250
DEAD_LINE_S = 31  # so long a node asks no more after a dead line
LENDS = {True: 0.5, False: 0.1}  # by whether the node can be asked: there it tells the first showing from the next
RECEIPTS = "**/api/v1/verifications/receipts"
SEED = 20261128
# Blocks of the day: cards end at the centre, out of the node's reach; later the node hears of it, and with it one
# counter; a block after that, the other.
ROBBED_AT, RENEWED_AT, REPLACED_AT = 6, 8, 13
HEARD_AT = {10: 0, 15: 1}  # and which counter is the first
KIOSK_AT, KIOSK = 18, 1  # the block in which patients scan alone, at one of the counters


KEPT = """async () => {
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open("amate");
    asked.onsuccess = () => resolve(asked.result);
  });
  const names = await new Promise((resolve) => {
    const asked = db.transaction("receipts").objectStore("receipts").getAllKeys();
    asked.onsuccess = () => resolve(asked.result);
  });
  db.close();
  return names.map((name) => Number(name.split(":")[1]));
}"""
# A transaction is complete as soon as the system has it, and nobody waits for the disk.
RELAX = """
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (names, mode) {
  return begin.call(this, names, mode, { durability: "relaxed" });
};
"""


@dataclass(frozen=True)
class Deaths:
    """When what dies: scans by number, and the blocks at whose beginning the node dies of a counter's receipts."""

    tabs: set[int]
    nodes: set[int]
    sending: set[int]
    power: set[int]


def drawn(chance: random.Random) -> Deaths:
    heard = {at + later for at in HEARD_AT for later in (0, 1)}  # there every counter is seen to synchronise
    connected, apart = ([n for n in range(SCANS) if (n % BLOCK < CONNECTED) == whether] for whether in (True, False))
    return Deaths(
        tabs=set(chance.sample(range(SCANS), TAB_DEATHS)),
        nodes={*chance.sample(connected, CONNECTED_DEATHS), *chance.sample(apart, OTHER_DEATHS)},
        sending=set(chance.sample([at for at in range(1, SCANS // BLOCK) if at not in heard], SENDING_DEATHS)),
        power=set(chance.sample(range(COOKIES_ARE_KEPT, SCANS), POWER_CUTS)),
    )


@dataclass
class Day:
    """The reception, who comes to it, and what happens.

    seen:   (name of a card that ended, counter, how far the word had come) of every such verdict that was looked at
    lent:   the verdicts on codes of one use where more than one was right
    asked:  phones that were asked for six digits, each a scan more
    alone:  patients who scanned alone
    photos: codes that were photographed
    """

    server: LiveServer
    cable: Cable
    node: LiveNode
    counters: list[Counter]
    people: People
    chance: random.Random
    deaths: Deaths
    oracle: Oracle = field(default_factory=lambda: Oracle(News()))
    seen: set[tuple[str, int, str]] = field(default_factory=set)
    lent: set[str] = field(default_factory=set)
    asked: int = 0
    alone: int = 0
    photos: int = 0
    pending: tuple[Card, ...] = ()
    is_connected: list[bool] = field(default_factory=lambda: [True, True])
    reaches_centre: bool = True
    vain_at: float = -float(DEAD_LINE_S)

    @property
    def news(self) -> News:
        return self.oracle.news

    def begin(self, block: int) -> None:
        """The lines of a block are laid, and what happens then happens."""
        self.reaches_centre = block % CENTRE_EVERY == 0
        (self.cable.mend if self.reaches_centre else self.cable.cut)()
        self._happens(block)
        if block in HEARD_AT:
            eventually(self.node.answers)
            self.node.amate("sync")
            self.news.reach_node()
            self._hears(HEARD_AT[block])
        elif block - 1 in HEARD_AT:
            self._hears(1 - HEARD_AT[block - 1])
            self._connect(HEARD_AT[block - 1])
        else:
            dying = self.chance.randrange(2) if block in self.deaths.sending else None
            for counter in (0, 1):
                self._connect(counter, node_dies=counter == dying)
        if block == KIOSK_AT:
            self.counters[KIOSK].hand_over()
        elif block == KIOSK_AT + 1:
            self.counters[KIOSK].take_back()

    def disconnect(self) -> None:
        for number, counter in enumerate(self.counters):
            counter.context.set_offline(True)
            self.is_connected[number] = False

    def scan(self, number: int) -> None:
        """The next person comes, to one counter and then to the other."""
        if number in self.deaths.nodes:
            self._kill_node()
        which = number % 2
        counter, to_node = self.counters[which], self.is_connected[which]
        if number in self.deaths.power:
            counter.lose_power(is_on_line=to_node)
        dies = number in self.deaths.tabs
        line = Line(to_node, self._to_centre())
        may_lend = not dies and not counter.is_kiosk and (not to_node or self.node.answers())
        code = self.people.shows(which, lends=LENDS[to_node] if may_lend else 0, is_seen=not dies)
        expected = self.oracle.expects(code, which, line)
        if dies:
            counter.scan_and_die(code.text, min(expected.verdicts), self.chance.randrange(LONGEST_LIFE_MS))
            return
        if counter.is_kiosk:
            counter.scan_alone(code.text, expected)
            self.alone += 1
            return
        if code.answer is not None:
            answered = self.oracle.expects(code._replace(kind="answered"), which, line)
            counter.scan_and_ask(code.text, expected, code.answer, answered)
            self.asked += 1
            return
        by_photo = number % BLOCK == PHOTOGRAPHED
        verdict = counter.scan(code.text, expected, by_photo=by_photo)
        self.photos += by_photo
        if len(expected.verdicts) > 1:
            self.lent.add(verdict)
        if code.card is not None and code.card.ended:
            self.seen.add((code.card.name, which, self.news.how_far(code.card, which)))

    def _happens(self, block: int) -> None:
        if block == RENEWED_AT:
            self.people.renew()
        if block in (ROBBED_AT, REPLACED_AT):
            ended = self.people.lose_a_phone() if block == ROBBED_AT else self.people.replace_cards()
            self.server.amate("status", "publish")
            self.news.publish(*ended)
            self.pending = ended
            self.people.put_first(*ended)

    def _hears(self, which: int) -> None:
        """A counter is seen to synchronise."""
        eventually(self.node.answers)
        self._connect(which)
        self.counters[which].synchronise()
        self.news.reach_counter(which)
        self.people.put_first(*self.pending)

    def _connect(self, which: int, *, node_dies: bool = False) -> None:
        counter = self.counters[which]
        if node_dies:
            with counter.page.expect_request(RECEIPTS):
                counter.context.set_offline(False)
            self._kill_node()
        counter.context.set_offline(False)
        self.is_connected[which] = True

    def _kill_node(self) -> None:
        self.node.kill()
        self.node.launch()

    def _to_centre(self) -> bool | None:
        """Whether the node reaches the centre: unknown while it may still be waiting after a dead line."""
        if not self.reaches_centre:
            self.vain_at = time.monotonic()
            return False
        return True if time.monotonic() - self.vain_at > DEAD_LINE_S else None


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
    counters = [Counter(tmp_path / f"counter-{number}", open_browser, node) for number in (1, 2)]
    for number, counter in enumerate(counters, 1):
        counter.connect(f"Ventanilla {number}")
    day = Day(server, cable, node, counters, People(server, chance), chance, drawn(chance))
    for number in range(SCANS):
        if number % BLOCK == 0:
            day.begin(number // BLOCK)
        if number % BLOCK == CONNECTED:
            day.disconnect()
        day.scan(number)
    assert {"valid", "not_valid"} <= day.lent, "codes of one use were taken, and refused when they came again"
    assert day.asked >= 10
    assert day.alone >= BLOCK / 2 - 4
    assert day.photos >= SCANS / BLOCK / 2
    assert day.seen >= {
        (name, counter, stage)
        for name, first in (("robbed", 0), ("moving", 1), ("printed", 1))
        for counter in (0, 1)
        for stage in ("centre", "counter", *(("node",) if counter != first else ()))
    }, "each card that ended was seen wherever the word of it had come"
    end_the_day(cable, node, counters)
    assert_accounted_for(server, counters, SCANS + day.asked)
    assert_nobody_stays(counters, node, day.people)


def end_the_day(cable: Cable, node: LiveNode, counters: list[Counter]) -> None:
    """Everything is connected, and what waits goes out."""
    cable.mend()
    eventually(node.answers)
    for counter in counters:
        counter.context.set_offline(False)
        counter.synchronise()
    node.amate("sync")
    status = json.loads(node.amate("status", "--json").stdout)
    assert (status["receipts"]["waiting"], status["receipts"]["refused"]) == (0, {})


def assert_accounted_for(server: LiveServer, counters: list[Counter], scans: int) -> None:
    told = receipts_of(server)
    assert len(told) == len(counters)
    for counter in counters:
        assert any(accounts_for(receipts, counter.made) for receipts in told.values())
    certain = sum(scan.is_certain for counter in counters for scan in counter.made)
    assert scans - TAB_DEATHS < certain < scans, "tabs died before their verdict was seen, and after"
    assert certain <= sum(len(receipts) for receipts in told.values()) <= scans


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


def assert_nobody_stays(counters: list[Counter], node: LiveNode, people: People) -> None:
    secrets = {f"{person.curp} CURP": person.curp.encode() for person in everybody()}
    for holder in people.holders:
        found = secrets_of(holder.person, holder.phone, holder.seen[-1:])
        secrets |= {f"{holder.card.name} {what}": secret for what, secret in found.items()}
    for counter in counters:
        assert_nobody_in(counter.page.evaluate(READ_BACK), secrets)
        counter.context.close()
    node.stop()
    folders = [node.folder, *(counter.profile for counter in counters)]
    assert remains(folders, secrets) == []


def test_a_power_cut_takes_no_scan_whose_verdict_was_left(
    server: LiveServer, node: LiveNode, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    """Whenever in the next scan it comes, without a network; and who does not wait for the disk is found out."""
    chance, text = random.Random(SEED), sample(server, "screenshot")
    expected = Expected(frozenset({"check_identity"}), everybody()[SAMPLED].curp)
    profile = tmp_path / "counter"
    counter = Counter(profile, open_browser, node, disk=Disk(profile))
    counter.connect("Ventanilla 3")
    counter.restart()
    counter.context.set_offline(True)
    kept: list[int] = []
    for _ in range(POWER_CUTS):
        counter.scan(text, expected)
        counter.scan_and_lose_power(text, "check_identity", chance.randrange(LONGEST_LIFE_MS))
        sure, kept = len(kept) + 1, counter.page.evaluate(KEPT)
        assert kept in (list(range(1, sure + 1)), list(range(1, sure + 2)))

    counter.context.add_init_script(RELAX)
    counter.page.reload()
    counter.page.get_by_role("button", name="Teclear").wait_for()
    counter.scan(text, expected)
    assert len(counter.page.evaluate(KEPT)) == len(kept) + 1
    counter.lose_power(is_on_line=False)
    assert counter.page.evaluate(KEPT) == kept
