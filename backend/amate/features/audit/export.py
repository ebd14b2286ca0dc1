"""The log as a file that others keep: whoever holds one finds out when the database's log is rewritten (row G07).

One JSON text a line: a head with the chains' ends, every entry, and a last line with the SHA-256 of all before it and a
signature over that. A witness needs nothing of ours to read it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from amate.context import Context
from amate.core import cose
from amate.errors import Conflict, Malformed, Refused, Unavailable
from amate.features.audit import store
from amate.features.audit.model import GENESIS, LANES, Entry, encode_detail, first_break
from amate.signing.repository import metadata_key
from amate.signing.signer import Signer, sign_verified

FORMAT: Final = "amate-audit/1"
_FIELDS: Final = ("lane", "seq", "at", "actor", "action", "subject", "detail", "previous", "digest")
_PEOPLE: Final = ("root", "targets")  # the roles whose keys people hold
Heads = dict[int, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Export:
    """What a file says, once it has been verified.

    heads:     of each lane, the number and the digest of its last entry
    public_key: PEM of whoever signed; whether to believe them is the reader's to know
    """

    env: str
    exported_at: int
    entries: int
    heads: Heads
    public_key: str


def write(ctx: Context, path: Path, signer: Signer) -> Export:
    """Write the whole log to a file that is not there yet; a run that is cut off leaves none.

    Raises: Conflict("file-exists"), Unavailable("storage-unavailable"), Unavailable("signature-corrupted")
    """
    if path.exists():
        said = f"{path} is there already, and never written over: see `amate audit check {path}`, or give another name"
        raise Conflict("file-exists", said)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            export = _write(ctx, file, signer)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return export


def read(path: Path) -> Export:
    """What an export says, after its chains, its digest and its signature were checked.

    Raises: Malformed("export-broken") that says where, Malformed("file-unreadable")
    """
    raw = _read_bytes(path)
    try:
        *body, last = raw.splitlines(keepends=True)
        head, seal = json.loads(body[0]), json.loads(last)
        entries = [_entry_of(json.loads(line)) for line in body[1:]]
        heads = {int(lane): (int(seq), str(digest)) for lane, seq, digest in head["heads"]}
        holds = _is_signed(hashlib.sha256(b"".join(body)).hexdigest(), seal)
        export = Export(head["env"], int(head["exported_at"]), len(entries), heads, seal["public_key"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Malformed("export-broken", f"{path.name} is no export of the log, or was cut short") from error
    if not holds:
        raise Malformed(
            "export-broken", f"{path.name}: the signature does not hold: it was forged, or the file changed"
        )
    _check_chains(entries, heads)
    return export


def signer_in(export: Export, root: Path) -> dict[str, Any]:
    """Which roles a published root gives to the key that signed: whether to believe that root is the reader's to know.

    Raises: Malformed("not-a-root", "file-unreadable"), Refused("not-a-holder", "wrong-environment")
    """
    raw = _read_bytes(root)
    keyid = metadata_key(_key_of(export.public_key)).keyid
    said = _root_of(raw, root.name)
    check_environment(export, str(said.unrecognized_fields.get("env")), root.name)
    try:
        points = {id_: load_pem_public_key(key.keyval["public"].encode()) for id_, key in said.keys.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _not_a_root(root.name) from error
    roles = [role for role in _PEOPLE if keyid in said.roles[role].keyids]
    if not roles or points.get(keyid) != _key_of(export.public_key):
        raise Refused(
            "not-a-holder",
            f"the file was signed with key {keyid[:16]}, which {root.name} gives to nobody: do not believe the file, "
            "unless a newer root of the institution names that key",
        )
    return {"root": root.name, "sha256": hashlib.sha256(raw).hexdigest(), "keyid": keyid, "roles": roles}


def check_environment(export: Export, env: str, where: str) -> None:
    """That the log and what it is held against are of one environment: one person may hold keys in several.

    Raises: Refused("wrong-environment")
    """
    if export.env != env:
        raise Refused("wrong-environment", f"the file is the log of {export.env}, and {where} is of {env}")


def first_rewritten(ctx: Context, export: Export) -> tuple[int, int] | None:
    """Lane and number of an exported chain's end that the database holds no longer; None when it holds all.

    Raises: Refused("wrong-environment")
    """
    check_environment(export, ctx.settings.env, "this deployment")
    for lane, (seq, digest) in sorted(export.heads.items()):
        if seq and store.digest_at(ctx.tx, lane, seq) != digest:
            return lane, seq
    return None


def _write(ctx: Context, file: BinaryIO, signer: Signer) -> Export:
    heads = {lane: store.head(ctx.tx, lane) for lane in range(LANES)}
    sha256, count = hashlib.sha256(), 0
    head = {
        "format": FORMAT,
        "env": ctx.settings.env,
        "issuer": ctx.settings.issuer,
        "exported_at": ctx.now,
        "heads": [[lane, seq, digest] for lane, (seq, digest) in heads.items()],
    }
    for line in _lines(ctx, head, heads):
        sha256.update(line)
        file.write(line)
        count += 1
    pem = signer.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    signature = sign_verified(signer, _message(sha256.hexdigest()), signer.public_key)
    file.write(_line({"sha256": sha256.hexdigest(), "public_key": pem, "signature": signature.hex()}))
    return Export(ctx.settings.env, ctx.now, count - 1, heads, pem)


def _lines(ctx: Context, head: dict[str, Any], heads: Heads) -> Iterator[bytes]:
    yield _line(head)
    for lane in range(LANES):
        for entry in store.lane_entries(ctx.tx, lane):
            if entry.seq <= heads[lane][0]:  # what was added meanwhile belongs to the next export
                yield _line([getattr(entry, name) for name in _FIELDS])


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _root_of(raw: bytes, name: str) -> Root:
    """A root as its own keys have signed it: what was changed in it since says nothing about anybody."""
    try:
        metadata = Metadata[Root].from_bytes(raw)
        root = metadata.signed
        holds = root.get_verification_result("root", metadata.signed_bytes, metadata.signatures).verified
    except (RepositoryError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _not_a_root(name) from error
    if not holds:
        said = f"{name}: its own keys have not signed what it says, somebody changed it: do not believe it"
        raise Malformed("not-a-root", said, where="--root")
    return root


def _not_a_root(name: str) -> Malformed:
    return Malformed("not-a-root", f"{name} is no published root: take keys/anchors/NAME.root.json", where="--root")


def _message(sha256: str) -> bytes:
    return f"amate audit export, version 1\n{sha256}\n".encode()


def _entry_of(values: list[Any]) -> Entry:
    entry = Entry(**dict(zip(_FIELDS, values, strict=True)))
    encode_detail(entry.detail)
    return entry


def _is_signed(sha256: str, seal: dict[str, Any]) -> bool:
    """Whether the last line is that of these bytes; ValueError and TypeError for what is no such line."""
    key, signature = _key_of(seal["public_key"]), bytes.fromhex(seal["signature"])
    return seal["sha256"] == sha256 and cose.verify_raw(signature, _message(sha256), key)


def _key_of(pem: str) -> EllipticCurvePublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("no key of P-256")
    return key


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = f"{path}: {error.strerror or error}; name a file that is there and that you may read"
        raise Malformed("file-unreadable", said) from error


def _check_chains(entries: list[Entry], heads: Heads) -> None:
    for lane in range(LANES):
        count, digest = heads.get(lane, (0, GENESIS))
        broken = first_break((e for e in entries if e.lane == lane), expected_count=count, expected_head=digest)
        if broken is not None:
            raise Malformed("export-broken", f"lane {lane} does not hold from entry {broken}")
