"""The keys that hide identities: the first one, and its successors, each in time and known to clinics before it seals.

Clinics fetch them with the rest of what they hold, so a successor waits until those off line can know it (`lead` in
keys/policy.toml). The one before stays with them until the last pass that it sealed is over (`open`).
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from amate.context import Context
from amate.errors import AmateError
from amate.features.audit import actions as audit
from amate.features.trust import store
from amate.features.trust.centre import actions as centre
from amate.features.trust.founding import backdate_s
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import DAY_S, SealingKey
from amate.signing import sealing

log = structlog.get_logger(__name__)
ALL: Final = 0  # the instant at which every key was still to be held


def make_sealing_key(ctx: Context) -> None:
    """A key that hides identities, unless one does already."""
    if any(k.seal_from <= ctx.now < k.seal_until for k in store.sealing_keys(ctx.tx, ctx.now)):
        return
    wrapped = sealing.wrap(
        ctx.random(sealing.KEY_BYTES),
        salt_and_nonce=ctx.random(sealing.CHANCE_BYTES),
        passphrase_file=ctx.settings.passphrase_file,
    )
    _keep(ctx, wrapped, seal_from=ctx.now, backdate=backdate_s(ctx))


def renew_sealing_key(ctx: Context) -> None:
    """A successor under the same passphrase, so early that clinics know it when half of the newest one's life is over.

    Where the passphrase is not at hand the log says so, and the alarm goes on: what was published counts all the same.
    """
    newest, due_at = _newest(ctx), renewal_due_at(ctx)
    if newest is None or due_at is None or ctx.now < due_at:
        return
    try:
        wrapped = ctx.rewrap(newest.wrapped, ctx.random(sealing.KEY_BYTES + sealing.CHANCE_BYTES))
    except AmateError as error:
        log.warning("sealing-key.not-renewed", reason=error.slug, detail=error.detail)
        return
    lead_s = _policy(ctx)["sealing"]["lead"] * DAY_S
    _keep(ctx, wrapped, seal_from=max(ctx.now, min(ctx.now + lead_s, newest.seal_until)))


def renew_centre_key(ctx: Context) -> None:
    """Have the key that counters seal receipts to succeeded in time, kept under the passphrase of the newest here."""
    newest = _newest(ctx)
    if newest is not None:
        centre.renew_key(ctx, newest.wrapped)


def renewal_due_at(ctx: Context) -> int | None:
    """When the newest key is to have a successor: `lead` days before half of its life is over, None without a key.

    One that would seal for longer than the policy now lets a new key seal is succeeded at once.
    """
    newest, policy = _newest(ctx), _policy(ctx)["sealing"]
    if newest is None:
        return None
    life_s, lead_s = policy["seal"] * DAY_S, policy["lead"] * DAY_S
    due_at: int = newest.seal_until - life_s // 2 - lead_s
    return due_at if newest.seal_until <= ctx.now + lead_s + life_s else min(due_at, ctx.now)


def last_day(ctx: Context) -> int | None:
    """Until when the newest key seals; None when there never was one."""
    newest = _newest(ctx)
    return None if newest is None else newest.seal_until


def _newest(ctx: Context) -> SealingKey | None:
    return next(iter(store.sealing_keys(ctx.tx, ALL)), None)


def _keep(ctx: Context, wrapped: bytes, *, seal_from: int, backdate: int = 0) -> None:
    newest, life = _newest(ctx), _policy(ctx)["sealing"]
    number = 1 if newest is None else newest.number + 1
    seal_until, open_until = (seal_from + life[name] * DAY_S for name in ("seal", "open"))
    if store.add_sealing_key(ctx.tx, SealingKey(number, wrapped, seal_from - backdate, seal_until, open_until)):
        audit.record(ctx, "sealing-key.created", str(number))


def _policy(ctx: Context) -> dict[str, Any]:
    return key_policy(ctx.settings.keys_dir)
