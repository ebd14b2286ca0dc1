"""A repository is believed only when every signature from the pinned root down holds."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from amate.errors import AmateError, Malformed, Unavailable
from amate.features.trust import repository
from amate.signing.file import FileSigner
from amate.signing.repository import RoleSigner

NOW = 1_795_000_000
DAY_S = 86_400
ROLES = ("root", "targets", "snapshot", "timestamp")
DOCUMENTS = {name: json.dumps({"name": name}).encode() for name in repository.TARGET_NAMES}

Files = dict[str, bytes]


def signer() -> RoleSigner:
    return RoleSigner(FileSigner(ec.generate_private_key(ec.SECP256R1())))


class Publisher:
    """A repository in memory whose parts a test may make wrong."""

    def __init__(self) -> None:
        self.keys = {role: [signer()] for role in ROLES}
        self.thresholds = dict.fromkeys(ROLES, 1)
        self.files: Files = {}
        self.root(1)
        self.release(1)

    def root(
        self, version: int, *also_by: RoleSigner, expires: int = NOW + 365 * DAY_S, env: str = "test", by: int = 9
    ) -> bytes:
        keys = {role: [key.public_key for key in held] for role, held in self.keys.items()}
        self.newest = repository.make_root(keys, self.thresholds, version=version, expires=expires, env=env)
        raw = repository.sign(self.newest, (*self.keys["root"][:by], *also_by))
        self.files[f"{version}.root.json"] = raw
        return raw

    def release(self, version: int, documents: Files = DOCUMENTS, *, signed_at: int = NOW) -> None:
        for name, body in documents.items():
            self.files[repository.target_path(name, body)] = body
        soon = signed_at + 30 * DAY_S
        targets = repository.make_targets(documents, version=version, expires=soon)
        raw_targets = self.files[f"{version}.targets.json"] = repository.sign(targets, self.keys["targets"])
        snapshot = repository.make_snapshot(raw_targets, version=version, expires=soon)
        raw_snapshot = repository.sign(snapshot, self.keys["snapshot"])
        self.files[f"{version}.snapshot.json"] = raw_snapshot
        timestamp = repository.make_timestamp(
            raw_snapshot, version=version, expires=soon, signed_at=signed_at, root=self.newest
        )
        self.files["timestamp.json"] = repository.sign(timestamp, self.keys["timestamp"])

    def verify(self) -> repository.Contents:
        return repository.verify(self.files["1.root.json"], self.files.get)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


def test_what_was_published_is_read_back(publisher: Publisher) -> None:
    contents = publisher.verify()
    assert contents.targets == DOCUMENTS
    assert contents.signed_at == NOW
    assert contents.usable_until == NOW + 30 * DAY_S


def test_genuine_metadata_is_loaded_however_old_it_is(publisher: Publisher) -> None:
    publisher.release(2, signed_at=NOW - 3000 * DAY_S)
    assert publisher.verify().signed_at == NOW - 3000 * DAY_S


def test_a_new_root_is_followed_when_the_old_keys_signed_it(publisher: Publisher) -> None:
    old = publisher.keys["root"][0]
    publisher.keys["root"] = [signer()]
    publisher.root(2, old)
    assert publisher.verify().root_version == 2


def test_a_new_root_that_the_old_keys_did_not_sign_is_refused(publisher: Publisher) -> None:
    publisher.keys["root"] = [signer()]
    publisher.root(2)
    with pytest.raises(Malformed, match="trust-broken"):
        publisher.verify()


def test_a_timestamp_that_knows_a_newer_root_shows_that_roots_are_withheld(publisher: Publisher) -> None:
    publisher.root(2)
    publisher.release(2)
    assert publisher.verify().root_version == 2
    del publisher.files["2.root.json"]
    with pytest.raises(Malformed, match="knows root 2"):
        publisher.verify()


def test_an_old_root_under_a_new_number_is_refused(publisher: Publisher) -> None:
    publisher.files["2.root.json"] = publisher.files["1.root.json"]
    with pytest.raises(Malformed, match="version"):
        publisher.verify()


def test_an_old_snapshot_beside_a_new_timestamp_is_refused(publisher: Publisher) -> None:
    old = publisher.files["1.snapshot.json"]
    publisher.release(2, {**DOCUMENTS, "issuers.json": b"{}"})
    publisher.files["2.snapshot.json"] = old
    with pytest.raises(Malformed, match="trust-broken"):
        publisher.verify()


def test_a_target_of_another_publication_is_refused(publisher: Publisher) -> None:
    path = repository.target_path("issuers.json", DOCUMENTS["issuers.json"])
    publisher.files[path] = b"x" * len(DOCUMENTS["issuers.json"])
    with pytest.raises(Malformed, match="trust-broken"):
        publisher.verify()


def test_metadata_of_a_foreign_key_is_refused(publisher: Publisher) -> None:
    publisher.keys["timestamp"] = [signer()]
    publisher.release(2)
    with pytest.raises(Malformed, match="trust-broken"):
        publisher.verify()


def test_a_threshold_is_not_met_by_one_key_that_signs_twice(publisher: Publisher) -> None:
    publisher.keys["targets"] = [signer(), signer()]
    publisher.thresholds["targets"] = 2
    publisher.root(1)
    publisher.keys["targets"] = [publisher.keys["targets"][0]] * 2
    publisher.release(1)
    with pytest.raises(Malformed, match="1/2 keys"):
        publisher.verify()


@pytest.fixture
def five() -> Publisher:
    """Three of five sign the root."""
    publisher = Publisher()
    publisher.keys["root"] = [signer() for _ in range(5)]
    publisher.thresholds["root"] = 3
    publisher.root(1)
    return publisher


def test_three_of_five_is_enough_for_a_root_and_two_is_not(five: Publisher) -> None:
    five.root(1, by=3)
    assert five.verify().root_version == 1
    five.root(1, by=2)
    with pytest.raises(Malformed, match="2/3 keys"):
        five.verify()


def test_one_key_that_signs_a_root_three_times_is_one(five: Publisher) -> None:
    raw = json.loads(five.root(1, by=2))
    raw["signatures"].append(raw["signatures"][0])
    five.files["1.root.json"] = json.dumps(raw).encode()
    with pytest.raises(Malformed, match="trust-broken"):
        five.verify()


def test_two_old_keys_and_a_new_one_make_no_root(five: Publisher) -> None:
    old = five.keys["root"]
    five.keys["root"] = [*old[:2], signer(), *old[3:]]
    five.root(2, by=3)
    with pytest.raises(Malformed, match="2/3 keys"):
        five.verify()
    five.root(2, old[2], by=3)
    assert five.verify().root_version == 2


def test_no_signature_turns_a_demo_into_something_else(five: Publisher) -> None:
    """Row D09: the environment of the anchor is that of every root and timestamp after it."""
    five.root(2, env="production")
    with pytest.raises(Malformed, match="root is of production; the root before it is of test"):
        five.verify()
    five.root(2)
    five.newest.unrecognized_fields["env"] = "production"
    five.release(2)
    with pytest.raises(Malformed, match="timestamp is of production"):
        five.verify()


def test_what_the_second_root_says_first_no_later_one_turns(five: Publisher) -> None:
    """Row D09, for a root pinned before roots said their environment."""
    del five.newest.unrecognized_fields["env"]
    five.files["1.root.json"] = repository.sign(five.newest, five.keys["root"])
    five.root(2)
    five.release(2)
    assert five.verify().root_version == 2
    five.root(3, env="production")
    with pytest.raises(Malformed, match="root is of production; the root before it is of test"):
        five.verify()


def test_the_timestamp_says_how_far_the_roots_lead(five: Publisher) -> None:
    five.root(2)
    five.release(2)
    signed = json.loads(five.files["timestamp.json"])["signed"]
    assert (signed["root_version"], signed["env"]) == (2, "test")


def test_a_keyid_that_is_not_the_digest_of_its_key_is_refused(publisher: Publisher) -> None:
    other = signer().public_key
    other.keyid = "0" * 64
    keys = {role: [key.public_key for key in held] for role, held in publisher.keys.items()}
    keys["timestamp"].append(other)
    root = repository.make_root(keys, publisher.thresholds, version=1, expires=NOW, env="test")
    publisher.files["1.root.json"] = repository.sign(root, publisher.keys["root"])
    with pytest.raises(Malformed, match="keyid"):
        publisher.verify()


def test_a_version_rushed_ahead_is_left_behind_by_new_keys(publisher: Publisher) -> None:
    """Fast-forward recovery (row D05): the root gives the role new keys, and low versions are believed again."""
    publisher.release(2**31)
    old = publisher.keys["root"][0]
    publisher.keys["timestamp"], publisher.keys["snapshot"] = [signer()], [signer()]
    publisher.root(2, old)
    publisher.release(3)
    assert publisher.verify().targets == DOCUMENTS


def missing(publisher: Publisher) -> Iterator[str]:
    yield from (path for path in publisher.files if path != "1.root.json")


def test_a_missing_file_is_named(publisher: Publisher) -> None:
    for path in list(missing(publisher)):
        kept = publisher.files.pop(path)
        with pytest.raises(Unavailable, match="no-trust"):
            publisher.verify()
        publisher.files[path] = kept


def test_any_flipped_byte_of_the_metadata_is_found(publisher: Publisher) -> None:
    for path in [path for path in publisher.files if not path.startswith("targets/")]:
        whole = publisher.files[path]
        for at in range(0, len(whole), 7):
            publisher.files[path] = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            if json_of(publisher.files[path]) == json_of(whole):
                continue  # white space between members is nobody's word
            with pytest.raises(AmateError):
                repository.verify(publisher.files["1.root.json"], publisher.files.get)
        publisher.files[path] = whole


def json_of(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None
