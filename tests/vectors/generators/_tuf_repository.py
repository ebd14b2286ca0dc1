"""TUF metadata as python-tuf writes it, signed with TEST keys and deterministic nonces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Signature, Signer, SSlibKey
from tuf.api.exceptions import EqualVersionNumberError, RepositoryError
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from generators._material import NOW, Case, PrivateKey, case, made_key

NOW_AT = datetime.fromtimestamp(NOW, UTC)
LATER = NOW_AT + timedelta(days=7)
ROOT_UNTIL = NOW_AT + timedelta(days=365)
SIGNED_AT = "2026-06-15T17:00:00Z"
ISSUERS, POLICY = b'{"version":1}', '{"nota":"María \\"dos\\" \\\\ barras \U0001f995"}'.encode()
_P384 = ec.derive_private_key(0xA3A7E, ec.SECP384R1()).public_key()
P384_PEM = _P384.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ROLES = ("root", "timestamp", "snapshot", "targets")


class MadeSigner(Signer):
    """Signs with a TEST key and deterministic nonces."""

    def __init__(
        self,
        name: str,
        *,
        pem: str = "",
        pem_end: str = "\n",
        keyid: str = "",
        keytype: str = "ecdsa",
        scheme: str = "ecdsa-sha2-nistp256",
        more: dict[str, Any] | None = None,
        is_named_with_more: bool = True,
    ) -> None:
        self.key: PrivateKey = made_key(f"tuf {name}")
        written = pem or SSlibKey.from_crypto(self.key.public_key()).keyval["public"]
        keyval = {"public": written.rstrip("\n") + pem_end}
        named = {"keytype": keytype, "scheme": scheme, "keyval": keyval, **(more or {} if is_named_with_more else {})}
        digest = hashlib.sha256((encode_canonical(named) or "").encode()).hexdigest()
        self._public = SSlibKey(keyid or digest, keytype, scheme, keyval, more)

    @property
    def public_key(self) -> SSlibKey:
        """The key, named by its own hash."""
        return self._public

    @classmethod
    def from_priv_key_uri(cls, *_: Any) -> MadeSigner:
        """Never asked for."""
        raise NotImplementedError

    def sign(self, payload: bytes) -> Signature:
        """DER in hexadecimal."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return Signature(self._public.keyid, self.key.sign(payload, algorithm).hex())


def signers(role: str, count: int) -> list[MadeSigner]:
    """The TEST keys of a role."""
    return [MadeSigner(f"{role} {number}") for number in range(1, count + 1)]


ROOT_KEYS = signers("root", 5)
TARGETS_KEYS = signers("targets", 3)
SNAPSHOT_KEY, TIMESTAMP_KEY = MadeSigner("snapshot"), MadeSigner("timestamp")
NEW_ROOT_KEY, NEW_TIMESTAMP_KEY = MadeSigner("root new"), MadeSigner("timestamp new")
STRANGER = MadeSigner("stranger")
USUAL = {"root": ROOT_KEYS, "timestamp": [TIMESTAMP_KEY], "snapshot": [SNAPSHOT_KEY], "targets": TARGETS_KEYS}
THRESHOLDS = {"root": 3, "timestamp": 1, "snapshot": 1, "targets": 2}


def signed(body: Signed, signers: Iterable[Signer]) -> str:
    """The text of a metadata file."""
    metadata: Metadata[Any] = Metadata(body)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes().decode()


def root(
    version: int = 1,
    *,
    keys: dict[str, list[MadeSigner]] | None = None,
    by: Iterable[Signer] = tuple(ROOT_KEYS[:3]),
    expires: datetime = ROOT_UNTIL,
    thresholds: dict[str, int] | None = None,
    consistent: bool = True,
    env: Any = None,
) -> str:
    """A root with 3 of 5 root keys and 2 of 3 targets keys, unless told otherwise."""
    extra = {} if env is None else {"env": env}
    body = Root(version=version, expires=expires, consistent_snapshot=consistent, unrecognized_fields=extra)
    for role, holders in {**USUAL, **(keys or {})}.items():
        for holder in holders:
            body.add_key(holder.public_key, role)
        body.roles[role].threshold = {**THRESHOLDS, **(thresholds or {})}[role]
    return signed(body, by)


def timestamp(
    version: int, snapshot_text: str | None, *, snapshot_version: int = 1, by: Signer = TIMESTAMP_KEY, **more: Any
) -> str:
    """A timestamp that names this snapshot, by its hash when its text is given."""
    return signed(_timestamp(version, snapshot_text, snapshot_version, **more), [by])


def _timestamp(
    version: int,
    text: str | None,
    named: int,
    *,
    expires: datetime = LATER,
    stamp: bool = True,
    root_version: Any = None,
    hashes: dict[str, str] | None = None,
    env: str | None = None,
) -> Timestamp:
    extra: dict[str, Any] = {"signed_at": SIGNED_AT} if stamp else {}
    if root_version is not None:
        extra["root_version"] = root_version
    if env is not None:
        extra["env"] = env
    facts = MetaFile(named, hashes=hashes) if hashes else _facts(named, text)
    return Timestamp(version=version, expires=expires, snapshot_meta=facts, unrecognized_fields=extra)


