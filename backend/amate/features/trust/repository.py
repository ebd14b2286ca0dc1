"""The trust repository as TUF metadata: built, signed, and verified again from the pinned root down.

Source: The Update Framework specification 1.0.31, §4 (formats) and §5.3-5.7 (detailed client workflow).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Key, Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from amate.core.trust import seconds_from_iso
from amate.errors import Malformed, Unavailable
from amate.features.trust.model import TARGET_NAMES, JsonObject, iso

TIMESTAMP_PATH: Final = "timestamp.json"
# A copy of the newest root: tells a browser how far the chain leads, without asking for a file that is not there.
NEWEST_ROOT_PATH: Final = "root.json"
MAX_ROOTS: Final = 256
# Genuine metadata is loaded however old it is: how old is too old is for the verdict to say, aloud (DESIGN §4).
NO_TIME_AT_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)

Signed = Root | Targets | Snapshot | Timestamp
Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a verified repository says.

    targets:      bytes by name
    signed_at:    when its timestamp was signed, seconds since 1970
    ends:         when the metadata of each role expires, seconds since 1970
    env:          the environment that its anchor was made for; None in roots of before 2026-11-28
    """

    targets: Mapping[str, bytes]
    signed_at: int
    ends: Mapping[str, int]
    root_version: int
    env: str | None

    @property
    def usable_until(self) -> int:
        """When its root or its targets expire."""
        return min(self.ends["root"], self.ends["targets"])


def make_root(
    keys: Mapping[str, Sequence[Key]], thresholds: Mapping[str, int], *, version: int, expires: int, env: str
) -> Root:
    """Root metadata that gives each role its keys; `env` is ours, so that no demo's root is pinned for real people."""
    said = {"env": env}
    root = Root(version=version, expires=_instant(expires), consistent_snapshot=True, unrecognized_fields=said)
    for role, held in keys.items():
        for key in held:
            root.add_key(key, role)
        root.roles[role].threshold = thresholds[role]
    return root


def renewed_root(root: Root, *, expires: int, env: str) -> Root:
    """The same root for longer."""
    said = {**root.to_dict(), "version": root.version + 1, "expires": iso(expires), "env": env}
    renewed: Root = Root.from_dict(said)
    return renewed


def make_targets(
    files: Mapping[str, bytes], *, version: int, expires: int, custom: Mapping[str, JsonObject] | None = None
) -> Targets:
    """Targets metadata that pins these files by length and SHA-256.

    custom: by the name of a file, what else is said of it (TUF §4.5)
    """
    listed = {name: TargetFile.from_data(name, body, ["sha256"]) for name, body in files.items()}
    for name, said in (custom or {}).items():
        listed[name].unrecognized_fields["custom"] = said
    return Targets(version=version, expires=_instant(expires), targets=listed)


def make_snapshot(targets: bytes, *, version: int, expires: int) -> Snapshot:
    """Snapshot metadata that pins this targets metadata."""
    meta = {"targets.json": MetaFile.from_data(version_of(targets), targets, ["sha256"])}
    return Snapshot(version=version, expires=_instant(expires), meta=meta)


def make_timestamp(snapshot: bytes, *, version: int, expires: int, signed_at: int, root: Root) -> Timestamp:
    """Timestamp metadata that pins this snapshot.

    Three members are ours: `signed_at`, so that a frozen timestamp ages; `root_version`, so that whoever has that root
    and this snapshot is done after one small file; `env`, as in the root.
    """
    said = {"signed_at": iso(signed_at), "root_version": root.version, "env": root.unrecognized_fields.get("env")}
    return Timestamp(
        version=version,
        expires=_instant(expires),
        snapshot_meta=MetaFile.from_data(version_of(snapshot), snapshot, ["sha256"]),
        unrecognized_fields={name: value for name, value in said.items() if value is not None},
    )


def sign(signed: Signed, signers: Iterable[Signer]) -> bytes:
    """The metadata file, signed by each."""
    metadata: Metadata[Any] = Metadata(signed)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def expiry_of(raw: bytes) -> int:
    """When a metadata file that we published expires, seconds since 1970."""
    return int(Metadata[Any].from_bytes(raw).signed.expires.timestamp())


def version_of(raw: bytes) -> int:
    """The version of a metadata file."""
    return int(Metadata[Any].from_bytes(raw).signed.version)


def keys_of_role(raw_root: bytes, role: str) -> dict[str, EllipticCurvePublicKey]:
    """The P-256 keys that a root we published gives a role, by keyid."""
    root: Root = Metadata[Root].from_bytes(raw_root).signed
    found = {}
    for keyid in root.roles[role].keyids:
        key = load_pem_public_key(root.keys[keyid].keyval["public"].encode())
        if isinstance(key, EllipticCurvePublicKey):
            found[keyid] = key
    return found


