"""Make keys, publish the repository, sign with the key in force, and load what was published."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from amate.context import Context
from amate.core.trust import make_trust, parse_issuers, parse_policy
from amate.errors import Conflict, Malformed, Refused, Unavailable, Unknown
from amate.features.audit import actions as audit
from amate.features.trust import halting, repository, store
from amate.features.trust.centre import actions as centre
from amate.features.trust.centre.actions import key_for_counters, open_sealed
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.ceremonies import demo
from amate.features.trust.documents import check_published_by
from amate.features.trust.drafts.actions import waiting as waiting_drafts
from amate.features.trust.files import alone, publish_file, read_file, sync_folder
from amate.features.trust.folder import lay_out, reader_of, write_published
from amate.features.trust.founding import (
    BACKDATE_S,
    make_file_key,
    make_passphrase,
    spare_file_key,
)
from amate.features.trust.halting import Guarded, acknowledge, alarm_foreign, halted_kids, halts, unhalt
from amate.features.trust.holders import Holder, holder_by_keyid, holder_of, holders, role_of
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import (
    USES,
    IssuerKey,
    JsonObject,
    LoadedTrust,
    Release,
    document_of,
)
from amate.features.trust.names import are_alike, has_words, person_named, strange_letter
from amate.features.trust.publication import (
    Published,
    Waiting,
    check_address,
    how_to_begin,
    publish,
    targets_names,
    write_out,
)
from amate.features.trust.sealing_keys import make_sealing_key, renewal_due_at
from amate.features.trust.signers import list_signers
from amate.signing.signer import Signer, check_made_for, sign_verified

__all__ = [
    "BACKDATE_S",
    "Holder",
    "Published",
    "Waiting",
    "acknowledge",
    "active_key",
    "alarm_foreign",
    "alone",
    "are_alike",
    "change_key",
    "check_address",
    "check_environment",
    "check_made_for",
    "check_published",
    "find_key",
    "freeze_key",
    "halted_kids",
    "halts",
    "has_words",
    "holder_by_keyid",
    "holder_of",
    "holders",
    "init",
    "key_for_counters",
    "key_policy",
    "last_signed_at",
    "lay_out",
    "list_keys",
    "list_signers",
    "load_trust",
    "make_file_key",
    "open_sealed",
    "person_named",
    "publish",
    "publish_file",
    "published_issuers",
    "published_lead_s",
    "read_file",
    "renewal_due_at",
    "role_of",
    "sealing_key",
    "sealing_keys",
    "sealing_keys_until",
    "sign",
    "sign_with",
    "signing_counts",
    "spare_file_key",
    "stage_key",
    "status_policy",
    "strange_letter",
    "sync_folder",
    "targets_names",
    "targets_threshold",
    "unhalt",
    "untold",
    "waiting_drafts",
    "write_published",
]
STRICT_ENVIRONMENTS = ("staging", "production")


def init(ctx: Context, ceremony: str | None = None) -> Release | None:
    """Everything that signing and publishing need; what is there already stays.

    ceremony: the file of the first ceremony; a demo makes its own, with keys of its own
    Returns:  None while the first root waits for signatures from elsewhere
    Raises:   Refused("demo-keys-refused") without it in staging and production, and what a ceremony raises
    """
    check_published(ctx)
    if store.last_release(ctx.tx) is None or ceremony is not None:
        ceremonies.run(ctx, ceremony if ceremony is not None else _first_ceremony(ctx))
    make_sealing_key(ctx)
    centre.make_key(ctx)
    ctx.commit()
    list_signers(ctx)
    write_out(ctx)
    for use in USES if ctx.settings.is_demo else ():
        if not store.signing_keys(ctx.tx, use, ctx.now)[0]:
            raise Unavailable("no-signing-key", f"this demo's keys for {use} have ended: begin in another AMATE_HOME")
    return store.last_release(ctx.tx)


def active_key(ctx: Context, use: str) -> IssuerKey:
    """One of the keys that sign for `use` (pass, credential or status) now, by chance: each signs an equal share.

    Chance, and not the person, chooses: a thief who has one key has not a list of whose passes it signed.
    Raises: Unavailable("no-signing-key") when none is in force; Unavailable("signing-halted") when one of them gave a
            wrong signature, for what erred is the machine that signs with the others, too
    """
    keys, halted = store.signing_keys(ctx.tx, use, ctx.now)
    if halted:
        raise halting.halted(halted[0])
    if not keys:
        raise Unavailable("no-signing-key", f"no key signs for {use} today: see `amate keys list`")
    return keys[int.from_bytes(ctx.random(4), "big") % len(keys)] if len(keys) > 1 else keys[0]


def signing_counts(ctx: Context) -> dict[str, int]:
    """How many keys sign for each use now: 0 while one of them is halted, and where all are frozen or over."""
    found = {use: store.signing_keys(ctx.tx, use, ctx.now) for use in USES}
    return {use: 0 if halted else len(keys) for use, (keys, halted) in found.items()}


def sign(ctx: Context, use: str) -> tuple[IssuerKey, Callable[[bytes], bytes]]:
    """The key in force and what signs with it: message → raw r‖s, verified with the published key before it leaves.

    Raises: Unavailable("no-signing-key"), Unavailable("signing-halted"); when signing,
            Unavailable("signature-corrupted"), after which the key is halted
    """
    key = active_key(ctx, use)
    guarded = Guarded(ctx, ctx.signer(key.uri), kid=key.kid, use=use, public_key=key.public_key)
    return key, guarded.sign


def sign_with(key: Signer, message: bytes) -> bytes:
    """Raw r‖s by a key outside the list of issuers, verified before it leaves.

    Raises: Unavailable("signature-corrupted")
    """
    return sign_verified(key, message, key.public_key)


def sealing_key(ctx: Context) -> tuple[int, bytes]:
    """Number and bytes of the key that new passes are sealed with.

    Raises: Unavailable("no-sealing-key")
    """
    found = store.sealing_key_in_force(ctx.tx, ctx.now)
    if found is None:
        raise Unavailable("no-sealing-key", "no key seals identities today: run `amate trust publish`")
    number, wrapped = found
    return number, ctx.unwrap(wrapped)


def sealing_keys(ctx: Context) -> dict[int, bytes]:
    """The keys with which clinics read identities, by number."""
    return {number: key for number, key, _ in sealing_keys_until(ctx)}


def sealing_keys_until(ctx: Context) -> list[tuple[int, bytes, int]]:
    """Number, bytes and last instant of every key that clinics hold."""
    return [(key.number, ctx.unwrap(key.wrapped), key.open_until) for key in store.sealing_keys(ctx.tx, ctx.now)]


def list_keys(ctx: Context) -> list[IssuerKey]:
    """Every issuer key, oldest first."""
    return store.issuer_keys(ctx.tx)


def last_signed_at(ctx: Context) -> int | None:
    """When the timestamp that verifiers have was signed; None before the first publication."""
    release = store.last_release(ctx.tx)
    return None if release is None else release.signed_at


def published_issuers(ctx: Context) -> JsonObject | None:
    """`issuers.json` as it was last published; None before the first publication."""
    release = store.last_release(ctx.tx)
    listed = None if release is None else store.read_file(ctx.tx, f"{release.targets}.targets.json")
    return (
        None
        if listed is None
        else document_of(store.read_file(ctx.tx, repository.target_paths(listed)["issuers.json"]))
    )


def untold(ctx: Context) -> dict[str, list[Waiting]]:
    """By kid of each key that is to be distrusted and that verifiers, who are not told, believe: the drafts that wait.

    A key without any waits for `amate trust publish` alone.
    """
    document = published_issuers(ctx)
    listed = [] if document is None else [key for issuer in document["issuers"] for key in issuer["keys"]]
    told = {key["kid"] for key in listed if "distrust" in key}
    kids = [key.kid for key in list_keys(ctx) if key.distrust is not None and key.kid not in told]
    waiting = [each for each in waiting_drafts(ctx) if each.role == "targets"] if kids else []
    return dict.fromkeys(kids, waiting)


def check_published(ctx: Context) -> None:
    """That what is published from this database is this environment's (row D09).

    Raises: Refused("wrong-environment")
    """
    check_published_by(ctx.settings.env, published_issuers(ctx))


def targets_threshold(ctx: Context) -> int:
    """How many holders must sign targets metadata; 0 before the first publication."""
    raw = store.root_in_force(ctx.tx)
    return 0 if raw is None else repository.threshold_of(raw, "targets")


def find_key(ctx: Context, kid: str) -> IssuerKey:
    """A key by its kid, or by the beginning of it when no other begins so.

    Raises: Unknown("unknown-key")
    """
    found = [key for key in store.issuer_keys(ctx.tx) if kid and key.kid.startswith(kid)]
    if len(found) != 1:
        raise Unknown("unknown-key", f"{'several keys begin' if found else 'no key begins'} with {kid!r}", where="kid")
    return found[0]


def stage_key(ctx: Context, key: IssuerKey, *, proposal: str) -> None:
    """Keep a new key, which verifiers are told of at the next publication.

    proposal: that two people signed for it; without, the database refuses
    """
    store.add_issuer_key(ctx.tx, key, changed_by=proposal)
    list_signers(ctx)
    audit.record(ctx, "key.staged", key.kid, use=key.use, shard=key.shard, proposal=proposal)


def published_lead_s(ctx: Context) -> int:
    """How long verifiers are to know a key before it signs, by the policy of the last publication."""
    return store.published_lead_s(ctx.tx)


def change_key(ctx: Context, before: IssuerKey, after: IssuerKey, *, proposal: str, action: str) -> None:
    """Put a key into another state or give it other dates.

    proposal: that two people signed for it; without, the database refuses
    Raises:   Conflict("key-changed") when somebody else changed it meanwhile
    """
    if not store.change_issuer_key(ctx.tx, before, after, changed_by=proposal):
        raise Conflict("key-changed", f"{before.kid} was changed meanwhile: look again")
    audit.record(ctx, f"key.{action}", after.kid, state=after.state, proposal=proposal)


def freeze_key(ctx: Context, kid: str, *, reason: str) -> bool:
    """Let a key sign nothing more from now on, in every worker; False when it was frozen before.

    What it signed is believed as before: to distrust that takes two people.
    """
    if not store.freeze_issuer_key(ctx.tx, kid, ctx.now):
        return False
    audit.record(ctx, "key.frozen", kid, reason=reason)
    return True


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
        raise Unavailable("no-trust", f"no anchor.json in {home}: run `amate trust init` or `amate pack sync`")
    contents = repository.verify(anchor, reader_of(home))
    issuers = parse_issuers(contents.targets["issuers.json"])
    policy = parse_policy(contents.targets["policy.json"])
    check_environment(issuers.env, env)
    check_environment(contents.env or "no environment at all", env)
    signed_at = contents.signed_at
    trust = make_trust(issuers, policy, refreshed_at=signed_at, floor=signed_at, sealing=dict(sealing_keys or {}))
    clinics = json.loads(contents.targets["clinics.json"])
    if clinics.get("env") != issuers.env or contents.env not in (issuers.env, None):
        raise Malformed("environment-mismatch", "the root, issuers.json and clinics.json are of different environments")
    return LoadedTrust(trust, clinics, contents.usable_until)


def check_environment(found: str, expected: str) -> None:
    """Refuse a repository of another environment where that would be dangerous.

    Raises: Refused("wrong-environment")
    """
    if expected in STRICT_ENVIRONMENTS and found != expected:
        raise Refused("wrong-environment", f"this is {expected}; the repository says {found}")


def _first_ceremony(ctx: Context) -> str:
    if not ctx.settings.is_demo:
        raise Refused("demo-keys-refused", how_to_begin(ctx))
    make_passphrase(ctx)
    return demo.first_root(ctx, partial(make_file_key, ctx))
