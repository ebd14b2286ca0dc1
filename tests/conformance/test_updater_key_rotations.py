"""Keys come and go as a root says, and a root as the one before it allows."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import (
    ALL,
    REST,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Repository,
    new_signer,
)

Either = Ours | PythonTuf


class State(NamedTuple):
    """The keys of a role, how many must sign, and which do; keys by number."""

    keys: list[int]
    threshold: int
    signers: list[int]


FIVE, MOVED, NEW_FIVE = [0, 1, 2, 3, 4], [0, 1, 3, 4, 5], [5, 6, 7, 8, 9]
ROTATIONS: dict[str, list[State]] = {
    "1-of-1-key-rotation": [State([1], 1, [1]), State([2], 1, [2, 1]), State([2], 1, [2])],
    "1-of-1-key-rotation-unused-signatures": [
        State([1], 1, [3, 1, 4]),
        State([2], 1, [3, 2, 1, 4]),
        State([2], 1, [3, 2, 4]),
    ],
    "3-of-5-sign-with-different-keycombos": [
        State(FIVE, 3, [0, 2, 4]),
        State(FIVE, 3, [0, 4, 1]),
        State(FIVE, 3, [0, 1, 3]),
    ],
    "3-of-5-one-key-rotated": [State(FIVE, 3, [0, 2, 4]), State(MOVED, 3, [0, 4, 1])],
    "3-of-5-one-key-rotated-with-intermediate-step": [
        State(FIVE, 3, [0, 2, 4]),
        State(MOVED, 3, [0, 2, 4, 5]),
        State(MOVED, 3, [0, 4, 5]),
    ],
    "3-of-5-all-keys-rotated-with-intermediate-step": [
        State(FIVE, 3, [0, 2, 4]),
        State(NEW_FIVE, 3, [0, 2, 4, 5, 6, 7]),
        State(NEW_FIVE, 3, [5, 6, 7]),
    ],
    "1-of-3-threshold-increase-to-2-of-3": [State([1, 2, 3], 1, [1]), State([1, 2, 3], 2, [1, 2])],
    "2-of-3-threshold-decrease-to-1-of-3": [
        State([1, 2, 3], 2, [1, 2]),
        State([1, 2, 3], 1, [1, 2]),
        State([1, 2, 3], 1, [1]),
    ],
    "1-of-2-threshold-increase-to-2-of-2": [State([1], 1, [1]), State([1, 2], 2, [1, 2])],
}
REFUSED: dict[str, list[State]] = {
    "1-of-1-key-rotation-fail-not-signed-with-old-key": [State([1], 1, [1]), State([2], 1, [2, 3, 4])],
    "1-of-1-key-rotation-fail-not-signed-with-new-key": [State([1], 1, [1]), State([2], 1, [1, 3, 4])],
    "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys": [State(FIVE, 3, [0, 2, 4]), State(MOVED, 3, [0, 2, 4])],
    "3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys": [State(FIVE, 3, [0, 2, 4]), State(MOVED, 3, [0, 4, 5])],
    "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached": [
        State([1, 2, 3], 1, [1]),
        State([1, 2, 3], 2, [2]),
    ],
    "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-reached": [
        State([1, 2, 3], 2, [1, 2]),
        State([1, 2, 3], 1, [1]),
    ],
}
OTHER_ROLES: dict[str, tuple[State, bool]] = {
    "1-of-1-key-rotation": (State([2], 1, [2]), True),
    "1-of-1-key-rotation-unused-signatures": (State([1], 1, [3, 1, 4]), True),
    "1-of-1-key-rotation-fail-not-signed-with-new-key": (State([2], 1, [1, 3, 4]), False),
    "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys": (State(MOVED, 3, [0, 2, 4]), False),
    "2-of-5-one-key-signature-missing-threshold-not-reached": (State(MOVED, 3, [0, 4]), False),
    "3-of-5-sign-first-combo": (State(FIVE, 3, [0, 2, 4]), True),
    "3-of-5-sign-second-combo": (State(FIVE, 3, [0, 4, 1]), True),
    "3-of-5-sign-third-combo": (State(FIVE, 3, [0, 1, 3]), True),
    "3-of-5-sign-fourth-combo": (State(FIVE, 3, [1, 2, 3]), True),
    "3-of-5-sign-fifth-combo": (State(FIVE, 3, [2, 3, 4]), True),
}
KEYS = [new_signer() for _ in range(10)]


def _set(repository: Repository, role: str, state: State) -> None:
    for keyid in list(repository.root.roles[role].keyids):
        repository.root.revoke_key(keyid, role)
    for number in state.keys:
        repository.root.add_key(KEYS[number].public_key, role)
    repository.root.roles[role].threshold = state.threshold
    repository.signers[role] = {KEYS[number].public_key.keyid: KEYS[number] for number in state.signers}


@pytest.mark.parametrize("name", [*ROTATIONS, *REFUSED])
def test_root_rotation(client: Either, repository: Repository, name: str) -> None:
    """All roots in one refresh; the last of a refused row is not taken, and the one before it stays."""
    repository.roll_back(ROOT)
    for state in ROTATIONS.get(name) or REFUSED[name]:
        _set(repository, ROOT, state)
        repository.publish(ROOT)
    assert client.init(repository.published[ROOT][0]) == 0
    assert client.refresh() == (1 if name in REFUSED else 0)
    assert client.kept(ROOT) == repository.published[ROOT][-2 if name in REFUSED else -1]


@pytest.mark.parametrize("name", OTHER_ROLES)
def test_non_root_rotations(client: Either, repository: Repository, name: str) -> None:
    state, is_good = OTHER_ROLES[name]
    assert client.init(repository.published[ROOT][0]) == 0
    for role in (TIMESTAMP, SNAPSHOT, TARGETS):
        _set(repository, role, state)
        repository.publish(*ALL)
        assert client.refresh() == (0 if is_good else 1)
        if is_good:
            assert client.kept(role) == repository.published[role][-1]


def test_a_key_that_was_taken_away_signs_nothing_any_more(client: Either, repository: Repository) -> None:
    """Timestamp keys rotate without a new snapshot; the old key's timestamp, however new it says it is, is refused."""
    assert client.init(repository.published[ROOT][0]) == 0
    assert client.refresh() == 0
    thief = dict(repository.signers[TIMESTAMP])
    repository.rotate(TIMESTAMP)
    repository.publish(ROOT, TIMESTAMP)
    assert client.refresh() == 0
    repository.signers[TIMESTAMP] = thief
    repository.publish(TIMESTAMP)
    assert client.refresh() == 1
    assert client.version(TIMESTAMP) == 2
    assert client.refresh() == 1


def test_targets_keys_rotate_and_the_old_targets_are_asked_for_no_more(client: Either, repository: Repository) -> None:
    """Targets that are kept and still named count only as long as the root's keys vouch for them."""
    assert client.init(repository.published[ROOT][0]) == 0
    assert client.refresh() == 0
    repository.rotate(TARGETS)
    repository.publish(ROOT)
    assert client.refresh() == 1
    repository.publish(*REST)
    assert client.refresh() == 0
    assert client.version(TARGETS) == 2
