"""Who holds the keys of the targets role, as the root in force names them: they may sign for a change of keys."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.context import Context
from amate.features.trust import repository, store
from amate.features.trust.model import ROLES
from amate.signing.repository import metadata_key


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a key of the targets role; `uri` only where the key is within reach of this machine."""

    name: str
    keyid: str
    public_key: EllipticCurvePublicKey
    uri: str | None


def holders(ctx: Context) -> list[Holder]:
    """Every holder whom the root in force names; none before the first publication."""
    release = store.last_release(ctx.tx)
    raw = None if release is None else store.read_file(ctx.tx, f"{release.root}.root.json")
    if raw is None:
        return []
    known = {key.keyid: key for key in store.role_keys(ctx.tx)}
    return [
        Holder(known[keyid].holder, keyid, key, known[keyid].uri or None)
        for keyid, key in repository.keys_of_role(raw, "targets").items()
    ]


def role_of(ctx: Context, public_key: EllipticCurvePublicKey) -> str | None:
    """The role of the repository that this key was given, or that the root in force gives it; None for no role's."""
    keyid, release = metadata_key(public_key).keyid, store.last_release(ctx.tx)
    raw = None if release is None else store.read_file(ctx.tx, f"{release.root}.root.json")
    named = {} if raw is None else {each: role for role in ROLES for each in repository.keys_of_role(raw, role)}
    return {key.keyid: key.role for key in store.role_keys(ctx.tx)}.get(keyid) or named.get(keyid)


def holder_of(ctx: Context, public_key: EllipticCurvePublicKey) -> Holder | None:
    """The holder of this key, if the root names it."""
    return holder_by_keyid(ctx, metadata_key(public_key).keyid)


def holder_by_keyid(ctx: Context, keyid: str) -> Holder | None:
    """The holder of the key with this keyid, if the root names it."""
    return next((holder for holder in holders(ctx) if holder.keyid == keyid), None)
