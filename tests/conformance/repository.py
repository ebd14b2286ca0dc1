"""A TUF repository in memory that publishes whatever a test wants, right or wrong, and notes what it was asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from amate.context import system_clock

ROOT, TIMESTAMP, SNAPSHOT, TARGETS = "root", "timestamp", "snapshot", "targets"
ROLES = (ROOT, TIMESTAMP, SNAPSHOT, TARGETS)
ALL = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)  # in the order of publication
REST = (TARGETS, SNAPSHOT, TIMESTAMP)
KINDS: dict[str, Callable[[], CryptoSigner]] = {
    "ecdsa/ecdsa-sha2-nistp256": CryptoSigner.generate_ecdsa,
    "ed25519/ed25519": CryptoSigner.generate_ed25519,
    "rsa/rsassa-pss-sha256": CryptoSigner.generate_rsa,
    "rsa/rsa-pkcs1v15-sha256": lambda: CryptoSigner.generate_rsa(scheme="rsa-pkcs1v15-sha256"),
}

Signed = Root | Timestamp | Snapshot | Targets
Json = dict[str, Any]


def in_days(days: int) -> datetime:
    """So many days from now."""
    return datetime.fromtimestamp(system_clock(), UTC) + timedelta(days=days)


def new_signer(kind: str = "ecdsa/ecdsa-sha2-nistp256") -> CryptoSigner:
    """A key of its own; RSA keys are slow to make, so that one of each kind has to do."""
    return _slow_signer(kind) if kind.startswith("rsa") else KINDS[kind]()


@cache
def _slow_signer(kind: str) -> CryptoSigner:
    return KINDS[kind]()


def rename(key: SSlibKey) -> None:
    """Give a key whose members were changed the keyid that it now has."""
    key.keyid = hashlib.sha256((encode_canonical(key.to_dict()) or "").encode()).hexdigest()


@dataclass
class Repository:
    """Four roles with a key each, version 1 of each published.

    published: bytes of each role, by version from 1 on
    asked:     (role, version or None) of each metadata file, and (path, hash or None) of each target, in order
    states:    whether timestamp and snapshot state lengths and hashes of what they name
    """

    states: bool = False
    published: dict[str, list[bytes]] = field(default_factory=lambda: {role: [] for role in ROLES})
    signers: dict[str, dict[str, CryptoSigner]] = field(default_factory=lambda: {role: {} for role in ROLES})
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    asked_targets: list[tuple[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        until = in_days(30)
        self.root = Root(expires=until, consistent_snapshot=True)
        self.timestamp = Timestamp(expires=until)
        self.snapshot = Snapshot(expires=until)
        self.targets = Targets(expires=until)
        for role in ROLES:
            self.add_key(role)
        self.publish(*ALL)

    def role(self, name: str) -> Signed:
        """What will be published next of this role."""
        found: Signed = getattr(self, name)
        return found

    def add_key(self, role: str, signer: CryptoSigner | None = None) -> CryptoSigner:
        """Let another key sign for a role."""
        signer = signer or new_signer()
        self.root.add_key(signer.public_key, role)
        self.signers[role][signer.public_key.keyid] = signer
        return signer

    def rotate(self, role: str) -> None:
        """Take all keys from a role, and give it as many new ones as it needs."""
        for keyid in list(self.root.roles[role].keyids):
            self.root.revoke_key(keyid, role)
        self.signers[role].clear()
        for _ in range(self.root.roles[role].threshold):
            self.add_key(role)

    def add_file(self, name: str, body: bytes, hashes: Iterable[str] = ("sha256",)) -> TargetFile:
        """List a target, and have it ready."""
        self.targets.targets[name] = TargetFile.from_data(name, body, list(hashes))
        self.files[name] = body
        return self.targets.targets[name]

    def publish(self, *roles: str, change: Callable[[Json], None] | None = None) -> None:
        """Sign and publish the next version of each role, and name it where it belongs.

        change: alters the JSON of what is signed, for what python-tuf would not write
        """
        for role in roles:
            self.role(role).version = len(self.published[role]) + 1
            self.publish_as_it_is(role, change=change)

    def publish_as_it_is(self, role: str, *, change: Callable[[Json], None] | None = None) -> None:
        """Publish a role under the next address, whatever version it says."""
        signed = self.role(role).to_dict()
        if change is not None:
            change(signed)
        message = (encode_canonical(signed) or "").encode()
        signatures = [signer.sign(message).to_dict() for signer in self.signers[role].values()]
        raw = json.dumps({"signatures": signatures, "signed": signed}).encode()
        self.published[role].append(raw)
        if role == TARGETS:
            self.snapshot.meta["targets.json"] = self._facts(signed["version"], raw)
        elif role == SNAPSHOT:
            self.timestamp.snapshot_meta = self._facts(signed["version"], raw)

    def _facts(self, version: int, raw: bytes) -> MetaFile:
        return MetaFile.from_data(version, raw, ["sha256"]) if self.states else MetaFile(version)

    def republish(self, role: str, change: Callable[[Json], None]) -> None:
        """Alter a published file without signing it again."""
        metadata = json.loads(self.published[role].pop())
        change(metadata)
        self.published[role].append(json.dumps(metadata).encode())

    def roll_back(self, role: str) -> None:
        """Forget what was published of a role: its next version is 1 again."""
        self.published[role] = []

    def answer(self, path: str) -> bytes | None:
        """The bytes at a path, or None; notes that they were asked for."""
        folder, _, name = path.partition("/")
        return self._metadata(name) if folder == "metadata" else self._target(name) if folder == "targets" else None

    def _metadata(self, name: str) -> bytes | None:
        version, _, role = name.removesuffix(".json").rpartition(".")
        self.asked.append((role, int(version) if version else None))
        made = self.published.get(role, [])
        number = int(version) if version else len(made)
        return made[number - 1] if 0 < number <= len(made) else None

    def _target(self, path: str) -> bytes | None:
        folder, slash, name = path.rpartition("/")
        prefix: str | None = None
        if self.root.consistent_snapshot:
            prefix, _, name = name.partition(".")
        self.asked_targets.append((f"{folder}{slash}{name}", prefix))
        return self.files.get(f"{folder}{slash}{name}")

    def copy(self) -> Repository:
        """The same keys and files, to be played out again from here."""
        twin = Repository.__new__(Repository)
        signers = self.__dict__["signers"]
        twin.__dict__ = {name: deepcopy(value) for name, value in self.__dict__.items() if name != "signers"}
        twin.signers = {role: dict(held) for role, held in signers.items()}
        return twin
