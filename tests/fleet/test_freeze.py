"""Row D02: one timestamp served for ever grows old in view, in both clients, to the second."""

from __future__ import annotations

from pathlib import Path

import pytest

from amate.errors import AmateError
from amate.features.status import actions as status
from amate.features.trust.model import DAY_S
from tests.conftest import NOW
from tests.fleet import browsers, nodes, schedule, year
from tests.fleet.recording import GOOD, Recording
from tests.fleet.schedule import Answer, Scan, Visit

EXPECTED = {  # age of trust in seconds → verdict, what it says of trust (DESIGN §4)
    0: ("valid", []),
    DAY_S - 1: ("valid", []),
    DAY_S + 1: ("valid", ["trust-aging"]),
    7 * DAY_S - 1: ("valid", ["trust-aging"]),
    7 * DAY_S + 1: ("stale", ["trust-stale"]),
    30 * DAY_S - 1: ("stale", ["trust-stale"]),
    30 * DAY_S + 1: ("stale", ["trust-expired"]),
}


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, list[Visit]]:
    """Only status lists are published after the first day; at each age somebody shows a pass of that day."""
    folder = tmp_path_factory.mktemp("frozen")
    visits = []
    with year.deployment(folder, seed=7) as deployment:
        deployment.begin()
        for age in EXPECTED:
            deployment.ctx.now = NOW + age
            status.publish(deployment.ctx)
            deployment.keep(has_status=True)
            deployment.mint()
            recording = deployment.recording
            shown = next(shown for shown in reversed(recording.passes) if shown.kind == GOOD)
            text = schedule.shown_text(shown.raw, deployment.phone, NOW + age)
            visits.append(Visit(0, NOW + age, [Scan(shown, text, NOW + age)]))
    assert len(recording.files["trust/timestamp.json"]) == 1
    return recording, visits


def of_trust(answer: Answer) -> Answer:
    """The verdict, and of its reasons those about trust."""
    verdict, reasons = answer
    return verdict, [reason for reason in reasons if reason.startswith("trust")]


def test_a_node_says_how_old_its_trust_is(
    frozen: tuple[Recording, list[Visit]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, visits = frozen
    clock = nodes.MovedClock(monkeypatch)
    node = nodes.Node(nodes.Server(recording, clock), tmp_path / "pack")
    found, refused = [], []
    for visit in visits:
        clock.now = visit.at
        try:
            node.sync()
        except AmateError:  # python-tuf takes no expired timestamp; the set in force before stays
            refused.append(visit.at - NOW)
        found.append(of_trust(nodes.judge(node, visit.scans[0].text, visit.at)))
    assert found == list(EXPECTED.values())
    assert refused == [age for age in EXPECTED if age > 7 * DAY_S]


def test_a_browser_says_how_old_its_trust_is(frozen: tuple[Recording, list[Visit]], tmp_path: Path) -> None:
    recording, visits = frozen
    with browsers.replay(recording, visits, tmp_path) as replay:
        found = [of_trust(answer) for (answer,) in replay.answers()]
    assert found == list(EXPECTED.values())
