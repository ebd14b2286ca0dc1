"""tuf.json: updates of a TUF repository, whole and broken; python-tuf itself is asked whether it agrees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from securesystemslib.signer import Signer
from tuf.api.metadata import Metadata, Snapshot, Targets

from generators import _tuf_forms
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
    versions,
    with_targets,
)


def _good() -> list[Case]:
    whole = {"versions": [1, 1, 1, 1], "signed_at": NOW - 3600, "root_version": None}
    old_then_new = [*ROOT_KEYS[:3], NEW_ROOT_KEY]
    new_root = root(2, keys={"root": [*ROOT_KEYS[1:], NEW_ROOT_KEY]}, by=old_then_new)
    bare = timestamp(1, SNAPSHOT_1, stamp=False)
    far = timestamp(100, SNAPSHOT_1)
    rotated = root(2, keys={"timestamp": [NEW_TIMESTAMP_KEY]})
    fresh = timestamp(2, SNAPSHOT_1, by=NEW_TIMESTAMP_KEY)
    return [
        update("first-update", FIRST, output=whole),
        update("second-update", FIRST + SECOND, output={**whole, "versions": [1, 2, 2, 2]}),
        update("same-timestamp-again", FIRST + FIRST[:1], output=whole),
        update("timestamp-without-signed-at", [("timestamp", bare), *FIRST[1:]], output={**whole, "signed_at": None}),
        update("root-rotated-by-three-old-keys", [("root", new_root)], output=versions(2)),
        update(
            "root-of-a-year-ago-leads-to-the-next",
            [("root", root(2))],
            pinned=root(expires=NOW_AT),
            output=versions(2),
        ),
        update("all-three-sign-targets", with_targets(targets(by=TARGETS_KEYS)), output=whole),
        update("signature-of-a-stranger-beside", with_targets(targets(by=[STRANGER, *TARGETS_KEYS[1:]])), output=whole),
        update(
            "fast-forward-mended-by-a-new-timestamp-key",
            [("timestamp", far), ("root", rotated), ("timestamp", fresh)],
            output=versions(2, 2),
        ),
        update("last-second-of-a-timestamp", FIRST, now=int(LATER.timestamp()) - 1, output=whole),
        update(
            "timestamp-that-knows-the-newest-root",
            [("timestamp", timestamp(1, SNAPSHOT_1, root_version=7))],
            output={**versions(1, 1), "root_version": 7},
        ),
        update("root-without-consistent-snapshots", FIRST, pinned=root(consistent=False), output=whole),
        update(
            "raised-threshold-forgets-the-timestamp",
            [FIRST[0], ("root", root(2, thresholds={"timestamp": 2}, keys={"timestamp": _two_for_timestamp()}))],
            pinned=root(keys={"timestamp": _two_for_timestamp()}),
            output=versions(2),
            stricter=True,
        ),
    ]


def _environments() -> list[Case]:
    """Row D09: a root and a timestamp say, signed, for which environment they are; python-tuf does not look."""
    demo, other = "demo", "production"
    pinned, later = root(env=demo), root(2, env=demo)
    stamp = ("timestamp", timestamp(1, SNAPSHOT_1, env=demo))
    wrong = {"fault": "wrong-environment", "stricter": True}
    return [
        update("environment-of-the-pinned-root", [("root", later), stamp], pinned=pinned, output=versions(2, 1)),
        update("environment-said-from-the-second-root-on", [("root", later), stamp], output=versions(2, 1)),
        update("d09-root-of-another-environment", [("root", root(2, env=other))], pinned=pinned, **wrong),
        update("d09-root-of-no-environment", [("root", root(2))], pinned=pinned, **wrong),
        update("d09-root-whose-environment-is-a-number", [("root", root(2, env=1))], pinned=pinned, **wrong),
        update("d09-root-of-another-than-the-second", [("root", later), ("root", root(3, env=other))], **wrong),
        update(
            "d09-timestamp-of-another-environment",
            [("timestamp", timestamp(1, SNAPSHOT_1, env=other))],
            pinned=pinned,
            **wrong,
        ),
        update("d09-timestamp-of-no-environment", FIRST[:1], pinned=pinned, **wrong),
    ]


def _two_for_timestamp() -> list[MadeSigner]:
    return [TIMESTAMP_KEY, NEW_TIMESTAMP_KEY]


def _threshold_faults() -> list[Case]:
    twins = [MadeSigner("twin"), MadeSigner("twin", pem_end="")]
    two_of_twins = root(keys={"targets": twins})
    return [
        update("d04-pinned-root-two-of-five", [], FEW, pinned=root(by=ROOT_KEYS[:2])),
        update("d04-root-two-old-and-one-new", [("root", _next_root([*ROOT_KEYS[:2], NEW_ROOT_KEY]))], FEW),
        update("d04-root-without-its-own-threshold", [("root", _self_short_root())], FEW),
        update("d04-targets-one-of-three", with_targets(targets(by=TARGETS_KEYS[:1])), FEW),
        update("d04-targets-same-key-twice", with_targets(_doubled(targets(by=TARGETS_KEYS[:1]))), BROKEN),
        update("d04-pinned-root-same-key-three-times", [], BROKEN, pinned=_doubled(root(by=ROOT_KEYS[:2]))),
        update(
            "d04-one-key-written-in-two-ways", with_targets(targets(by=twins)), FEW, pinned=two_of_twins, stricter=True
        ),
        update("d04-targets-by-strangers", with_targets(targets(by=[STRANGER, NEW_ROOT_KEY])), FEW),
        update("d04-targets-by-keys-of-other-roles", with_targets(targets(by=[SNAPSHOT_KEY, TIMESTAMP_KEY])), FEW),
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
        update("d03-targets-of-another-version", with_targets(TARGETS_1, version=2, by_hash=False), "mix-and-match"),
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
    late = with_targets(targets(expires=NOW_AT))
    shot = snapshot(1, TARGETS_1, expires=NOW_AT)
    return [
        update(
            "d02-timestamp-over", [("timestamp", timestamp(1, SNAPSHOT_1, expires=NOW_AT))], "expired", stricter=True
        ),
        update("d02-snapshot-over", [("timestamp", timestamp(1, shot)), ("snapshot", shot)], "expired", stricter=True),
        update("d02-targets-over", late, "expired"),
        update("d02-root-over", FIRST[:1], "expired", pinned=root(expires=NOW_AT)),
    ]


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
    by_sha512, by_unknown = targets(hashes=["sha512"]), _unknown_hashes()
    return [
        *good,
        *(_file_case(name, *given) for name, given in wrong.items()),
        _file_case("target-by-sha512", "issuers.json", ISSUERS.decode(), steps=with_targets(by_sha512)),
        _file_case(
            "target-altered-by-sha512", "issuers.json", '{"version":2}', "hash-mismatch", with_targets(by_sha512)
        ),
        _file_case(
            "target-by-an-unknown-hash", "issuers.json", ISSUERS.decode(), "hash-mismatch", with_targets(by_unknown)
        ),
    ]


def _unknown_hashes() -> str:
    body = Metadata[Targets].from_bytes(TARGETS_1.encode()).signed
    for listed in body.targets.values():
        listed.hashes = {"md7": "ab"}
    return signed(body, TARGETS_KEYS[:2])


def _file_case(name: str, target: str, body: str, fault: str = "", steps: Steps = FIRST) -> Case:
    given = {**given_of(ROOT_1, steps), "target": {"name": target, "text": body}}
    return case(name, "check_target", given, now=NOW, **(told_of(fault) if fault else {"output": None}))


def build() -> dict[str, Any]:
    """The file."""
    cases = [
        *_good(),
        *_tuf_forms.hashes(),
        *_tuf_forms.keyids(),
        *_environments(),
        *_threshold_faults(),
        *_version_faults(),
        *_expiry_faults(),
        *_tuf_forms.form_faults(),
        *_tuf_forms.root_faults(),
        *_tuf_forms.fact_faults(),
        *_file_cases(),
    ]
    return {
        "about": (
            "Updates of a TUF repository: `pinned` is the root to begin with; every step holds but, where there is a "
            "fault, the last. Output: versions of root, timestamp, snapshot, targets; when the timestamp was signed "
            "and the newest root that it knows."
        ),
        "source": "TUF specification 1.0 §5; written by python-tuf with TEST keys, deterministic nonces (RFC 6979).",
        "files": dict(sorted(FILES.items())),
        "cases": cases,
    }
