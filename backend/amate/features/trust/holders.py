"""Who holds the keys of the targets role, as the root in force names them: they may sign for a change of keys."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.context import Context
from amate.errors import Unavailable
from amate.features.trust import repository, store
from amate.signing.repository import metadata_key


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a key of the targets role; `uri` only where the key is within reach of this machine."""

    name: str
    keyid: str
    public_key: EllipticCurvePublicKey
    uri: str | None


def holders(ctx: Context) -> list[Holder]:
    """Every holder whom the root in force names; none before the first publication.

    Raises: Unavailable("storage-unavailable") where the database has lost whose a key is
    """
    raw = store.root_in_force(ctx.tx)
    if raw is None:
        return []
    known = {key.keyid: key for key in store.role_keys(ctx.tx)}
    named = repository.keys_of_role(raw, "targets")
    if not known.keys() >= named.keys():
        raise lost()
    return [Holder(known[keyid].holder, keyid, key, known[keyid].uri or None) for keyid, key in named.items()]


def lost() -> Unavailable:
    """That the root in force names keys of which the database no longer says whose they are."""
    said = "the root in force names keys of which this database no longer says whose they are: it was changed by hand"
    return Unavailable("storage-unavailable", f"{said} or is damaged; put it back from the backup before anything else")


def role_of(ctx: Context, public_key: EllipticCurvePublicKey) -> str | None:
    """The role that the root in force gives to this key; None for none."""
    keyid = metadata_key(public_key).keyid
    return next((key.role for key in store.role_keys(ctx.tx) if key.keyid == keyid), None)


def holder_of(ctx: Context, public_key: EllipticCurvePublicKey) -> Holder | None:
    """The holder of this key, if the root names it."""
    return holder_by_keyid(ctx, metadata_key(public_key).keyid)


def holder_by_keyid(ctx: Context, keyid: str) -> Holder | None:
    """The holder of the key with this keyid, if the root names it."""
    return next((holder for holder in holders(ctx) if holder.keyid == keyid), None)
