"""Withdrawing what was issued: the ledger, its status and the log, always together."""

from __future__ import annotations

from amate.context import Context
from amate.features.audit import actions as audit
from amate.features.issuance import ledger
from amate.features.issuance.model import Issued
from amate.features.status import actions as status


def withdraw(ctx: Context, found: Issued, reason: str) -> bool:
    """Revoke a credential or a card for good; False when it was before.

    Verifiers learn it at the next publication of the status lists.

    reason: a slug, such as `lost`
    """
    if not ledger.revoke(ctx.tx, found.id, reason=reason, now=ctx.now):
        return False
    status.revoke(ctx, found.status_index, reason)
    audit.record(ctx, "credential.revoked", found.id, reason=reason)
    return True
