"""Make keys, publish the repository, sign with the key in force, and load what was published."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from amate.context import Context
from amate.core.trust import make_trust, parse_issuers, parse_policy
from amate.errors import Malformed, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.trust import repository, store
from amate.features.trust.files import key_policy, publish_file, read_file
from amate.features.trust.model import (
    DAY_S,
    USES,
    IssuerKey,
    LoadedTrust,
    Release,
    RoleKey,
    SealingKey,
    jwk_of,
    kid_of,
)
from amate.features.trust.publication import check_address, lay_out, publish, write_published
from amate.signing import file, sealing
from amate.signing.repository import metadata_key
from amate.signing.signer import sign_verified

__all__ = [
    "active_key",
    "check_address",
    "check_environment",
    "create_key",
    "init",
    "lay_out",
    "list_keys",
    "load_trust",
    "make_file_key",
    "publish",
    "publish_file",
    "read_file",
    "sealing_key",
    "sealing_keys",
    "sealing_keys_until",
    "sign",
    "status_policy",
    "write_published",
]
STRICT_ENVIRONMENTS = ("staging", "production")
BACKDATE_S = 40 * DAY_S  # a demo's people have passes from before it was made
RANDOM_NAME_BYTES = 4


def init(ctx: Context) -> Release:
    """Everything that signing and publishing need; what is there already stays.

    Raises: Refused("demo-keys-refused") in staging and production
    """
    if not ctx.settings.is_demo:
        raise Refused("demo-keys-refused", "keys of real deployments are made in a ceremony: keys/README.md")
    _make_passphrase(ctx)
    _make_role_keys(ctx)
    for use in USES:
        if store.signing_key(ctx.tx, use, ctx.now) is None:
            create_key(ctx, use, uri=make_file_key(ctx, use), backdate_s=BACKDATE_S)
    if not any(k.seal_from <= ctx.now < k.seal_until for k in store.sealing_keys(ctx.tx, ctx.now)):
        _make_sealing_key(ctx)
    ctx.commit()
    release = store.last_release(ctx.tx)
    if release is None:
        return publish(ctx).release
    write_published(ctx)
    return release


def active_key(ctx: Context, use: str) -> IssuerKey:
    """The key that signs for `use` (pass, credential or status) now.

    Raises: Unavailable("no-signing-key") when none is in force
    """
    key = store.signing_key(ctx.tx, use, ctx.now)
    if key is None:
        raise Unavailable("no-signing-key", f"no key signs for {use} today: see `amate keys list`")
    return key


def sign(ctx: Context, use: str) -> tuple[IssuerKey, Callable[[bytes], bytes]]:
    """The key in force and what signs with it: message → raw r‖s, verified with the published key before it leaves.

    Raises: Unavailable("no-signing-key"); when signing, Unavailable("signature-corrupted")
    """
    key = active_key(ctx, use)
    return key, partial(sign_verified, ctx.signer(key.uri), public_key=key.public_key)


def sealing_key(ctx: Context) -> tuple[int, bytes]:
    """Number and bytes of the key that new passes are sealed with.

    Raises: Unavailable("no-sealing-key")
    """
    found = store.sealing_key_in_force(ctx.tx, ctx.now)
    if found is None:
        raise Unavailable("no-sealing-key", "no key seals identities today: run `amate trust init`")
    number, wrapped = found
    return number, sealing.unwrap(wrapped, passphrase_file=ctx.settings.passphrase_file)


def sealing_keys(ctx: Context) -> dict[int, bytes]:
    """The keys with which clinics read identities, by number."""
    return {number: key for number, key, _ in sealing_keys_until(ctx)}


def sealing_keys_until(ctx: Context) -> list[tuple[int, bytes, int]]:
    """Number, bytes and last instant of every key that clinics hold."""
    passphrase_file = ctx.settings.passphrase_file
    return [
        (key.number, sealing.unwrap(key.wrapped, passphrase_file=passphrase_file), key.open_until)
        for key in store.sealing_keys(ctx.tx, ctx.now)
    ]


def list_keys(ctx: Context) -> list[IssuerKey]:
    """Every issuer key, oldest first."""
    return store.issuer_keys(ctx.tx)


def create_key(ctx: Context, use: str, *, uri: str, backdate_s: int = 0) -> IssuerKey:
    """Put the key at `uri` in force for `use`; verifiers learn it at the next publication.

    backdate_s: how long ago it began to sign; only a demo, whose past is made up, needs it
    Raises:     Malformed("unknown-key-use"), and what ctx.signer raises
    """
    if use not in USES:
        raise Malformed("unknown-key-use", f"known uses are {', '.join(USES)}", where="use")
    life = key_policy(ctx.settings.keys_dir)["uses"][use]
    jwk = jwk_of(ctx.signer(uri).public_key)
    sign_until = ctx.now + life["sign"] * DAY_S
    key = IssuerKey(
        kid=kid_of(jwk),
        iss=ctx.settings.issuer,
        use=use,
        uri=uri,
        jwk=jwk,
        state="active",
        sign_from=ctx.now - backdate_s,
        sign_until=sign_until,
        accept_until=sign_until + life["accept"] * DAY_S,
    )
    store.add_issuer_key(ctx.tx, key)
    audit.record(ctx, "key.created", key.kid, use=use)
    return key


def make_file_key(ctx: Context, name: str) -> str:
    """The URI of a new encrypted key file.

    Raises: Refused("demo-keys-refused") in staging and production
    """
    if not ctx.settings.is_demo:
        raise Refused("demo-keys-refused", "name a key that a ceremony made, with --uri")
    path = ctx.settings.secrets / "keys" / f"{name}-{ctx.random(RANDOM_NAME_BYTES).hex()}.pem"
    file.create_key(path, ctx.settings.passphrase_file)
    return f"file:{path}"


def status_policy(ctx: Context) -> dict[str, int]:
    """How long a status list is to be relied on (exp_s) and kept before asking again (ttl_s), in seconds."""
    policy: dict[str, int] = key_policy(ctx.settings.keys_dir)["status"]
    return policy


def load_trust(home: Path, *, env: str, sealing_keys: Mapping[int, bytes] | None = None) -> LoadedTrust:
    """What the repository in `home` says, verified from the anchor beside it down.

    home:         has anchor.json and published/trust, as $AMATE_HOME and every set of a pack do
    env:          of the settings; staging and production take no other environment's repository (row D09)
    sealing_keys: by number, where the caller is a clinic
    Raises:       Unavailable("no-trust"), Malformed("trust-broken"), Refused("wrong-environment")
    """
    anchor = read_file(home / "anchor.json")
    if anchor is None:
        raise Unavailable("no-trust", "no anchor.json: run `amate trust init` or `amate pack sync`")
    folder = home / "published" / "trust"
    contents = repository.verify(anchor, lambda path: read_file(folder / path))
    issuers = parse_issuers(contents.targets["issuers.json"])
    policy = parse_policy(contents.targets["policy.json"])
    check_environment(issuers.env, env)
    signed_at = contents.signed_at
    trust = make_trust(issuers, policy, refreshed_at=signed_at, floor=signed_at, sealing=dict(sealing_keys or {}))
    clinics = json.loads(contents.targets["clinics.json"])
    if clinics.get("env") != issuers.env:
        raise Malformed("environment-mismatch", "clinics.json is another environment's")
    return LoadedTrust(trust, clinics, contents.usable_until)


def check_environment(found: str, expected: str) -> None:
    """Refuse a repository of another environment where that would be dangerous.

    Raises: Refused("wrong-environment")
    """
    if expected in STRICT_ENVIRONMENTS and found != expected:
        raise Refused("wrong-environment", f"this is {expected}; the repository says {found}")


def _make_passphrase(ctx: Context) -> None:
    path = ctx.settings.passphrase_file
    if path is None or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file_:
        file_.write(ctx.random(32).hex().encode())


def _make_role_keys(ctx: Context) -> None:
    held = [key.role for key in store.role_keys(ctx.tx)]
    for role, rule in key_policy(ctx.settings.keys_dir)["roles"].items():
        for _ in range(int(rule["keys"]) - held.count(role)):
            uri = make_file_key(ctx, role)
            keyid = metadata_key(ctx.signer(uri).public_key).keyid
            store.add_role_key(ctx.tx, RoleKey(keyid, role, uri))


def _make_sealing_key(ctx: Context) -> None:
    life = key_policy(ctx.settings.keys_dir)["sealing"]
    numbers = [key.number for key in store.sealing_keys(ctx.tx, 0)]
    wrapped = sealing.wrap(
        ctx.random(sealing.KEY_BYTES),
        salt_and_nonce=ctx.random(sealing.SALT_BYTES + sealing.NONCE_BYTES),
        passphrase_file=ctx.settings.passphrase_file,
    )
    number = max(numbers, default=0) + 1
    seal_until, open_until = (ctx.now + life[name] * DAY_S for name in ("seal", "open"))
    key = SealingKey(number, wrapped, ctx.now - BACKDATE_S, seal_until, open_until)
    store.add_sealing_key(ctx.tx, key)
    audit.record(ctx, "sealing-key.created", str(number))
