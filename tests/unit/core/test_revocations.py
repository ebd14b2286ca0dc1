"""Revocations: every shared vector, sets that come back, deltas that add up, and no flipped bit that goes unseen."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amate.core import revocations, rice, trust
from amate.core.revocations import Revocations, RevocationsToken
from amate.core.status_list import LIST_SIZE
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "revocations.json"
FILE: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = FILE["cases"]
KEYS = trust.parse_issuers(json.dumps(FILE["issuers"]).encode()).keys
SOME_TOKEN = RevocationsToken("", 0, 0, 0, 0, "", 0, ())
Lists = list[set[int]]


def opened(raw: bytes) -> Revocations:
    return revocations.open_revocations(raw, expected_sha256=sha256(raw))


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def listed(read: Revocations) -> list[list[int]]:
    return [revocations.revoked_in(read, number).tolist() for number in range(len(read.lists))]


def _raw(asked: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(asked[name])


def _applied(asked: dict[str, Any]) -> str:
    made = revocations.apply_delta(opened(_raw(asked, "file")), _raw(asked, "delta"), expected_sha256=asked["sha256"])
    return made.encoded.hex()


def _agrees(asked: dict[str, Any]) -> None:
    token = SOME_TOKEN._replace(size=asked["size"], lists=asked["lists"])
    revocations.check_agrees(token, opened(_raw(asked, "file")))


def _read(asked: dict[str, Any]) -> dict[str, Any]:
    held = None if asked["held"] is None else SOME_TOKEN._replace(**asked["held"])
    token = revocations.parse_revocations_token(
        asked["token"], keys=KEYS, expected_uri=asked["expected_uri"], held=held
    )
    return token._asdict() | {"deltas": [delta._asdict() for delta in token.deltas]}


CALLS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "rice_parameter": lambda asked: rice.rice_parameter(asked["count"], asked["size"]),
    "pack_revocations": lambda asked: revocations.pack_revocations(asked["lists"]).hex(),
    "open_revocations": lambda asked: listed(
        revocations.open_revocations(_raw(asked, "file"), expected_sha256=asked["sha256"])
    ),
    "is_revoked": lambda asked: revocations.is_revoked(opened(_raw(asked, "file")), asked["index"]),
    "pack_delta": lambda asked: revocations.pack_delta(
        opened(_raw(asked, "earlier")), opened(_raw(asked, "later"))
    ).hex(),
    "apply_delta": _applied,
    "parse_revocations_token": _read,
    "check_agrees": _agrees,
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert CALLS[case["call"]](case["input"]) == case["output"]
    else:
        with pytest.raises(Malformed) as refused:
            CALLS[case["call"]](case["input"])
        assert refused.value.slug == case["expect"]


def indices() -> st.SearchStrategy[set[int]]:
    anywhere = st.integers(0, LIST_SIZE - 1)
    close = st.builds(lambda start, steps: {(start + step) % LIST_SIZE for step in steps}, anywhere, st.sets(near()))
    return st.one_of(st.sets(anywhere, max_size=300), close)


def near() -> st.SearchStrategy[int]:
    return st.integers(0, 2_000)


@given(st.lists(indices(), max_size=4))
def test_sets_come_back_and_membership_is_theirs(lists: Lists) -> None:
    read = opened(revocations.pack_revocations(lists))
    assert listed(read) == [sorted(each) for each in lists]
    for number, each in enumerate(lists):
        asked = {0, LIST_SIZE - 1} | {index + step for index in each for step in (-1, 0, 1)}
        for index in (index for index in asked if 0 <= index < LIST_SIZE):
            assert revocations.is_revoked(read, number * LIST_SIZE + index) == (index in each)


@given(st.lists(st.tuples(indices(), indices()), max_size=4), st.integers(0, 4))
def test_an_earlier_file_and_what_was_added_make_the_later_one(
    pairs: list[tuple[set[int], set[int]]], old: int
) -> None:
    earlier = opened(revocations.pack_revocations([before for before, _ in pairs[:old]]))
    later = opened(revocations.pack_revocations([before | new for before, new in pairs]))
    delta = revocations.pack_delta(earlier, later)
    made = revocations.apply_delta(earlier, delta, expected_sha256=sha256(later.encoded))
    assert made.encoded == later.encoded


@given(st.lists(indices(), min_size=1, max_size=3), st.data())
def test_what_opens_under_a_hash_of_its_own_is_in_its_one_spelling(lists: Lists, data: st.DataObject) -> None:
    raw = bytearray(revocations.pack_revocations(lists))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = opened(bytes(raw))
    except Malformed:
        return
    assert revocations.pack_revocations(listed(read)) == raw


def test_no_flipped_bit_and_no_cut_is_read_under_the_signed_hash() -> None:
    raw = revocations.pack_revocations([{1, 5, 900_000}, set(), set(range(0, 9_000, 90))])
    flipped = (raw[:at] + bytes((raw[at] ^ 1 << bit,)) + raw[at + 1 :] for at in range(len(raw)) for bit in range(8))
    for wrong in (*flipped, *(raw[:size] for size in range(len(raw)))):
        with pytest.raises(Malformed):
            revocations.open_revocations(wrong, expected_sha256=sha256(raw))


@pytest.mark.parametrize("step", [1, 2])
def test_a_list_in_which_all_or_half_are_revoked_is_no_larger_than_its_bits(step: int) -> None:
    every = range(0, LIST_SIZE, step)
    raw = revocations.pack_revocations([every])
    read = opened(raw)
    assert len(raw) <= LIST_SIZE // 8 + 6
    assert all(revocations.is_revoked(read, index) == (index % step == 0) for index in range(0, LIST_SIZE, 997))


@pytest.mark.parametrize(
    "head", ["01 0001 100000", "01 0800" + "100000" * 2048, "02 0800 ffffffff", "02 0800 00000001"]
)
def test_c06_a_head_that_promises_much_takes_no_memory(head: str) -> None:
    raw = bytes.fromhex(head) + bytes(64)
    base = opened(revocations.pack_revocations([]))
    tracemalloc.start()
    with pytest.raises(Malformed):
        opened(raw) if raw[0] == 1 else revocations.apply_delta(base, raw, expected_sha256="")
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 2**20


def test_a_file_of_more_than_its_limit_is_not_read() -> None:
    raw = revocations.pack_revocations([]) + bytes(revocations.MAX_BYTES)
    with pytest.raises(Malformed) as refused:
        opened(raw)
    assert "signed" in refused.value.detail


def test_there_are_no_more_lists_than_two_thousand_and_forty_eight() -> None:
    with pytest.raises(Malformed):
        revocations.pack_revocations([[]] * (revocations.MAX_LISTS + 1))
    assert len(opened(revocations.pack_revocations([[]] * revocations.MAX_LISTS)).lists) == revocations.MAX_LISTS


def test_c06_a_delta_takes_in_no_more_at_once_than_a_device_can_hold() -> None:
    most, lists = revocations.MAX_ADDED, revocations.MAX_LISTS
    empty = opened(revocations.pack_revocations([[], []]))
    full = opened(revocations.pack_revocations([range(LIST_SIZE), [1]]))
    with pytest.raises(Malformed) as refused:
        revocations.pack_delta(empty, full)
    assert "too much" in refused.value.detail
    added = rice.pack_set(np.arange(most + 1), lists * LIST_SIZE)
    delta = b"\2" + lists.to_bytes(2, "big") + (most + 1).to_bytes(4, "big") + added
    with pytest.raises(Malformed) as refused:
        revocations.apply_delta(empty, delta, expected_sha256="")
    assert "too much" in refused.value.detail
