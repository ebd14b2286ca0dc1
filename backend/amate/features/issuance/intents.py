"""Store before signing: the only way to a signature commits first what will be signed.

Source: Boulder's order of issuance (the to-be-signed bytes are stored, then signed). The signature is verified
where it is made, by trust.sign (row A16).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from amate.context import Context
from amate.core.cose import Sign
from amate.errors import Unavailable
from amate.features.issuance import ledger
from amate.features.issuance.model import Issued
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey


def stored_first(ctx: Context, use: str, store: Callable[[IssuerKey, str], None]) -> tuple[IssuerKey, Sign]:
    """The key in force for `use`, and what signs with it, but only after what will be signed was stored and committed.

    store:  called with the key and the hex SHA-256 of the bytes to sign
    Raises: Unavailable("no-signing-key"); when signing, Unavailable("signature-corrupted")
    """
    key, sign = trust.sign(ctx, use)

    def stored_then_signed(message: bytes) -> bytes:
        store(key, hashlib.sha256(message).hexdigest())
        ctx.commit()
        return sign(message)

    return key, stored_then_signed


def intend(ctx: Context, intent: Issued, *, idempotency: str) -> Callable[[IssuerKey, str], None]:
    """What `stored_first` stores for a credential or a card; `idempotency` names the one request that it answers."""
    idempotency_key = hashlib.sha256(idempotency.encode()).hexdigest()

    def store(key: IssuerKey, tbs_sha256: str) -> None:
        ledger.add_intent(ctx.tx, intent, idempotency_key=idempotency_key, signed_by=key.kid, tbs_sha256=tbs_sha256)

    return store


def finish(ctx: Context, intent: Issued) -> None:
    """Mark an intent as issued: from here it may leave the house.

    Raises: Unavailable("issuance-interrupted") when recovery or a revocation came first
    """
    if not ledger.mark_issued(ctx.tx, intent.id, ctx.now):
        raise Unavailable("issuance-interrupted", "This took too long and was given up. Ask again.")
