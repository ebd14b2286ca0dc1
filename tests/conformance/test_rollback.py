"""Nothing goes back (row D01), unless a new root says that thieves had run ahead (row D05)."""

from __future__ import annotations

import pytest

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import ALL, REST, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, Repository

Either = Ours | PythonTuf
FAR = 2**31
with_and_without_hashes = pytest.mark.parametrize("states", [False, True], ids=["basic", "with hashes"])


@pytest.fixture(autouse=True)
def initialised(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0


def test_new_timestamp_version_rollback(client: Either, repository: Repository) -> None:
    repository.publish(TIMESTAMP)
    assert client.refresh() == 0
    repository.roll_back(TIMESTAMP)
    repository.publish(TIMESTAMP)
    assert client.refresh() == 1
    assert client.version(TIMESTAMP) == 2
    assert repository.asked[-1] == (TIMESTAMP, None)


@with_and_without_hashes
def test_snapshot_rollback(client: Either, repository: Repository, states: bool) -> None:
    repository.states = states
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 0
    repository.roll_back(SNAPSHOT)
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert (client.version(TIMESTAMP), client.version(SNAPSHOT)) == (2, 2)
    assert repository.asked[-1] == (TIMESTAMP, None)


@with_and_without_hashes
def test_targets_rollback(client: Either, repository: Repository, states: bool) -> None:
    repository.states = states
    repository.publish(*REST)
    assert client.refresh() == 0
    repository.roll_back(TARGETS)
    repository.publish(*REST)
    assert client.refresh() == 1
    assert (client.version(SNAPSHOT), client.version(TARGETS)) == (2, 2)


@with_and_without_hashes
def test_targets_rollback_after_an_update_that_broke_off(client: Either, repository: Repository, states: bool) -> None:
    """The timestamp is newer than the snapshot that is kept: that one still holds back what is older (§5.5.5)."""
    repository.states = states
    repository.publish(*REST)
    assert client.refresh() == 0
    repository.publish(SNAPSHOT, TIMESTAMP)
    kept_back = repository.published[SNAPSHOT].pop()
    assert client.refresh() == 1
    repository.published[SNAPSHOT].append(kept_back)
    assert client.trusted() == {ROOT: 1, SNAPSHOT: 2, TARGETS: 2, TIMESTAMP: 3}
    repository.roll_back(TARGETS)
    repository.publish(*REST)
    assert client.refresh() == 1
    assert (client.version(SNAPSHOT), client.version(TARGETS)) == (2, 2)


def test_a_snapshot_that_no_longer_lists_the_targets(client: Either, repository: Repository) -> None:
    assert client.refresh() == 0
    repository.publish(SNAPSHOT, change=lambda signed: signed["meta"].clear())
    repository.publish(TIMESTAMP)
    assert client.refresh() == 1
    assert client.version(SNAPSHOT) == 1


@pytest.mark.parametrize("given", [1, 3], ids=["again", "skips-one"])
def test_root_rollback(client: Either, repository: Repository, given: int) -> None:
    """The root under address 2 says that it is version 1, or 3; both are signed as they should be."""
    assert client.refresh() == 0
    repository.root.version = given
    repository.publish_as_it_is(ROOT)
    assert client.refresh() == 1
    assert client.version(ROOT) == 1


def test_new_targets_fast_forward_recovery(client: Either, repository: Repository) -> None:
    repository.targets.version = FAR
    repository.publish_as_it_is(TARGETS)
    repository.snapshot.meta["targets.json"].version = FAR
    repository.published[TARGETS] = [repository.published[TARGETS][-1]] * 2
    _serve_far(repository, TARGETS)
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 0
    assert client.version(TARGETS) == FAR
    repository.roll_back(TARGETS)
    repository.publish(TARGETS)
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1, "without new keys it stays a rollback"
    repository.rotate(SNAPSHOT)
    repository.publish(*ALL)
    assert client.refresh() == 0
    assert client.version(TARGETS) == 2


def test_new_snapshot_fast_forward_recovery(client: Either, repository: Repository) -> None:
    repository.snapshot.version = FAR
    repository.publish_as_it_is(SNAPSHOT)
    _serve_far(repository, SNAPSHOT)
    repository.publish(TIMESTAMP)
    assert client.refresh() == 0
    assert client.version(SNAPSHOT) == FAR
    repository.rotate(SNAPSHOT)
    repository.rotate(TIMESTAMP)
    repository.roll_back(SNAPSHOT)
    repository.publish(*ALL)
    assert client.refresh() == 0
    assert client.version(SNAPSHOT) == 1


def test_new_timestamp_fast_forward_recovery(client: Either, repository: Repository) -> None:
    repository.timestamp.version = FAR
    repository.publish_as_it_is(TIMESTAMP)
    assert client.refresh() == 0
    assert client.version(TIMESTAMP) == FAR
    repository.rotate(TIMESTAMP)
    repository.roll_back(TIMESTAMP)
    repository.publish(ROOT, TIMESTAMP)
    assert client.refresh() == 0
    assert client.version(TIMESTAMP) == 1


def _serve_far(repository: Repository, role: str) -> None:
    """Give the last file of a role also under the version that it says."""
    raw, usual = repository.published[role][-1], repository.answer
    repository.answer = lambda path: raw if path == f"metadata/{FAR}.{role}.json" else usual(path)  # type: ignore[method-assign]
