"""A verdict as everybody outside gets it, and how old verifiers' lists are. PURE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from amate.core.days import date_from_day
from amate.core.encoding import bytes_from_text
from amate.core.entitlement import GENERAL, Answer, Rights
from amate.core.geo import distance_m
from amate.core.qr_pass import EPHEMERAL, Pass, Presentation, parse
from amate.core.standing import SignedRevocations
from amate.core.status_list import StatusList
from amate.core.trust import IssuerKey, Trust
from amate.core.verdict import NOT_A_PASS, NOT_VALID, Verdict, verdict
from amate.errors import Malformed
from amate.features.clinics.model import Clinic, Directory, told_to

NEAREST: Final = 5
EXIT_CODES: Final = {"valid": 0, "check_identity": 3, "stale": 4, "not_valid": 5, "not_a_pass": 6}
SYNC_S: Final = 15 * 60  # a verifier on line is never older than this: pwa/src/clinic/actions.ts
REPORTS_KEPT_S: Final = 90 * 86_400

JsonObject = dict[str, Any]
Point = tuple[float, float]
Consume = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class World:
    """What a verifier stands on.

    trust:        None when nothing could be verified; `problem` is then the slug that says why
    usable_until: when root or targets end: from then on the age of trust is counted as endless
    directory:    a pack's own clinics; None on the central server, which has a database of them
    revocations:  the whole country's; None where there is no file of them that verifies
    """

    trust: Trust | None
    status: Mapping[int, StatusList]
    usable_until: int
    directory: Directory | None
    revocations: SignedRevocations | None = None
    problem: str | None = None

    def trust_at(self, now: int) -> Trust | None:
        """The trust to judge with at `now`."""
        if self.trust is None or now < self.usable_until:
            return self.trust
        return self.trust._replace(refreshed_at=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: a scanned text, and where it was scanned.

    clinic:    CLUES
    location:  degrees, when the clinic's own place is not meant
    challenge: six digits that the counter asked the phone for, when it did
    """

    text: str
    clinic: str | None = None
    location: Point | None = None
    service: str = GENERAL
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class VerifierReport:
    """How old a verifier's lists are, as it tells; instants in seconds since 1970, None for what it never had.

    device: made by chance on the device; it names nobody
    """

    device: str
    trust_signed_at: int | None
    status_signed_at: int | None
    clock_skew_s: int | None


@dataclass(frozen=True, slots=True)
class Signed:
    """When what a verifier stands on was signed, in seconds since 1970; None for what it has not.

    status_at: of the oldest of its status lists
    """

    trust_at: int | None
    status_at: int | None
    revocations_at: int | None


@dataclass(frozen=True, slots=True)
class AgeCounts:
    """Devices by age, youngest first, the last place for those beyond every bound; `never` had any."""

    buckets: tuple[int, ...]
    never: int


@dataclass(frozen=True, slots=True)
class Ages:
    """How old the lists of all verifiers are.

    bounds_s: the last age of each bucket but the oldest
    recent:   devices that reported within a day
    skewed:   devices whose clock is off by more than `skew_s`
    """

    bounds_s: tuple[int, ...]
    devices: int
    recent: int
    skew_s: int
    skewed: int
    trust: AgeCounts
    status: AgeCounts


def answer(
    world: World, directory: Directory, asked: Asked, *, now: int, consume: Consume | None = None
) -> tuple[Verdict, JsonObject]:
    """The verdict and its JSON.

    consume: cti → whether this is its first use; None where nobody can tell (off line, or only looking)
    Raises:  Malformed("unknown-clinic")
    """
    clinic = _clinic_of(world, directory, asked.clinic)
    found = _judge(world, asked, clinic, now, None)
    if consume is not None and found.profile == EPHEMERAL and found.cti is not None:
        found = _judge(world, asked, clinic, now, consume(found.cti))
    return found, _as_json(found, directory, clinic, asked.location)


def keys_of(issuers: Trust) -> list[IssuerKey]:
    """Every key of the issuers' list."""
    return [key for keys in issuers.keys.values() for key in keys]


def pass_in(text: str) -> Pass:
    """The pass in a text on which there is a verdict with a cti."""
    found = parse(bytes_from_text(text.strip()))
    return found.pass_ if isinstance(found, Presentation) else found


def _judge(world: World, asked: Asked, clinic: Clinic | None, now: int, single_use: bool | None) -> Verdict:
    return verdict(
        asked.text.strip(),
        trust=world.trust_at(now),
        status=world.status,
        clinic=None if clinic is None else clinic.facts,
        now=now,
        service=asked.service,
        single_use=single_use,
        revocations=world.revocations,
        challenge=asked.challenge,
    )


def _clinic_of(world: World, directory: Directory, clues: str | None) -> Clinic | None:
    clinic = None if clues is None else directory.find(clues)
    if clinic is None and clues is not None and world.trust is not None:  # without trust no clinic is known
        raise Malformed("unknown-clinic", "No unit has this CLUES; import the catalogue again.", where="clinic")
    return clinic


def _as_json(found: Verdict, directory: Directory, clinic: Clinic | None, location: Point | None) -> JsonObject:
    here = location or _place_of(clinic)
    tells = found.verdict not in (NOT_VALID, NOT_A_PASS)  # red and grey say the reason, and nothing else
    return {
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "demo": found.demo,
        "person": None if found.person is None else dict(found.person),
        "entitlement": None if found.entitlement is None else _entitlement(found.entitlement),
        "assigned_clinic": _assigned(found, directory, here),
        "nearest_clinics": _nearest(found.rights, directory, here) if tells and here is not None else [],
        "trust_age_s": found.trust_age_s,
        "status_age_s": found.status_age_s,
        "clock_skew_s": found.clock_skew_s,
    }


def _place_of(clinic: Clinic | None) -> Point | None:
    if clinic is None or clinic.lat is None or clinic.lon is None:
        return None
    return clinic.lat, clinic.lon


def _entitlement(found: Answer) -> JsonObject:
    until = None if found.until_day is None else date_from_day(found.until_day)
    return {
        "status": found.status,
        "payer": found.payer,
        "payer_label": found.payer_label,
        "attend": found.attend,
        "services": list(found.services),
        "until": until,
        "rule": found.rule,
        "rule_version": found.rule_version,
    }


def _assigned(found: Verdict, directory: Directory, here: Point | None) -> JsonObject | None:
    clues = found.assigned_clinic
    if clues is None:
        return None
    clinic = directory.find(clues)
    if clinic is None:
        empty = dict.fromkeys(("name", "institution", "level", "lat", "lon", "distance_m", "attend"))
        return {"clues": clues, **empty}
    there = _place_of(clinic)
    away = round(distance_m(here, there)) if here is not None and there is not None else None
    return told_to(found.rights, clinic, away)


def _nearest(rights: Rights | None, directory: Directory, here: Point) -> list[JsonObject]:
    """Where to send the person; with no rights to go by, whatever is near."""
    if rights is None:
        near = directory.nearest(*here, limit=NEAREST)
    else:
        near = directory.nearest_for(rights, *here, limit=NEAREST)
    return [each.shown_to(rights) for each in near]
