"""Row D10: who knows that a key is stolen sees no forgery green again, whatever old files come in whatever order.

For 48 hours somebody who has every file that was ever published serves each old timestamp after each other one; and, at
each of several ages, beside a genuine new timestamp, each old file of each other kind in the newest one's place.
"""

from __future__ import annotations

import itertools
import json
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
from amate.features.trust.model import DAY_S, TARGET_NAMES
from tests.conftest import NOW
from tests.fleet import browsers, nodes, schedule, year
from tests.fleet.recording import GOOD, STOLEN, Recording
from tests.fleet.schedule import Answer, Scan, Visit
from tests.fleet.year import THIEF_WAITS, Year

DAYS, ROOT_ON, THEFT_ON = 15, 6, 9
REPLAYED_S = 48 * 3600
AGES = 3  # at which each old file is served, evenly over the hours
KNOWS, FOOLED = 0, 1  # a verifier that was on line since the theft, and one that is on line for the first time
TIMESTAMP = "trust/timestamp.json"
KINDS = (
    *("root.json", "snapshot.json", "targets.json"),
    *("issuers.json", "policy.json", "clinics.json"),
    *("status", "revocations"),
)  # fmt: skip
NEVER_CHANGED = {"policy.json", "clinics.json"}  # of which there is no old one: who holds the newest asks for none
FETCHED_BY_BROWSERS = set(KINDS) - {"revocations"}  # those of device/revocations.ts have tests of their own

Files = dict[str, bytes]


class Replayed(NamedTuple):
    """What was published and then served again, and who was shown the forgery and a good pass meanwhile.

    old: every file of before, by kind; a timestamp's kind is its path
    """

    recording: Recording
    visits: list[Visit]
    old: dict[str, list[bytes]]


def kind_of(path: str) -> str | None:
    """Of what a path is a version; None for what is only found by its hash, in another file."""
    folder, _, name = path.partition("/")
    if folder == "status":
        number = name.rpartition("/")[2]
        return "revocations" if name == "revocations/token" else "status" if number.isdecimal() else None
    kind = name.partition(".")[2]
    return TIMESTAMP if path == TIMESTAMP else kind if kind in KINDS else None


def every_pair(count: int) -> list[int]:
    """Each of so many numbers right after each other one: an Eulerian circuit, with the first one at the end again."""
    left = {one: [other for other in range(count) if other != one] for one in range(count)}
    path, circuit = [0], list[int]()
    while path:
        if left[path[-1]]:
            path.append(left[path[-1]].pop())
        else:
            circuit.append(path.pop())
    return circuit[::-1]


class Serving:
    """Somebody who serves what was genuine when they last looked, or at an instant another file in its place."""

    def __init__(self, there: Year) -> None:
        self.there, self.swapped = there, list[str]()
        self.files = {path: list(versions) for path, versions in there.recording.files.items()}
        self.newest: Files = {}
        self.look()

    def look(self) -> None:
        """See what is published now."""
        seen = Recording()
        seen.take(self.there.ctx.settings.published, 0)
        self.newest = {path: versions[-1][1] for path, versions in seen.files.items()}

    def serve(self, at: int, path: str | None, body: bytes = b"") -> None:
        """From this instant on; None: everything as it is."""
        for each, genuine in self.newest.items():
            kept = self.files.setdefault(each, [])
            wanted = body if each == path else genuine
            if not kept or kept[-1][1] != wanted:
                kept.append((at, wanted))


def publish_again(there: Year, now: int, *, shard: int, is_root_new: bool) -> None:
    """The deployment goes on: another key, new lists, another root at times; who replays old files holds them back."""
    there.ctx.now = now
    if is_root_new:
        there.rotate_root("Newer")
        there.ctx.now = now
    there.stage("credential", shard)
    trust.publish(there.ctx)
    status.publish(there.ctx)


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
        passes = there.recording.passes
        shown = [next(one for one in reversed(passes) if one.kind == kind) for kind in (STOLEN, GOOD)]
        theft = next(one for one in passes if one.kind == STOLEN and one.made_at == NOW + THEFT_ON * DAY_S)
        early = [Scan(theft, schedule.shown_text(theft.raw, there.phone, theft.made_at), theft.made_at)] * 2
        visits = [Visit(KNOWS, theft.made_at, early)]

        def visit(verifier: int, at: int, *, is_refused: bool = True) -> None:
            scans = [Scan(one, schedule.shown_text(one.raw, there.phone, at), at) for one in shown]
            visits.append(Visit(verifier, at, scans, is_refused=is_refused))

        visit(KNOWS, known_at, is_refused=False)
        serving = Serving(there)
        old: dict[str, list[bytes]] = defaultdict(list)
        for path, versions in serving.files.items():
            kind = kind_of(path)
            if kind:
                old[kind] += [body for _, body in versions if body != serving.newest[path] or kind != TIMESTAMP]
        before = [body for at, body in serving.files[TIMESTAMP] if at < NOW + (THEFT_ON + THIEF_WAITS) * DAY_S]
        serving.serve(known_at + 1, TIMESTAMP, before[-1])
        visit(FOOLED, known_at + 1)
        pairs = [old[TIMESTAMP][number] for number in every_pair(len(old[TIMESTAMP]))]
        window = REPLAYED_S // AGES
        for age in range(AGES):
            begins = known_at + 2 + age * window
            publish_again(there, begins, shard=age, is_root_new=age == 1)
            share = len(pairs) // AGES + 1
            serving.look()
            roots = list(others(serving.newest, old, ("root.json",))) if age == 1 else []
            tries = [*roots, *((TIMESTAMP, body) for body in pairs[age * share : (age + 1) * share + 1])]
            tries += others(serving.newest, old, KINDS[1:])
            for number, (place, body) in enumerate(tries):
                at = begins + 1 + number * (window - 10) // len(tries)
                serving.serve(at, place, body)
                visit(KNOWS, at)
            serving.serve(begins + window - 2, None)
            visit(KNOWS, begins + window - 2, is_refused=False)
        return Replayed(replace(there.recording, files=serving.files), visits, old)


