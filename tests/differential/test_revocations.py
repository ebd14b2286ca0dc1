"""Python and TypeScript read the same of 6,000 files of revocations that nobody would publish, or refuse them alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from amate.core import revocations
from amate.errors import Malformed

from . import mutate_revocations
from .twin import differing

Line = dict[str, Any]


def outcome(ask: Callable[[], Any]) -> Any:
    """What is said, or the slug of the refusal."""
    try:
        return ask()
    except Malformed as refused:
        return refused.slug


def answer(line: Line) -> Line:
    """What is in the file, whether those asked about are revoked, and what the delta leads to."""
    file, delta = bytes.fromhex(line["file"]), bytes.fromhex(line["delta"])
    try:
        read = revocations.open_revocations(file, expected_sha256=line["sha256"])
    except Malformed as refused:
        return {"refused": refused.slug}

    def later() -> str:
        return revocations.apply_delta(read, delta, expected_sha256=line["later_sha256"]).encoded.hex()

    return {
        "lists": [revocations.revoked_in(read, number).tolist() for number in range(len(read.lists))],
        "revoked": [outcome(partial(revocations.is_revoked, read, index)) for index in line["asked"]],
        "later": outcome(later),
    }


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return list(mutate_revocations.lines())


@pytest.fixture(scope="module")
def answers(lines: list[Line]) -> list[Line]:
    return [answer(line) for line in lines]


def test_what_is_read_is_spelled_as_it_would_be_written(lines: list[Line], answers: list[Line]) -> None:
    read = [(line["file"], each["lists"]) for line, each in zip(lines, answers, strict=True) if "lists" in each]
    assert all(revocations.pack_revocations(lists).hex() == file for file, lists in read)
    assert len(read) > len(lines) / 5


def test_the_mutations_reach_far(answers: list[Line]) -> None:
    said = [word for each in answers for word in each.get("revoked", [])]
    assert {str(word) for word in said} == {"True", "False", "status-out-of-range"}
    assert sum("refused" in each for each in answers) > len(answers) / 5
    later = [each["later"] for each in answers if "later" in each]
    assert min(later.count("malformed"), len(later) - later.count("malformed")) > len(later) / 20


def test_typescript_answers_alike(lines: list[Line], answers: list[Line]) -> None:
    assert differing("revocations-cli.mjs", asked=lines, ours=answers) == []
