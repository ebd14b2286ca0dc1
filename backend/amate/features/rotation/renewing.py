"""After a theft: the phones that rely on a key are asked to renew, at a rate, and counted as they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from amate.context import Context
from amate.errors import Refused
from amate.features.audit import actions as audit
from amate.features.issuance import actions as issuance
from amate.features.rotation import lifecycle
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey


def renewals(ctx: Context, kid: str) -> issuance.Renewals:
    """How far the renewal of what relied on a key has come."""
    return issuance.renewals(ctx, kid)


def ask_to_renew(
    ctx: Context, key: IssuerKey, *, rate: int, sleep: Callable[[float], object] = time.sleep
) -> Iterator[int]:
    """Ask the phones that rely on a key to renew, so many a second: how many were asked, batch by batch.

    Each batch is kept before the next begins, so that a run that was cut off goes on where it stopped.
    Raises: Refused("last-key") while nothing else signs for the same use, since every phone would come in vain
    """
    if not lifecycle.has_other(key, trust.list_keys(ctx), ctx.now):
        raise Refused("last-key", f"nothing else signs for {key.use}: put a successor in force first")
    while asked := issuance.ask_to_renew(ctx, key.kid, limit=rate):
        audit.record(ctx, "renewal.asked", key.kid, phones=asked)
        ctx.commit()
        yield asked
        if asked == rate:
            sleep(1)
