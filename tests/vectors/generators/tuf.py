"""tuf.json: updates of a TUF repository, whole and broken; python-tuf itself is asked whether it agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from securesystemslib.signer import Signer
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from generators._material import NOW, Case, case
from generators._tuf_repository import (
    BROKEN,
    FEW,
    FILES,
    FIRST,
    ISSUERS,
    LATER,
    NEW_ROOT_KEY,
    NEW_TIMESTAMP_KEY,
    NOW_AT,
    P384_PEM,
    POLICY,
    ROOT_1,
    ROOT_KEYS,
    SECOND,
    SNAPSHOT_1,
    SNAPSHOT_2,
    SNAPSHOT_KEY,
    STRANGER,
    TARGETS_1,
    TARGETS_KEYS,
    TIMESTAMP_1,
    TIMESTAMP_KEY,
    MadeSigner,
    Steps,
    altered,
    given_of,
    root,
    signed,
    signers,
    snapshot,
    targets,
    timestamp,
    told_of,
    update,
)


def _good() -> list[Case]:
    whole = {"versions": [1, 1, 1, 1], "signed_at": NOW - 3600}
    old_then_new = [*ROOT_KEYS[:3], NEW_ROOT_KEY]
    new_root = root(2, keys={"root": [*ROOT_KEYS[1:], NEW_ROOT_KEY]}, by=old_then_new)
    bare = timestamp(1, SNAPSHOT_1, stamp=False)
    far = timestamp(100, SNAPSHOT_1)
    rotated = root(2, keys={"timestamp": [NEW_TIMESTAMP_KEY]})
    fresh = timestamp(2, SNAPSHOT_1, by=NEW_TIMESTAMP_KEY)
    return [
        update("first-update", FIRST, output=whole),
        update("second-update", FIRST + SECOND, output={"versions": [1, 2, 2, 2], "signed_at": NOW - 3600}),
        update("same-timestamp-again", FIRST + FIRST[:1], output=whole),
        update("timestamp-without-signed-at", [("timestamp", bare), *FIRST[1:]], output={**whole, "signed_at": None}),
        update("root-rotated-by-three-old-keys", [("root", new_root)], output=_versions(2)),
        update(
            "root-of-a-year-ago-leads-to-the-next",
            [("root", root(2))],
            pinned=root(expires=NOW_AT),
            output=_versions(2),
        ),
        update("all-three-sign-targets", _with_targets(targets(by=TARGETS_KEYS)), output=whole),
        update(
            "signature-of-a-stranger-beside", _with_targets(targets(by=[STRANGER, *TARGETS_KEYS[1:]])), output=whole
        ),
        update(
            "fast-forward-mended-by-a-new-timestamp-key",
            [("timestamp", far), ("root", rotated), ("timestamp", fresh)],
            output=_versions(2, 2),
        ),
        update("last-second-of-a-timestamp", FIRST, now=int(LATER.timestamp()) - 1, output=whole),
    ]


def _versions(*known: int) -> dict[str, Any]:
    padded = [*known, None, None, None][:4]
    return {"versions": padded, "signed_at": NOW - 3600 if len(known) > 1 else None}


def _with_targets(text: str, *, version: int = 1, by_hash: bool = True) -> Steps:
    shot = snapshot(1, text if by_hash else None, targets_version=version)
    return [("timestamp", timestamp(1, shot)), ("snapshot", shot), ("targets", text)]


def _threshold_faults() -> list[Case]:
    twins = [MadeSigner("twin"), MadeSigner("twin", pem_end="")]
    two_of_twins = root(keys={"targets": twins})
    return [
        update("d04-pinned-root-two-of-five", [], FEW, pinned=root(by=ROOT_KEYS[:2])),
        update("d04-root-two-old-and-one-new", [("root", _next_root([*ROOT_KEYS[:2], NEW_ROOT_KEY]))], FEW),
        update("d04-root-without-its-own-threshold", [("root", _self_short_root())], FEW),
        update("d04-targets-one-of-three", _with_targets(targets(by=TARGETS_KEYS[:1])), FEW),
        update("d04-targets-same-key-twice", _with_targets(_doubled(targets(by=TARGETS_KEYS[:1]))), BROKEN),
        update("d04-pinned-root-same-key-three-times", [], BROKEN, pinned=_doubled(root(by=ROOT_KEYS[:2]))),
        update(
            "d04-one-key-written-in-two-ways", _with_targets(targets(by=twins)), FEW, pinned=two_of_twins, stricter=True
        ),
        update("d04-targets-by-strangers", _with_targets(targets(by=[STRANGER, NEW_ROOT_KEY])), FEW),
        update("d04-targets-by-keys-of-other-roles", _with_targets(targets(by=[SNAPSHOT_KEY, TIMESTAMP_KEY])), FEW),
        update("d04-timestamp-by-the-snapshot-key", [("timestamp", timestamp(1, SNAPSHOT_1, by=SNAPSHOT_KEY))], FEW),
        update("d04-timestamp-by-an-old-key", [("root", _new_timestamp_key()), FIRST[0]], FEW),
        update("d04-threshold-zero", [], BROKEN, pinned=altered(ROOT_1, _zero_threshold)),
        update("d04-keyid-of-another-key", [], BROKEN, pinned=_exchanged_keyids(), stricter=True),
        update("d04-keyid-twice-in-a-role", [], BROKEN, pinned=altered(ROOT_1, _keyid_twice)),
    ]


def _next_root(by: Iterable[Signer]) -> str:
    return root(2, keys={"root": [*ROOT_KEYS[1:], NEW_ROOT_KEY]}, by=by)


def _self_short_root() -> str:
    strangers = signers("next root", 5)
    return root(2, keys={"root": strangers}, by=[*ROOT_KEYS[:3], *strangers[:2]])


def _new_timestamp_key() -> str:
    return root(2, keys={"timestamp": [NEW_TIMESTAMP_KEY]})


def _doubled(text: str) -> str:
    return altered(text, lambda file: file["signatures"].append(file["signatures"][0]))


def _zero_threshold(file: Any) -> None:
    file["signed"]["roles"]["root"]["threshold"] = 0


def _keyid_twice(file: Any) -> None:
    keyids = file["signed"]["roles"]["root"]["keyids"]
    keyids.append(keyids[0])


def _exchanged_keyids() -> str:
    """A root, rightly signed, in which the timestamp key goes by a name of its own choosing."""
    return root(keys={"timestamp": [MadeSigner("timestamp", keyid="ab" * 32)]})


def _version_faults() -> list[Case]:
    older_snapshot = timestamp(3, SNAPSHOT_1, snapshot_version=1)
    older_targets = snapshot(3, TARGETS_1, targets_version=1)
    without = altered(SNAPSHOT_2, lambda file: file["signed"]["meta"].clear())
    return [
        update("d01-root-again", [("root", ROOT_1)], "rollback"),
        update("d01-root-skips-one", [("root", root(3))], "rollback"),
        update("d01-root-older", [("root", root(2)), ("root", ROOT_1)], "rollback"),
        update("d01-timestamp-older", FIRST + SECOND + FIRST[:1], "rollback"),
        update("d01-timestamp-names-an-older-snapshot", [*FIRST, SECOND[0], ("timestamp", older_snapshot)], "rollback"),
        update(
            "d01-fast-forward-without-a-new-key", [("timestamp", timestamp(100, SNAPSHOT_1)), SECOND[0]], "rollback"
        ),
        update("d01-snapshot-names-older-targets", _over_second(older_targets), "rollback"),
        update("d01-snapshot-drops-targets", _over_second(_resigned_snapshot(without)), "rollback", stricter=True),
        update(
            "d03-older-snapshot-under-a-new-timestamp", [*FIRST, SECOND[0], FIRST[1]], "hash-mismatch", stricter=True
        ),
        update("d03-older-targets-under-a-new-snapshot", [*FIRST, *SECOND[:2], FIRST[2]], "hash-mismatch"),
        update(
            "d03-snapshot-of-another-version",
            [("timestamp", timestamp(2, None, snapshot_version=2)), FIRST[1]],
            "mix-and-match",
        ),
        update("d03-targets-of-another-version", _with_targets(TARGETS_1, version=2, by_hash=False), "mix-and-match"),
        update(
            "d03-other-targets-of-the-same-version",
            [*FIRST[:2], ("targets", targets(by=TARGETS_KEYS[1:]))],
            "hash-mismatch",
        ),
    ]


def _over_second(text: str) -> Steps:
    return [*FIRST, *SECOND, ("timestamp", timestamp(3, text, snapshot_version=3)), ("snapshot", text)]


def _resigned_snapshot(text: str) -> str:
    body = Metadata[Snapshot].from_bytes(text.encode()).signed
    body.version = 3
    return signed(body, [SNAPSHOT_KEY])


def _expiry_faults() -> list[Case]:
    late = _with_targets(targets(expires=NOW_AT))
    shot = snapshot(1, TARGETS_1, expires=NOW_AT)
    return [
        update(
            "d02-timestamp-over", [("timestamp", timestamp(1, SNAPSHOT_1, expires=NOW_AT))], "expired", stricter=True
        ),
        update("d02-snapshot-over", [("timestamp", timestamp(1, shot)), ("snapshot", shot)], "expired", stricter=True),
        update("d02-targets-over", late, "expired"),
        update("d02-root-over", FIRST[:1], "expired", pinned=root(expires=NOW_AT)),
    ]


def _form_faults() -> list[Case]:
    no_hash = [*_with_targets(TARGETS_1, by_hash=False)[:2]]
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


def _upper_signature(file: Any) -> None:
    file["signatures"][0]["sig"] = file["signatures"][0]["sig"].upper()


def _root_faults() -> list[Case]:
    changes: dict[str, Callable[[Any], None]] = {
        "root-without-consistent-snapshots": lambda file: file["signed"].update(consistent_snapshot=False),
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
    other_kind = [MadeSigner("timestamp", scheme="ecdsa-sha2-nistp384")]
    no_pem = [MadeSigner("timestamp", pem_end="more")]
    other_curve = [MadeSigner("timestamp", pem=P384_PEM)]
    return [
        *made,
        update("root-key-not-in-pem", [], BROKEN, pinned=root(keys={"timestamp": no_pem}), stricter=True),
        update(
            "a11-root-key-on-another-curve", [], BROKEN, pinned=root(keys={"timestamp": other_curve}), stricter=True
        ),
        update("root-key-of-an-unknown-kind", [], pinned=root(keys={"timestamp": other_kind}), output=_versions(1)),
        update("timestamp-by-a-key-of-an-unknown-kind", FIRST[:1], FEW, pinned=root(keys={"timestamp": other_kind})),
        update(
            "root-timestamp-key-of-a-new-kind", [("root", root(2, keys={"timestamp": other_kind}))], output=_versions(2)
        ),
    ]


def _first_key(file: Any) -> Any:
    return next(iter(file["signed"]["keys"].values()))


def _fact_faults() -> list[Case]:
    no_hash, odd_hash = MetaFile(1, hashes={"sha512": "ab" * 64}), MetaFile(1, hashes={"sha256": "../../x"})
    nothing = signed(Snapshot(version=1, expires=LATER, meta={"other.json": MetaFile(1)}), [SNAPSHOT_KEY])
    stamps = {"without-a-sha256": no_hash, "with-a-path-as-hash": odd_hash}
    over_nothing: Steps = [("timestamp", timestamp(1, nothing)), ("snapshot", nothing), FIRST[2]]
    return [
        *(
            update(f"timestamp-{name}", [("timestamp", _stamp(fact))], BROKEN, stricter=True)
            for name, fact in stamps.items()
        ),
        update("snapshot-without-targets", over_nothing, "unknown-target", stricter=True),
    ]


def _stamp(fact: MetaFile) -> str:
    return signed(Timestamp(version=1, expires=LATER, snapshot_meta=fact), [TIMESTAMP_KEY])


def _file_cases() -> list[Case]:
    files = {"issuers.json": ISSUERS.decode(), "policy.json": POLICY.decode()}
    wrong = {
        "target-altered": ("issuers.json", '{"version":2}', "hash-mismatch"),
        "target-longer": ("issuers.json", ISSUERS.decode() + " ", "hash-mismatch"),
        "target-of-another-name": ("policy.json", ISSUERS.decode(), "hash-mismatch"),
        "target-unknown": ("deny.json", "{}", "unknown-target"),
    }
    early = {**given_of(ROOT_1, FIRST[:2]), "target": {"name": "issuers.json", "text": ISSUERS.decode()}}
    before = case("target-before-the-targets", "check_target", early, now=NOW, **told_of("out-of-order"))
    good = [before] + [_file_case(f"target-{name}", name, body) for name, body in files.items()]
    return good + [_file_case(name, *given) for name, given in wrong.items()]


def _file_case(name: str, target: str, body: str, fault: str = "") -> Case:
    given = {**given_of(ROOT_1, FIRST), "target": {"name": target, "text": body}}
    return case(name, "check_target", given, now=NOW, **(told_of(fault) if fault else {"output": None}))


def build() -> dict[str, Any]:
    """The file."""
    cases = [
        *_good(),
        *_threshold_faults(),
        *_version_faults(),
        *_expiry_faults(),
        *_form_faults(),
        *_root_faults(),
        *_fact_faults(),
        *_file_cases(),
    ]
    return {
        "about": (
            "Updates of a TUF repository: `pinned` is the root to begin with; every step holds but, where there is a "
            "fault, the last. Output: versions of root, timestamp, snapshot, targets; time of signing of the timestamp."
        ),
        "source": "TUF specification 1.0 §5; written by python-tuf with TEST keys, deterministic nonces (RFC 6979).",
        "files": dict(sorted(FILES.items())),
        "cases": cases,
    }
