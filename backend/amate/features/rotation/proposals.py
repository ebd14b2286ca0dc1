"""Proposals as they are kept: made, signed, ended; which one waits, and whether it is of this deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amate.context import Context
from amate.errors import Conflict, Refused, Unknown
from amate.features.audit import actions as audit
from amate.features.entitlement import actions as entitlement
from amate.features.rotation import model, people, store
from amate.features.rotation.model import JsonObject, Proposal, Rules, Signature
from amate.features.rotation.people import Sign
from amate.features.trust import actions as trust
from amate.features.trust.model import iso

HEX: Final = frozenset("0123456789abcdef")
LEAST_DIGITS: Final = 4
HOW_NAMED: Final = "type its whole id, kp- and twelve digits, or at least four of them, the first or the last"


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal with the signatures under it that count, and how many more it needs.

    state:      open, done, withdrawn or expired
    names:      of who gave them, in their order, as each is spelt
    difference: of a change of the decision table, rule by rule; None of a change of a key, and of one whose table of
                before is not kept here
    """

    proposal: Proposal
    state: str
    signatures: tuple[Signature, ...]
    names: tuple[str, ...]
    missing: int
    difference: JsonObject | None = None


def rules_of(ctx: Context) -> Rules:
    """The rules in keys/policy.toml."""
    return Rules.of(trust.key_policy(ctx.settings.keys_dir))


def find(ctx: Context, proposal_id: str) -> Proposal:
    """A proposal, also one that has ended.

    Raises: Unknown("unknown-proposal")
    """
    found = store.find_proposal(ctx.tx, proposal_id)
    if found is None:
        raise Unknown("unknown-proposal", _why_unknown(ctx, proposal_id), where="proposal")
    return found


def named(ctx: Context, text: str) -> Proposal:
    """A proposal as people name it: by its id, or by the first or last digits of it, four at least.

    Of several that such digits fit, it is the one that waits, if it is the only one that does.

    Raises: Unknown("unknown-proposal")
    """
    digits = text.strip().lower().removeprefix("kp-")
    if not set(digits) <= HEX:
        return find(ctx, text)
    fitting = store.with_digits(ctx.tx, digits) if len(digits) >= LEAST_DIGITS else []
    waiting = [found for found in fitting if found.state_at(ctx.now) == model.OPEN]
    for only in (waiting, fitting):
        if len(only) == 1:
            return only[0]
    if not fitting:
        return find(ctx, text)
    ids = ", ".join(found.id for found in waiting or fitting)
    raise Unknown("unknown-proposal", f"{text!r} fits several, {ids}: {HOW_NAMED}", where="proposal")


def _why_unknown(ctx: Context, text: str) -> str:
    """What to do instead: at night a key is soon named in a proposal's place."""
    kids = [key.kid for key in trust.list_keys(ctx) if text and key.kid.startswith(text)]
    if len(kids) != 1:
        return f"no proposal {text!r}: {HOW_NAMED}; see `amate keys proposals`, and `amate entitlement proposals`"
    said = f"{kids[0]} is a key: stop it with `amate keys revoke {kids[0]} --emergency`, or propose a change of it with"
    return f"{said} `amate keys propose`; what waits: `amate keys proposals`"


def find_open(ctx: Context, proposal_id: str) -> Proposal:
    """A proposal that still waits, unchanged, for this deployment.

    Raises: Unknown("unknown-proposal"), Conflict("proposal-ended"), Refused("proposal-changed"), and wrong-environment
            or another-address when it was proposed for another deployment
    """
    found = find(ctx, proposal_id)
    model.check_intact(found)
    trust.check_published(ctx)
    check_place(ctx, found)
    state = found.state_at(ctx.now)
    if state != model.OPEN:
        raise Conflict("proposal-ended", f"{found.id} is {state}: propose anew")
    return found


def standing(ctx: Context, proposal_id: str) -> Standing:
    """A proposal and who has signed it.

    Raises: Unknown("unknown-proposal")
    """
    return _standing(ctx, find(ctx, proposal_id))


def _standing(ctx: Context, proposal: Proposal) -> Standing:
    signed = store.signatures_of(ctx.tx, proposal.id) if _is_of_here(ctx, proposal) else []
    counted = [s for s in signed if people.holds(ctx, s, proposal)]
    missing = model.missing((trust.person_named(s.person) for s in counted), rules_of(ctx))
    names = tuple(people.name_of(ctx, s) for s in counted)
    return Standing(proposal, proposal.state_at(ctx.now), tuple(counted), names, missing, _difference(ctx, proposal))


def _difference(ctx: Context, proposal: Proposal) -> JsonObject | None:
    if proposal.action != model.TABLE:
        return None
    before = entitlement.kept_table(ctx, str(proposal.content["follows"]))
    return None if before is None else entitlement.difference(before, proposal.content["table"])


def standings(ctx: Context) -> list[Standing]:
    """The newest proposals, newest first."""
    return [_standing(ctx, proposal) for proposal in store.list_proposals(ctx.tx)]


def waiting_for(ctx: Context, action: str, kid: str) -> Proposal | None:
    """The proposal to do this with a key that waits for signatures; one that is too old is closed."""
    found = store.open_proposal(ctx.tx, action, kid)
    if found is not None and found.expires_at <= ctx.now:
        store.end_proposal(ctx.tx, found.id, model.WITHDRAWN, ctx.now)
        return None
    return found


