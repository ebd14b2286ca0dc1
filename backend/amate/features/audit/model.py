"""An entry of the log and the chain that binds it to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

LANES = 16
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did.

    at:      seconds since 1970
    subject: opaque id of what it was done to; never a CURP or a name
    detail:  small facts, no personal data
    digest:  hex SHA-256 over the entry and the digest before it
    """

    lane: int
    seq: int
    at: int
    actor: str
    action: str
    subject: str
    detail: dict[str, object]
    previous: str
    digest: str


def digest_of(
    *, lane: int, seq: int, at: int, actor: str, action: str, subject: str, detail: str, previous: str
) -> str:
    """Hex SHA-256 over the canonical JSON of an entry; `detail` is JSON text exactly as stored."""
    line = json.dumps([lane, seq, at, actor, action, subject, detail, previous], separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def first_break(entries: Iterable[Entry], *, expected_count: int, expected_head: str) -> int | None:
    """The sequence number at which a lane's chain does not hold, or None; entries in order of `seq`, from 1."""
    previous, count = GENESIS, 0
    for entry in entries:
        count += 1
        again = digest_of(
            lane=entry.lane,
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=encode_detail(entry.detail),
            previous=previous,
        )
        if entry.seq != count or entry.previous != previous or entry.digest != again:
            return count
        previous = entry.digest
    return None if (count, previous) == (expected_count, expected_head) else count + 1


def encode_detail(detail: dict[str, object]) -> str:
    """The one JSON text of an entry's detail."""
    return json.dumps(detail, separators=(",", ":"), sort_keys=True)
