"""What the counters of a node tell each other of what was shown: as tags, in one size, for ten minutes, in memory."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from amate.features.verification.node import actions, sightings
from amate.features.verification.node.sightings import HEARD_SLOTS, MAX_OF_ONE, NO_AGE, REMEMBER_S, SENT_SLOTS
from tests.api.nodes import SoftNode, ask
from tests.api.test_node_counters import node
from tests.conftest import Clock
from tests.house.test_house import ROOT

__all__ = ["node"]
pytestmark = pytest.mark.embedded
SIGHTINGS = "/api/v1/verifications/sightings"
NOTHING = "0" * 16
FILLER = bytes(16), NO_AGE
Told = list[tuple[bytes, int]]


def tag(number: int) -> bytes:
    return number.to_bytes(16, "big")


def slot(of: bytes, age: int) -> str:
    return base64.urlsafe_b64encode(of + age.to_bytes(2, "big")).decode()


def body_of(seen: Sequence[tuple[bytes, int]] = (), after: str = NOTHING) -> dict[str, Any]:
    slots = [slot(*each) for each in (*seen, *[FILLER] * (SENT_SLOTS - len(seen)))]
    return {"after": after, "sightings": slots}


def exchange(browser: FlaskClient, *seen: tuple[bytes, int], after: str = NOTHING) -> dict[str, Any]:
    answer = ask(browser, "POST", SIGHTINGS, body_of(seen, after))
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json
    return said


def heard(said: dict[str, Any]) -> Told:
    slots = [base64.urlsafe_b64decode(each) for each in said["sightings"]]
    return [(raw[:16], age) for raw in slots if (age := int.from_bytes(raw[16:], "big")) != NO_AGE]


def test_a_counter_hears_what_the_others_saw_and_not_what_it_saw_itself(node: SoftNode, clock: Clock) -> None:
    one, two, three = (node.counter(f"Ventanilla {number}") for number in (1, 2, 3))
    assert heard(exchange(one, (tag(1), 3), (tag(2), 0))) == []
    clock.now += 5
    told = exchange(two, (tag(3), 1))
    assert heard(told) == [(tag(1), 8), (tag(2), 5)]
    assert heard(exchange(one)) == [(tag(3), 1)]
    assert heard(exchange(two, after=told["last"])) == [], "once is enough"
    exchange(three, (tag(1), 0))
    assert heard(exchange(two, after=told["last"])) == [(tag(1), 0)]
    assert heard(exchange(two)) == [(tag(1), 8), (tag(2), 5), (tag(1), 0)], "one that was started anew hears it all"


def test_what_is_told_twice_is_seen_once_and_what_is_shown_again_is_newer(node: SoftNode, clock: Clock) -> None:
    one, two = node.counter(), node.counter("Ventanilla 2")
    exchange(one, (tag(1), 3))
    last = exchange(two)["last"]
    clock.now += 5
    exchange(one, (tag(1), 8))  # the answer before was lost
    assert heard(exchange(two, after=last)) == []
    exchange(one, (tag(1), 2))
    assert heard(exchange(two, after=last)) == [(tag(1), 2)]


def test_question_and_answer_are_of_one_size_whatever_was_scanned(node: SoftNode) -> None:
    one, two = node.counter(), node.counter("Ventanilla 2")
    sizes = {len(ask(two, "POST", SIGHTINGS, body_of()).data)}
    for number in range(10):
        exchange(one, *((tag(16 * number + each), 0) for each in range(16)))
        sizes.add(len(ask(two, "POST", SIGHTINGS, body_of()).data))
    assert len(sizes) == 1
    fillers = exchange(node.counter("Ventanilla 3"))["sightings"] + exchange(one)["sightings"]
    assert len(set(fillers)) == 2 * HEARD_SLOTS, "no filler is like another"


def test_what_has_no_room_comes_with_the_next_answers(node: SoftNode) -> None:
    one, two = node.counter(), node.counter("Ventanilla 2")
    for number in range(9):
        exchange(one, *((tag(16 * number + each), 0) for each in range(16)))
    told, last = [], NOTHING
    for many in (64, 64, 16, 0):
        said = exchange(two, after=last)
        assert len(heard(said)) == many
        told += [each for each, _age in heard(said)]
        last = said["last"]
    assert told == [tag(number) for number in range(144)]


def test_it_is_forgotten_after_ten_minutes_as_a_counter_forgets_its_own(node: SoftNode, clock: Clock) -> None:
    one, two = node.counter(), node.counter("Ventanilla 2")
    exchange(one, (tag(1), REMEMBER_S), (tag(2), REMEMBER_S + 1), (tag(3), 0))
    assert heard(exchange(two)) == [(tag(1), REMEMBER_S), (tag(3), 0)]
    clock.now += REMEMBER_S
    assert heard(exchange(two)) == [(tag(3), REMEMBER_S)]
    clock.now += 1
    assert heard(exchange(two)) == []
    assert node.app.extensions["amate.sightings"]._seen == {}


def test_of_one_counter_so_many_are_kept_and_no_other_loses_any_by_it(node: SoftNode) -> None:
    one, two, three = (node.counter(f"Ventanilla {number}") for number in (1, 2, 3))
    exchange(two, (tag(10**6), 0))
    for number in range(MAX_OF_ONE // SENT_SLOTS + 1):
        exchange(one, *((tag(16 * number + each), 0) for each in range(16)))
    kept, last = [], NOTHING
    while found := heard(said := exchange(three, after=last)):
        kept, last = kept + [each for each, _age in found], said["last"]
    assert kept == [tag(10**6), *(tag(number) for number in range(16, MAX_OF_ONE + 16))]


def test_a_node_that_was_restarted_has_forgotten_it_and_tells_all_that_is_new(node: SoftNode) -> None:
    one, two = node.counter(), node.counter("Ventanilla 2")
    kept = b"seen by a counter"[:16]
    exchange(one, (kept, 0))
    before = exchange(two)
    assert heard(before) == [(kept, 0)]
    assert kept not in b"".join(path.read_bytes() for path in node.folder.glob("node.db*"))
    again = SoftNode(node.folder, node.settings, node.clock)
    one, two = again.counter("Ventanilla 3"), again.counter("Ventanilla 4")
    exchange(one, (tag(2), 0))
    after = exchange(two, after=before["last"])
    assert heard(after) == [(tag(2), 0)]
    assert set(after["keys"]) & set(before["keys"]) == set()
    again.close()


def test_the_key_for_people_is_one_for_all_counters_and_renewed_each_day_with_the_one_before(
    node: SoftNode, clock: Clock
) -> None:
    one, two = node.counter(), node.counter("Ventanilla 2")
    first, older = exchange(one)["keys"]
    assert exchange(two)["keys"] == [first, older]
    assert (len(base64.urlsafe_b64decode(f"{first}=")), first == older) == (32, False)
    clock.now += 86_399
    assert exchange(one)["keys"] == [first, older]
    clock.now += 1
    second, before = exchange(one)["keys"]
    assert (before, second in (first, older)) == (first, False)
    assert exchange(two)["keys"] == [second, first]


def test_only_a_counter_that_is_in_force_exchanges(node: SoftNode) -> None:
    lost, other = node.counter("Tableta"), node.counter()
    exchange(lost, (tag(1), 0))
    with node.at_terminal() as ctx:
        actions.withdraw_counter(ctx, "Tableta")
    (node.folder / "access-token").write_text("only this clinic\n")
    for browser, token in (
        (lost, {}),
        (node.browser(), {}),
        (node.browser(), {"Authorization": "Bearer only this clinic"}),
    ):
        answer = ask(browser, "POST", SIGHTINGS, body_of(), **token)
        assert (answer.status_code, answer.json["type"]) == (401, "/problems/not-logged-in")
        assert answer.content_type == "application/problem+json"
    crossed = ask(other, "POST", SIGHTINGS, body_of(), Origin="https://elsewhere.example")
    assert (crossed.status_code, crossed.json["type"]) == (403, "/problems/cross-origin")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"after": "0" * 15}, "after"),
        ({"after": "G" * 16}, "after"),
        ({"after": 5}, "after"),
        ({"after": None}, "after"),
        ({"sightings": []}, "sightings"),
        ({"sightings": [slot(*FILLER)] * 15}, "sightings"),
        ({"sightings": [slot(*FILLER)] * 17}, "sightings"),
        ({"sightings": "x" * 24}, "sightings"),
        ({"sightings": [*[slot(*FILLER)] * 15, "x" * 23]}, "sightings.15"),
        ({"sightings": [*[slot(*FILLER)] * 15, "+" * 24]}, "sightings.15"),
        ({"sightings": [*[slot(*FILLER)] * 15, "x" * 24 + "\n"]}, "sightings.15"),
        ({"sightings": [*[slot(*FILLER)] * 15, None]}, "sightings.15"),
        ({"curp": "HEGG560427MVZRRL04"}, "curp"),
    ],
)
def test_what_is_no_exchange_is_refused(node: SoftNode, changed: dict[str, Any], where: str) -> None:
    answer = ask(node.counter(), "POST", SIGHTINGS, body_of() | changed)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert [each["where"] for each in answer.json["errors"]] == [where]


def test_node_and_counter_agree_on_slots_and_on_how_long_they_remember() -> None:
    face = ROOT / "pwa" / "src" / "clinic"
    said = (face / "sightings.ts").read_text() + (face / "seen.ts").read_text()
    for name in ("SENT_SLOTS", "HEARD_SLOTS", "REMEMBER_S"):
        found = re.search(rf"export const {name} = (\d+);", said)
        assert found is not None
        assert int(found[1]) == getattr(sightings, name)
