"""Rows D10, D11: a year of rotations, a new root and a stolen key, and not one verifier of 200 is wrong about a pass.

100 nodes (python-tuf) and 100 browsers (core/tuf-client.ts) are off line for 0 to 7 days at a time; node n and
browser n synchronise at the same instants and are shown the same codes, so that they must also say the same.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from amate.config import CHECKOUT
from amate.features.trust import actions as trust
from amate.features.trust import key_policy
from tests.fleet import browsers, nodes, schedule, year
from tests.fleet.recording import GOOD, NOT_YET, PAST, POST_DATED, STOLEN, UNLISTED, Recording
from tests.fleet.schedule import Answer, Visit

SEED = 20261128
PAIRS = 100
WHOLE_NODES = 2  # that do all that a node does, beside the light ones


class Fleet(NamedTuple):
    """What happened, and what each verifier said of it, visit by visit."""

    recording: Recording
    visits: list[Visit]
    of_nodes: list[list[Answer]]
    of_browsers: list[list[Answer]]
    of_whole_nodes: list[list[Answer]]
    keys: Counter[tuple[str, str]]  # how many issuer keys there are in the end, by use and state


def live(folder: Path, *, pairs: int, whole: int, **settings: Path) -> Fleet:
    """A year, and the fleet that lives through it."""
    chance = random.Random(SEED)
    with year.deployment(folder, seed=SEED, **settings) as deployment:
        if settings:
            deployment.activated_on = year.HASTE
            recording = deployment.live(months=2, root_on=0, theft_on=0)
        else:
            recording = deployment.live()
        keys = Counter((key.use, key.state) for key in trust.list_keys(deployment.ctx))
    visits = list(schedule.visits(recording, deployment.phone, verifiers=pairs, chance=chance))
    few = [visit for visit in visits if visit.verifier < whole]
    with browsers.replay(recording, visits, folder) as replay, pytest.MonkeyPatch.context() as patch:
        clock = nodes.MovedClock(patch)
        nodes.remember_signatures(patch)
        server = nodes.Server(recording, clock)
        light = {number: nodes.LightNode(server) for number in range(pairs)}
        heavy = {number: nodes.Node(server, folder / f"pack-{number}") for number in range(whole)}
        of_nodes = list(nodes.answers(visits, clock, light))
        of_whole_nodes = list(nodes.answers(few, clock, heavy))
        return Fleet(recording, visits, of_nodes, replay.answers(), of_whole_nodes, keys)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return live(tmp_path_factory.mktemp("fleet"), pairs=PAIRS, whole=WHOLE_NODES)


def faults(fleet: Fleet, answers: list[list[Answer]]) -> Counter[str]:
    """What is wrong with what a half of the fleet said, and how often."""
    found = (
        schedule.fault_of(fleet.recording, visit, scan, answer)
        for visit, given in zip(fleet.visits, answers, strict=True)
        for scan, answer in zip(visit.scans, given, strict=True)
    )
    return Counter(fault for fault in found if fault is not None)


def told(fleet: Fleet) -> Iterator[tuple[str, bool, str]]:
    """Of each scan by a node: what the pass is, whether the node could know that it is bad, and the verdict."""
    for visit, given in zip(fleet.visits, fleet.of_nodes, strict=True):
        for scan, (verdict, _) in zip(visit.scans, given, strict=True):
            since = fleet.recording.refused_from(scan.shown)
            yield scan.shown.kind, since is not None and since <= visit.at, verdict


def test_no_node_refuses_a_good_pass_or_accepts_a_bad_one(fleet: Fleet) -> None:
    assert faults(fleet, fleet.of_nodes) == {}


def test_no_browser_refuses_a_good_pass_or_accepts_a_bad_one(fleet: Fleet) -> None:
    assert faults(fleet, fleet.of_browsers) == {}


def test_both_clients_say_the_same(fleet: Fleet) -> None:
    assert fleet.of_nodes == fleet.of_browsers


def test_a_whole_node_says_what_a_light_one_says(fleet: Fleet) -> None:
    assert fleet.of_whole_nodes == fleet.of_nodes[: len(fleet.of_whole_nodes)]
    assert len(fleet.of_whole_nodes) > 100


def test_much_has_happened(fleet: Fleet) -> None:
    """Twelve rotations of four keys side by side, beside the first four; one stolen, and more than one new root."""
    by_state = {state: count for (use, state), count in fleet.keys.items() if use == "pass"}
    assert sum(by_state.values()) == (1 + 12) * 4
    assert by_state["revoked"] == 1
    assert by_state["retired"] >= 10 * 4
    assert "trust/3.root.json" in fleet.recording.files
    assert len(fleet.visits) > PAIRS * 100


def test_every_kind_of_pass_was_shown_and_the_thief_had_his_days(fleet: Fleet) -> None:
    seen = Counter(told(fleet))
    assert {kind for kind, _, _ in seen} == {GOOD, NOT_YET, PAST, POST_DATED, STOLEN, UNLISTED}
    assert seen[GOOD, False, "valid"] > PAIRS * 90
    assert seen[STOLEN, False, "valid"] > 0, "who has not synchronised since cannot know"
    assert seen[STOLEN, True, "not_valid"] > PAIRS
    assert seen[GOOD, True, "not_valid"] > 0, "what the stolen key had signed honestly is distrusted with it"
    assert seen[PAST, True, "not_valid"] > PAIRS


def test_without_the_lead_good_passes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule earns its place (Ramzor, October 2021): with a lead of one day the fleet finds out."""
    monkeypatch.setattr(key_policy, "BOUNDS", ())  # which ask for as many days as one may be off line, twice
    keys = tmp_path / "keys"
    shutil.copytree(CHECKOUT / "keys", keys)
    policy = (keys / "policy.toml").read_text()
    (keys / "policy.toml").write_text(policy.replace("\nlead = 14\n", "\nlead = 1\n", 1))
    hasty = live(tmp_path, pairs=60, whole=0, keys_dir=keys)
    for answers in (hasty.of_nodes, hasty.of_browsers):
        assert faults(hasty, answers)["good one refused: ['unknown-issuer']"] > 0
