"""Make the centre's key and its successors, give its public half to counters, open what was sealed to any of them."""

from __future__ import annotations

import structlog

from amate.context import Context
from amate.core.trust import jwk_from_key
from amate.errors import AmateError, Malformed
from amate.features.audit import actions as audit
from amate.features.trust.centre import store
from amate.features.trust.centre.store import CentreKey
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import DAY_S, kid_of
from amate.signing import centre, sealing

log = structlog.get_logger(__name__)


def make_key(ctx: Context) -> None:
    """A key that counters seal their receipts to, unless there is one."""
    if store.newest(ctx.tx) is not None:
        return
    secret = centre.secret_from(ctx.random(centre.CHANCE_BYTES))
    chance = ctx.random(sealing.CHANCE_BYTES)
    _keep(ctx, secret, sealing.wrap(secret, salt_and_nonce=chance, passphrase_file=ctx.settings.passphrase_file))


def renew_key(ctx: Context, beside: bytes) -> None:
    """A successor once a year, and the first one where there is none yet; earlier ones go on opening.

    Counters learn of it with their next synchronisation, and seal to the one before until then. Where the passphrase is
    not at hand the log says so, and the next publication tries again.

    beside: a key as it is stored, under the passphrase that the successor is to be kept under
    """
    newest, life_s = store.newest(ctx.tx), key_policy(ctx.settings.keys_dir)["centre"]["renew"] * DAY_S
    if newest is not None and ctx.now < newest.made_at + life_s:
        return
    secret = centre.secret_from(ctx.random(centre.CHANCE_BYTES))
    try:
        wrapped = ctx.rewrap(beside, secret + ctx.random(sealing.CHANCE_BYTES))
    except AmateError as error:
        log.warning("centre-key.not-renewed", reason=error.slug, detail=error.detail)
        return
    _keep(ctx, secret, wrapped)


def _keep(ctx: Context, secret: bytes, wrapped: bytes) -> None:
    jwk = jwk_from_key(centre.public_key_of(secret))
    kid = kid_of(jwk)
    store.add(ctx.tx, CentreKey(kid, jwk["x"], jwk["y"], wrapped, ctx.now))
    audit.record(ctx, "centre-key.created", kid)


def key_for_counters(ctx: Context) -> CentreKey | None:
    """The key in force; None before `amate trust init` made one."""
    return store.newest(ctx.tx)


def open_sealed(ctx: Context, sealed: str) -> bytes:
    """What a counter sealed, to this key or an earlier one.

    Raises: Malformed for what was sealed to no key of ours, and for what was bent
    """
    key = store.find(ctx.tx, centre.kid_in(sealed))
    if key is None:
        raise Malformed("malformed", "sealed to a key that is not ours")
    return centre.open_sealed(sealed, ctx.unwrap(key.wrapped))
