"""Python and TypeScript give the same verdict, for the same reasons, on 20,000 passes nobody would issue."""

from __future__ import annotations

import gc
import json
import os
import statistics
import time
from collections import Counter
from typing import Any

import pytest

from tests.vectors.generators import _judge

from . import mutate
from .twin import ROOT, differing

VECTORS = ROOT / "tests" / "vectors" / "verdict.json"
SLOWEST_S = 0.005
COUNT = int(os.environ.get("AMATE_DIFFERENTIAL_COUNT", str(mutate.COUNT)))

Line = dict[str, Any]


@pytest.fixture(scope="module")
def worlds() -> dict[str, _judge.World]:
    described = json.loads(VECTORS.read_text(encoding="utf-8"))["worlds"]
    return {name: _judge.ready(one) for name, one in described.items()}


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return list(mutate.lines(COUNT))


@pytest.fixture(scope="module")
def answers(lines: list[Line], worlds: dict[str, _judge.World]) -> list[tuple[Line, float]]:
    gc.freeze()  # the lines themselves are not part of what is timed
    return [_timed(worlds, line) for line in lines]


def _timed(worlds: dict[str, _judge.World], line: Line) -> tuple[Line, float]:
    started = time.thread_time()  # of this thread alone: the machine may have other work
    made = _judge.judge(worlds[line["world"]], line, line["now"])
    lasted_s = time.thread_time() - started
    return {"verdict": made.verdict, "reasons": list(made.reasons), "status_age_s": made.status_age_s}, lasted_s


def test_the_lines_are_the_same_every_time(lines: list[Line]) -> None:
    assert list(mutate.lines(60)) == lines[:60]


def test_every_line_has_a_verdict_and_the_mutations_reach_far(answers: list[tuple[Line, float]]) -> None:
    words = Counter(answer["verdict"] for answer, _ in answers)
    reasons = {reason for answer, _ in answers for reason in answer["reasons"]}
    assert set(words) == {"valid", "check_identity", "stale", "not_valid", "not_a_pass"}
    assert len(reasons) >= 20


def test_the_slowest_verdict_takes_less_than_five_milliseconds(
    lines: list[Line], answers: list[tuple[Line, float]], worlds: dict[str, _judge.World]
) -> None:
    slowest = sorted(range(len(lines)), key=lambda at: answers[at][1])[-5:]
    medians = [statistics.median(_timed(worlds, lines[at])[1] for _ in range(3)) for at in slowest]
    assert max(medians) < SLOWEST_S


def test_typescript_answers_alike(lines: list[Line], answers: list[tuple[Line, float]]) -> None:
    ours = [answer for answer, _ in answers]
    assert differing("verdict-cli.mjs", VECTORS, asked=lines, ours=ours) == []
