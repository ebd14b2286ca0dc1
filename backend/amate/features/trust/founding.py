"""The keys of the issuer that there are from the first day, before any verifier has to learn of them.

Keys that come later are proposed and signed by two people (feature rotation).
"""

from __future__ import annotations

import os
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.context import Context
from amate.core.trust import jwk_from_key
from amate.errors import Refused
from amate.features.audit import actions as audit
from amate.features.trust import store
from amate.features.trust.files import publish_file
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import DAY_S, IssuerKey, kid_of

BACKDATE_S = 40 * DAY_S  # a demo's people have passes from before it was made
RANDOM_NAME_BYTES = 4
PRIVATE = 0o600


def make_passphrase(ctx: Context) -> None:
    """A demo's passphrase; the one that is there stays."""
    path = ctx.settings.passphrase_file
    if path is None or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = path.with_name(f".{path.name}-{ctx.random(RANDOM_NAME_BYTES).hex()}")
    publish_file(whole, ctx.random(32).hex().encode(), mode=PRIVATE)
    try:
        os.link(whole, path)  # unlike a replacement, this leaves one that somebody made meanwhile
    except FileExistsError:
        pass
    finally:
        whole.unlink()


def make_file_key(ctx: Context, name: str) -> str:
    """The URI of a new encrypted key file.

    Raises: Refused("demo-keys-refused") in staging and production
    """
    return _create_file_key(ctx, ctx.settings.demo_keys / f"{name}-{ctx.random(RANDOM_NAME_BYTES).hex()}.pem")


def spare_file_key(ctx: Context, name: str, *, taken: Container[str]) -> str:
    """The URI of a key file that a run which was cut off made and nobody named since; else of a new one.

    taken:  the URIs that somebody named
    Raises: Refused("demo-keys-refused") in staging and production
    """
    for path in sorted(ctx.settings.demo_keys.glob(f"{name}-*.pem")):
        if f"file:{path}" not in taken:
            with suppress(FileExistsError):  # it is whole
                _create_file_key(ctx, path)
            return f"file:{path}"
    return make_file_key(ctx, name)


def _create_file_key(ctx: Context, path: Path) -> str:
    if not ctx.settings.is_demo:
        raise Refused("demo-keys-refused", "make the key with `amate keys make URI`, and name it with --uri")
    from amate.signing import file  # only where keys are made: what serves never loads what opens them

    ctx.settings.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.create_key(path, ctx.settings.passphrase_file, cost=file.FOR_MACHINES, env=ctx.settings.env)
    return f"file:{path}"


def add_first_key(ctx: Context, use: str, shard: int, uri: str, public_key: EllipticCurvePublicKey) -> IssuerKey:
    """Put a key in force for `use` from the first day on; one that is there for the same share stays.

    The database refuses it once anything is published (migration 0012).
    """
    known = next((key for key in store.issuer_keys(ctx.tx) if (key.use, key.shard) == (use, shard)), None)
    if known is not None:
        return known
    life = key_policy(ctx.settings.keys_dir)["uses"][use]
    jwk = jwk_from_key(public_key)
    sign_until = ctx.now + life["sign"] * DAY_S
    key = IssuerKey(
        kid=kid_of(jwk),
        iss=ctx.settings.issuer,
        use=use,
        uri=uri,
        jwk=jwk,
        state="active",
        sign_from=ctx.now - backdate_s(ctx),
        sign_until=sign_until,
        accept_until=sign_until + life["accept"] * DAY_S,
        shard=shard,
        is_first=True,
    )
    store.add_issuer_key(ctx.tx, key)
    audit.record(ctx, "key.created", key.kid, use=use, shard=shard)
    return key


def backdate_s(ctx: Context) -> int:
    """How long before they are made a demo's first keys are dated."""
    return BACKDATE_S if ctx.settings.is_demo else 0
