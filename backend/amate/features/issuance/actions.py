"""Offers, cards and revocation, for the desk and the command line; the wallet's endpoints have their own files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from amate.context import Context
from amate.core import qr_pass
from amate.core.qr_pass import Pass
from amate.errors import Malformed, Unknown
from amate.features.audit import actions as audit
from amate.features.issuance import ledger, metadata, model, store, withdrawal
from amate.features.issuance.ledger import Renewals, SignedBy
from amate.features.issuance.model import Grant, Held, Issued, Offer, StoredOffer
from amate.features.issuance.passes import PrintedCard, check_not_withdrawn, printed_card
from amate.features.issuance.subject import person_of
from amate.features.issuance.tokens import authorise
from amate.features.status import actions as status

__all__ = [
    "Offer",
    "PrintedCard",
    "Recovered",
    "Renewals",
    "SignedBy",
    "ask_person_to_renew",
    "ask_to_renew",
    "authorise",
    "has_signed",
    "held_by",
    "knows_pass",
    "list_issued",
    "make_offer",
    "printed_card",
    "read_offer",
    "recover",
    "renewals",
    "revoke",
    "revoke_person",
    "signed_by",
]
REASON = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_REASON = 60
LISTED = 1000
CORRECTED = "identity-corrected"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What recovery found: intents that nobody finished, and rows that had ended."""

    burned: int
    swept: int


def signed_by(ctx: Context, kid: str) -> SignedBy:
    """What a key has signed that is in force."""
    return ledger.signed_by(ctx.tx, kid, ctx.now)


def ask_to_renew(ctx: Context, kid: str, *, limit: int) -> int:
    """Ask holders of what relies on a key to renew it: their phones do when they next come; how many were asked."""
    return ledger.ask_to_renew(ctx.tx, kid, ctx.now, limit=limit)


def ask_person_to_renew(ctx: Context, person_id: str) -> int:
    """Ask the phones of a person whose identity was corrected for a new credential; how many were asked.

    Their passes say it by themselves: each takes the name from the register when it is minted.
    """
    return ledger.ask_person_to_renew(ctx.tx, person_id, CORRECTED)


def renewals(ctx: Context, kid: str) -> Renewals:
    """How far the renewal of what relied on a key has come."""
    return ledger.renewals(ctx.tx, kid, ctx.now)


def has_signed(ctx: Context, found: Pass) -> bool:
    """Whether this very pass was to be signed here: what is signed is always stored first."""
    claims = found.claims
    if claims.profile == qr_pass.PRINTED:
        stored = ledger.card_signed(ctx.tx, claims.status_index)
    else:
        stored = ledger.pass_signed(ctx.tx, claims.cti.hex())
    return stored == hashlib.sha256(found.sign1.message).hexdigest()


def knows_pass(ctx: Context, cti: str) -> bool:
    """Whether a pass for a phone, of this cti (hex), was to be signed here."""
    return ledger.pass_signed(ctx.tx, cti) is not None


def held_by(ctx: Context, grant: Grant, *, since: int) -> Held:
    """What the person behind a grant holds or held, cards included; of their passes those that ended after an instant.

    Raises: Refused("credential-revoked"): who found a lost phone does not learn where its owner goes
    """
    check_not_withdrawn(grant)
    indexes = [found.status_index for found in ledger.of_person(ctx.tx, grant.person_id)]
    return Held(tuple(indexes), tuple(ledger.passes_of(ctx.tx, grant.person_id, since)))


