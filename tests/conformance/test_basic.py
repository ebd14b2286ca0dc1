"""The workflow, its requests and what is kept, when things go right and when one thing is wrong."""

from __future__ import annotations

import json
import subprocess

import pytest
from tuf.api.metadata import MetaFile

from tests.conformance.clients import PROGRAM, Ours, PythonTuf
from tests.conformance.repository import (
    ALL,
    REST,
    ROLES,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Json,
    Repository,
    in_days,
    new_signer,
    rename,
)

Either = Ours | PythonTuf
FIRST_UPDATE = [(ROOT, 2), (TIMESTAMP, None), (SNAPSHOT, 1), (TARGETS, 1)]


def test_basic_refresh_requests(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0
    assert repository.asked == []
    assert client.refresh() == 0
    assert repository.asked == FIRST_UPDATE


def test_basic_refresh_trusted_data(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0
    assert client.refresh() == 0
    assert {role: client.kept(role) for role in ROLES} == {role: repository.published[role][-1] for role in ROLES}


def test_implicit_refresh(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0
    assert client.download("nonexistent artifact") == 1
    assert repository.asked == FIRST_UPDATE
    assert client.trusted() == dict.fromkeys(ROLES, 1)


def test_a_second_refresh_asks_for_roots_and_timestamp_only(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    repository.asked.clear()
    assert client.refresh() == 0
    assert repository.asked == [(ROOT, 2), (TIMESTAMP, None)]


def test_a_new_timestamp_alone_brings_nothing_else(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    repository.asked.clear()
    repository.publish(TIMESTAMP)
    assert client.refresh() == 0
    assert repository.asked == [(ROOT, 2), (TIMESTAMP, None)]
    assert client.version(TIMESTAMP) == 2


def test_invalid_initial_root(client: Either, repository: Repository) -> None:
    root = json.loads(repository.published[ROOT][0])
    del root["signed"]["version"]
    client.init(json.dumps(root).encode())
    assert client.refresh() == 1
    assert repository.asked == []


def test_unsigned_initial_root(client: Either, repository: Repository) -> None:
    root = json.loads(repository.published[ROOT][0])
    other = json.loads(repository.published[TIMESTAMP][0])
    root["signatures"][0]["sig"] = other["signatures"][0]["sig"]
    client.init(json.dumps(root).encode())
    assert client.refresh() == 1
    assert repository.asked == []


@pytest.mark.parametrize(
    ("role", "trusted"),
    [
        (ROOT, {ROOT: 1}),
        (TIMESTAMP, {ROOT: 2}),
        (SNAPSHOT, {ROOT: 2, TIMESTAMP: 2}),
        (TARGETS, {ROOT: 2, SNAPSHOT: 2, TIMESTAMP: 2}),
    ],
    ids=ROLES,
)
def test_unsigned_metadata(client: Either, repository: Repository, role: str, trusted: dict[str, int]) -> None:
    """What comes before the unsigned file is taken, nothing after it."""
    repository.signers[role].clear()
    repository.publish(*ALL)
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 1
    assert client.trusted() == trusted


@pytest.mark.parametrize(
    ("role", "trusted"),
    [(ROOT, {ROOT: 1}), (SNAPSHOT, {ROOT: 2, TIMESTAMP: 2}), (TARGETS, {ROOT: 2, SNAPSHOT: 2, TIMESTAMP: 2})],
    ids=[ROOT, SNAPSHOT, TARGETS],
)
def test_url_and_metadata_version_mismatch(
    client: Either, repository: Repository, role: str, trusted: dict[str, int]
) -> None:
    """A file says version 3 under the address of version 2."""
    for each in ALL:
        repository.role(each).version = 3 if each == role else 2
        repository.publish_as_it_is(each)
    if role == SNAPSHOT:
        repository.roll_back(TIMESTAMP)
        repository.timestamp.snapshot_meta = MetaFile(2)
        repository.timestamp.version = 2
        repository.publish_as_it_is(TIMESTAMP)
    if role == TARGETS:
        for each in (SNAPSHOT, TIMESTAMP):
            repository.published[each].pop()
        repository.snapshot.meta["targets.json"] = MetaFile(2)
        repository.publish_as_it_is(SNAPSHOT)
        repository.publish_as_it_is(TIMESTAMP)
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 1
    assert client.trusted() == trusted


def test_timestamp_content_changes(client: Either, repository: Repository) -> None:
    """Of two timestamps of one version the first one counts (TUF §5.4.3.1)."""
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    first = repository.published[TIMESTAMP][0]
    repository.roll_back(TIMESTAMP)
    repository.timestamp.snapshot_meta = MetaFile(100)
    repository.publish(TIMESTAMP)
    assert client.refresh() == 0
    assert repository.asked[-1] == (TIMESTAMP, None)
    assert client.kept(TIMESTAMP) == first


def test_basic_metadata_hash_support(client: Either, repository: Repository) -> None:
    repository.states = True
    repository.publish(*REST)
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    repository.publish(TARGETS)
    repository.snapshot.meta["targets.json"].hashes = {"sha256": "46" * 32}
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert (client.version(SNAPSHOT), client.version(TARGETS)) == (3, 2)


def test_metadata_bytes_match(client: Either, repository: Repository) -> None:
    """What is kept is what came, not our own spelling of it."""
    repository.published[TIMESTAMP][-1] += b" "
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    assert client.kept(TIMESTAMP) == repository.published[TIMESTAMP][-1]


def test_custom_fields(client: Either, repository: Repository) -> None:
    """Members that nobody knows are part of what is signed, and of what a keyid is the hash of (TUF §4)."""
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    signer = new_signer()
    signer.public_key.unrecognized_fields["extra-field"] = {"a": 1, "b": [2, None, "ñ"]}
    rename(signer.public_key)
    repository.root.unrecognized_fields["custom-field"] = "value"
    repository.root.roles[ROOT].unrecognized_fields["another-field"] = "value"
    repository.add_key(ROOT, signer)
    repository.publish(ROOT)
    assert client.refresh() == 0
    assert client.version(ROOT) == 2


def test_deprecated_keyid_hash_algorithms(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    old = repository.root.roles[SNAPSHOT].keyids[0]
    repository.root.revoke_key(old, SNAPSHOT)
    del repository.signers[SNAPSHOT][old]
    signer = new_signer()
    signer.public_key.unrecognized_fields = {"keyid_hash_algorithms": "md5"}
    rename(signer.public_key)
    repository.add_key(SNAPSHOT, signer)
    repository.publish(ROOT, SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 0
    assert (client.version(ROOT), client.version(SNAPSHOT)) == (2, 2)


def test_snapshot_404(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    repository.timestamp.snapshot_meta = MetaFile(2)
    repository.publish(TIMESTAMP)
    assert client.refresh() == 1
    assert repository.asked[-1] == (SNAPSHOT, 2)
    assert client.trusted() == {ROOT: 1, SNAPSHOT: 1, TARGETS: 1, TIMESTAMP: 2}


def test_targets_404(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    repository.snapshot.meta["targets.json"] = MetaFile(2)
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert repository.asked[-1] == (TARGETS, 2)
    assert client.trusted() == {ROOT: 1, SNAPSHOT: 2, TARGETS: 1, TIMESTAMP: 2}


def test_timestamp_404(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    assert client.refresh() == 0
    repository.roll_back(TIMESTAMP)
    assert client.refresh() == 1
    assert repository.asked[-1] == (TIMESTAMP, None)


def test_incorrect_metadata_type(client: Either, repository: Repository) -> None:
    """A snapshot that is all that a timestamp should be, signed by the timestamp's key too, but is none (row A10)."""
    client.init(repository.published[ROOT][0])
    signer = next(iter(repository.signers[TIMESTAMP].values()))
    repository.add_key(SNAPSHOT, signer)
    repository.snapshot.meta = {"snapshot.json": MetaFile(1)}
    repository.publish(ROOT, SNAPSHOT)
    repository.published[TIMESTAMP].append(repository.published[SNAPSHOT].pop())
    assert client.refresh() == 1
    assert client.trusted() == {ROOT: 2}


def test_faketime(client: Either, repository: Repository) -> None:
    client.init(repository.published[ROOT][0])
    repository.root.expires = in_days(7)
    repository.publish(ROOT)
    assert client.refresh() == 0
    assert client.refresh(at=in_days(8)) == 1


def test_without_consistent_snapshots(client: Either, repository: Repository) -> None:
    """An old repository: files bear neither version nor hash in their names (TUF §5.5.1, §5.6.1, §5.7.3)."""
    repository.root.consistent_snapshot = False
    repository.add_file("one.txt", b"one")
    repository.publish(*ALL)
    client.init(repository.published[ROOT][1])
    assert client.download("one.txt") == 0
    assert repository.asked == [(ROOT, 3), (TIMESTAMP, None), (SNAPSHOT, None), (TARGETS, None)]
    assert repository.asked_targets == [("one.txt", None)]
    assert client.downloads() == [b"one"]


@pytest.mark.parametrize("is_made", [True, False], ids=["empty folder", "no folder"])
def test_a_client_that_was_never_initialised_asks_for_nothing_and_says_what_comes_first(
    ours: Ours, repository: Repository, is_made: bool
) -> None:
    if is_made:
        ours.metadata.mkdir()
    for ask in (ours.refresh, lambda: ours.download("one.txt")):
        assert ask() == 1
        (line,) = ours.said.strip().splitlines()
        assert f"run tuf-client --metadata-dir {ours.metadata} init ROOT first" in line
    assert repository.asked == []
    assert not ours.targets.exists()


@pytest.mark.parametrize("name", ["signed_at", "root_version"])
def test_members_that_are_ours_may_be_missing_or_there(client: Either, repository: Repository, name: str) -> None:
    def state(signed: Json) -> None:
        signed[name] = {"signed_at": "2026-06-15T17:00:00Z", "root_version": 1}[name]

    client.init(repository.published[ROOT][0])
    repository.publish(TIMESTAMP, change=state)
    assert client.refresh() == 0


@pytest.mark.parametrize("how", ["--help", "-h"])
def test_who_asks_our_client_how_is_told(how: str) -> None:
    told = subprocess.run([PROGRAM, how], capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("tuf-client --metadata-dir DIR init ROOT")
