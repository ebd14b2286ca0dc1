"""Thresholds count distinct keys that really signed (row D04)."""

from __future__ import annotations

import json

import pytest
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import SSlibKey

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import (
    ALL,
    KINDS,
    REST,
    ROOT,
    SNAPSHOT,
    TIMESTAMP,
    Json,
    Repository,
    new_signer,
    rename,
)

Either = Ours | PythonTuf


@pytest.fixture(autouse=True)
def initialised(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0


def test_snapshot_does_not_meet_threshold(client: Either, repository: Repository) -> None:
    repository.root.roles[SNAPSHOT].threshold = 3
    repository.add_key(SNAPSHOT)
    repository.add_key(SNAPSHOT)
    repository.publish(*ALL)
    assert client.refresh() == 0
    repository.signers[SNAPSHOT].popitem()
    repository.publish(*REST)
    assert client.refresh() == 1
    assert client.version(SNAPSHOT) == 2


def test_snapshot_has_too_few_keys(client: Either, repository: Repository) -> None:
    for _ in range(4):
        repository.add_key(SNAPSHOT)
    repository.root.roles[SNAPSHOT].threshold = 6
    repository.publish(ROOT, SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert client.version(ROOT) == 2
    assert client.version(SNAPSHOT) is None


def test_duplicate_keys(client: Either, repository: Repository) -> None:
    """One key nine times in a role, one signature nine times: whoever takes the root does not take the snapshot."""
    signer = repository.add_key(SNAPSHOT)
    keyid = signer.public_key.keyid
    repository.root.roles[SNAPSHOT].threshold = 6
    repository.publish(ROOT, change=lambda signed: signed["roles"][SNAPSHOT]["keyids"].extend([keyid] * 8))
    repository.publish(SNAPSHOT, TIMESTAMP)
    repository.republish(SNAPSHOT, lambda file: file["signatures"].extend(file["signatures"][-1:] * 8))
    assert client.refresh() == 1
    assert client.version(SNAPSHOT) is None


def test_duplicate_sig_keyids(client: Either, repository: Repository) -> None:
    """A keyid that signs twice is against the format, also where the threshold is met (TUF §4.2)."""
    repository.republish(SNAPSHOT, lambda file: file["signatures"].extend(file["signatures"]))
    assert client.refresh() == 1
    assert client.version(SNAPSHOT) is None


@pytest.mark.parametrize("kind", KINDS)
def test_keytype_and_scheme(client: Either, repository: Repository, kind: str) -> None:
    """A root that needs a key of this kind; then the same with a signature of the kind that is not of this file."""
    signer = repository.add_key(ROOT, new_signer(kind))
    repository.root.roles[ROOT].threshold = 2
    repository.publish(ROOT)
    assert client.refresh() == 0
    assert client.version(ROOT) == 2
    repository.publish(ROOT)
    other = signer.sign(b"something else").to_dict()

    def exchange(file: Json) -> None:
        file["signatures"] = [row for row in file["signatures"] if row["keyid"] != other["keyid"]] + [other]

    repository.republish(ROOT, exchange)
    assert client.refresh() == 1
    assert client.version(ROOT) == 2


@pytest.mark.filterwarnings("ignore:keytype 'ecdsa-sha2-nistp256' is deprecated:DeprecationWarning")
def test_the_specifications_own_name_for_keys_on_p256(client: Either, repository: Repository) -> None:
    """`ecdsa-sha2-nistp256` as key type is the specification's own example."""
    signer = new_signer()
    signer.public_key.keytype = "ecdsa-sha2-nistp256"
    rename(signer.public_key)
    repository.add_key(TIMESTAMP, signer)
    repository.root.roles[TIMESTAMP].threshold = 2
    repository.publish(ROOT, TIMESTAMP)
    assert client.refresh() == 0


@pytest.mark.parametrize("signature", ["", "00", "zz", "30" * 36])
def test_invalid_sig_in_valid_metadata(client: Either, repository: Repository, signature: str) -> None:
    """A bad signature beside enough good ones does no harm."""
    first = next(iter(repository.signers[TIMESTAMP]))
    repository.add_key(TIMESTAMP)
    repository.publish(ROOT, TIMESTAMP)

    def spoil(file: Json) -> None:
        next(row for row in file["signatures"] if row["keyid"] == first)["sig"] = signature

    repository.republish(TIMESTAMP, spoil)
    assert client.refresh() == 0


def test_a_key_of_a_kind_that_nobody_knows_is_passed_over(ours: Ours, repository: Repository) -> None:
    """So that a kind of key can come into a repository before all clients know it; python-tuf refuses the root."""
    assert ours.init(repository.published[ROOT][0]) == 0
    stranger = SSlibKey("", "lattice", "lattice-2040", {"public": "abc"})
    rename(stranger)
    repository.root.add_key(stranger, TIMESTAMP)
    repository.publish(ROOT, TIMESTAMP)
    assert ours.refresh() == 0
    repository.root.roles[TIMESTAMP].threshold = 2
    repository.publish(ROOT, TIMESTAMP)
    assert ours.refresh() == 1, "it counts for nothing"


def test_a_keyid_that_is_not_its_keys(ours: Ours, repository: Repository) -> None:
    """Clients MUST calculate each keyid (TUF §4.3); python-tuf does not, and takes this root."""
    signer = new_signer()
    signer.public_key.keyid = "ab" * 32
    repository.add_key(SNAPSHOT, signer)
    repository.publish(*ALL)
    assert ours.init(repository.published[ROOT][0]) == 0
    assert ours.refresh() == 1
    assert ours.version(ROOT) == 1


def test_one_key_under_two_keyids_counts_once(ours: Ours, repository: Repository) -> None:
    """The same point with and without a newline at the end: two keyids, each rightly calculated, and one key."""
    signer = repository.add_key(SNAPSHOT)
    twin = SSlibKey("", "ecdsa", "ecdsa-sha2-nistp256", {"public": signer.public_key.keyval["public"].rstrip("\n")})
    rename(twin)
    first = next(iter(repository.root.roles[SNAPSHOT].keyids))
    repository.root.revoke_key(first, SNAPSHOT)
    del repository.signers[SNAPSHOT][first]
    repository.root.add_key(twin, SNAPSHOT)
    repository.root.roles[SNAPSHOT].threshold = 2
    repository.publish(ROOT, SNAPSHOT, TIMESTAMP)
    signature = {"keyid": twin.keyid, "sig": signer.sign(_signed(repository, SNAPSHOT)).signature}
    repository.republish(SNAPSHOT, lambda file: file["signatures"].append(signature))
    assert ours.init(repository.published[ROOT][0]) == 0
    assert ours.refresh() == 1
    assert ours.version(SNAPSHOT) is None


@pytest.mark.parametrize("threshold", [0, -1])
def test_a_threshold_that_nobody_need_reach(client: Either, repository: Repository, threshold: int) -> None:
    def lower(signed: Json) -> None:
        signed["roles"][SNAPSHOT]["threshold"] = threshold

    repository.publish(ROOT, change=lower)
    repository.signers[SNAPSHOT].clear()
    repository.publish(SNAPSHOT, TIMESTAMP)
    assert client.refresh() == 1
    assert client.version(ROOT) == 1


@pytest.mark.parametrize("role", [SNAPSHOT, "timestamp", "targets", "root"])
def test_a_root_without_one_of_the_roles(client: Either, repository: Repository, role: str) -> None:
    repository.publish(ROOT, change=lambda signed: signed["roles"].pop(role))
    assert client.refresh() == 1
    assert client.version(ROOT) == 1


def _signed(repository: Repository, role: str) -> bytes:
    signed = json.loads(repository.published[role][-1])["signed"]
    return (encode_canonical(signed) or "").encode()
