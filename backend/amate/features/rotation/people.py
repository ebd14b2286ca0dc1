"""Who may sign a proposal: the holders of the targets keys, as the root in force names them, and staff by passkey.

A key file or a token proves its holder to whoever has the root, years later too; a passkey proves its owner to this
server, which keeps what it verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from amate.context import Context
from amate.core import cose
from amate.core.encoding import strict_json
from amate.errors import Malformed, Refused
from amate.features.login import actions as login
from amate.features.rotation.model import Proposal, Signature, message_of
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
    Raises: Refused("not-a-holder") for a key that the root in force does not name,
            Refused("key-of-another-environment"), and what ctx.own() raises
    """
    trust.check_made_for(uri, ctx.settings.env)
    signer = ctx.own(uri)
    holder = trust.holder_of(ctx, signer.public_key)
    if holder is None:
        raise Refused(
            "not-a-holder",
            "the root in force gives this key no say: use a key of the targets role, one of `amate keys people`",
        )

    def sign(proposal: Proposal) -> Signature:
        raw = trust.sign_with(signer, message_of(proposal.digest))
        return Signature(proposal.id, trust.person_named(holder.name), "key", holder.keyid, raw.hex(), ctx.now)

    return sign


def with_passkey(ctx: Context, staff: StaffSignature) -> Sign:
    """What signs a proposal for a member of staff whose passkey login has just verified for it."""

    def sign(proposal: Proposal) -> Signature:
        person = trust.person_named(staff.name)
        return Signature(proposal.id, person, staff.means, staff.staff_id, staff.proof, ctx.now)

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


def name_of(ctx: Context, signature: Signature) -> str:
    """Whose a signature is, as their name is spelt; as they were counted, of somebody who is gone."""
    if signature.means == "key":
        holder = trust.holder_by_keyid(ctx, signature.credential)
        return signature.person if holder is None else holder.name
    staff = login.find_staff(ctx, signature.credential)
    return signature.person if staff is None else staff.name


def check_apart(ctx: Context, signature: Signature, others: Iterable[Signature]) -> None:
    """That whoever signs is not one of the others under a like name, unless whoever invited them stated it.

    An invitation and a ceremony are refused so, too (login.signers, trust.ceremonies); this is for what came before,
    and for a holder who came after a passkey.

    Raises: Refused("name-too-like")
    """
    mine = name_of(ctx, signature)
    for other in others:
        theirs = name_of(ctx, other)
        if not trust.are_alike(mine, theirs) or _may_be_alike(ctx, signature, other):
            continue
        said = f'"{mine}" is like "{theirs}", who signed this, and may be the same person'
        remedy = "if not, invite whoever has the passkey anew, in full and with --another-person"
        raise Refused("name-too-like", f"{said}; {remedy}")


def _may_be_alike(ctx: Context, one: Signature, other: Signature) -> bool:
    """Holders were told apart in their ceremony, a demonstration's people by their buttons, staff when invited."""
    if "demo" in (one.means, other.means) or one.means == other.means == "key":
        return True
    staff = [login.find_staff(ctx, each.credential) for each in (one, other) if each.means == "passkey"]
    return any(person is not None and person.another_person for person in staff)


def _passkey_holds(ctx: Context, signature: Signature, proposal: Proposal) -> bool:
    try:
        credential = strict_json(signature.proof)
    except Malformed:
        return False
    person = login.approved_by(ctx, credential, proposal.digest) if isinstance(credential, dict) else None
    if person is None or person.role != "security":
        return False
    return person.id == signature.credential and _is_named(person.name, signature)


def _key_holds(ctx: Context, signature: Signature, proposal: Proposal) -> bool:
    holder = trust.holder_by_keyid(ctx, signature.credential)
    if holder is None or not _is_named(holder.name, signature):
        return False
    return cose.verify_raw(bytes.fromhex(signature.proof), message_of(proposal.digest), holder.public_key)


def _is_named(name: str, signature: Signature) -> bool:
    """Whether a signature is kept under this name; one of before may be under another spelling."""
    return trust.person_named(name) == trust.person_named(signature.person)
