"""Row D10: who knows that a key is stolen sees no forgery green again, whatever old files come in whatever order."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from tuf.api.exceptions import RepositoryError

from amate.errors import AmateError
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S
from tests.conftest import NOW
from tests.fleet import browsers, nodes, schedule, year
from tests.fleet.recording import GOOD, STOLEN, Recording
from tests.fleet.schedule import Answer, Scan, Visit
from tests.fleet.year import THIEF_WAITS

DAYS, ROOT_ON, THEFT_ON = 15, 6, 9
REPLAYED_S = 48 * 3600
OLD_TIMESTAMPS = 5  # in all their orders
KNOWS, FOOLED = 0, 1  # a verifier that was on line since the theft, and one that is on line for the first time
TIMESTAMP = "trust/timestamp.json"


class Replayed(NamedTuple):
    """What was published and then served again, and who was shown the forgery and a good pass meanwhile."""

    recording: Recording
    visits: list[Visit]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """A theft and its end, and then 48 hours of somebody who has every file that was ever published."""
    with year.deployment(tmp_path_factory.mktemp("replayed"), seed=9) as there:
        there.begin()
        for day in range(1, DAYS + 1):
            there.ctx.now = NOW + day * DAY_S
            there.change(day, root_on=ROOT_ON, theft_on=THEFT_ON)
            trust.publish(there.ctx)
            status.publish(there.ctx)
            there.keep(has_status=True)
            there.mint()
        known_at = there.ctx.now
        recording = replace(there.recording, files=dict(there.recording.files))
        shown = [next(one for one in reversed(recording.passes) if one.kind == kind) for kind in (STOLEN, GOOD)]
        thefts = [one for one in recording.passes if one.kind == STOLEN and one.made_at == NOW + THEFT_ON * DAY_S]

        def visit(verifier: int, at: int, *, is_refused: bool = True) -> Visit:
            scans = [Scan(one, schedule.shown_text(one.raw, there.phone, at), at) for one in shown]
            return Visit(verifier, at, scans, is_refused=is_refused)

        stolen_at = thefts[0].made_at
        early = [Scan(thefts[0], schedule.shown_text(thefts[0].raw, there.phone, stolen_at), stolen_at)] * 2
        visits = [Visit(KNOWS, stolen_at, early), visit(KNOWS, known_at, is_refused=False)]
        before = _before_the_distrust(recording, NOW + (THEFT_ON + THIEF_WAITS) * DAY_S)
        for at, files in zip(_instants(known_at), _mixtures(recording, before), strict=True):
            for path, body in files.items():
                recording.files[path] = [*recording.files[path], (at, body)]
            visits.append(visit(KNOWS, at))
        last = visits[-1].at + 1
        for path, versions in there.recording.files.items():  # each file in its own place again
            recording.files[path] = [*recording.files[path], (last, versions[-1][1])]
        recording.files[TIMESTAMP][-1] = (last, before[-1])
        visits.append(visit(FOOLED, last))
    return Replayed(recording, visits)


def _before_the_distrust(recording: Recording, instant: int) -> list[bytes]:
    return [body for at, body in recording.files[TIMESTAMP] if at < instant][-OLD_TIMESTAMPS:]


def _tries() -> int:
    return sum(len(order) for order in itertools.permutations(range(OLD_TIMESTAMPS)))


def _instants(begins: int) -> Iterator[int]:
    """Of each try, over the hours of the replay."""
    return (begins + 3600 + number * (REPLAYED_S - 3600) // _tries() for number in range(_tries()))


def _mixtures(recording: Recording, timestamps: list[bytes]) -> Iterator[dict[str, bytes]]:
    """At each try an old timestamp, in every order; beside it each other file as it is, or an older one of its kind."""
    chance = random.Random(48)
    newest = {path: versions[-1][1] for path, versions in sorted(recording.files.items()) if path.startswith("trust/")}
    kinds = defaultdict(list)
    for path in newest:
        kinds[path.partition(".")[2]].append(path)
    before: dict[str, bytes] = {}
    for timestamp in itertools.chain.from_iterable(itertools.permutations(timestamps)):
        swapped = {
            path: newest[chance.choice(kinds[path.partition(".")[2]])]
            for path in newest
            if path != TIMESTAMP and chance.random() < 0.25
        }
        now = {TIMESTAMP: newest[TIMESTAMP] if chance.random() < 0.2 else timestamp} | swapped
        yield {path: newest[path] for path in before if path not in now} | now
        before = now


def _answers_of_nodes(
    visits: list[Visit], clock: nodes.MovedClock, made: dict[int, nodes.Verifier]
) -> list[list[Answer]]:
    given = []
    for visit in visits:
        clock.now = visit.at
        try:
            made[visit.verifier].sync()
        except (AmateError, RepositoryError):
            assert visit.is_refused
        given.append([nodes.judge(made[visit.verifier], scan.text, scan.now) for scan in visit.scans])
    return given


def _check(answers: list[list[Answer]]) -> None:
    """Green at the theft, then red and the good pass green; whoever knew nothing shows what the old files can do."""
    at_the_theft, *rest, fooled = answers
    assert [verdict for verdict, _ in at_the_theft] == ["valid", "valid"]
    assert Counter(verdict for (verdict, _), _ in rest) == {"not_valid": 1 + _tries()}
    assert Counter(verdict for _, (verdict, _) in rest) == {"valid": 1 + _tries()}
    assert fooled[0][0] == "valid", "the old files are whole: who is told nothing else believes them"


def test_a_node_that_knows_is_never_green_again(
    replayed: Replayed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = nodes.MovedClock(monkeypatch)
    nodes.remember_signatures(monkeypatch)
    server = nodes.Server(replayed.recording, clock)
    whole: dict[int, nodes.Verifier] = {
        number: nodes.Node(server, tmp_path / str(number)) for number in (KNOWS, FOOLED)
    }
    _check(_answers_of_nodes(replayed.visits, clock, whole))


def test_a_browser_that_knows_is_never_green_again(replayed: Replayed, tmp_path: Path) -> None:
    with browsers.replay(replayed.recording, replayed.visits, tmp_path) as replay:
        _check(replay.answers())