def snapshot(
    version: int,
    targets_text: str | None,
    *,
    targets_version: int = 1,
    by: Signer = SNAPSHOT_KEY,
    expires: datetime = LATER,
) -> str:
    """A snapshot that names these targets, by their hash when their text is given."""
    meta = {"targets.json": _facts(targets_version, targets_text)}
    return signed(Snapshot(version=version, expires=expires, meta=meta), [by])


def _facts(version: int, text: str | None) -> MetaFile:
    return MetaFile(version) if text is None else MetaFile.from_data(version, text.encode(), ["sha256"])


def targets(
    version: int = 1,
    *,
    by: Iterable[Signer] = tuple(TARGETS_KEYS[:2]),
    expires: datetime = LATER,
    hashes: Iterable[str] = ("sha256",),
) -> str:
    """Targets with two files."""
    files = {"issuers.json": ISSUERS, "policy.json": POLICY}
    listed = {name: TargetFile.from_data(name, body, list(hashes)) for name, body in files.items()}
    return signed(Targets(version=version, expires=expires, targets=listed), by)


def altered(text: str, change: Any) -> str:
    """The file with its JSON changed and its signatures left as they were."""
    value = json.loads(text)
    change(value)
    return json.dumps(value)


TARGETS_1, TARGETS_2 = targets(1), targets(2)
SNAPSHOT_1, SNAPSHOT_2 = snapshot(1, TARGETS_1), snapshot(2, TARGETS_2, targets_version=2)
TIMESTAMP_1, TIMESTAMP_2 = timestamp(1, SNAPSHOT_1), timestamp(2, SNAPSHOT_2, snapshot_version=2)
ROOT_1 = root()

Steps = list[tuple[str, str]]
FIRST: Steps = [("timestamp", TIMESTAMP_1), ("snapshot", SNAPSHOT_1), ("targets", TARGETS_1)]
SECOND: Steps = [("timestamp", TIMESTAMP_2), ("snapshot", SNAPSHOT_2), ("targets", TARGETS_2)]


def python_tuf_takes(pinned: str, steps: Steps, now: int) -> bool:
    """Whether python-tuf takes the last file of each role over those before it, which it reads as its own cache."""
    try:
        trusted = TrustedMetadataSet(pinned.encode(), EnvelopeType.METADATA)
        trusted.reference_time = datetime.fromtimestamp(now, UTC)
        for role in ROLES:
            files = [text.encode() for step, text in steps if step == role]
            for index, raw in enumerate(files):
                _take(trusted, role, raw, is_cached=index < len(files) - 1)
    except RepositoryError:
        return False
    return True


def _take(trusted: TrustedMetadataSet, role: str, raw: bytes, *, is_cached: bool) -> None:
    take: dict[str, Callable[[bytes], object]] = {
        "root": trusted.update_root,
        "timestamp": trusted.update_timestamp,
        "snapshot": lambda body: trusted.update_snapshot(body, trusted=is_cached),
        "targets": trusted.update_targets,
    }
    try:
        take[role](raw)
    except EqualVersionNumberError:
        return
    except RepositoryError:
        if not is_cached:
            raise


# Texts of files by the beginning of their SHA-256: cases share most of them.
FILES: dict[str, str] = {}
FEW, BROKEN = "too-few-signatures", "malformed"


def stored(text: str) -> str:
    """The name under which this text is kept in FILES."""
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    FILES[name] = text
    return name


def given_of(pinned: str, steps: Steps) -> dict[str, Any]:
    """The input of a case."""
    return {"pinned": stored(pinned), "steps": [[role, stored(text)] for role, text in steps]}


def told_of(fault: str) -> dict[str, Any]:
    """What is expected of a case with this fault."""
    return {"expect": BROKEN} if fault == BROKEN else {"expect": "trust-broken", "output": {"fault": fault}}


def update(
    name: str,
    steps: Steps,
    fault: str = "",
    *,
    pinned: str = ROOT_1,
    now: int = NOW,
    stricter: bool = False,
    output: Any = None,
) -> Case:
    """A case: every step holds but, when there is a fault, the last.

    stricter: python-tuf lets it pass, or lets it on to the next file
    """
    if not stricter and python_tuf_takes(pinned, steps, now) == bool(fault):
        raise SystemExit(f"tuf: python-tuf does not agree on {name}")
    told = told_of(fault) if fault else {"output": output}
    comment = "stricter than python-tuf, or earlier" if stricter else ""
    return case(name, "update", given_of(pinned, steps), now=now, comment=comment, **told)


def versions(*known: int) -> dict[str, Any]:
    """The output of a case: what is known of root, timestamp, snapshot, targets, in this order."""
    padded = [*known, None, None, None][:4]
    return {"versions": padded, "signed_at": NOW - 3600 if len(known) > 1 else None, "root_version": None}


def with_targets(text: str, *, version: int = 1, by_hash: bool = True) -> Steps:
    """A first update with these targets."""
    shot = snapshot(1, text if by_hash else None, targets_version=version)
    return [("timestamp", timestamp(1, shot)), ("snapshot", shot), ("targets", text)]
