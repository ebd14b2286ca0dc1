"""What the wallet's card shows beside the QR code: who, entitled to what, which clinics."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from amate.context import Context
from amate.core import geo
from amate.core.entitlement import Entitled
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import Clinic
from amate.features.entitlement import actions as entitlement
from amate.features.issuance import ledger, passes
from amate.features.issuance.model import Grant
from amate.features.issuance.subject import Subject, subject_of

EPOCH = date(1970, 1, 1)
NEAREST = 5
Facts = dict[str, Any]


def card_of(ctx: Context, grant: Grant) -> Facts:
    """The card of the person behind a grant.

    Raises: Refused("credential-revoked")
    """
    passes.check_not_withdrawn(grant)
    subject = subject_of(ctx, grant.person_id)
    institutions = entitlement.table()["institutions"]
    return {
        "name": subject.name,
        "curp": subject.person.curp,
        "assigned_clinic": _assigned(ctx, subject),
        "nearest_clinics": _nearest(ctx, subject),
        "entitlements": [_entitlement(row, institutions) for row in subject.entitlements],
        "renew": ledger.is_renewal_asked(ctx.tx, grant.id),
    }


def _entitlement(row: Entitled, institutions: dict[str, Any]) -> Facts:
    known = institutions.get(str(row.institution), {})
    until = None if row.until_day is None else (EPOCH + timedelta(days=row.until_day)).isoformat()
    return {
        "institution": row.institution,
        "label": known.get("label", str(row.institution)),
        "role": row.role,
        "until": until,
    }


def _assigned(ctx: Context, subject: Subject) -> Facts | None:
    clues = subject.person.assigned_clinic
    clinic = clinics.find(ctx, clues) if clues else None
    if clinic is None or clinic.lat is None or clinic.lon is None:
        return None
    person = subject.person
    if person.lat is None or person.lon is None:
        return _clinic(clinic, None)
    return _clinic(clinic, round(geo.distance_m((person.lat, person.lon), (clinic.lat, clinic.lon))))


def _nearest(ctx: Context, subject: Subject) -> list[Facts]:
    person = subject.person
    if person.lat is None or person.lon is None:
        return []
    near = clinics.nearest(ctx, person.lat, person.lon, limit=NEAREST)
    return [_clinic(each.clinic, each.distance_m) for each in near]


def _clinic(clinic: Clinic, distance_m: int | None) -> Facts:
    return {
        "clues": clinic.clues,
        "name": clinic.name,
        "institution": clinic.institution,
        "level": clinic.level or None,
        "lat": clinic.lat,
        "lon": clinic.lon,
        "distance_m": distance_m,
    }
