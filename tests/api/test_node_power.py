"""A power cut costs a clinic's node nothing that it has answered: killed while it works, cut in all that it wrote."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import threading
import time
import urllib.error
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from amate.config import Settings
from amate.features.verification.node import enrolling, store
from amate.features.verification.node.model import Enrolment
from tests.api.live_nodes import RECEIPTS, sealed
from tests.api.nodes import NAMES, NOBODY, SoftNode, ask
from tests.conftest import NOW, Clock
from tests.live_nodes import CLUES, LiveCounter, LiveNode

pytestmark = pytest.mark.embedded
ROUNDS = 5
WAL_HEADER, FRAME_HEADER = 32, 24  # sqlite.org/fileformat2.html, "The Write-Ahead Log"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveNode]:
    """A node whose centre does not answer: nothing it holds leaves."""
    folder = tmp_path / "node"
    folder.mkdir()
    enrolment = Enrolment(NOBODY, CLUES, NAMES[0], NAMES, NOW)
    enrolling.settle(folder, enrolment, "amate_token", now=int(time.time()))  # noqa: TID251
    node = LiveNode(folder)
    node.start()
    yield node
    node.stop()


def held(folder: Path) -> list[int]:
    """The receipts in a node's database, in order of arrival."""
    with sqlite3.connect(folder / store.FILE) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute("SELECT id FROM held_receipt ORDER BY arrived").fetchall()
    database.close()
    return [int(row[0], 16) for row in rows]


def post_until_cut(browser: LiveCounter, numbers: Iterator[int], acknowledged: list[int]) -> None:
    while True:
        batch = [next(numbers) for _ in range(3)]
        try:
            status, said = browser.ask("POST", RECEIPTS, sealed(*batch))
        except (urllib.error.URLError, HTTPException, OSError, ValueError):
            return
        assert status == 200, said
        acknowledged += [int(each["id"], 16) for each in said["receipts"]]


def test_killed_at_any_moment_it_has_every_receipt_that_it_acknowledged_once(live: LiveNode) -> None:
    browser, numbers = live.counter(), itertools.count(1)
    browser.enter("Ventanilla 1")
    acknowledged: list[int] = []
    for turn in range(ROUNDS):
        before = len(acknowledged)
        posting = threading.Thread(target=post_until_cut, args=(browser, numbers, acknowledged))
        posting.start()
        while len(acknowledged) < before + 10:
            time.sleep(0.01)
        time.sleep(0.037 * turn)
        live.kill()
        posting.join()
        live.start()
        found = held(live.folder)
        assert len(found) == len(set(found))
        assert set(acknowledged) - set(found) == set()
        for at in range(0, len(acknowledged), 40):
            status, said = browser.ask("POST", RECEIPTS, sealed(*acknowledged[at : at + 40]))
            assert (status, {each["state"] for each in said["receipts"]}) == (200, {"known"}), "the session lives on"
    assert len(acknowledged) >= 10 * ROUNDS


def test_a_disk_that_has_only_a_part_of_what_was_written_has_the_first_of_it(
    tmp_path: Path, settings: Settings, clock: Clock
) -> None:
    """Cut at every frame of the log and within each, nothing, zeros or rubbish after it: in order, never corrupt."""
    (tmp_path / "pack").mkdir()
    node = SoftNode(tmp_path / "pack", settings, clock)
    browser, log = node.counter(), tmp_path / "pack" / "node.db-wal"
    acknowledged = []  # how long the log was when each receipt was acknowledged
    for number in range(1, 31):
        assert ask(browser, "POST", RECEIPTS, sealed(number)).status_code == 200
        acknowledged.append(log.stat().st_size)
    database, written = (tmp_path / "pack" / "node.db").read_bytes(), log.read_bytes()
    node.close()
    page = int.from_bytes(written[8:12])
    frame = FRAME_HEADER + page
    assert (len(written) - WAL_HEADER) % frame == 0
    ends = range(WAL_HEADER, len(written) + 1, frame)
    cuts = [0, 7, *ends, *(end + at for end in ends[:-1] for at in (FRAME_HEADER - 3, FRAME_HEADER + page // 2))]
    assert len(ends) > 60
    for cut in cuts:
        for after in (b"", bytes(page), b"\xa5" * page):
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            copy.mkdir()
            (copy / "node.db").write_bytes(database)
            (copy / "node.db-wal").write_bytes(written[:cut] + after)
            found = found_in(copy)
            assert found == list(range(1, len(found) + 1)), cut
            assert len(found) >= sum(size <= cut for size in acknowledged), cut
    assert len(found_in_whole(tmp_path, database, written)) == 30


def found_in(copy: Path) -> list[int]:
    """What a node finds there when it starts again."""
    store.open_store(copy).dispose()
    return held(copy)


def found_in_whole(tmp_path: Path, database: bytes, written: bytes) -> list[int]:
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "node.db").write_bytes(database)
    (whole / "node.db-wal").write_bytes(written)
    return found_in(whole)
