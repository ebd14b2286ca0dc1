"""The two ceremonies of WebAuthn: accept an invitation with a new passkey, log in with one.

py_webauthn verifies; what it leaves to us is here: user verification required, exact origin, no foreign frame, a
challenge of our own given to this browser and used once in time, a passkey bound to its person, no counter that runs
backwards.
Source: WebAuthn Level 3 §7.1, §7.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from amate.context import Context
from amate.core import encoding
from amate.errors import Conflict, Malformed, Unauthenticated, Unknown
from amate.features.audit import actions as audit
from amate.features.login import model, store
from amate.features.login.model import APPROVAL, AUTHENTICATION, REGISTRATION, Challenge, Invitation, Passkey, Staff

ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,  # Windows Hello
]
Options = dict[str, Any]
Credential = Mapping[str, Any]


def registration_options(ctx: Context, invitation: str, ceremony: str) -> Options:
    """What the browser needs to make a passkey for an invitation.

    ceremony: random text that this browser keeps in a cookie until it answers
    Raises:   Unknown("invitation-invalid")
    """
    found = _invitation(ctx, model.fingerprint(invitation))
    user_handle = ctx.random(32)
    challenge = _challenge(ctx, REGISTRATION, ceremony, model.fingerprint(invitation), user_handle)
    options = generate_registration_options(
        rp_id=rp_id(ctx),
        rp_name="Amate",
        user_id=user_handle,
        user_name=found.name,
        user_display_name=found.name,
        challenge=challenge,
        timeout=model.CHALLENGE_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        supported_pub_key_algs=ALGORITHMS,
    )
    return _plain(options_to_json(options))


def register(ctx: Context, invitation: str, credential: Credential, ceremony: str) -> Staff:
    """The new member of staff whose passkey this is; their invitation is used up.

    Raises: Unauthenticated("passkey-refused"), Unknown("invitation-invalid"), Conflict("passkey-known")
    """
    challenge, raw_challenge = _take_challenge(ctx, credential, REGISTRATION, ceremony)
    verified = _verify_registration(ctx, credential, raw_challenge)
    secret_hash = model.fingerprint(invitation)
    if challenge.invitation != secret_hash or challenge.user_handle is None:
        raise model.refused("made for another invitation")
    found = _invitation(ctx, secret_hash)
    if not store.use_invitation(ctx.tx, secret_hash, ctx.now):
        raise Unknown("invitation-invalid", "This invitation was used or has ended. Ask for a new one.")
    passkey_id = encoding.base64url_encode(verified.credential_id)
    if store.find_passkey(ctx.tx, passkey_id) is not None:
        raise Conflict("passkey-known", "This passkey belongs to somebody already.")
    person = Staff(
        id=f"st-{ctx.random(8).hex()}",
        name=found.name,
        role=found.role,
        clinic=found.clinic,
        user_handle=challenge.user_handle,
        disabled_at=None,
        another_person=found.another_person,
    )
    store.add_staff(ctx.tx, person, ctx.now)
    store.add_passkey(ctx.tx, _passkey_of(passkey_id, person, verified), ctx.now)
    audit.record(ctx, "passkey.registered", person.id, role=person.role)
    return person


def authentication_options(ctx: Context, ceremony: str) -> Options:
    """What the browser needs to log in with any passkey of ours."""
    options = generate_authentication_options(
        rp_id=rp_id(ctx),
        challenge=_challenge(ctx, AUTHENTICATION, ceremony, None, None),
        timeout=model.CHALLENGE_S * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options_to_json(options))


def approval_options(ctx: Context, ceremony: str, digest: str) -> Options:
    """What the browser needs to sign something with a passkey of ours; the challenge ends with its digest.

    digest: hex SHA-256 of what is signed
    """
    challenge = _challenge(ctx, APPROVAL, ceremony, digest, None, ending=bytes.fromhex(digest))
    options = generate_authentication_options(
        rp_id=rp_id(ctx),
        challenge=challenge,
        timeout=model.CHALLENGE_S * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options_to_json(options))


def approve(ctx: Context, credential: Credential, ceremony: str, digest: str) -> Staff:
    """Who signed this digest with their passkey, freshly and verified by the authenticator (row H02).

    Raises: Unauthenticated("passkey-refused")
    """
    challenge, raw_challenge = _take_challenge(ctx, credential, APPROVAL, ceremony)
    if challenge.invitation != digest or not raw_challenge.endswith(bytes.fromhex(digest)):
        raise model.refused("it signed something else")
    return _owner(ctx, credential, raw_challenge)


def approved_by(ctx: Context, credential: Credential, digest: str) -> Staff | None:
    """Whose passkey made this assertion over the digest, verified again from what was kept; None when nobody's did.

    That it was fresh was seen when it was made (approve); a row that no authenticator made is found out here.
    """
    try:
        raw_client_data = _response_bytes(credential, "clientDataJSON")
        encoded = model.challenge_of(raw_client_data, purpose=APPROVAL, expected_origin=ctx.settings.base_url)
        raw_challenge = encoding.base64url_decode(encoded)
        if not raw_challenge.endswith(bytes.fromhex(digest)):
            return None
        passkey, person = _passkey_and_owner(ctx, credential)
        _verify_authentication(ctx, credential, raw_challenge, passkey)
    except (Unauthenticated, Malformed):
        return None
    return person


def authenticate(ctx: Context, credential: Credential, ceremony: str) -> Staff:
    """Who logged in.

    Raises: Unauthenticated("passkey-refused")
    """
    _, raw_challenge = _take_challenge(ctx, credential, AUTHENTICATION, ceremony)
    return _owner(ctx, credential, raw_challenge)


def _owner(ctx: Context, credential: Credential, raw_challenge: bytes) -> Staff:
    passkey, person = _passkey_and_owner(ctx, credential)
    verified = _verify_authentication(ctx, credential, raw_challenge, passkey)
    _check_device(ctx, passkey, verified)
    return person


def _passkey_and_owner(ctx: Context, credential: Credential) -> tuple[Passkey, Staff]:
    passkey = store.find_passkey(ctx.tx, str(credential.get("id")))
    person = store.find_staff(ctx.tx, passkey.staff_id) if passkey else None
    if passkey is None or person is None or person.disabled_at is not None:
        raise model.refused("nobody here has it")
    if _user_handle(credential) != person.user_handle:  # §7.2 step 6; row H04
        raise model.refused("it belongs to somebody else")
    return passkey, person


def rp_id(ctx: Context) -> str:
    """The relying party id: the host of the public origin."""
    return urlsplit(ctx.settings.base_url).hostname or ""


def _challenge(
    ctx: Context,
    purpose: str,
    ceremony: str,
    invitation: str | None,
    user_handle: bytes | None,
    *,
    ending: bytes = b"",
) -> bytes:
    raw = ctx.random(32) + ending
    challenge = Challenge(purpose, model.fingerprint(ceremony), invitation, user_handle)
    store.add_challenge(
        ctx.tx,
        model.fingerprint(encoding.base64url_encode(raw)),
        challenge,
        until=ctx.now + model.CHALLENGE_S,
        now=ctx.now,
    )
    return raw


def _take_challenge(ctx: Context, credential: Credential, purpose: str, ceremony: str) -> tuple[Challenge, bytes]:
    raw_client_data = _response_bytes(credential, "clientDataJSON")
    encoded = model.challenge_of(raw_client_data, purpose=purpose, expected_origin=ctx.settings.base_url)
    found = store.take_challenge(ctx.tx, model.fingerprint(encoded), ctx.now)
    if found is None or found.purpose != purpose or found.ceremony != model.fingerprint(ceremony):
        raise model.refused("its challenge was not ours, was used, or is too old")  # row H01
    return found, encoding.base64url_decode(encoded)


def _verify_registration(ctx: Context, credential: Credential, raw_challenge: bytes) -> VerifiedRegistration:
    try:
        return verify_registration_response(
            credential=dict(credential),
            expected_challenge=raw_challenge,
            expected_rp_id=rp_id(ctx),
            expected_origin=ctx.settings.base_url,
            require_user_verification=True,  # the library's default is False (row H02)
            supported_pub_key_algs=ALGORITHMS,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise model.refused("it does not verify") from error


def _verify_authentication(
    ctx: Context, credential: Credential, raw_challenge: bytes, passkey: Passkey
) -> VerifiedAuthentication:
    try:
        return verify_authentication_response(
            credential=dict(credential),
            expected_challenge=raw_challenge,
            expected_rp_id=rp_id(ctx),
            expected_origin=ctx.settings.base_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # we compare it ourselves, to write down a clone
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise model.refused("it does not verify") from error


def _check_device(ctx: Context, passkey: Passkey, verified: VerifiedAuthentication) -> None:
    """Refuse and write down a counter that ran backwards or another kind of device: signs of a copy (row H05)."""
    backwards = (passkey.sign_count or verified.new_sign_count) and (verified.new_sign_count <= passkey.sign_count)
    if backwards or verified.credential_device_type.value != passkey.device_type:
        audit.record(ctx, "passkey.suspected-copy", passkey.staff_id, counter=verified.new_sign_count)
        raise model.refused("it may be a copy")
    backed_up = verified.credential_backed_up
    if not store.advance_passkey(ctx.tx, passkey, sign_count=verified.new_sign_count, backed_up=backed_up):
        raise model.refused("it was used at the same moment elsewhere")
    if backed_up != passkey.backed_up:
        audit.record(ctx, "passkey.backup-changed", passkey.staff_id, backed_up=backed_up)


def _invitation(ctx: Context, secret_hash: str) -> Invitation:
    found = store.find_invitation(ctx.tx, secret_hash, ctx.now)
    if found is None:
        raise Unknown("invitation-invalid", "This invitation was used or has ended. Ask for a new one.")
    return found


def _passkey_of(passkey_id: str, person: Staff, verified: VerifiedRegistration) -> Passkey:
    return Passkey(
        id=passkey_id,
        staff_id=person.id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        device_type=verified.credential_device_type.value,
        backed_up=verified.credential_backed_up,
    )


def _user_handle(credential: Credential) -> bytes | None:
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, Mapping) else None
    return _response_bytes(credential, "userHandle") if handle else None


def _response_bytes(credential: Credential, member: str) -> bytes:
    response = credential.get("response")
    value = response.get(member) if isinstance(response, Mapping) else None
    try:
        return encoding.base64url_decode(value) if isinstance(value, str) else b""
    except Malformed as error:
        raise model.refused(f"{member} is not base64url") from error


def _plain(options_json: str) -> Options:
    options: Options = json.loads(options_json)
    return options
