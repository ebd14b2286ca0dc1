"""Vectors of receipts: what a counter signs of a scan, and everything near it that is no receipt."""

from __future__ import annotations

from typing import Any

import cbor2

from amate.core import cose, receipt, trust
from amate.core.entitlement import SERVICES
from amate.core.receipt import Receipt, Seen

from ._material import NOW, Case, case, jwk, made_bytes, made_key, signer

COUNTER = made_key("counter")
DEVICE = trust.thumbprint(jwk(COUNTER))
SEEN = Seen(1, made_bytes("receipt cti", 12), 2**20 + 77)
FIRST = Receipt(DEVICE, 1, None, NOW + 3, 3, "HGIMS900110", "valid", None, None, SEEN)
BEFORE = made_bytes("receipt before")
SECOND = FIRST._replace(number=2, previous=BEFORE)
RECEIPTS = {
    "first": FIRST,
    "second": SECOND,
    "last-number": SECOND._replace(number=2**32 - 1),
    "clock-behind": FIRST._replace(device_at=NOW - 7200, skew_s=-7200),
    "clock-not-compared": FIRST._replace(skew_s=None),
    "no-clinic": FIRST._replace(clinic=None),
    **{f"service-{name}": FIRST._replace(service=name) for name in SERVICES},
    "printed-card": FIRST._replace(verdict="check_identity", reason="printed", seen=SEEN._replace(profile=3)),
    "lent-code": FIRST._replace(
        verdict="check_identity", reason="single-use-unproven", seen=SEEN._replace(profile=2, status_index=0)
    ),
    "highest-index": FIRST._replace(seen=SEEN._replace(status_index=2**40 - 1)),
    "stale": FIRST._replace(verdict="stale", reason="trust-stale"),
    "no-trust": FIRST._replace(verdict="stale", reason="no-trust", seen=None),
    "revoked": FIRST._replace(verdict="not_valid", reason="revoked", seen=None),
    "not-a-pass": FIRST._replace(verdict="not_a_pass", reason="not-a-pass", seen=None),
}
WRONG: dict[str, dict[int, Any]] = {
    "device-cut-short": {0: DEVICE[:31]},
    "device-as-text": {0: "x" * 32},
    "number-zero": {1: 0},
    "number-true": {1: True},
    "number-beyond-32-bits": {1: 2**32, 2: BEFORE},
    "first-that-follows": {2: BEFORE},
    "second-that-follows-none": {1: 2},
    "previous-cut-short": {1: 2, 2: BEFORE[:31]},
    "time-negative": {3: -1},
    "time-as-text": {3: str(NOW)},
    "time-beyond-40-bits": {3: 2**40},
    "skew-beyond-all-clocks": {4: 10**10 + 1},
    "before-1970": {3: 5, 4: 6},
    "later-than-40-bits": {3: 2**40 - 1, 4: -1},
    "clinic-in-small-letters": {5: "hgims900110"},
    "clinic-with-line-break": {5: "HGIMS900110\n"},
    "unknown-verdict": {6: "fine"},
    "verdict-null": {6: None},
    "reason-is-a-sentence": {7: "Gloria Hernandez was here"},
    "reason-too-long": {7: "a" * 41},
    "unknown-service": {8: "dentist"},
    "profile-four": {9: [4, SEEN.cti, 1]},
    "profile-zero": {9: [0, SEEN.cti, 1]},
    "cti-too-long": {9: [1, SEEN.cti + b"\0", 1]},
    "index-beyond-40-bits": {9: [1, SEEN.cti, 2**40]},
    "seen-with-a-name": {9: [1, SEEN.cti, 1, "GLORIA"]},
    "not-valid-and-put-down-to-somebody": {6: "not_valid"},
    "not-a-pass-and-put-down-to-somebody": {6: "not_a_pass"},
}


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "Receipts of scans, signed by a counter's TEST key.",
        "source": "ours; RFC 9052, RFC 9596",
        "counter": jwk(COUNTER),
        "cases": [*_good(), *_wrong(), *_other_headers()],
    }


def output_of(given: Receipt) -> dict[str, Any]:
    """A receipt as JSON, bytes as hex."""
    seen = None if given.seen is None else given.seen._asdict() | {"cti": given.seen.cti.hex()}
    previous = None if given.previous is None else given.previous.hex()
    return given._asdict() | {"device": given.device.hex(), "previous": previous, "seen": seen}


def _good() -> list[Case]:
    cases = []
    for name, given in RECEIPTS.items():
        raw = receipt.sign_receipt(given, signer(COUNTER))
        parsed = receipt.parse_receipt(raw)
        told = output_of(given) | {"scanned_at": given.scanned_at, "digest": receipt.digest_of(raw).hex()}
        cases.append(case(f"parse-{name}", "parse_receipt", {"hex": raw.hex()}, output=told))
        signature = parsed.sign1.signature.hex()
        cases.append(
            case(
                f"sign-{name}",
                "sign_receipt",
                {"receipt": output_of(given), "signature": signature},
                output=raw.hex(),
            )
        )
    return cases


def _row() -> list[Any]:
    return [*FIRST[:-1], list(SEEN)]


def _signed(payload: Any, protected: dict[int | str, Any] | None = None) -> bytes:
    header: dict[int | str, Any] = {1: -7, 16: receipt.TYPE} if protected is None else protected
    return cose.sign_sign1(header, cbor2.dumps(payload, canonical=True), signer(COUNTER))


def _wrong() -> list[Case]:
    rows: dict[str, Any] = {
        name: [changed.get(at, value) for at, value in enumerate(_row())] for name, changed in WRONG.items()
    }
    rows |= {"one-member-less": _row()[:-1], "one-member-more": [*_row(), None], "not-a-row": {1: _row()}}
    made = {name: _signed(row) for name, row in rows.items()}
    first = _signed(_row())
    made |= {"trailing-byte": first + b"\0", "cut-short": first[:-1], "empty": b""}
    return [
        case(f"refuse-{name}", "parse_receipt", {"hex": raw.hex()}, expect="malformed") for name, raw in made.items()
    ]


def _other_headers() -> list[Case]:
    """One kind of token for another (A10): a receipt says what it is, under its signature."""
    headers: dict[str, dict[int | str, Any]] = {
        "a10-header-of-a-presentation": {1: -7},
        "a10-header-of-a-pass": {1: -7, 4: b"\0" * 8},
        "a10-another-type": {1: -7, 16: "amate-receipt"},
        "a10-type-and-more": {1: -7, 4: b"\0" * 8, 16: receipt.TYPE},
    }
    return [
        case(f"refuse-{name}", "parse_receipt", {"hex": _signed(_row(), header).hex()}, expect="malformed")
        for name, header in headers.items()
    ]
