"""Writes the worlds of tests/vectors/verdict.json as files, signed as a deployment signs them."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from amate.core.encoding import base64url_decode, base64url_encode
from amate.features.trust import repository
from amate.signing.file import FileSigner
from amate.signing.repository import RoleSigner
from tests.vectors.generators._material import kid, made_key, signer

VECTORS = json.loads((Path(__file__).parent / "vectors" / "verdict.json").read_text())
STATUS_KEY = made_key("status")
ROLES = ("root", "targets", "snapshot", "timestamp")
YEAR_S = 365 * 86_400
RAISES_FLOOR = 9  # a list that no pass of the vectors points to
World = dict[str, Any]


def can_be_published(name: str) -> bool:
    """Two keys under one kid of 8 bytes (2^64 tries) are only put together in memory; one world has nothing at all."""
    world = VECTORS["worlds"][name]
    return world is not None and "aliases" not in world and bool(world["issuers"]["issuers"])


def publish(world: World, home: Path, clinics: dict[str, Any]) -> None:
    """Put a world into `home`, laid out as $AMATE_HOME and as a set of a pack."""
    documents = {
        "issuers.json": json.dumps(world["issuers"]).encode(),
        "policy.json": json.dumps(world["policy"]).encode(),
        "clinics.json": json.dumps({**clinics, "env": world["policy"]["env"]}).encode(),
    }
    for path, body in repository_files(documents, signed_at=world["refreshed_at"], env=world["policy"]["env"]).items():
        _write(home / "published" / "trust" / path, body)
    _write(home / "anchor.json", (home / "published/trust/1.root.json").read_bytes())
    _publish_status(world, home / "published" / "status")
    keys = [{"number": int(n), "key": base64url_encode(bytes.fromhex(k))} for n, k in world["sealing"].items()]
    _write(home / "sealing-keys.json", json.dumps({"keys": keys}).encode())


def repository_files(documents: dict[str, bytes], *, signed_at: int, env: str | None = "test") -> dict[str, bytes]:
    """A repository of these documents with keys of its own."""
    keys = {role: RoleSigner(FileSigner(ec.generate_private_key(ec.SECP256R1()))) for role in ROLES}
    public = {role: [key.public_key] for role, key in keys.items()}
    ends = signed_at + YEAR_S
    root = repository.make_root(public, dict.fromkeys(ROLES, 1), version=1, expires=ends, env=env)
    files = {repository.target_path(name, body): body for name, body in documents.items()}
    files["1.root.json"] = repository.sign(root, [keys["root"]])
    targets = repository.make_targets(documents, version=1, expires=ends)
    files["1.targets.json"] = repository.sign(targets, [keys["targets"]])
    snapshot = repository.make_snapshot(files["1.targets.json"], version=1, expires=ends)
    files["1.snapshot.json"] = repository.sign(snapshot, [keys["snapshot"]])
    raw_snapshot = files["1.snapshot.json"]
    timestamp = repository.make_timestamp(raw_snapshot, version=1, expires=ends, signed_at=signed_at, root=root)
    files["timestamp.json"] = repository.sign(timestamp, [keys["timestamp"]])
    return files


def _publish_status(world: World, folder: Path) -> None:
    lists = dict(world["status"])
    newest = max([world["refreshed_at"], *(each["iat"] for each in lists.values())])
    if world["floor"] > newest:
        empty = base64url_encode(zlib.compress(bytes(1)))
        uri = f"{world['policy']['status_base']}/{RAISES_FLOOR}"
        lists[str(RAISES_FLOOR)] = {"uri": uri, "iat": world["floor"], "exp": None, "ttl": None, "lst": empty}
    for number, each in lists.items():
        _write(folder / number, status_token(each).encode())
    if "revocations" in world:
        token, file = (world["revocations"][name] for name in ("token", "file"))
        named = json.loads(base64url_decode(token.split(".")[1]))["file"]["sha256"]
        _write(folder / "revocations" / "token", token.encode())
        _write(folder / "revocations" / named, bytes.fromhex(file))
    _write(folder / "index.json", json.dumps({"lists": [int(number) for number in lists]}).encode())


def status_token(each: dict[str, Any]) -> str:
    """The signed token of a list of the vectors."""
    times = {name: each[name] for name in ("iat", "exp", "ttl") if each[name] is not None}
    claims = {"sub": each["uri"], **times, "status_list": {"bits": 1, "lst": each["lst"]}}
    header = {"alg": "ES256", "kid": kid(STATUS_KEY), "typ": "statuslist+jwt"}
    message = ".".join(base64url_encode(json.dumps(part).encode()) for part in (header, claims))
    signature = base64url_encode(signer(STATUS_KEY)(message.encode()))
    assert base64url_decode(signature)
    return f"{message}.{signature}"


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
