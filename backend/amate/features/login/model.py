"""Staff, sessions, invitations and tokens, and the rules of a passkey that the library leaves to us.

Source: WebAuthn Level 3 §7.1 and §7.2; §13.4.9 (crossOrigin, topOrigin).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from amate.core import encoding
from amate.errors import Malformed, Unauthenticated

ROLES: Final = ("enrolment", "clinic", "security", "auditor", "admin")
SECURITY: Final = "security"  # who signs proposals
SESSION_COOKIE: Final = "amate_session"
SESSION_S: Final = 12 * 3600
# So long a machine is known by a session that is over, and can be told that its staff were disabled: longer than a
# sealing key that it may hold opens names (keys/policy.toml).
REMEMBERED_S: Final = 60 * 86_400
CHALLENGE_S: Final = 300
INVITATION_S: Final = 72 * 3600
DAY_S: Final = 86_400
TOKEN_DAYS: Final = 90
MAX_TOKEN_DAYS: Final = 400
MARK: Final = "amate_"  # lets scanners for leaked secrets know our tokens

REGISTRATION: Final = "registration"
AUTHENTICATION: Final = "authentication"
APPROVAL: Final = "approval"
_CLIENT_TYPES: Final = {
    REGISTRATION: "webauthn.create",
    AUTHENTICATION: "webauthn.get",
    APPROVAL: "webauthn.get",
}
_CLUES: Final = re.compile(r"[A-Z]{5}[0-9]{6}")
_FACES: Final = {
    "enrolment": "/enrolment/",
    "clinic": "/clinic/",
    "security": "/console/",
    "auditor": "/console/",
    "admin": "/console/",
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works at a module, a clinic or in the back office.

    clinic:      CLUES to which they are bound, if any
    user_handle: what their passkeys call them (random, says nothing)
    disabled_at: since when they may no longer log in
    another_person: whoever invited them said that they are not the one of a like name
    """

    id: str
    name: str
    role: str
    clinic: str | None
    user_handle: bytes
    disabled_at: int | None
    another_person: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation makes of the person who accepts it; `another_person` as in Staff."""

    role: str
    clinic: str | None
    name: str
    another_person: bool = False


@dataclass(frozen=True, slots=True)
class Passkey:
    """A WebAuthn credential of one member of staff.

    id:          credential id, base64url
    device_type: `single_device` or `multi_device` (backup eligibility; never changes)
    backed_up:   whether it is in a cloud (backup state; may change)
    """

    id: str
    staff_id: str
    public_key: bytes
    sign_count: int
    device_type: str
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that was given to one browser for one ceremony.

    invitation:  hash of the invitation when registering, digest of what is signed when approving
    user_handle: when registering
    """

    purpose: str
    ceremony: str
    invitation: str | None
    user_handle: bytes | None


@dataclass(frozen=True, slots=True)
class IntegratorToken:
    """A bearer token of another system; its text is shown once and never kept."""

    id: str
    role: str
    clinic: str | None
    created_at: int
    expires_at: int
    revoked_at: int | None

    def state_at(self, now: int) -> str:
        """`in force`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "in force" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class Proven:
    """Who is calling, once proven; `kind` is `staff` (a session) or `integrator` (a token)."""

    kind: str
    id: str
    role: str
    clinic: str | None


def fingerprint(secret: str) -> str:
    """What is stored of a secret: hex SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_post(role: str, clinic: str | None) -> None:
    """That a role and a CLUES can be given to somebody.

    Raises: Malformed("unknown-role"), Malformed("bad-clues")
    """
    if role not in ROLES:
        raise Malformed("unknown-role", f"Known roles: {', '.join(ROLES)}.", where="role")
    if clinic is not None and not _CLUES.fullmatch(clinic):
        raise Malformed("bad-clues", f'"{clinic}" is not a CLUES: five letters and six digits.', where="clinic")


def invitation_link(base_url: str, role: str, secret: str) -> str:
    """Where the invited person opens the invitation; the secret stands in the fragment, which no server sees."""
    return f"{base_url}{_FACES[role]}#invitation={secret}"


def challenge_of(raw_client_data: bytes, *, purpose: str, expected_origin: str) -> str:
    """The challenge (base64url) inside a clientDataJSON made by a page of ours, not framed by anybody.

    Raises: Unauthenticated("passkey-refused")
    Source: WebAuthn Level 3 §7.1 steps 7-12, §7.2 steps 10-15
    """
    try:
        data = encoding.strict_json(raw_client_data)
    except Malformed as error:
        raise refused("client data is not JSON") from error
    if not isinstance(data, dict) or data.get("type") != _CLIENT_TYPES[purpose]:
        raise refused("another ceremony")
    if data.get("origin") != expected_origin:
        raise refused("another origin")
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise refused("inside a page of somebody else")
    challenge = data.get("challenge")
    if not isinstance(challenge, str):
        raise refused("no challenge")
    return challenge


def refused(reason: str) -> Unauthenticated:
    """A passkey that proves nothing; what was written meanwhile stays (the challenge is used up)."""
    return Unauthenticated("passkey-refused", f"The passkey was not accepted: {reason}.", keeps_writes=True)
