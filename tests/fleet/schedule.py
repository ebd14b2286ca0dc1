"""Who synchronises when, which passes they are shown until they do again, and what an all-knowing judge expects."""

from __future__ import annotations

import bisect
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from amate.core import encoding, qr_pass
from amate.features.trust.model import DAY_S
from tests.fleet.recording import GOOD, POST_DATED, Recording, Shown
from tests.soft_jwt import raw_signature

LONGEST_OFF_LINE_S = 7 * DAY_S
WARN_S, STALE_S = DAY_S, 7 * DAY_S  # DESIGN §4
NEW_S = 2 * DAY_S
CLOCKS_DIFFER_S = 300  # policy.toml [clock] behind_floor_s
STATUS_ENDS_S = 7 * DAY_S  # policy.toml [status] exp_s

Answer = tuple[str, list[str]]  # verdict, reasons


@dataclass(frozen=True)
class Scan:
    """A pass that is shown to a verifier at an instant."""

    shown: Shown
    text: str
    now: int


@dataclass(frozen=True)
class Visit:
    """A verifier that is on line at an instant, and what it scans until it is on line again.

    is_refused: whether it may refuse what it is served, and go on with what it has
    """

    verifier: int
    at: int
    scans: list[Scan]
    is_refused: bool = False


def visits(
    recording: Recording, phone: ec.EllipticCurvePrivateKey, *, verifiers: int, chance: random.Random
) -> Iterator[Visit]:
    """All visits of each verifier in turn: gaps of 0 to 7 days, and in each a good pass and a bad one."""
    good = [shown for shown in recording.passes if shown.kind == GOOD]
    bad = [shown for shown in recording.passes if shown.kind != GOOD]
    begins, ends = recording.trust_at[0], recording.trust_at[-1]
    for verifier in range(verifiers):
        at = begins + chance.randrange(LONGEST_OFF_LINE_S)
        while at < ends:
            next_at = at + 1 + chance.randrange(LONGEST_OFF_LINE_S)
            scans = []
            for passes in (good, bad):
                now = chance.randrange(at, min(next_at, ends + 1))
                shown = _one_of(passes, now, chance)
                if shown is not None:
                    scans.append(Scan(shown, shown_text(shown.raw, phone, now), now))
            yield Visit(verifier, at, scans)
            at = next_at


def _one_of(passes: list[Shown], now: int, chance: random.Random) -> Shown | None:
    """A pass that somebody may show now; half of the time one of the newest, since these are by the newest keys."""
    made = bisect.bisect_right(passes, now, key=lambda shown: shown.made_at)
    alive = [shown for shown in passes[max(0, made - 240) : made] if shown.exp > now]
    if not alive:
        return None
    newest = [shown for shown in alive if now - shown.made_at < NEW_S]
    return chance.choice(newest if newest and chance.random() < 0.5 else alive)


def shown_text(raw: bytes, phone: ec.EllipticCurvePrivateKey, now: int) -> str:
    """The digits in the code that a phone shows now."""
    sign = partial(raw_signature, phone)
    return encoding.text_from_bytes(qr_pass.present(raw, shown_at=now, clock_quality_s=1, sign=sign))


def write(found: list[Visit], path: Path) -> None:
    """For a reader in another language: a line {verifier, at, is_refused, scans: [{text, now}]} for each visit."""
    with path.open("w") as lines:
        for visit in found:
            scans = [{"text": scan.text, "now": scan.now} for scan in visit.scans]
            said = {"verifier": visit.verifier, "at": visit.at, "is_refused": visit.is_refused, "scans": scans}
            lines.write(json.dumps(said) + "\n")


def fault_of(recording: Recording, visit: Visit, scan: Scan, answer: Answer) -> str | None:
    """What is wrong with an answer, by somebody who knows all that happened; None when nothing is."""
    verdict, reasons = answer
    refused_from = recording.refused_from(scan.shown)
    if refused_from is not None and refused_from <= visit.at:
        return None if verdict == "not_valid" else f"bad one {verdict}"
    if scan.shown.kind == POST_DATED and scan.now < scan.shown.iat:
        is_early = scan.shown.iat - scan.now > CLOCKS_DIFFER_S
        return f"bad one {verdict}" if is_early and verdict in ("valid", "check_identity") else None
    if scan.shown.kind not in (GOOD, POST_DATED):
        return None  # nobody has been told yet
    expected = _expected(recording, visit, scan)
    if verdict == "not_valid":
        return f"good one refused: {reasons}"
    return None if (verdict, set(reasons)) == expected else f"good one {verdict} {reasons}, not {expected}"


def _expected(recording: Recording, visit: Visit, scan: Scan) -> tuple[str, set[str]]:
    """The state of DESIGN §4 for a good pass under what this verifier can have."""
    said = {"identity-sealed"}
    trust_age, status_age = (
        scan.now - published[bisect.bisect_right(published, visit.at) - 1]
        for published in (recording.trust_at, recording.status_at)
    )
    if trust_age > WARN_S:
        said.add("trust-stale" if trust_age > STALE_S else "trust-aging")
    if status_age > WARN_S:
        said.add("status-stale" if status_age >= STATUS_ENDS_S else "status-aging")
    return ("stale" if said & {"trust-stale", "status-stale"} else "valid"), said
