"""What is over is not taken; what was over locally does not hold up what is not (TUF §5.3.10, §5.4.4; D02)."""

from __future__ import annotations

import pytest

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import ROOT, SNAPSHOT, TARGETS, TIMESTAMP, Repository, in_days

Either = Ours | PythonTuf
FIRST = {ROOT: 1, SNAPSHOT: 1, TARGETS: 1, TIMESTAMP: 1}


@pytest.fixture(autouse=True)
def initialised(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0


def test_root_expired(client: Either, repository: Repository) -> None:
    """The root is kept although it is over (§5.3.8 comes before §5.3.10), and nothing else is taken."""
    assert client.refresh() == 0
    repository.publish(ROOT)
    assert client.refresh() == 0
    repository.root.expires = in_days(-1)
    repository.publish(ROOT, TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert client.trusted() == {**FIRST, ROOT: 3}


def test_an_expired_root_between_two_others_does_not_matter(client: Either, repository: Repository) -> None:
    until = repository.root.expires
    repository.root.expires = in_days(-1)
    repository.publish(ROOT)
    repository.root.expires = until
    repository.publish(ROOT)
    assert client.refresh() == 0
    assert client.version(ROOT) == 3


def test_timestamp_expired(client: Either, repository: Repository) -> None:
    assert client.refresh() == 0
    repository.timestamp.expires = in_days(-5)
    repository.publish(TIMESTAMP)
    assert client.refresh() == 1
    assert client.trusted() == FIRST


def test_snapshot_expired(client: Either, repository: Repository) -> None:
    assert client.refresh() == 0
    repository.snapshot.expires = in_days(-5)
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert client.trusted() == {**FIRST, TIMESTAMP: 2}


def test_targets_expired(client: Either, repository: Repository) -> None:
    assert client.refresh() == 0
    repository.targets.expires = in_days(-5)
    repository.publish(TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert client.trusted() == {ROOT: 1, SNAPSHOT: 2, TARGETS: 1, TIMESTAMP: 2}


def test_expired_local_root(client: Either, repository: Repository) -> None:
    repository.root.expires = in_days(7)
    repository.publish(ROOT)
    assert client.refresh() == 0
    repository.root.expires = in_days(21)
    repository.publish(ROOT)
    assert client.refresh(at=in_days(18)) == 0
    assert client.version(ROOT) == 3


def test_expired_local_timestamp(client: Either, repository: Repository) -> None:
    repository.timestamp.expires = in_days(7)
    repository.publish(TIMESTAMP)
    assert client.refresh() == 0
    repository.timestamp.expires = in_days(21)
    repository.publish(TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh(at=in_days(18)) == 0
    assert client.trusted() == {ROOT: 1, SNAPSHOT: 2, TARGETS: 2, TIMESTAMP: 3}


def test_expired_metadata(client: Either, repository: Repository) -> None:
    """Local timestamp and snapshot that are over still hold back what is older (row D01)."""
    repository.timestamp.expires = repository.snapshot.expires = in_days(7)
    repository.publish(TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 0
    repository.timestamp.expires = repository.snapshot.expires = in_days(21)
    repository.roll_back(TARGETS)
    repository.publish(TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh(at=in_days(18)) == 1
    assert client.version(TARGETS) == 2
    repository.publish(TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh(at=in_days(18)) == 0


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS])
def test_a_repository_that_stands_still_is_over_in_the_end(client: Either, repository: Repository, role: str) -> None:
    """Freeze: the same files for ever are taken until the first of them ends, and never again (row D02)."""
    repository.role(role).expires = in_days(7)
    repository.publish(TARGETS, SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 0
    assert client.refresh(at=in_days(6)) == 0
    assert client.refresh(at=in_days(8)) == 1
    assert client.refresh(at=in_days(8)) == 1
