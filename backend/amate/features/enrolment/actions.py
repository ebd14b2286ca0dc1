"""Enrol a person at the desk: register them once, assign their clinic, hand over an offer for their phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from amate.context import Context
from amate.core import geo
from amate.core.days import day_at
from amate.core.entitlement import DecisionTable, is_attended
from amate.errors import Conflict, Fault
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import Near
from amate.features.enrolment import replay, store
from amate.features.enrolment.differences import DONATION, differences, to_show
from amate.features.enrolment.model import Application, faults_in, refuse, tidy
from amate.features.enrolment.wording import words
from amate.features.entitlement import actions as entitlement
from amate.features.issuance import actions as issuance
from amate.features.issuance.actions import Offer, PrintedCard
from amate.features.issuance.model import MAX_TRIES
from amate.features.register import actions as register
from amate.features.register.model import CORRECTABLE, EPOCH, Facts, Person, is_minor, today

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The answer to an enrolment; `created` is False for somebody who was in the register before."""

    created: bool
    answer: dict[str, Any]


# Of what may change by itself when somebody comes again: what the desk is told of, by the columns that say so.
TOLD = {"location": {"lat", "lon"}, "assigned_clinic": {"assigned_clinic"}}


@dataclass(frozen=True, slots=True)
class Entered:
    """A person in the register and their clinic, whether they were entered just now, and which facts became others."""

    person: Person
    clinic: Near | None
    created: bool
    changes: tuple[str, ...]


def enrol(ctx: Context, raw_application: Mapping[str, Any], *, key: str | None = None) -> Enrolled:
    """Register a person, or find them registered: either way with an offer for their phone.

    key:    Idempotency-Key; the same key and facts again give the same answer
    Raises: Malformed("invalid-input") with all faults;
            Conflict("idempotency-key-reused" | "person-differs" | "guardian-differs")
    """
    application = tidy(raw_application)
    guardian = check(ctx, application)
    claimed = replay.claim(ctx, key, application) if key is not None else None
    if claimed is not None and claimed.answer is not None:
        return Enrolled(**claimed.answer)
    try:
        entered = enter(ctx, application, guardian)
    except Conflict:
        if claimed is not None:
            replay.release(ctx, claimed)
        raise
    offer = issuance.make_offer(ctx, entered.person.id)
    enrolled = Enrolled(entered.created, _answer(ctx, entered, offer) | {"changes": list(entered.changes)})
    if claimed is not None:
        replay.keep(ctx, claimed, {"created": entered.created, "answer": enrolled.answer})
    return enrolled


def check(ctx: Context, application: Application) -> Person | None:
    """The guardian, if there is one; every fault of the application is told at once.

    Raises: Malformed("invalid-input")
    """
    faults = faults_in(application, today(ctx.now))
    text, guardian = application.get("guardian_curp"), None
    if text and not any(fault.where == "guardian_curp" for fault in faults):
        guardian = register.find_by_curp(ctx, text)
        slug = "guardian-unknown"
        if guardian is not None:
            slug = "guardian-minor" if is_minor(guardian.birth_date, today(ctx.now)) else ""
        faults += [Fault("guardian_curp", slug, words(slug))] if slug else []
    if faults:
        refuse(faults)
    return guardian


def enter(ctx: Context, application: Application, guardian: Person | None) -> Entered:
    """The person in the register with their clinic assigned.

    application: tidied and without faults
    Raises: Conflict("person-differs" | "guardian-differs")
    """
    person, created = register.enrol_person(ctx, _facts(application, guardian))
    changed: tuple[str, ...] = ()
    if not created:
        person = register.held(ctx, person.id)
        changed = _decide(ctx, person, application, guardian)
    _declare(ctx, person, application.get("affiliations", []))
    changes = _changes(person, application, guardian)
    clinic = _clinic_of(ctx, replace(person, **changes))
    if clinic is not None and clinic.clinic.clues != person.assigned_clinic:
        changes["assigned_clinic"] = clinic.clinic.clues
    if changes:
        register.update_person(ctx, person.id, **changes)
    if person.guardian_id is not None and "guardian_id" in changes:
        audit.record(ctx, "person.guardian-changed", person.id)
    if not created:
        changed += tuple(told for told, columns in TOLD.items() if columns & changes.keys())
    return Entered(register.person(ctx, person.id) or person, clinic, created, changed)


def _facts(application: Application, guardian: Person | None) -> Facts:
    return Facts(
        curp=application["curp"],
        given_names=application["given_names"],
        first_surname=application["first_surname"],
        second_surname=application["second_surname"],
        sex=application["sex"],
        birth_date=application["birth_date"],
        birth_state=application["birth_state"],
        nationality=application["nationality"],
        organ_donation=application["organ_donation"],
        lat=application["location"]["lat"],
        lon=application["location"]["lon"],
        phone=application.get("phone"),
        guardian_id=guardian.id if guardian else None,
        assigned_clinic=None,
    )


