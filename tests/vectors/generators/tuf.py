"""tuf.json: updates of a TUF repository, whole and broken; python-tuf itself is asked whether it agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from securesystemslib.signer import Signer
from tuf.api.metadata import Metadata, Snapshot

from generators._material import NOW, Case, case
from generators._tuf_repository import (
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
    TIMESTAMP_1,
    TIMESTAMP_KEY,
    MadeSigner,
    Steps,
    altered,
    python_tuf_takes,
    root,
    signed,
    signers,
    snapshot,
    targets,
    timestamp,
)

# Texts of files by the beginning of their SHA-256: cases share most of them.
FILES: dict[str, str] = {}
FEW, BROKEN = "too-few-signatures", "malformed"


def _stored(text: str) -> str:
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    FILES[name] = text
    return name


def _given(pinned: str, steps: Steps) -> dict[str, Any]:
    return {"pinned": _stored(pinned), "steps": [[role, _stored(text)] for role, text in steps]}


def _fault(fault: str) -> dict[str, Any]:
    return {"expect": BROKEN} if fault == BROKEN else {"expect": "trust-broken", "output": {"fault": fault}}


def _case(
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
    told = _fault(fault) if fault else {"output": output}
    comment = "stricter than python-tuf, or earlier" if stricter else ""
    return case(name, "update", _given(pinned, steps), now=now, comment=comment, **told)


def _good() -> list[Case]:
    whole = {"versions": [1, 1, 1, 1], "signed_at": NOW - 3600}
    old_then_new = [*ROOT_KEYS[:3], NEW_ROOT_KEY]
    new_root = root(2, keys={"root": [*ROOT_KEYS[1:], NEW_ROOT_KEY]}, by=old_then_new)
    bare = timestamp(1, SNAPSHOT_1, stamp=False)
    far = timestamp(100, SNAPSHOT_1)
    rotated = root(2, keys={"timestamp": [NEW_TIMESTAMP_KEY]})
    fresh = timestamp(2, SNAPSHOT_1, by=NEW_TIMESTAMP_KEY)
    return [
        _case("first-update", FIRST, output=whole),
        _case("second-update", FIRST + SECOND, output={"versions": [1, 2, 2, 2], "signed_at": NOW - 3600}),
        _case("same-timestamp-again", FIRST + FIRST[:1], output=whole),
        _case("timestamp-without-signed-at", [("timestamp", bare), *FIRST[1:]], output={**whole, "signed_at": None}),
        _case("root-rotated-by-three-old-keys", [("root", new_root)], output=_versions(2)),
        _case(
            "root-of-a-year-ago-leads-to-the-next",
            [("root", root(2))],
            pinned=root(expires=NOW_AT),
            output=_versions(2),
        ),
        _case("all-three-sign-targets", _with_targets(targets(by=TARGETS_KEYS)), output=whole),
        _case("signature-of-a-stranger-beside", _with_targets(targets(by=[STRANGER, *TARGETS_KEYS[1:]])), output=whole),
        _case(
            "fast-forward-mended-by-a-new-timestamp-key",
            [("timestamp", far), ("root", rotated), ("timestamp", fresh)],
            output=_versions(2, 2),
        ),
        _case("last-second-of-a-timestamp", FIRST, now=int(LATER.timestamp()) - 1, output=whole),
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
        _case("d04-pinned-root-two-of-five", [], FEW, pinned=root(by=ROOT_KEYS[:2])),
        _case("d04-root-two-old-and-one-new", [("root", _next_root([*ROOT_KEYS[:2], NEW_ROOT_KEY]))], FEW),
        _case("d04-root-without-its-own-threshold", [("root", _self_short_root())], FEW),
        _case("d04-targets-one-of-three", _with_targets(targets(by=TARGETS_KEYS[:1])), FEW),
        _case("d04-targets-same-key-twice", _with_targets(_doubled(targets(by=TARGETS_KEYS[:1]))), BROKEN),
        _case("d04-pinned-root-same-key-three-times", [], BROKEN, pinned=_doubled(root(by=ROOT_KEYS[:2]))),
        _case(
            "d04-one-key-written-in-two-ways",
            _with_targets(targets(by=twins)),
            FEW,
            pinned=two_of_twins,
            stricter=True,
        ),
        _case("d04-targets-by-strangers", _with_targets(targets(by=[STRANGER, NEW_ROOT_KEY])), FEW),
        _case("d04-targets-by-keys-of-other-roles", _with_targets(targets(by=[SNAPSHOT_KEY, TIMESTAMP_KEY])), FEW),
        _case("d04-timestamp-by-the-snapshot-key", [("timestamp", timestamp(1, SNAPSHOT_1, by=SNAPSHOT_KEY))], FEW),
        _case("d04-timestamp-by-an-old-key", [("root", _new_timestamp_key()), FIRST[0]], FEW),
        _case("d04-threshold-zero", [], BROKEN, pinned=altered(ROOT_1, _zero_threshold)),
        _case("d04-keyid-of-another-key", [], BROKEN, pinned=_exchanged_keyids(), stricter=True),
        _case("d04-keyid-twice-in-a-role", [], BROKEN, pinned=altered(ROOT_1, _keyid_twice)),
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
        _case("d01-root-again", [("root", ROOT_1)], "rollback"),
        _case("d01-root-skips-one", [("root", root(3))], "rollback"),
        _case("d01-root-older", [("root", root(2)), ("root", ROOT_1)], "rollback"),
        _case("d01-timestamp-older", FIRST + SECOND + FIRST[:1], "rollback"),
        _case(
            "d01-timestamp-names-an-older-snapshot",
            [*FIRST, SECOND[0], ("timestamp", older_snapshot)],
            "rollback",
        ),
        _case(
            "d01-fast-forward-without-a-new-key",
            [("timestamp", timestamp(100, SNAPSHOT_1)), SECOND[0]],
            "rollback",
        ),
        _case("d01-snapshot-names-older-targets", _over_second(older_targets), "rollback"),
        _case("d01-snapshot-drops-targets", _over_second(_resigned_snapshot(without)), "rollback", stricter=True),
        _case(
            "d03-older-snapshot-under-a-new-timestamp",
            [*FIRST, SECOND[0], FIRST[1]],
            "hash-mismatch",
            stricter=True,
        ),
        _case("d03-older-targets-under-a-new-snapshot", [*FIRST, *SECOND[:2], FIRST[2]], "hash-mismatch"),
        _case(
            "d03-snapshot-of-another-version",
            [("timestamp", timestamp(2, None, snapshot_version=2)), FIRST[1]],
            "mix-and-match",
        ),
        _case("d03-targets-of-another-version", _with_targets(TARGETS_1, version=2, by_hash=False), "mix-and-match"),
        _case(
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
        _case(
            "d02-timestamp-over",
            [("timestamp", timestamp(1, SNAPSHOT_1, expires=NOW_AT))],
            "expired",
            stricter=True,
        ),
        _case("d02-snapshot-over", [("timestamp", timestamp(1, shot)), ("snapshot", shot)], "expired", stricter=True),
        _case("d02-targets-over", late, "expired"),
        _case("d02-root-over", FIRST[:1], "expired", pinned=root(expires=NOW_AT)),
    ]


def _form_faults() -> list[Case]:
    no_hash = [*_with_targets(TARGETS_1, by_hash=False)[:2]]
    return [
        _case("tampered-targets", [*no_hash, ("targets", altered(TARGETS_1, _other_length))], FEW),
        _case(
            "tampered-targets-under-a-hash",
            [*FIRST[:2], ("targets", altered(TARGETS_1, _other_length))],
            "hash-mismatch",
        ),
        _case("tampered-timestamp", [("timestamp", altered(TIMESTAMP_1, _later_version))], FEW),
        _case("tampered-signed-at", [("timestamp", altered(TIMESTAMP_1, _later_stamp))], FEW),
        _case("signature-raw-instead-of-der", [("timestamp", altered(TIMESTAMP_1, _raw_signature))], FEW),
        _case("signature-der-with-a-needless-zero", [("timestamp", altered(TIMESTAMP_1, _loose_signature))], FEW),
        _case("signature-followed-by-more", [("timestamp", altered(TIMESTAMP_1, _longer_signature))], FEW),
        _case("signature-upper-case", [("timestamp", altered(TIMESTAMP_1, _upper_signature))], FEW, stricter=True),
        _case("no-signatures", [("timestamp", altered(TIMESTAMP_1, lambda file: file["signatures"].clear()))], FEW),
        _case("a10-snapshot-as-timestamp", [("timestamp", SNAPSHOT_1)], BROKEN),
        _case("a10-timestamp-as-root", [("root", TIMESTAMP_1)], BROKEN),
        _case(
            "a09-version-twice",
            [("timestamp", TIMESTAMP_1.replace('"version":', '"version":9,"version":'))],
            BROKEN,
            stricter=True,
        ),
        _case("a12-version-float", [("timestamp", altered(TIMESTAMP_1, _float_version))], BROKEN),
        _case("a12-version-zero", [("timestamp", altered(TIMESTAMP_1, _zero_version))], BROKEN),
        _case("specification-two", [("timestamp", altered(TIMESTAMP_1, _other_specification))], BROKEN),
        _case("not-json", [("timestamp", "timestamp")], BROKEN),
        _case("d06-too-long", [("timestamp", TIMESTAMP_1 + " " * 16_384)], BROKEN, stricter=True),
        _case("targets-before-the-snapshot", [FIRST[0], FIRST[2]], "out-of-order", stricter=True),
        _case("snapshot-before-the-timestamp", [FIRST[1]], "out-of-order", stricter=True),
        _case("targets-before-the-new-snapshot", [*FIRST, SECOND[0], FIRST[2]], "out-of-order", stricter=True),
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


def _file_cases() -> list[Case]:
    files = {"issuers.json": ISSUERS.decode(), "policy.json": POLICY.decode()}
    wrong = {
        "target-altered": ("issuers.json", '{"version":2}', "hash-mismatch"),
        "target-longer": ("issuers.json", ISSUERS.decode() + " ", "hash-mismatch"),
        "target-of-another-name": ("policy.json", ISSUERS.decode(), "hash-mismatch"),
        "target-unknown": ("deny.json", "{}", "unknown-target"),
    }
    good = [_file_case(f"target-{name}", name, body) for name, body in files.items()]
    return good + [_file_case(name, *given) for name, given in wrong.items()]


def _file_case(name: str, target: str, body: str, fault: str = "") -> Case:
    given = {**_given(ROOT_1, FIRST), "target": {"name": target, "text": body}}
    return case(name, "check_target", given, now=NOW, **(_fault(fault) if fault else {"output": None}))


def build() -> dict[str, Any]:
    """The file."""
    cases = [
        *_good(),
        *_threshold_faults(),
        *_version_faults(),
        *_expiry_faults(),
        *_form_faults(),
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