def make_offer(ctx: Context, person_id: str, *, configurations: tuple[str, ...] = (model.CONFIGURATION,)) -> Offer:
    """An offer of a credential for a person's phone, good for a day; their older unused ones end.

    Raises: Unknown("unknown-person")
    """
    person_of(ctx, person_id)
    store.cancel_offers(ctx.tx, person_id, ctx.now)
    code = model.code_from(ctx.random(model.CODE_CHARACTERS))
    plain = code.replace("-", "")
    grant_code, tx_code = model.pre_authorised_code(plain), model.tx_code_from(ctx.random(8))
    offer = StoredOffer(
        id=f"of-{ctx.random(9).hex()}",
        person_id=person_id,
        configurations=configurations,
        tx_hash=model.tx_hash(grant_code, tx_code),
    )
    until = ctx.now + model.OFFER_S
    hashes = {"code": model.fingerprint(plain), "grant": model.fingerprint(grant_code)}
    store.add_offer(ctx.tx, offer, **hashes, now=ctx.now, until=until)
    audit.record(ctx, "offer.made", offer.id, person=person_id)
    base_url = ctx.settings.base_url
    address = f"{base_url}/oid4vci/offers/{code}"
    return Offer(model.offer_uri(address), model.offer_link(base_url, address), code, tx_code, until)


def read_offer(ctx: Context, typed: str) -> metadata.Document:
    """The credential offer behind a code, as often as it is asked for, until it was used.

    Raises: Unknown("offer-invalid"), whatever the reason
    """
    plain = model.plain_code(typed)
    offer = store.find_offer(ctx.tx, model.fingerprint(plain), ctx.now) if plain else None
    if plain is None or offer is None:
        raise Unknown("offer-invalid", "This code is wrong, was used, or has ended. A module can give a new one.")
    return metadata.credential_offer(ctx.settings.issuer, offer.configurations, model.pre_authorised_code(plain))


def revoke(ctx: Context, issued_id: str, reason: str) -> Issued:
    """Revoke a credential or a card for good, if it is not: as it was before; its phone can renew nothing.

    Verifiers learn it at the next publication of the status lists.

    reason: a slug, such as `lost`
    Raises: Unknown("unknown-credential"), Malformed("bad-reason")
    """
    found = ledger.find(ctx.tx, issued_id)
    if found is None:
        raise Unknown("unknown-credential", "No credential or card has this id: see `amate credentials list`.")
    _check_reason(reason)
    _revoke(ctx, found, reason)
    return found


def revoke_person(ctx: Context, person_id: str, reason: str) -> list[Issued]:
    """Revoke everything that a person holds, and end their offers: what was revoked.

    Raises: Unknown("unknown-person"), Malformed("bad-reason")
    """
    _check_reason(reason)
    person_of(ctx, person_id)
    store.cancel_offers(ctx.tx, person_id, ctx.now)
    store.revoke_grants(ctx.tx, ctx.now, person_id=person_id)
    return [found for found in ledger.of_person(ctx.tx, person_id) if _revoke(ctx, found, reason)]


def list_issued(ctx: Context, person_id: str | None = None, *, kid: str | None = None) -> list[Issued]:
    """A person's credentials and cards, or a thousand: of what still relies on a key, cards first; else the newest."""
    if kid is not None:
        return ledger.relying_on(ctx.tx, kid, ctx.now, limit=LISTED)
    if person_id is not None:
        return ledger.of_person(ctx.tx, person_id)
    return ledger.everything(ctx.tx, limit=LISTED)


def recover(ctx: Context) -> Recovered:
    """Give up what was stored to be signed a minute ago or longer and never finished.

    A signature may or may not have left the house; its index is revoked, so it is worth nothing either way. Run it
    after a crash, and now and then.
    """
    burned = 0
    for intent in ledger.stale_intents(ctx.tx, ctx.now - model.STALE_INTENT_S):
        if ledger.burn(ctx.tx, intent.id, ctx.now):
            status.revoke(ctx, intent.status_index, "never-issued")
            audit.record(ctx, "intent.burned", intent.id)
            burned += 1
    return Recovered(burned, store.sweep(ctx.tx, ctx.now))


def _revoke(ctx: Context, found: Issued, reason: str) -> bool:
    if found.grant_id is not None:
        store.revoke_grants(ctx.tx, ctx.now, grant_id=found.grant_id)
    return withdrawal.withdraw(ctx, found, reason)


def _check_reason(reason: str) -> None:
    if not REASON.fullmatch(reason) or len(reason) > MAX_REASON:
        raise Malformed("bad-reason", "A few small words with hyphens, such as `lost`.", where="reason")
