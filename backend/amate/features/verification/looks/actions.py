"""Tell a person which clinics were given a verdict on their card, on line and off."""

from __future__ import annotations

from amate.context import Context
from amate.features.clinics import actions as clinics
from amate.features.issuance import actions as issuance
from amate.features.issuance.model import Grant
from amate.features.trust.model import iso
from amate.features.verification.model import JsonObject
from amate.features.verification.receipts import store
from amate.features.verification.receipts.model import Scan, looks_of

TOLD_S = 90 * 86_400
MOST = 50


def looks(ctx: Context, grant: Grant) -> list[JsonObject]:
    """The newest looks at what the person behind a grant holds, newest first: 90 days, 50 at most.

    Raises: Refused("credential-revoked")
    """
    since = ctx.now - TOLD_S
    held = issuance.held_by(ctx, grant, since=since)
    scans = store.scans_of_person(
        ctx.tx, ctis=held.ctis, status_indexes=held.status_indexes, since=since, limit=2 * MOST
    )
    return [_told(ctx, scan) for scan in looks_of(scans)[:MOST]]


def _told(ctx: Context, scan: Scan) -> JsonObject:
    clinic = None if scan.clinic is None else clinics.directory(ctx).find(scan.clinic)
    return {
        "at": iso(scan.scanned_at),
        "clues": scan.clinic,
        "clinic": None if clinic is None else clinic.name,
        "institution": None if clinic is None else clinic.institution,
        "is_online": scan.is_online,
    }
