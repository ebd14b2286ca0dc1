"""A verdict where a hundred keys are in force for passes, against one where four are, in both cores.

The same 200 people each time. Of the hundred, four have signed their passes, as in a deployment, where a use has four
keys at a time; and then each of the hundred two, so that hardly one is in the processor's cache when it is asked for.
"""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amate.core import encoding, verdict
from amate.features.entitlement.actions import shipped
from tests.bench.bench_verdict import CLINIC, PEOPLE, presentation
from tests.bench.measure import Row, seconds_each
from tests.live import ROOT
from tests.vectors.generators import _judge, _world
from tests.vectors.generators._material import NOW, made_key

LIMIT = 1.01
FEW, MANY = 4, 100
ROUNDS = 60  # of everybody
TIMER = ROOT / "pwa" / "scripts" / "verdict-times.mjs"
Json = dict[str, Any]


def run() -> list[Row]:
    """Two rows for Python, one for TypeScript."""
    few, many, all_ = deployment(FEW, signing=FEW), deployment(MANY, signing=FEW), deployment(MANY, signing=MANY)
    name = f"verdict, {MANY} keys in force"
    return [
        row(name, python_s(few, many)),
        row(f"{name}, all of them signing", python_s(few, all_)),
        row(f"{name}, TypeScript in Node", typescript_s(few, many)),
    ]


def row(name: str, seconds: list[float]) -> Row:
    """A row, from the seconds with few keys and those with many."""
    few_s, many_s = seconds
    return Row(name, many_s * 1e6, "µs", f"{FEW} keys in force", few_s * 1e6, LIMIT, at_most=True)


def deployment(count: int, *, signing: int) -> Json:
    """So many keys for passes in force, and what everybody shows by those that sign."""
    keys = [made_key(f"pass key {number}") for number in range(count)]
    others = [_world.key_entry(_world.STATUS, ["status"]), _world.key_entry(_world.CREDENTIAL, ["credential"])]
    issuers = _world.issuers(*(_world.key_entry(key, ["pass"]) for key in keys), *others)
    shown = (presentation(number, issuer=keys[number % signing]) for number in range(PEOPLE))
    return {
        "world": _world.world(policy=_world.policy(table=shipped()), issuers=issuers),
        "texts": [encoding.text_from_bytes(each) for each in shown],
    }


def python_s(few: Json, many: Json) -> list[float]:
    """Seconds of a verdict in each, in turn: the first's median, and that with the median of what is added."""
    calls = [judging(few), judging(many)]
    pairs = []
    for number in range(ROUNDS * PEOPLE):
        pair = [0.0, 0.0]
        for place in (0, 1) if number % 2 else (1, 0):  # whoever comes second has the warmer cache
            pair[place] = seconds_each(calls[place], 1)
        pairs.append(pair)
    few_s = statistics.median(a for a, _ in pairs[PEOPLE:])
    return [few_s, few_s + statistics.median(b - a for a, b in pairs[PEOPLE:])]


def judging(made: Json) -> Callable[[], None]:
    """What gives a verdict on the next of the people."""
    world, texts = _judge.ready(made["world"]), itertools.cycle(made["texts"])

    def judge() -> None:
        told = verdict.verdict(next(texts), trust=world.trust, status=world.status, clinic=CLINIC, now=NOW)
        if told.verdict != verdict.VALID:
            raise AssertionError(told.reasons)

    return judge


def typescript_s(few: Json, many: Json) -> list[float]:
    """The same in Node."""
    node = shutil.which("node")
    if node is None:
        raise AssertionError("no node: run `make setup`")
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as folder:
        path = Path(folder) / "deployments.json"
        given = {"now": NOW, "clinic": CLINIC._asdict(), "rounds": ROUNDS, "deployments": [few, many]}
        path.write_text(json.dumps(given))
        command = [node, str(TIMER), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, cwd=ROOT)
    seconds: list[float] = json.loads(done.stdout)
    return seconds
