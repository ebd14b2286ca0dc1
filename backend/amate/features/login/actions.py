"""Invite staff, open and end sessions, give out and revoke integrators' tokens, and say who is calling."""

from __future__ import annotations

from typing import NamedTuple

from amate.context import Context
from amate.core import encoding
from amate.errors import Malformed, Unknown
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.login import model, signers, store
from amate.features.login.model import IntegratorToken, Invitation, Proven, Staff
from amate.features.login.passkeys import approval_options, approve, approved_by

__all__ = [
    "Invited",
    "approval_options",
    "approve",
    "approved_by",
    "caller_of",
    "demo_staff",
    "disable_staff",
    "end_session",
    "find_staff",
    "give_token",
    "invite",
    "is_withdrawn",
    "list_staff",
    "list_tokens",
    "new_secret",
    "open_demo_session",
    "open_session",
    "revoke_token",
    "staff_of_session",
]
DEMO_NAMES = {
    "enrolment": "Módulo de demostración",
    "clinic": "Recepción de demostración",
    "security": "Seguridad de demostración",
    "auditor": "Auditoría de demostración",
    "admin": "Administración de demostración",
}


def caller_of(ctx: Context, *, session: str | None, bearer: str | None) -> Proven | None:
    """Who sent this session cookie or this bearer token, if either is in force; a token goes before a cookie."""
    if bearer is not None:
        token = store.find_token(ctx.tx, model.fingerprint(bearer), ctx.now)
        return Proven("integrator", token.id, token.role, token.clinic) if token else None
    person = staff_of_session(ctx, session)
    return Proven("staff", person.id, person.role, person.clinic) if person else None


def staff_of_session(ctx: Context, session: str | None) -> Staff | None:
    """Who is logged in with this session cookie."""
    return store.staff_of_session(ctx.tx, model.fingerprint(session), ctx.now) if session else None


def is_withdrawn(ctx: Context, session: str | None) -> bool:
    """Whether this session cookie was somebody's who may log in no more: what their machine kept of people goes."""
    return store.is_of_disabled_staff(ctx.tx, model.fingerprint(session)) if session else False


class Invited(NamedTuple):
    """A link that lets one person make a passkey.

    until:    the second at which it ends
    is_known: whether somebody of just this name signs proposals already, as whom they count
    """

    link: str
    until: int
    clinic: str | None
    is_known: bool = False


def invite(
    ctx: Context, *, role: str, clinic: str | None = None, name: str = "", another_person: bool = False
) -> Invited:
    """Let one person make a passkey for this role, bound to the unit that a key stands for today.

    another_person: whoever invites states that they are not the one of a like name
    Raises: Malformed("unknown-role"), Malformed("bad-clues"), Malformed("unknown-clinic"), Malformed("name-too-long");
            of security what signers.check_name() raises
    """
    model.check_post(role, clinic)
    clinic = clinic and clinics.key_in_force(ctx, clinic)
    if len(name) > 120:
        raise Malformed("name-too-long", "At most 120 characters.", where="name")
    is_known = role == model.SECURITY and signers.check_name(ctx, name, another_person=another_person)
    secret, until = new_secret(ctx), ctx.now + model.INVITATION_S
    invitation = Invitation(role, clinic, name or role, another_person)
    store.add_invitation(ctx.tx, model.fingerprint(secret), invitation, now=ctx.now, until=until)
    stated = {"another_person": True} if another_person else {}
    audit.record(ctx, "staff.invited", role, clinic=clinic, **stated)
    return Invited(model.invitation_link(ctx.settings.base_url, role, secret), until, clinic, is_known)


def open_session(ctx: Context, person: Staff) -> str:
    """A new session of this member of staff: the secret for the cookie."""
    secret = new_secret(ctx)
    store.add_session(ctx.tx, model.fingerprint(secret), person.id, now=ctx.now, until=ctx.now + model.SESSION_S)
    ctx.actor = f"staff:{person.id}"
    audit.record(ctx, "session.opened", person.id)
    return secret


def end_session(ctx: Context, session: str | None) -> None:
    """End a session, if it is one."""
    person = staff_of_session(ctx, session)
    if person is not None and session is not None:
        store.revoke_session(ctx.tx, model.fingerprint(session), ctx.now)
        ctx.actor = f"staff:{person.id}"
        audit.record(ctx, "session.ended", person.id)


