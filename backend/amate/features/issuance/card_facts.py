"""What the wallet's card shows beside the QR code: who, entitled to what, which clinics."""

from __future__ import annotations

from typing import Any

from amate.context import Context
from amate.core import geo
from amate.core.days import date_from_day
from amate.core.entitlement import Entitled, Rights
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import told_to
from amate.features.entitlement import actions as entitlement
from amate.features.issuance import ledger, passes
from amate.features.issuance.model import Grant
from amate.features.issuance.subject import Subject, subject_of
from amate.features.register.model import Person

NEAREST = 5
Facts = dict[str, Any]
Point = tuple[float, float]


def card_of(ctx: Context, grant: Grant, here: Point | None = None) -> Facts:
    """The card of the person behind a grant.

    here:   where the person is, in degrees; None = at home
    Raises: Refused("credential-revoked")
    """
    passes.check_not_withdrawn(grant)
    subject = subject_of(ctx, grant.person_id)
    here = here or _home(subject.person)
    rights = entitlement.rights_today(ctx, subject.person)
    institutions = entitlement.table(ctx)["institutions"]
    return {
        "name": subject.name,
        "curp": subject.person.curp,
        "assigned_clinic": _assigned(ctx, subject, rights, here),
        "nearest_clinics": _nearest(ctx, rights, here),
        "entitlements": [_entitlement(row, institutions) for row in subject.entitlements],
        "renew": ledger.is_renewal_asked(ctx.tx, grant.id),
    }


def _entitlement(row: Entitled, institutions: dict[str, Any]) -> Facts:
    known = institutions.get(str(row.institution), {})
    until = None if row.until_day is None else date_from_day(row.until_day)
    return {
        "institution": row.institution,
        "label": known.get("label", str(row.institution)),
        "role": row.role,
        "until": until,
    }


def _assigned(ctx: Context, subject: Subject, rights: Rights, here: Point | None) -> Facts | None:
    clues = subject.person.assigned_clinic
    clinic = clinics.find(ctx, clues) if clues else None
    if clinic is None or clinic.lat is None or clinic.lon is None:
        return None
    far = None if here is None else round(geo.distance_m(here, (clinic.lat, clinic.lon)))
    return _clinic(told_to(rights, clinic, far))


def _nearest(ctx: Context, rights: Rights, here: Point | None) -> list[Facts]:
    """Where the person is sent: no other list than a verdict's."""
    if here is None:
        return []
    return [_clinic(each.shown_to(rights)) for each in clinics.nearest_for(ctx, rights, *here, limit=NEAREST)]


def _home(person: Person) -> Point | None:
    return None if person.lat is None or person.lon is None else (person.lat, person.lon)


def _clinic(told: Facts) -> Facts:
    return {**told, "level": told["level"] or None}