def waiting_for_share(ctx: Context, use: str, shard: int) -> Proposal | None:
    """The proposal of a new key for this share that waits for signatures, or to be carried out."""
    for found in store.staged_in(ctx.tx):
        key = found.content["key"]
        if (key["use"], key["shard"]) == (use, shard) and found.state_at(ctx.now) == model.OPEN:
            check_place(ctx, found)
            return found
    return None


def make(ctx: Context, action: str, kid: str, details: JsonObject, sign: Sign | None) -> Standing:
    """A proposal to do this; one that waits and says the same is that one.

    sign:   None where the proposer signs afterwards, as everybody else does
    Raises: Conflict("proposal-open") when one that says otherwise waits; Refused: wrong-environment, another-address
    """
    rules = rules_of(ctx)
    check_published(ctx)
    waiting = waiting_for(ctx, action, kid)
    if waiting is not None:
        check_place(ctx, waiting)
        if {**waiting.content, **details} != waiting.content:
            raise Conflict("proposal-open", f"{waiting.id} waits already, and says otherwise: withdraw it first")
        return standing(ctx, waiting.id)
    proposal_id = f"kp-{ctx.random(6).hex()}"
    content = {
        "id": proposal_id,
        "env": ctx.settings.env,
        "iss": ctx.settings.issuer,
        "action": action,
        "kid": kid,
        "expires_at": iso(ctx.now + rules.proposal_s),
        **details,
    }
    proposal = Proposal(
        id=proposal_id,
        action=action,
        kid=kid,
        content=content,
        digest=model.digest_of(content),
        proposed_at=ctx.now,
        expires_at=ctx.now + rules.proposal_s,
        state=model.OPEN,
        ended_at=None,
    )
    store.add_proposal(ctx.tx, proposal)
    audit.record(ctx, "proposal.made", proposal.id, change=action, kid=kid)
    return standing(ctx, proposal.id) if sign is None else approve(ctx, proposal.id, sign)


def approve(ctx: Context, proposal_id: str, sign: Sign) -> Standing:
    """Sign a proposal; the same signature twice is the same.

    Raises: Unknown("unknown-proposal"), Conflict("proposal-ended"), Refused: proposal-changed, same-person,
            name-too-like, and wrong-environment or another-address when it was proposed for another deployment
    """
    proposal = find_open(ctx, proposal_id)
    signature = sign(proposal)
    before = store.signatures_of(ctx.tx, proposal.id)
    people.check_apart(ctx, signature, [s for s in before if not _is_by(s, signature)])
    if not store.add_signature(ctx.tx, signature):
        name = people.name_of(ctx, signature)
        same = [s for s in before if _is_by(s, signature) or s.credential == signature.credential]
        if not all(people.holds(ctx, s, proposal) for s in same):
            said = f'under "{name}" stands a signature that their key did not make, so somebody wrote to the database'
            raise Refused("proposal-changed", f"{said}: withdraw {proposal.id}, propose anew, and read the log")
        if not any(_is_by(s, signature) and s.credential == signature.credential for s in before):
            raise Refused("same-person", f"{name} has signed this already: it needs somebody else")
        if before and _is_by(before[0], signature):
            raise Refused("same-person", f'"{name}" made this proposal: somebody else has to sign it')
        return standing(ctx, proposal.id)
    audit.record(ctx, "proposal.signed", proposal.id, person=_audit_name(signature), means=signature.means)
    return standing(ctx, proposal.id)


def has_signed(ctx: Context, proposal: Proposal, sign: Sign) -> bool:
    """Whether a signature that counts, of the person who signs so, is under this proposal."""
    signature = sign(proposal)
    return any(_is_by(one, signature) for one in _standing(ctx, proposal).signatures)


def withdraw(ctx: Context, proposal_id: str) -> Standing:
    """Close a proposal without doing it.

    Raises: Unknown("unknown-proposal"), Conflict("proposal-ended") when it was done
    """
    proposal = find(ctx, proposal_id)
    if store.end_proposal(ctx.tx, proposal.id, model.WITHDRAWN, ctx.now):
        audit.record(ctx, "proposal.withdrawn", proposal.id)
    elif find(ctx, proposal_id).state == model.DONE:
        raise Conflict("proposal-ended", f"{proposal.id} was carried out")
    return standing(ctx, proposal.id)


def check_published(ctx: Context) -> None:
    """That what verifiers have is of this environment and address, so that what people sign names the right ones.

    Raises: Refused("wrong-environment", "another-address")
    """
    trust.check_published(ctx)
    trust.check_address(ctx)


def check_place(ctx: Context, proposal: Proposal) -> None:
    """That a proposal was made for this deployment.

    Raises: Refused("wrong-environment" | "another-address")
    """
    model.check_place(proposal, env=ctx.settings.env, iss=ctx.settings.issuer)


def _is_of_here(ctx: Context, proposal: Proposal) -> bool:
    try:
        check_place(ctx, proposal)
    except Refused:
        return False
    return True


def _is_by(one: Signature, other: Signature) -> bool:
    """Whether two signatures are of one person, under whichever spelling each is kept."""
    return trust.person_named(one.person) == trust.person_named(other.person)


def _audit_name(signature: Signature) -> str:
    """How the log names a person: by what they signed with, never by name."""
    return f"{signature.means}:{signature.credential[:40]}"
