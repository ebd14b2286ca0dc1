"""Passes: bound to a phone for a month, or for one showing, or in print; each stored before it is signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from amate.context import Context
from amate.core import cose, encoding, qr_pass
from amate.core.encoding import CborValue, JsonValue
from amate.core.qr_pass import Claims, Identity, Sealed
from amate.errors import Conflict, Malformed, Refused
from amate.features.audit import actions as audit
from amate.features.issuance import card_pdf, credentials, intents, ledger, model, tokens, withdrawal
from amate.features.issuance.model import Grant, Issued
from amate.features.issuance.subject import Subject, subject_of
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey

Store = Callable[[IssuerKey, str], None]


@dataclass(frozen=True, slots=True)
class DevicePass:
    """A pass for the phone that asked; it should come again from `renew_at` on."""

    raw: bytes
    renew_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class QrToken:
    """A pass for one showing, as the digits of a QR code."""

    text: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A card to print: the digits of its QR code, and the PDF by sheet (`cr80` plastic card, `a4` to fold)."""

    id: str
    text: str
    expires_at: int
    pdf: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What differs between profiles."""

    profile: int
    status_index: int
    lifetime_s: int
    holder: CborValue = None


def device_pass(ctx: Context, grant: Grant, encoded_proofs: JsonValue) -> DevicePass:
    """A pass bound to the phone's key, which must be the key of a credential of this grant.

    Raises: Malformed: invalid-proof, invalid-nonce; Refused("credential-revoked")
    """
    (proof,) = credentials.check_proofs(ctx, grant, encoded_proofs, most=1)
    credential = _in_force(ledger.of_grant(ctx.tx, grant.id, key_thumbprint=proof.key.thumbprint))
    if credential is None:
        raise Malformed("invalid-proof", "this key has no credential here", where="proofs")
    tokens.use_nonce(ctx, proof.nonce)
    holder = cose.cose_from_key(proof.key.key)
    terms = _Terms(qr_pass.DEVICE, credential.status_index, model.DEVICE_PASS_S, holder)
    raw = _mint_for(ctx, grant, credential, terms)
    return DevicePass(raw, ctx.now + model.RENEW_AFTER_S, ctx.now + model.DEVICE_PASS_S)


def qr_token(ctx: Context, grant: Grant) -> QrToken:
    """A pass for one showing within 90 seconds, for a relative or a browser without a key.

    Raises: Refused("credential-revoked"), Conflict("no-credential")
    """
    credential = _in_force(ledger.of_grant(ctx.tx, grant.id))
    if credential is None:
        raise Conflict("no-credential", "Fetch the credential first.")
    terms = _Terms(qr_pass.EPHEMERAL, credential.status_index, model.EPHEMERAL_PASS_S)
    raw = _mint_for(ctx, grant, credential, terms)
    return QrToken(encoding.text_from_bytes(raw), ctx.now + model.EPHEMERAL_PASS_S)


def printed_card(ctx: Context, person_id: str) -> PrintedCard:
    """A card to print, with a status index of its own; the person's earlier cards are revoked.

    Raises: Unknown("unknown-person")
    """
    subject = subject_of(ctx, person_id)
    intent = Issued(
        id=f"cd-{ctx.random(9).hex()}",
        kind=model.CARD,
        person_id=person_id,
        grant_id=None,
        key_thumbprint=None,
        status_index=status.allocate(ctx, "card"),
        state=model.INTENT,
        created_at=ctx.now,
        expires_at=ctx.now + model.PRINTED_PASS_S,
        revoked_at=None,
        reason=None,
    )
    store = intents.intend(ctx, intent, idempotency=intent.id)
    terms = _Terms(qr_pass.PRINTED, intent.status_index, model.PRINTED_PASS_S)
    raw = _mint(ctx, subject, terms, cti=ctx.random(qr_pass.CTI_BYTES), store=store)
    text = encoding.text_from_bytes(raw)
    _finish_card(ctx, intent)
    front = card_pdf.Front(subject.name, text, intent.expires_at, ctx.settings.env)
    pdf = {sheet: card_pdf.draw(front, sheet) for sheet in card_pdf.SHEETS}
    return PrintedCard(intent.id, text, intent.expires_at, pdf)


def check_not_withdrawn(grant: Grant) -> None:
    """That the phone's card was not revoked.

    Raises: Refused("credential-revoked")
    """
    if grant.revoked_at is not None:
        raise Refused("credential-revoked", "This card was withdrawn. A module can give a new one.")


def _in_force(found: list[Issued]) -> Issued | None:
    """The newest that was issued and holds.

    Raises: Refused("credential-revoked") when there were some and the last was revoked
    """
    issued = [each for each in found if each.state == model.ISSUED]
    if issued:
        return issued[-1]
    if any(each.state == model.REVOKED for each in found):
        raise Refused("credential-revoked", "This card was withdrawn. A module can give a new one.")
    return None


def _mint_for(ctx: Context, grant: Grant, credential: Issued, terms: _Terms) -> bytes:
    check_not_withdrawn(grant)
    cti = ctx.random(qr_pass.CTI_BYTES)

    def store(key: IssuerKey, tbs_sha256: str) -> None:
        ledger.add_pass(
            ctx.tx,
            cti=cti.hex(),
            credential_id=credential.id,
            profile=terms.profile,
            signed_by=key.kid,
            tbs_sha256=tbs_sha256,
            issued_at=ctx.now,
            expires_at=ctx.now + terms.lifetime_s,
        )

    return _mint(ctx, subject_of(ctx, grant.person_id), terms, cti=cti, store=store)


def _mint(ctx: Context, subject: Subject, terms: _Terms, *, cti: bytes, store: Store) -> bytes:
    key, sign = intents.stored_first(ctx, "pass", store)
    is_printed = terms.profile == qr_pass.PRINTED
    claims = Claims(
        profile=terms.profile,
        iat=ctx.now,
        exp=ctx.now + terms.lifetime_s,
        cti=cti,
        holder=terms.holder,
        hint=subject.hint,
        entitlements=subject.entitlements,
        assigned_clinic=subject.person.assigned_clinic,
        status_index=terms.status_index,
        sealed=None if is_printed else _sealed(ctx, subject.identity, cti, key),
        identity=subject.identity if is_printed else None,
    )
    return qr_pass.sign_pass(claims, kid8=key.kid8, sign=sign)


def _sealed(ctx: Context, identity: Identity, cti: bytes, key: IssuerKey) -> Sealed:
    number, sealing_key = trust.sealing_key(ctx)
    protected_bytes = qr_pass.protected_bytes_of(key.kid8)
    return qr_pass.seal(identity, key=sealing_key, number=number, cti=cti, protected_bytes=protected_bytes)


def _finish_card(ctx: Context, intent: Issued) -> None:
    intents.finish(ctx, intent)
    for older in ledger.of_person(ctx.tx, intent.person_id):
        if older.kind == model.CARD and older.id != intent.id:
            withdrawal.withdraw(ctx, older, "replaced")
    audit.record(ctx, "card.printed", intent.id, person=intent.person_id)