def _decide(ctx: Context, person: Person, application: Application, guardian: Person | None) -> tuple[str, ...]:
    """Correct what the desk decided to correct, and keep a first decision on donation: which facts changed.

    person: held, so that nobody else changes them meanwhile
    Raises: Conflict("guardian-differs", or "person-differs" while the desk has not decided about what is registered)
    """
    is_other = guardian is not None and person.guardian_id not in (None, guardian.id)
    if is_other and not application.get("guardian_change"):
        raise Conflict("guardian-differs", words("guardian-differs"), where="guardian_curp")
    differing = differences(person, application)
    decided = application.get("correction", {})
    shown = to_show(person, application, differing)
    if differing and (shown is None or decided.get("registered") != shown):
        _refuse_differing(ctx, person, differing, shown)
    wanted = [name for name in differing if name in decided["correct"]]
    if corrections := {name: application[name] for name in wanted if name in CORRECTABLE}:
        register.correct_identity(ctx, person.id, **corrections)
        issuance.ask_person_to_renew(ctx, person.id)
    stated = application[DONATION]
    if DONATION in wanted or (person.organ_donation == "not_stated" != stated):
        register.state_organ_donation(ctx, person.id, stated)
        return (*corrections, DONATION)
    return tuple(corrections)


def _refuse_differing(ctx: Context, person: Person, differing: list[str], shown: dict[str, str] | None) -> NoReturn:
    """Ask the desk to decide; what it was shown is written down, though nothing else of the request is kept."""
    said = words("person-differs")
    if shown is None:
        named = [name for name in differing if name != DONATION]
        raise Conflict("person-differs", said, faults=[Fault(name, "person-differs", said) for name in named])
    register.note_shown(ctx, person.id, shown)
    raise Conflict(
        "person-differs",
        said,
        faults=[Fault(name, "person-differs", said) for name in differing],
        members={"registered": shown},
        keeps_writes=True,
    )


def _changes(person: Person, application: Application, guardian: Person | None) -> dict[str, Any]:
    """What may change when somebody comes again: where they live, their phone, a guardian where there was none."""
    told = {"lat": application["location"]["lat"], "lon": application["location"]["lon"]}
    told |= {"phone": application["phone"]} if application.get("phone") else {}
    told |= {"guardian_id": guardian.id} if guardian else {}
    return {name: value for name, value in told.items() if getattr(person, name) != value}


def _declare(ctx: Context, person: Person, affiliations: list[dict[str, Any]]) -> None:
    """Keep what was declared as declared: it proves nothing and never changes what an institution's extract says."""
    rows = {
        (one["institution"], one["role"]): {
            "person_id": person.id,
            "institution": one["institution"],
            "role": one["role"],
            "relation": one.get("relation") or "",
            "clinic": one.get("clinic"),
            "since_on": _day(one.get("since")),
            "until_on": _day(one.get("until")),
            "declared_at": ctx.now,
        }
        for one in affiliations
    }
    store.declare(ctx.tx, rows.values())


def _clinic_of(ctx: Context, person: Person) -> Near | None:
    """The clinic that is a person's own.

    The one that their institution names; else the nearest first-level unit of their institutions by their extracts, in
    the order in which these pay; else of what they declared, but only where that attends them anyway, for a declaration
    proves nothing; else of who attends everybody where they live.
    """
    lat, lon = person.lat, person.lon
    named = entitlement.assigned_by_institution(ctx, person)
    unit = clinics.find(ctx, named) if named else None
    if unit is not None:
        known = None not in (unit.lat, unit.lon, lat, lon)
        way = geo.distance_m((lat or 0, lon or 0), (unit.lat or 0, unit.lon or 0)) if known else 0
        return Near(unit, round(way))
    if lat is None or lon is None:
        return None
    table = entitlement.table_in_force(ctx)
    for row in entitlement.entitlements_for_pass(ctx, person):
        if near := _first_door(ctx, table, row.institution, lat, lon):
            return near
    rights = entitlement.rights_today(ctx, person)
    for institution in store.declared_by(ctx.tx, person.id, day_at(ctx.now)):
        near = _first_door(ctx, table, institution, lat, lon)
        if near and is_attended(rights, near.clinic.institution, near.clinic.state, near.clinic.level or None):
            return near
    return clinics.assign(ctx, lat=lat, lon=lon, federalised=frozenset(table.federalised_states))


def _first_door(ctx: Context, table: DecisionTable, institution: int, lat: float, lon: float) -> Near | None:
    known = table.institutions.get(institution)
    return clinics.first_door(ctx, lat, lon, institutions=frozenset(known.clues if known else ()))


def _answer(ctx: Context, entered: Entered, offer: Offer) -> dict[str, Any]:
    person, clinic = entered.person, entered.clinic
    rights = entitlement.rights_today(ctx, person)
    near = clinics.nearest_for(ctx, rights, person.lat or 0, person.lon or 0, limit=NEAREST)
    return {
        "person_id": person.id,
        "assigned_clinic": clinic.shown_to(rights) if clinic else None,
        "nearest_clinics": [one.shown_to(rights) for one in near],
        "offer": {"uri": offer.uri, "link": offer.link, "code": offer.code, "expires_at": iso(offer.expires_at)},
        "tx_code": offer.tx_code,
        "tries": MAX_TRIES,
    }


def print_card(ctx: Context, person_id: str) -> PrintedCard:
    """A card to print; the person's earlier cards are revoked.

    Raises: Unknown("unknown-person")
    """
    return issuance.printed_card(ctx, person_id)


def iso(at: int) -> str:
    """Seconds since 1970 as ISO 8601 text in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(on: date | None) -> int | None:
    return (on - EPOCH).days if on else None
