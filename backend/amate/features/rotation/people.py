"""Who may sign a proposal: the holders of the targets keys, as the root in force names them, and staff by passkey.

A key file or a token proves its holder to whoever has the root, years later too; a passkey proves its owner to this
server, which keeps what it verified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from amate.context import Context
from amate.core import cose
from amate.core.encoding import strict_json
from amate.errors import Malformed, Refused
from amate.features.login import actions as login
from amate.features.rotation.model import Proposal, Signature, message_of, person_named
from amate.features.trust import actions as trust

Sign = Callable[[Proposal], Signature]


@dataclass(frozen=True, slots=True)
class StaffSignature:
    """A yes that login has verified for just this proposal.

    means: `passkey`, or `demo` for one click in a demonstration
    proof: what the authenticator returned, as JSON; kept so that it can be verified again
    """

    staff_id: str
    name: str
    means: str
    proof: str


def with_key(ctx: Context, uri: str) -> Sign:
    """What signs a proposal with a key of the targets role.

    uri:    of the person's own key, which is opened here: a signing process signs no proposals
    Raises: Refused("not-a-holder") for a key that the root in force does not name, and what ctx.own() raises
    """
    signer = ctx.own(uri)
    holder = trust.holder_of(ctx, signer.public_key)
    if holder is None:
        raise Refused(
            "not-a-holder",
            "the root in force gives this key no say: use a key of the targets role, one of `amate keys people`",
        )

    def sign(proposal: Proposal) -> Signature:
        raw = trust.sign_with(signer, message_of(proposal.digest))
        return Signature(proposal.id, person_named(holder.name), "key", holder.keyid, raw.hex(), ctx.now)

    return sign


def with_passkey(ctx: Context, staff: StaffSignature) -> Sign:
    """What signs a proposal for a member of staff whose passkey login has just verified for it."""

    def sign(proposal: Proposal) -> Signature:
        return Signature(proposal.id, person_named(staff.name), staff.means, staff.staff_id, staff.proof, ctx.now)

    return sign


def holds(ctx: Context, signature: Signature, proposal: Proposal) -> bool:
    """Whether a stored signature counts: it is verified again, so that a row which nobody signed is none.

    Whoever signed must still be somebody whom the root names, or work in security. One click counts in demonstrations.
    """
    if signature.means == "demo":
        return ctx.settings.is_demo
    return (
        _key_holds(ctx, signature, proposal) if signature.means == "key" else _passkey_holds(ctx, signature, proposal)
    )


def _passkey_holds(ctx: Context, signature: Signature, proposal: Proposal) -> bool:
    try:
        credential = strict_json(signature.proof)
    except Malformed:
        return False
    person = login.approved_by(ctx, credential, proposal.digest) if isinstance(credential, dict) else None
    if person is None or person.role != "security":
        return False
    return (person.id, person_named(person.name)) == (signature.credential, signature.person)


def _key_holds(ctx: Context, signature: Signature, proposal: Proposal) -> bool:
    holder = trust.holder_by_keyid(ctx, signature.credential)
    if holder is None or person_named(holder.name) != signature.person:
        return False
    return cose.verify_raw(bytes.fromhex(signature.proof), message_of(proposal.digest), holder.public_key)
