"""The credential endpoint: key proofs in, SD-JWT VCs out, each stored before it is signed.

Source: OpenID4VCI 1.0 §8; RFC 9901 §4, §10.1 (dates that link nothing); draft-ietf-oauth-sd-jwt-vc.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from amate.context import Context
from amate.core import qr_pass, sd_jwt
from amate.core.encoding import JsonValue
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.issuance import intents, ledger, metadata, model, proofs, store, tokens, withdrawal
from amate.features.issuance.model import Grant, Issued
from amate.features.issuance.proofs import KeyProof
from amate.features.issuance.subject import Subject, subject_of
from amate.features.status import actions as status
from amate.features.trust.model import IssuerKey

Body = Mapping[str, JsonValue]
SALT_BYTES: Final = 16
KEPT: Final = ("next", "active", "retired")
DISCLOSABLE: Final = frozenset(name for name, _, _ in metadata.CLAIMS)


def issue(ctx: Context, grant: Grant, body: Body) -> list[str]:
    """The credentials that a wallet asked for, one for each key that it proved.

    Raises: Malformed with the error codes of §8.3.1
    """
    configuration = _configuration(grant, body)
    found = check_proofs(ctx, grant, body.get("proofs"), most=model.BATCH_SIZE)
    subject = subject_of(ctx, grant.person_id)
    for nonce in {proof.nonce for proof in found}:
        tokens.use_nonce(ctx, nonce)
    return [_issue_one(ctx, grant, configuration, subject, proof) for proof in found]


def check_proofs(ctx: Context, grant: Grant, value: JsonValue, *, most: int) -> list[KeyProof]:
    """The proofs of a request, each of another key; their nonces are not used up yet.

    Raises: Malformed: invalid-proof, invalid-nonce, invalid-credential-request
    """
    if not isinstance(value, dict) or value.keys() != {"jwt"}:
        raise Malformed("invalid-proof", "proofs must hold `jwt` and nothing else", where="proofs")
    encoded = value["jwt"]
    if not isinstance(encoded, list) or not encoded:
        raise Malformed("invalid-proof", "proofs.jwt must be a list", where="proofs")
    if len(encoded) > most:  # before any signature is looked at (row F07)
        raise Malformed("invalid-credential-request", f"at most {most} proofs", where="proofs")
    found = [_check_proof(ctx, grant, one) for one in encoded]
    if len({proof.key.thumbprint for proof in found}) != len(found):
        raise Malformed("invalid-proof", "the same key twice", where="proofs")
    return found


def _check_proof(ctx: Context, grant: Grant, encoded: JsonValue) -> KeyProof:
    if not isinstance(encoded, str):
        raise Malformed("invalid-proof", "a proof is a JWT", where="proofs")
    return proofs.check_key_proof(encoded, audience=ctx.settings.issuer, now=ctx.now, client_id=grant.client_id)


def _configuration(grant: Grant, body: Body) -> str:
    """The one configuration that was asked for (§8.2)."""
    configuration, identifier = body.get("credential_configuration_id"), body.get("credential_identifier")
    if (configuration is None) == (identifier is None) or "proof" in body:
        raise Malformed(
            "invalid-credential-request", "one of credential_configuration_id and credential_identifier; `proofs`"
        )
    if identifier is not None:
        raise Malformed("unknown-credential-identifier", "the token answer named none")
    if body.get("credential_response_encryption") is not None:
        raise Malformed("invalid-encryption-parameters", "answers are not encrypted here")
    if configuration != model.CONFIGURATION:
        raise Malformed("unknown-credential-configuration", "see this issuer's metadata")
    if configuration not in grant.configurations or grant.revoked_at is not None:  # row F08
        raise Malformed("credential-request-denied", "not on this offer, or withdrawn")
    return configuration


def _issue_one(ctx: Context, grant: Grant, configuration: str, subject: Subject, proof: KeyProof) -> str:
    intent = Issued(
        id=f"cr-{ctx.random(9).hex()}",
        kind=model.CREDENTIAL,
        person_id=grant.person_id,
        grant_id=grant.id,
        key_thumbprint=proof.key.thumbprint,
        status_index=status.allocate(ctx, "credential"),
        state=model.INTENT,
        created_at=ctx.now,
        expires_at=model.day_start(ctx.now) + model.CREDENTIAL_S,
        revoked_at=None,
        reason=None,
    )
    request = f"{grant.id} {configuration} {proof.key.thumbprint} {proof.nonce}"
    key, sign = intents.stored_first(ctx, "credential", intents.intend(ctx, intent, idempotency=request))
    encoded = sd_jwt.issue(
        _claims(ctx, subject, intent, key, proof),
        disclosable=DISCLOSABLE,
        salts=[ctx.random(SALT_BYTES) for _ in DISCLOSABLE],
        kid=key.kid,
        sign=sign,
        decoys=len(DISCLOSABLE - _personal(subject).keys()),  # so that their number tells nothing
    )
    _finish(ctx, grant, intent)
    return encoded


def _finish(ctx: Context, grant: Grant, intent: Issued) -> None:
    """Issued: what it takes the place of is withdrawn.

    That is an older credential of the same key, whose answer was lost or which is being renewed, and those of the
    person's earlier phones. A phone that was renewing meanwhile comes to the first line too late.
    """
    held = store.hold_grants(ctx.tx, grant.person_id)
    if grant.id not in held:
        raise Malformed("credential-request-denied", "withdrawn meanwhile, or claimed on another phone")
    intents.finish(ctx, intent)
    for older in ledger.of_grant(ctx.tx, grant.id, key_thumbprint=intent.key_thumbprint):
        if older.id != intent.id:
            withdrawal.withdraw(ctx, older, "superseded")
    for other, began in held.items():
        if other != grant.id and began <= held[grant.id]:
            _end(ctx, other)
    audit.record(ctx, "credential.issued", intent.id, person=intent.person_id)


def _end(ctx: Context, grant_id: str) -> None:
    """End a grant; the person has their credential elsewhere now."""
    store.revoke_grants(ctx.tx, ctx.now, grant_id=grant_id)
    for credential in ledger.of_grant(ctx.tx, grant_id):
        withdrawal.withdraw(ctx, credential, "replaced")


def _claims(ctx: Context, subject: Subject, intent: Issued, key: IssuerKey, proof: KeyProof) -> dict[str, JsonValue]:
    number, index = divmod(intent.status_index, qr_pass.LIST_SIZE)
    jwk: dict[str, JsonValue] = dict(proof.key.members)
    return {
        "iss": ctx.settings.issuer,
        "vct": metadata.vct(ctx.settings.issuer),
        "iat": max(model.day_start(ctx.now), key.sign_from),  # a key made today did not sign at midnight
        "exp": intent.expires_at,
        "cnf": {"jwk": jwk},
        "status": {"status_list": {"idx": index, "uri": f"{ctx.settings.base_url}/status/{number}"}},
        **_personal(subject),
    }


def _personal(subject: Subject) -> dict[str, JsonValue]:
    """What a holder may show or keep to themselves, claim by claim; what is not known is left out."""
    person = subject.person
    entitlements: Sequence[JsonValue] = [
        {"institution": row.institution, "role": row.role, "until_day": row.until_day} for row in subject.entitlements
    ]
    claims: dict[str, JsonValue] = {
        "name": subject.name,
        "given_names": person.given_names,
        "first_surname": person.first_surname,
        "second_surname": person.second_surname,
        "curp": person.curp,
        "birth_date": person.birth_date.isoformat(),
        "birth_state": person.birth_state,
        "sex": person.sex,
        "nationality": person.nationality,
        "entitlements": list(entitlements),
        "assigned_clinic": person.assigned_clinic,
        "organ_donation": person.organ_donation,
    }
    return {name: value for name, value in claims.items() if value not in (None, "")}


def is_believed(key: IssuerKey, now: int) -> bool:
    """Whether a key belongs in the list of keys that verify credentials."""
    return key.use == "credential" and key.distrust is None and key.state in KEPT and now < key.accept_until
