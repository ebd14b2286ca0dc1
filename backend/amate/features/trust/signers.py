"""The keys of the database as the signing process knows them: each for its one use, in `signers.json`."""

from __future__ import annotations

from amate.context import Context
from amate.features.trust import store
from amate.features.trust.files import publish_file
from amate.signing import allowed
from amate.signing.allowed import Allowed
from amate.signing.listed import load
from amate.signing.signer import check_made_for

ONLY_OURS = 0o600


def list_signers(ctx: Context) -> None:
    """Add the keys that are not listed yet. None is taken off or given another use: who may write to the database
    alone can do neither.

    Raises: Conflict("key-use-taken") when the database says another use than was listed (row A15),
            Refused("key-of-another-environment"), Malformed("bad-signers"), Unavailable("storage-unavailable")
    """
    known = load(ctx.settings.signers)
    merged = allowed.merge(known, [*_issuer_keys(ctx), *_role_keys(ctx)])
    for uri in merged.keys() - known.keys():
        check_made_for(uri, ctx.settings.env)
    if merged != known:
        ctx.settings.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        publish_file(ctx.settings.signers, allowed.encode(merged), mode=ONLY_OURS)


def _issuer_keys(ctx: Context) -> list[Allowed]:
    return [Allowed(key.uri, key.use, key.kid) for key in store.issuer_keys(ctx.tx)]


def _role_keys(ctx: Context) -> list[Allowed]:
    """Those that publishing may use of its own accord: on line, or all of a demo's."""
    here = (key for key in store.role_keys(ctx.tx) if key.uri and (key.is_online or ctx.settings.is_demo))
    return [Allowed(key.uri, key.role, key.keyid) for key in here]