def others(newest: Files, old: dict[str, list[bytes]], kinds: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Each old file of these kinds in the place of the newest of its kind, in the order in which a client reads."""
    for kind in kinds:
        places = [path for path in newest if kind_of(path) == kind and path != "trust/root.json"]
        place = max(places, key=version_of)
        if kind in TARGET_NAMES:
            listed = json.loads(newest[max(newest, key=lambda path: path.endswith(".targets.json") * version_of(path))])
            place = f"trust/targets/{listed['signed']['targets'][kind]['hashes']['sha256']}.{kind}"
        yield from ((place, body) for body in dict.fromkeys(old[kind]) if body != newest[place])


def version_of(path: str) -> int:
    """The number that its name begins with; 0 where it has none."""
    begins = path.rpartition("/")[2].partition(".")[0]
    return int(begins) if begins.isdecimal() else 0


def check_served(replayed: Replayed, asked: list[tuple[str, int]], kinds: set[str]) -> None:
    """Who asked was given each old timestamp after each other one, and every old file of each kind at each age."""
    begins = replayed.visits[2].at
    given = defaultdict(list)
    for path, at in dict.fromkeys(asked):
        body = replayed.recording.at(path, at)
        if at > begins and body is not None:
            given[kind_of(path)].append((at, body))
    timestamps = [body for _, body in sorted(given[TIMESTAMP])]
    pairs = set(itertools.pairwise(timestamps))
    assert len(replayed.old[TIMESTAMP]) >= 15
    assert set(itertools.permutations(replayed.old[TIMESTAMP], 2)) <= pairs
    for kind in kinds:
        ages = defaultdict(set)
        for at, body in given[kind]:
            ages[body].add((at - begins) * AGES // REPLAYED_S)
        wanted = 1 if kind == "root.json" else AGES
        few = [body for body in replayed.old[kind] if len(ages[body]) < wanted]
        assert few == [], f"{kind}: {len(few)} of {len(replayed.old[kind])} old files were not served"


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


def _check(answers: list[list[Answer]], *, good: set[str]) -> None:
    """Green at the theft, then red and the good pass as it may be; who knew nothing shows what the old files can do."""
    at_the_theft, known, fooled, *rest = answers
    assert [verdict for verdict, _ in at_the_theft] == ["valid", "valid"]
    assert [verdict for verdict, _ in known] == ["not_valid", "valid"]
    assert fooled[0][0] == "valid", "the old files are whole: who is told nothing else believes them"
    assert Counter(verdict for (verdict, _), _ in rest) == {"not_valid": len(rest)}
    assert {verdict for _, (verdict, _) in rest} == good


def test_a_node_that_knows_is_never_green_again(
    replayed: Replayed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = nodes.MovedClock(monkeypatch)
    nodes.remember_signatures(monkeypatch)
    servers = {number: nodes.Server(replayed.recording, clock) for number in (KNOWS, FOOLED)}
    whole: dict[int, nodes.Verifier] = {
        number: nodes.Node(server, tmp_path / str(number)) for number, server in servers.items()
    }
    _check(_answers_of_nodes(replayed.visits, clock, whole), good={"valid"})
    check_served(replayed, servers[KNOWS].asked, set(KINDS) - NEVER_CHANGED)


def test_a_browser_that_knows_is_never_green_again(replayed: Replayed, tmp_path: Path) -> None:
    with browsers.replay(replayed.recording, replayed.visits, tmp_path) as replay:
        # A browser of this harness takes a status list of any age; a person's keeps the newest (device/sync.ts).
        _check(replay.answers(), good={"valid", "stale"})
        check_served(replayed, replay.asked(), FETCHED_BY_BROWSERS - NEVER_CHANGED)
