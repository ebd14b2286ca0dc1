"""Proposals as they are kept: which one waits, who has signed it, and whether it is of this deployment."""

from __future__ import annotations

from dataclasses import dataclass

from amate.context import Context
from amate.errors import Conflict, Refused, Unknown
from amate.features.rotation import model, people, store
from amate.features.rotation.model import Proposal, Rules, Signature
from amate.features.trust import actions as trust


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal with the signatures under it that count, and how many more it needs."""

    proposal: Proposal
    signatures: tuple[Signature, ...]
    missing: int


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


def _why_unknown(ctx: Context, text: str) -> str:
    """What to do instead: at night a key is soon named in a proposal's place."""
    kids = [key.kid for key in trust.list_keys(ctx) if text and key.kid.startswith(text)]
    if len(kids) != 1:
        return f"no proposal {text!r}: see `amate keys proposals`"
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
    if found.state != model.OPEN or found.expires_at <= ctx.now:
        raise Conflict(
            "proposal-ended", f"{found.id} is {found.state if found.state != model.OPEN else 'too old'}: propose anew"
        )
    return found


def standing(ctx: Context, proposal_id: str) -> Standing:
    """A proposal and who has signed it.

    Raises: Unknown("unknown-proposal")
    """
    return _standing(ctx, find(ctx, proposal_id))


def _standing(ctx: Context, proposal: Proposal) -> Standing:
    signed = store.signatures_of(ctx.tx, proposal.id) if _is_of_here(ctx, proposal) else []
    counted = [s for s in signed if people.holds(ctx, s, proposal)]
    return Standing(proposal, tuple(counted), model.missing((s.person for s in counted), rules_of(ctx)))


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
        if (key["use"], key["shard"]) == (use, shard) and found.state == model.OPEN and found.expires_at > ctx.now:
            check_place(ctx, found)
            return found
    return None


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
