"""The answer to a repeated request: kept for a day, sealed with the Idempotency-Key itself.

Source: draft-ietf-httpapi-idempotency-key-header-07 §2.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amate.context import Context
from amate.errors import Conflict, Malformed
from amate.features.enrolment import store

KEPT_S: Final = 86_400
KEY: Final = re.compile(r"[\x21-\x7e]{8,200}")
NONCE_BYTES: Final = 12
PLACE: Final = "header.Idempotency-Key"


class Claim(NamedTuple):
    """A key that is ours to answer, or the answer that it had; key_hash tells nothing of the key."""

    key_hash: str
    secret: bytes
    answer: dict[str, Any] | None


def claim(ctx: Context, key: str, body: Mapping[str, Any]) -> Claim:
    """Claim a key for a body, scoped to who is calling.

    Raises: Malformed("idempotency-key-malformed"); Conflict("idempotency-key-reused") for another body
    """
    if not KEY.fullmatch(key):
        said = "Idempotency-Key: 8 to 200 printable characters without spaces, never the same for two people."
        raise Malformed("idempotency-key-malformed", said, where=PLACE)
    store.forget_before(ctx.tx, ctx.now - KEPT_S)
    key_hash, secret = _digest(b"find", ctx.actor, key), _digest(b"seal", ctx.actor, key)
    body_hash = _digest(b"body", key, json.dumps(body, sort_keys=True, default=str))
    kept = store.claim(ctx.tx, key_hash.hex(), body_hash.hex(), ctx.now)
    if kept is not None and kept.body_hash != body_hash.hex():
        said = "This Idempotency-Key was used for other data: use a new one for each person."
        raise Conflict("idempotency-key-reused", said, where=PLACE)
    answer = _open(secret, kept.sealed) if kept is not None and kept.sealed is not None else None
    return Claim(key_hash.hex(), secret, answer)


def release(ctx: Context, claimed: Claim) -> None:
    """Give a claimed key back: the request was refused and did nothing, so the key is good for its correction."""
    store.release(ctx.tx, claimed.key_hash)


def keep(ctx: Context, claimed: Claim, answer: dict[str, Any]) -> None:
    """Keep the answer for whoever repeats the request with the same key."""
    nonce = ctx.random(NONCE_BYTES)
    sealed = AESGCM(claimed.secret).encrypt(nonce, json.dumps(answer).encode(), None)
    store.keep(ctx.tx, claimed.key_hash, nonce + sealed)


def _open(secret: bytes, sealed: bytes) -> dict[str, Any]:
    plain = AESGCM(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    answer: dict[str, Any] = json.loads(plain)
    return answer


def _digest(purpose: bytes, *parts: str) -> bytes:
    return hashlib.sha256(b"\0".join([purpose, *(part.encode() for part in parts)])).digest()
