"""Make the centre's key, give its public half to counters, open what was sealed to it."""

from __future__ import annotations

from amate.context import Context
from amate.core.trust import jwk_from_key
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.trust.centre import store
from amate.features.trust.centre.store import CentreKey
from amate.features.trust.model import kid_of
from amate.signing import centre, sealing


def make_key(ctx: Context) -> None:
    """A key that counters seal their receipts to, unless there is one."""
    if store.newest(ctx.tx) is not None:
        return
    secret = centre.secret_from(ctx.random(centre.CHANCE_BYTES))
    jwk = jwk_from_key(centre.public_key_of(secret))
    wrapped = sealing.wrap(
        secret,
        salt_and_nonce=ctx.random(sealing.CHANCE_BYTES),
        passphrase_file=ctx.settings.passphrase_file,
    )
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
