"""A scan that is kept, what became of the receipt that told of it, and when two scans are too many. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from amate.core.qr_pass import EPHEMERAL

STORED, CONFLICT, KNOWN, REFUSED = "stored", "conflict", "known", "refused"
GAP, FORK = "receipt-gap", "receipt-fork"
# Nobody is seen by two clinics within it; the same pass in two hands is.
TWO_PLACES_S: Final = 3600
# A counter asks on line about a code of one use, and leaves its receipt besides: one look.
SAME_LOOK_S: Final = 120


@dataclass(frozen=True, slots=True)
class Scan:
    """One verdict that somebody was given: here on line, or off line at a counter or in an integrator's system.

    id:           with a point where it was made here: no integrator can name a receipt that a counter signed
    cti:          hex; None where the verdict vouched for no pass
    scanned_at:   seconds since 1970, as well as the counter knew it
    device:       thumbprint of the counter's key; None for what nobody signed
    number:       of the receipt, in the counter's own chain
    status_index: by which the person finds who looked
    raw:          the receipt as it was signed
    state, why:   `stored`, or `conflict` with the slug that says with what
    """

    id: str
    cti: str | None
    verdict: str
    scanned_at: int
    clinic: str | None
    device: str | None = None
    number: int | None = None
    profile: int | None = None
    status_index: int | None = None
    reason: str | None = None
    raw: bytes | None = None
    state: str = STORED
    why: str | None = None
    is_online: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """A receipt as it comes from its counter.

    id:      SHA-256 of the receipt inside, in hex
    receipt: JWE to the centre's key
    """

    id: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a receipt.

    state: `stored` now, `known` from before, `conflict` (kept, and told), or `refused` (not kept)
    why:   a slug, of the last two
    """

    id: str
    state: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """A device that signs receipts.

    clinic: of the session that it first sent with
    """

    thumbprint: str
    x: str
    y: str
    clinic: str | None


@dataclass(frozen=True, slots=True)
class Double:
    """One pass in two places where it cannot have been, or a code of one use at two counters."""

    cti: str
    profile: int | None
    first: Scan
    second: Scan


def is_double(first: Scan, second: Scan) -> bool:
    """Whether two scans of one pass are more than one person's doing (row E03)."""
    if first.clinic != second.clinic:
        is_told = None not in (first.clinic, second.clinic)
        return is_told and abs(first.scanned_at - second.scanned_at) <= TWO_PLACES_S
    is_of_one_use = EPHEMERAL in (first.profile, second.profile)
    return is_of_one_use and None not in (first.device, second.device) and first.device != second.device


def looks_of(scans: Sequence[Scan]) -> list[Scan]:
    """Who looked, newest first: an answer on line and the receipt of the same scan are one look."""
    answered = [scan for scan in scans if scan.is_online]
    looks = [scan for scan in scans if scan.is_online or not any(_is_same_look(scan, other) for other in answered)]
    return sorted(looks, key=lambda look: look.scanned_at, reverse=True)


def _is_same_look(one: Scan, other: Scan) -> bool:
    is_same = (one.cti, one.clinic) == (other.cti, other.clinic)
    return is_same and abs(one.scanned_at - other.scanned_at) <= SAME_LOOK_S
