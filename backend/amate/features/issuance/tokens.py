"""The token endpoint, nonces, and who sends a request with a DPoP-bound access token.

Source: OpenID4VCI 1.0 §6, §7; RFC 6749 §5, §6; RFC 9449 §5, §7.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import structlog

from amate.context import Context
from amate.core import encoding
from amate.errors import Malformed, Unauthenticated
from amate.features.audit import actions as audit
from amate.features.issuance import model, proofs, store
from amate.features.issuance.model import Grant, StoredOffer, Tokens

log = structlog.get_logger(__name__)
SWEEP_ONE_IN = 64
DPOP = "DPoP "
MAX_CLIENT_ID = 200
OFFER_OVER = "the code is unknown, was used, or has ended"


def token(ctx: Context, form: Mapping[str, str], dpop: str | None) -> Tokens:
    """What the token endpoint answers.

    form:   its parameters, each at most once
    Raises: Malformed: invalid-request, invalid-grant, unsupported-grant-type, invalid-dpop-proof
    """
    proof = proofs.check_dpop(dpop, method="POST", url=f"{ctx.settings.issuer}/oid4vci/token", now=ctx.now)
    _sweep_now_and_then(ctx)
    if not store.use_dpop_proof(ctx.tx, proof.proof_id, proof.fresh_until):
        raise Malformed("invalid-dpop-proof", "this proof was used before")
    grant_type = form.get("grant_type")
    if grant_type == model.PRE_AUTHORISED:
        return _redeem(ctx, form, proof.jkt)
    if grant_type == model.REFRESH:
        return _refresh(ctx, form, proof.jkt)
    if not grant_type:
        raise Malformed("invalid-request", "grant_type is missing")
    raise Malformed("unsupported-grant-type", "known are pre-authorized_code and refresh_token")


def new_nonce(ctx: Context) -> str:
    """A nonce for one key proof, good for five minutes at every worker."""
    nonce = encoding.base64url_encode(ctx.random(32))
    _sweep_now_and_then(ctx)
    store.add_nonce(ctx.tx, model.fingerprint(nonce), ctx.now + model.NONCE_S)
    return nonce


def use_nonce(ctx: Context, nonce: str) -> None:
    """Use up a nonce of ours.

    Raises: Malformed("invalid-nonce") when it is not ours, was used, or is too old (row F05)
    """
    if not store.use_nonce(ctx.tx, model.fingerprint(nonce), ctx.now):
        raise Malformed("invalid-nonce", "fetch a new one from the nonce endpoint", where="proofs")


def authorise(ctx: Context, *, method: str, path: str, authorization: str | None, dpop: str | None) -> Grant:
    """The grant whose phone sent this request.

    Raises: Unauthenticated: invalid-token, invalid-dpop-proof (row F04)
    """
    if authorization is None or not authorization.startswith(DPOP):
        raise Unauthenticated("invalid-token", "Send the access token as `Authorization: DPoP …`.")
    access_token = authorization[len(DPOP) :]
    url = ctx.settings.issuer + path
    try:
        proof = proofs.check_dpop(dpop, method=method, url=url, now=ctx.now, access_token=access_token)
    except Malformed as error:
        raise Unauthenticated("invalid-dpop-proof", error.detail) from error
    # First statement of the transaction: on SQLite a write that follows a read can find the database changed.
    if not store.use_dpop_proof(ctx.tx, proof.proof_id, proof.fresh_until):
        raise Unauthenticated("invalid-dpop-proof", "this proof was used before")
    grant = store.grant_of_access_token(ctx.tx, model.fingerprint(access_token), ctx.now)
    if grant is None:
        raise Unauthenticated("invalid-token", "This access token is not in force.")
    if not hmac.compare_digest(grant.jkt, proof.jkt):
        raise Unauthenticated("invalid-dpop-proof", "the token is bound to another key")
    ctx.actor = f"wallet:{grant.id}"
    return grant


def _redeem(ctx: Context, form: Mapping[str, str], jkt: str) -> Tokens:
    code, tx_code = form.get("pre-authorized_code"), form.get("tx_code")
    if not code or not tx_code:
        raise Malformed("invalid-request", "pre-authorized_code and tx_code are needed")
    client_id = form.get("client_id") or None
    if client_id is not None and len(client_id) > MAX_CLIENT_ID:
        raise Malformed("invalid-request", "client_id is too long")
    offer = store.try_offer(ctx.tx, model.fingerprint(code), ctx.now)
    if offer is None:
        raise Malformed("invalid-grant", OFFER_OVER)
    if not hmac.compare_digest(model.tx_hash(code, tx_code), offer.tx_hash):
        raise _wrong_tx_code(ctx, offer)
    if not store.use_offer(ctx.tx, offer.id, ctx.now):
        raise Malformed("invalid-grant", "the code was used")
    return _grant(ctx, offer, jkt, client_id)


def _wrong_tx_code(ctx: Context, offer: StoredOffer) -> Malformed:
    """Counted although it is refused; the last try kills the offer and is written down (row F02)."""
    ctx.actor = f"offer:{offer.id}"
    locked = store.is_dead(ctx.tx, offer.id)
    log.warning("issuance.wrong_tx_code", offer=offer.id, locked=locked)
    if locked:
        audit.record(ctx, "offer.locked", offer.id)
        # As every later try is answered: whoever reads «tx_code is wrong» would look for another that no longer opens.
        return Malformed("invalid-grant", OFFER_OVER, keeps_writes=True)
    return Malformed("invalid-grant", "tx_code is wrong", where="tx_code", keeps_writes=True)


def _grant(ctx: Context, offer: StoredOffer, jkt: str, client_id: str | None) -> Tokens:
    refresh_token = encoding.base64url_encode(ctx.random(32))
    grant = Grant(
        id=f"gr-{ctx.random(9).hex()}",
        person_id=offer.person_id,
        configurations=offer.configurations,
        client_id=client_id,
        jkt=jkt,
        expires_at=ctx.now + model.GRANT_S,
        revoked_at=None,
    )
    refresh_hash = model.fingerprint(refresh_token)
    store.add_grant(ctx.tx, grant, offer_id=offer.id, refresh_hash=refresh_hash, now=ctx.now)
    tokens = Tokens(_access_token(ctx, grant), refresh_token)
    ctx.actor = f"wallet:{grant.id}"
    audit.record(ctx, "offer.redeemed", offer.id, grant=grant.id)
    return tokens


def _refresh(ctx: Context, form: Mapping[str, str], jkt: str) -> Tokens:
    """A new access token; the refresh token stays, see this room's note on rotation."""
    refresh_token = form.get("refresh_token")
    if not refresh_token:
        raise Malformed("invalid-request", "refresh_token is missing")
    grant = store.grant_of_refresh_token(ctx.tx, model.fingerprint(refresh_token), ctx.now)
    if grant is None or not hmac.compare_digest(grant.jkt, jkt):
        raise Malformed("invalid-grant", "the refresh token is unknown, withdrawn, or bound to another key")
    return Tokens(_access_token(ctx, grant), None)


def _access_token(ctx: Context, grant: Grant) -> str:
    access_token = encoding.base64url_encode(ctx.random(32))
    store.add_access_token(ctx.tx, model.fingerprint(access_token), grant.id, ctx.now + model.ACCESS_S)
    return access_token


def _sweep_now_and_then(ctx: Context) -> None:
    if ctx.random(1)[0] < 256 // SWEEP_ONE_IN:
        store.sweep(ctx.tx, ctx.now)
