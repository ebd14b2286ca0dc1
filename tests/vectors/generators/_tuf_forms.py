"""Cases of tuf.json about the form of files: hashes, keyids, roots, facts, and files that are broken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from tuf.api.metadata import MetaFile, Snapshot, Timestamp

from generators._material import Case
from generators._tuf_repository import (
    BROKEN,
    FEW,
    FIRST,
    LATER,
    P384_PEM,
    ROOT_1,
    SECOND,
    SNAPSHOT_1,
    SNAPSHOT_KEY,
    TARGETS_1,
    TIMESTAMP_1,
    TIMESTAMP_KEY,
    MadeSigner,
    Steps,
    altered,
    root,
    signed,
    timestamp,
    update,
    versions,
    with_targets,
)


def hashes() -> list[Case]:
    def of_snapshot(**hashes: str) -> Steps:
        return [("timestamp", timestamp(1, None, hashes=hashes)), *FIRST[1:]]

    sha256 = hashlib.sha256(SNAPSHOT_1.encode()).hexdigest()
    sha512 = hashlib.sha512(SNAPSHOT_1.encode()).hexdigest()
    whole = versions(1, 1, 1, 1)
    return [
        update("hash-sha512-alone", of_snapshot(sha512=sha512), output=whole),
        update("hash-sha512-of-another-file", of_snapshot(sha512="ab" * 64)[:2], "hash-mismatch"),
        update("hash-sha512-wrong-beside-sha256", of_snapshot(sha256=sha256, sha512="ab" * 64)[:2], "hash-mismatch"),
        update("hash-of-an-unknown-kind-alone", of_snapshot(md7=sha256)[:2], "hash-mismatch"),
        update("hash-of-an-unknown-kind-beside", of_snapshot(sha256=sha256, md7="ab"), output=whole, stricter=True),
    ]


def keyids() -> list[Case]:
    """Keys whose keyids are the hash of all that is listed, or of what makes it a key."""
    more = {"x-owner": "somebody", "keyid_hash_algorithms": ["md5"]}
    named, added = MadeSigner("timestamp", more=more), MadeSigner("timestamp", more=more, is_named_with_more=False)
    old_name = MadeSigner("timestamp", keytype="ecdsa-sha2-nistp256")
    return [
        update(f"keyid-{name}", _timed(by), pinned=root(keys={"timestamp": [by]}), output=versions(1, 1))
        for name, by in {
            "over-members-of-others": named,
            "before-members-of-others": added,
            "old-name": old_name,
        }.items()
    ]


def _timed(by: MadeSigner) -> Steps:
    return [("timestamp", timestamp(1, SNAPSHOT_1, by=by))]


def form_faults() -> list[Case]:
    no_hash = [*with_targets(TARGETS_1, by_hash=False)[:2]]
    return [
        update("tampered-targets", [*no_hash, ("targets", altered(TARGETS_1, _other_length))], FEW),
        update(
            "tampered-targets-under-a-hash",
            [*FIRST[:2], ("targets", altered(TARGETS_1, _other_length))],
            "hash-mismatch",
        ),
        update("tampered-timestamp", [("timestamp", altered(TIMESTAMP_1, _later_version))], FEW),
        update("tampered-signed-at", [("timestamp", altered(TIMESTAMP_1, _later_stamp))], FEW),
        update("signature-raw-instead-of-der", [("timestamp", altered(TIMESTAMP_1, _raw_signature))], FEW),
        update("signature-der-with-a-needless-zero", [("timestamp", altered(TIMESTAMP_1, _loose_signature))], FEW),
        update("signature-followed-by-more", [("timestamp", altered(TIMESTAMP_1, _longer_signature))], FEW),
        update("signature-upper-case", [("timestamp", altered(TIMESTAMP_1, _upper_signature))], FEW, stricter=True),
        update("signature-empty", [("timestamp", altered(TIMESTAMP_1, _empty_signature))], FEW),
        update("no-signatures", [("timestamp", altered(TIMESTAMP_1, lambda file: file["signatures"].clear()))], FEW),
        update("a10-snapshot-as-timestamp", [("timestamp", SNAPSHOT_1)], BROKEN),
        update("a10-timestamp-as-root", [("root", TIMESTAMP_1)], BROKEN),
        update(
            "a09-version-twice",
            [("timestamp", TIMESTAMP_1.replace('"version":', '"version":9,"version":'))],
            BROKEN,
            stricter=True,
        ),
        update("a12-version-float", [("timestamp", altered(TIMESTAMP_1, _float_version))], BROKEN),
        update("a12-version-zero", [("timestamp", altered(TIMESTAMP_1, _zero_version))], BROKEN),
        update("specification-two", [("timestamp", altered(TIMESTAMP_1, _other_specification))], BROKEN),
        update("not-json", [("timestamp", "timestamp")], BROKEN),
        update("d06-too-long", [("timestamp", TIMESTAMP_1 + " " * 16_384)], BROKEN, stricter=True),
        update("targets-before-the-snapshot", [FIRST[0], FIRST[2]], "out-of-order", stricter=True),
        update("snapshot-before-the-timestamp", [FIRST[1]], "out-of-order", stricter=True),
        update("targets-before-the-new-snapshot", [*FIRST, SECOND[0], FIRST[2]], "out-of-order", stricter=True),
    ]


def _other_length(file: Any) -> None:
    file["signed"]["targets"]["issuers.json"]["length"] = 12


def _later_version(file: Any) -> None:
    file["signed"]["version"] = 2


def _zero_version(file: Any) -> None:
    file["signed"]["version"] = 0


def _float_version(file: Any) -> None:
    file["signed"]["version"] = 1.5


def _later_stamp(file: Any) -> None:
    file["signed"]["signed_at"] = "2026-06-15T17:59:59Z"


def _other_specification(file: Any) -> None:
    file["signed"]["spec_version"] = "2.0.0"


def _halves(file: Any) -> tuple[str, str]:
    der = bytes.fromhex(file["signatures"][0]["sig"])
    first = der[4 : 4 + der[3]]
    return first.hex(), der[6 + der[3] :].hex()


def _raw_signature(file: Any) -> None:
    file["signatures"][0]["sig"] = "".join(half[-64:].rjust(64, "0") for half in _halves(file))


def _loose_signature(file: Any) -> None:
    body = b"".join(bytes((2, len(half))) + half for half in (b"\0" + bytes.fromhex(half) for half in _halves(file)))
    file["signatures"][0]["sig"] = (bytes((0x30, len(body))) + body).hex()


def _longer_signature(file: Any) -> None:
    file["signatures"][0]["sig"] += "00"


def _empty_signature(file: Any) -> None:
    file["signatures"][0]["sig"] = ""


def _upper_signature(file: Any) -> None:
    file["signatures"][0]["sig"] = file["signatures"][0]["sig"].upper()


def root_faults() -> list[Case]:
    changes: dict[str, Callable[[Any], None]] = {
        "root-maybe-with-consistent-snapshots": lambda file: file["signed"].update(consistent_snapshot="yes"),
        "root-keys-a-list": lambda file: file["signed"].update(keys=[]),
        "root-role-missing": lambda file: file["signed"]["roles"].pop("timestamp"),
        "root-keyids-a-text": lambda file: file["signed"]["roles"]["root"].update(keyids="ab"),
        "root-keyid-a-number": lambda file: file["signed"]["roles"]["root"].update(keyids=[1]),
        "root-signatures-an-object": lambda file: file.update(signatures={}),
        "root-key-without-its-value": lambda file: _first_key(file).update(keyval={}),
        "root-key-without-its-scheme": lambda file: _first_key(file).pop("scheme"),
        "root-key-without-its-type": lambda file: _first_key(file).pop("keytype"),
    }
    pinned = {name: altered(ROOT_1, change) for name, change in changes.items()}
    made = [update(name, [], BROKEN, pinned=text, stricter=True) for name, text in pinned.items()]
    silent = altered(ROOT_1, lambda file: file["signed"].pop("consistent_snapshot"))
    made.append(update("root-unsigned-and-silent-on-consistent-snapshots", [], FEW, pinned=silent))
    other_kind = [MadeSigner("timestamp", scheme="ecdsa-sha2-nistp384")]
    no_pem = [MadeSigner("timestamp", pem_end="more")]
    other_curve = [MadeSigner("timestamp", pem=P384_PEM)]
    return [
        *made,
        update("root-key-not-in-pem", [], BROKEN, pinned=root(keys={"timestamp": no_pem}), stricter=True),
        update(
            "a11-root-key-on-another-curve", [], BROKEN, pinned=root(keys={"timestamp": other_curve}), stricter=True
        ),
        update("root-key-of-an-unknown-kind", [], pinned=root(keys={"timestamp": other_kind}), output=versions(1)),
        update("timestamp-by-a-key-of-an-unknown-kind", FIRST[:1], FEW, pinned=root(keys={"timestamp": other_kind})),
        update(
            "root-timestamp-key-of-a-new-kind", [("root", root(2, keys={"timestamp": other_kind}))], output=versions(2)
        ),
    ]


def _first_key(file: Any) -> Any:
    return next(iter(file["signed"]["keys"].values()))


def fact_faults() -> list[Case]:
    odd_hash, short_hash = MetaFile(1, hashes={"sha256": "../../x"}), MetaFile(1, hashes={"sha512": "ab" * 32})
    nothing = signed(Snapshot(version=1, expires=LATER, meta={"other.json": MetaFile(1)}), [SNAPSHOT_KEY])
    stamps = {"with-a-path-as-hash": odd_hash, "with-a-short-hash": short_hash}
    over_nothing: Steps = [("timestamp", timestamp(1, nothing)), ("snapshot", nothing), FIRST[2]]
    return [
        *(
            update(f"timestamp-{name}", [("timestamp", _stamp(fact))], BROKEN, stricter=True)
            for name, fact in stamps.items()
        ),
        update("snapshot-without-targets", over_nothing, "unknown-target", stricter=True),
        *(
            update(
                f"root-version-{said}",
                [("timestamp", timestamp(1, SNAPSHOT_1, root_version=said))],
                BROKEN,
                stricter=True,
            )
            for said in ("7", 0, -1)
        ),
    ]


def _stamp(fact: MetaFile) -> str:
    return signed(Timestamp(version=1, expires=LATER, snapshot_meta=fact), [TIMESTAMP_KEY])