def threshold_of(raw_root: bytes, role: str) -> int:
    """How many keys must sign for a role, as a root that we published says."""
    root: Root = Metadata[Root].from_bytes(raw_root).signed
    return int(root.roles[role].threshold)


def target_path(name: str, body: bytes) -> str:
    """Where a target lies under /trust/ (consistent snapshots, TUF §6.2)."""
    return f"targets/{hashlib.sha256(body).hexdigest()}.{name}"


def target_paths(raw_targets: bytes) -> dict[str, str]:
    """Where targets metadata that we published put its files, by name."""
    targets: Targets = Metadata[Targets].from_bytes(raw_targets).signed
    return {name: f"targets/{info.hashes['sha256']}.{name}" for name, info in targets.targets.items()}


def verify(anchor: bytes, read: Read) -> Contents:
    """What the repository behind `read` says, once every signature from the anchor down holds.

    anchor: root metadata that is trusted because it was pinned
    read:   path under /trust/ → bytes, or None when there is no such file
    Raises: Malformed("trust-broken") for anything that does not verify, Unavailable("no-trust") when a file is missing
    """
    try:
        trusted = TrustedMetadataSet(anchor, EnvelopeType.METADATA)
        trusted.reference_time = NO_TIME_AT_ALL
        env = env_of(trusted.root)
        _walk_roots(trusted, read)
        trusted.update_timestamp(_needed(read, TIMESTAMP_PATH))
        _check_root_known(trusted)
        _check_environment(trusted.timestamp, env_of(trusted.root))
        trusted.update_snapshot(_needed(read, f"{trusted.timestamp.snapshot_meta.version}.snapshot.json"))
        version = trusted.snapshot.meta["targets.json"].version
        trusted.update_targets(_needed(read, f"{version}.targets.json"))
        targets = {name: _target(trusted.targets, name, read) for name in TARGET_NAMES}
    except (RepositoryError, KeyError) as error:
        raise Malformed("trust-broken", str(error)) from error
    signed = (trusted.root, trusted.targets, trusted.snapshot, trusted.timestamp)
    ends = {role.type: int(role.expires.timestamp()) for role in signed}
    return Contents(targets, _signed_at(trusted.timestamp), ends, trusted.root.version, env)


def env_of(signed: Root | Timestamp) -> str | None:
    """The environment that it was signed for."""
    env = signed.unrecognized_fields.get("env")
    return env if isinstance(env, str) else None


def _walk_roots(trusted: TrustedMetadataSet, read: Read) -> None:
    _check_keyids(trusted.root)
    for _ in range(MAX_ROOTS):
        env = env_of(trusted.root)
        raw = read(f"{trusted.root.version + 1}.root.json")
        if raw is None:
            return
        root = trusted.update_root(raw)
        _check_keyids(root)
        _check_environment(root, env)


def _check_environment(signed: Root | Timestamp, env: str | None) -> None:
    """No signature turns a demo's repository into that of real people, not even its own root's (row D09)."""
    if env is not None and env_of(signed) != env:
        raise RepositoryError(f"{signed.type} is of {env_of(signed)}; the root before it is of {env}")


def _check_keyids(root: Root) -> None:
    """A keyid is recomputed, so that one key cannot stand for several (TUF §4.2, row D04)."""
    for keyid, key in root.keys.items():
        canonical = encode_canonical(key.to_dict())
        if canonical is None or hashlib.sha256(canonical.encode()).hexdigest() != keyid:
            raise RepositoryError(f"keyid {keyid} is not that of its key")


def _check_root_known(trusted: TrustedMetadataSet) -> None:
    """A timestamp that knows of a newer root than there is to be had is beside withheld roots, as in the browser."""
    known = trusted.timestamp.unrecognized_fields.get("root_version", 0)
    if not isinstance(known, int) or known > trusted.root.version:
        raise RepositoryError(f"the timestamp knows root {known}, and {trusted.root.version} is the last one here")


def _target(targets: Targets, name: str, read: Read) -> bytes:
    info = targets.targets[name]
    body = _needed(read, f"targets/{info.hashes['sha256']}.{name}")
    info.verify_length_and_hashes(body)
    return body


def _needed(read: Read, path: str) -> bytes:
    body = read(path)
    if body is None:
        raise Unavailable("no-trust", f"{path} is missing")
    return body


def _signed_at(timestamp: Timestamp) -> int:
    stamp = timestamp.unrecognized_fields.get("signed_at")
    if not isinstance(stamp, str):
        raise Malformed("trust-broken", "the timestamp does not say when it was signed")
    return seconds_from_iso(stamp)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
