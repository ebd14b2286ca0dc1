"""One wrong signature halts its key: it signs nothing more until a person has looked (row A16).

A signer that errs once may err again, and two signatures of which one is faulty can give a key away. The halt is in the
database, so that every worker and every command heeds it.
"""

from __future__ import annotations

import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.context import Context
from amate.errors import Conflict, Unavailable, Unknown
from amate.features.audit import actions as audit
from amate.features.trust import store
from amate.features.trust.model import Halt
from amate.signing.signer import Signer, sign_verified

log = structlog.get_logger(__name__)


class Guarded:
    """A Signer whose signatures were verified, and whose first wrong one halts its key for everybody.

    public_key: the one that verifiers know
    """

    def __init__(self, ctx: Context, signer: Signer, *, kid: str, use: str, public_key: EllipticCurvePublicKey) -> None:
        self._ctx, self._signer, self._kid, self._use = ctx, signer, kid, use
        self._public = public_key

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s (64 bytes) that holds.

        Raises: Unavailable("signature-corrupted") after halting the key, and what the signer raises
        """
        try:
            return sign_verified(self._signer, message, self._public)
        except Unavailable as error:
            if error.slug == "signature-corrupted":
                _halt(self._ctx, self._kid, self._use)
            raise


def check(ctx: Context, kid: str) -> None:
    """That a key is not halted.

    Raises: Unavailable("signing-halted")
    """
    if kid in halted_kids(ctx):
        raise halted(kid)


def halted(kid: str) -> Unavailable:
    """What to say of a key that is halted."""
    return Unavailable("signing-halted", f"The key {kid} gave a wrong signature: look at it, then amate keys unhalt.")


def halts(ctx: Context) -> list[Halt]:
    """Every key that ever gave a wrong signature."""
    return store.halts(ctx.tx)


def halted_kids(ctx: Context) -> frozenset[str]:
    """The keys that sign nothing until somebody has looked."""
    return frozenset(halt.kid for halt in store.halts(ctx.tx) if halt.is_halted)


def alarm_foreign(ctx: Context, kid: str, use: str, *, subject: str, **detail: object) -> None:
    """Tell of something that a key of ours signed, and that was not to be signed here: somebody else signs (row G08).

    Halts nothing: a database that was restored has forgotten passes too, and whoever may report one could stop all.

    kid:     `unknown` when only its report came
    subject: what was signed, by an opaque id
    """
    log.error("signing.alarm", key=kid, use=use, reason="signed-elsewhere")
    store.count_elsewhere(ctx.tx, kid, use, ctx.now)
    audit.record(ctx, "key.alarm", subject, key=kid, use=use, **detail)


def acknowledge(ctx: Context, kid: str) -> str:
    """Say that somebody has looked at what a key signed elsewhere: its whole kid. Until the next, it rings no more.

    kid:    or the beginning of it, when no other one that rings begins so; `unknown` where only reports came
    Raises: Unknown("unknown-key")
    """
    known = [halt.kid for halt in store.halts(ctx.tx) if halt.rang and kid and halt.kid.startswith(kid)]
    if len(known) != 1:
        raise Unknown("unknown-key", f"no key that rang is {kid!r}, or several begin so: see `amate keys list`")
    if store.acknowledge(ctx.tx, known[0], ctx.now):
        audit.record(ctx, "key.alarm-acknowledged", known[0])
    return known[0]


def unhalt(ctx: Context, kid: str) -> str:
    """Let a key sign again: its whole kid. One that does already goes on.

    kid:    or the beginning of it, when no other halted one begins so
    Raises: Conflict("not-halted")
    """
    known = [halt for halt in store.halts(ctx.tx) if kid and halt.kid.startswith(kid)]
    found = [halt.kid for halt in known if halt.is_halted] or [halt.kid for halt in known]
    if len(found) != 1:
        raise Conflict("not-halted", f"no halted key is {kid!r}, or several begin so: see `amate keys list`")
    if store.unhalt_key(ctx.tx, found[0]):
        audit.record(ctx, "key.unhalted", found[0])
    return found[0]


def _halt(ctx: Context, kid: str, use: str) -> None:
    """Committed at once: what was to be signed is stored already, and the refusal that follows rolls back the rest."""
    log.error("signing.alarm", key=kid, use=use, reason="signature-corrupted")
    store.halt_key(ctx.tx, kid, use, ctx.now)
    audit.record(ctx, "key.halted", kid, use=use)
    ctx.commit()