def open_demo_session(ctx: Context, role: str, *, second: bool = False) -> tuple[Staff, str]:
    """A session of the demo's member of staff for this role, and its secret.

    second: the other one, where a change needs two people
    Raises: Unknown("not-found") outside a demo, Malformed("unknown-role")
    """
    if not ctx.settings.is_demo:
        raise Unknown("not-found", "There is nothing at this address.")
    person = demo_staff(ctx, role, second=second)
    return person, open_session(ctx, person)


def find_staff(ctx: Context, staff_id: str) -> Staff | None:
    """A member of staff who may log in, by id."""
    found = store.find_staff(ctx.tx, staff_id)
    return found if found is not None and found.disabled_at is None else None


def demo_staff(ctx: Context, role: str, clinic: str | None = None, *, second: bool = False) -> Staff:
    """The demo's member of staff for this role, made on first use; `clinic` moves them there.

    Raises: Unknown("not-found") outside a demo, Malformed("unknown-role"), Malformed("bad-clues")
    """
    if not ctx.settings.is_demo:
        raise Unknown("not-found", "There is nothing at this address.")
    model.check_post(role, clinic)
    staff_id, name = f"demo-{role}", DEMO_NAMES[role]
    if second:
        staff_id, name = f"{staff_id}-2", f"{name}, segunda persona"
    found = store.find_staff(ctx.tx, staff_id)
    if found is None:
        found = Staff(staff_id, name, role, clinic, ctx.random(32), None)
        store.add_staff(ctx.tx, found, ctx.now)
    elif clinic is not None and clinic != found.clinic:
        store.move_staff(ctx.tx, found.id, clinic)
    return store.find_staff(ctx.tx, found.id) or found


def disable_staff(ctx: Context, staff_id: str) -> None:
    """Let a member of staff log in no more, and end their sessions at once.

    Raises: Unknown("unknown-staff")
    """
    if not store.disable_staff(ctx.tx, staff_id, ctx.now):
        raise Unknown("unknown-staff", "Nobody active has this id: see `amate staff list`.")
    audit.record(ctx, "staff.disabled", staff_id)


def list_staff(ctx: Context) -> list[Staff]:
    """Everybody who was ever let in, by role and name."""
    return store.list_staff(ctx.tx)


def give_token(
    ctx: Context, *, role: str, clinic: str | None = None, days: int = model.TOKEN_DAYS
) -> tuple[str, IntegratorToken]:
    """A bearer token for another system: its text, which is kept nowhere, and what is kept of it.

    Raises: Malformed("unknown-role"), Malformed("bad-clues"), Malformed("unknown-clinic"), Malformed("bad-lifetime")
    """
    model.check_post(role, clinic)
    clinic = clinic and clinics.key_in_force(ctx, clinic)
    if not 1 <= days <= model.MAX_TOKEN_DAYS:
        raise Malformed("bad-lifetime", f"1 to {model.MAX_TOKEN_DAYS} days.", where="expires_days")
    secret = model.MARK + new_secret(ctx)
    token = IntegratorToken(
        id=f"tok-{ctx.random(6).hex()}",
        role=role,
        clinic=clinic,
        created_at=ctx.now,
        expires_at=ctx.now + days * model.DAY_S,
        revoked_at=None,
    )
    store.add_token(ctx.tx, model.fingerprint(secret), token)
    audit.record(ctx, "token.given", token.id, role=role, clinic=clinic)
    return secret, token


def list_tokens(ctx: Context) -> list[IntegratorToken]:
    """Every token ever given, newest first."""
    return store.list_tokens(ctx.tx)


def revoke_token(ctx: Context, token_id: str) -> None:
    """End an integrator's token now.

    Raises: Unknown("unknown-token")
    """
    if not store.revoke_token(ctx.tx, token_id, ctx.now):
        raise Unknown("unknown-token", "No token in force has this id: see `amate staff tokens`.")
    audit.record(ctx, "token.revoked", token_id)


def new_secret(ctx: Context) -> str:
    """A text of 256 unpredictable bits."""
    return encoding.base64url_encode(ctx.random(32))
