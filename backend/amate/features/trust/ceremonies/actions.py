"""Hold a ceremony: call the roll, and refuse before anything is signed when too few can sign; else publish its root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tuf.api.metadata import Root

from amate.context import Context
from amate.core.trust import jwk_from_key
from amate.errors import Conflict, Refused
from amate.features.trust import founding, publication, sealing_keys, signatures
from amate.features.trust import store as trust_store
from amate.features.trust.centre import actions as centre
from amate.features.trust.ceremonies import file, record, store
from amate.features.trust.ceremonies.file import CeremonyFile
from amate.features.trust.ceremonies.roll_call import Count, RollCall
from amate.features.trust.drafts import store as drafts
from amate.features.trust.key_policy import key_policy
from amate.features.trust.making import Proposal, Work
from amate.features.trust.model import draft_digest, kid_of
from amate.features.trust.publication import Published


class Aside(NamedTuple):
    """A draft of the root that waited when a ceremony with another file came.

    sha256:       by which its signers compared it
    signatures:   how many it had; they come back with it
    input_sha256: of the file that made it; None for a root that was renewed without one
    """

    number: int
    root: int
    sha256: str
    signatures: int
    input_sha256: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """A ceremony and what came of it.

    was_held:  it had been before, and was only finished now
    roll:      (role, holder, answer to the call) for every key
    counts:    of a rehearsal: who can sign for each role
    published: None when it was only rehearsed, or had been held before
    aside:     the draft of another file that this one takes the place of, or would
    folder:    of its transcript; None while there is none
    """

    kind: str
    root: int
    input_sha256: str
    was_held: bool
    roll: tuple[tuple[str, str, str], ...]
    counts: tuple[Count, ...]
    published: Published | None
    aside: Aside | None
    folder: Path | None


def run(ctx: Context, text: str, *, is_rehearsal: bool = False, may_wait: bool = False) -> Held:
    """Make the root that the file says and publish it; a ceremony that was held is only finished.

    is_rehearsal: call the roll and check everything, sign and write nothing
    may_wait:     leave the signatures that are missing here to be made elsewhere, as a draft
    Raises:       Malformed("malformed-ceremony"); Refused("wrong-environment", "another-address");
                  Conflict("other-root") when it is not this root's turn; Conflict("other-first-keys") when one
                  that waits has put down other keys of the issuer; Refused("too-few-signers") that names who is
                  missing, even with everybody who signs elsewhere where it may wait; what publish() raises
    """
    ceremony = file.parse(text)
    _check_place(ctx, ceremony)
    if _was_held(ctx, ceremony):
        publication.write_out(ctx)
        return _held(ctx, ceremony, was_held=True)
    before = _root_before(ctx, ceremony)
    file.check_policy(ceremony, key_policy(ctx.settings.keys_dir), now=ctx.now)
    called = RollCall(ctx, ceremony, before)
    _check_first_keys(ctx, called, before)
    root = called.root()
    aside = _aside(ctx, root)
    counts = called.counts(root)
    if lacking := called.shortfalls(counts, may_wait=may_wait):
        is_enough = not called.shortfalls(counts, may_wait=True)
        how = "add --draft, and the others sign" if is_enough else "leave out the uri of whoever signs"
        raise Refused("too-few-signers", "; ".join((*lacking, f"{how} elsewhere")))
    if is_rehearsal:
        return _held(ctx, ceremony, called=called, counts=counts, aside=aside)
    if before is None:
        sealing_keys.make_sealing_key(ctx)
        centre.make_key(ctx)
        for key, public_key in called.issuer_keys:
            founding.add_first_key(ctx, key.use, key.shard, key.uri, public_key)
    work = Work(ctx, called.hands, Proposal(root, called.plan, ceremony.kind, text, called.answers))
    work.build()
    if work.new_root is None and not may_wait:  # keys that answered, and then did not sign
        raise Refused("too-few-signers", called.reasons(called.hands.dead))
    return _held(ctx, ceremony, called=called, published=publication.put_in_force(ctx, work), aside=aside)


def _check_place(ctx: Context, ceremony: CeremonyFile) -> None:
    settings = ctx.settings
    if ceremony.environment != settings.env:
        raise Refused("wrong-environment", f"this is {settings.env}; the ceremony is for {ceremony.environment}")
    if ceremony.base_url != settings.base_url:
        raise Refused("another-address", f"this is {settings.base_url}; the ceremony is for {ceremony.base_url}")
    publication.check_address(ctx)


def _was_held(ctx: Context, ceremony: CeremonyFile) -> bool:
    known = store.find(ctx.tx, ceremony.root)
    return known is not None and known.transcript is not None and known.input == ceremony.text


def _root_before(ctx: Context, ceremony: CeremonyFile) -> Root | None:
    """The root in force, which this ceremony's must follow."""
    release = trust_store.last_release(ctx.tx)
    in_force = release.root if release is not None else 0
    if ceremony.root != in_force + 1:
        raise Conflict("other-root", _why_other_root(ctx, ceremony, in_force))
    raw = trust_store.read_file(ctx.tx, f"{in_force}.root.json")
    return None if raw is None else signatures.root_of(raw)


def _why_other_root(ctx: Context, ceremony: CeremonyFile, in_force: int) -> str:
    """What comes next instead."""
    now = f"root {in_force} is in force" if in_force else "no root is in force yet"
    waiting = drafts.open_for(ctx.tx, "root")
    if waiting is not None:
        now += f", and draft {waiting.number} of root {waiting.version} waits: see `amate trust drafts`"
    kind = "rotate-root" if in_force else "first-root"
    return f"the file makes root {ceremony.root}; {now}. The next ceremony is {kind}, with root = {in_force + 1}"


def _check_first_keys(ctx: Context, called: RollCall, before: Root | None) -> None:
    """That a first ceremony which waits has put down the same keys of the issuer: these are never taken back.

    Raises: Conflict("other-first-keys")
    """
    named = {(key.use, key.shard, kid_of(jwk_from_key(public_key))) for key, public_key in called.issuer_keys}
    other = [key for key in trust_store.issuer_keys(ctx.tx) if (key.use, key.shard, key.kid) not in named]
    if before is None and other:
        kept = "; ".join(f"{key.use} {key.shard} is {key.kid} at {key.uri}" for key in other)
        waiting = drafts.open_for(ctx.tx, "root")
        said = "an earlier run" if waiting is None else f"the ceremony of draft {waiting.number}, which waits,"
        remedy = "name just these under issuer_keys, or begin with an empty database and AMATE_HOME"
        raise Conflict("other-first-keys", f"{said} has put down first keys that this file has not: {kept}: {remedy}")


def _aside(ctx: Context, root: Root) -> Aside | None:
    """The draft that waits and says something else than this root."""
    waiting = drafts.open_for(ctx.tx, "root")
    if waiting is None or waiting.payload == signatures.payload_of(root):
        return None
    begun = store.find(ctx.tx, waiting.version)
    sha256 = draft_digest(waiting.payload, publication.holders_of(ctx, waiting))
    count = len(drafts.signatures_of(ctx.tx, waiting.number))
    made_by = record.sha256(begun.input.encode()) if begun is not None and begun.input else None
    return Aside(waiting.number, waiting.version, sha256, count, made_by)


def _held(
    ctx: Context,
    ceremony: CeremonyFile,
    *,
    called: RollCall | None = None,
    counts: tuple[Count, ...] = (),
    published: Published | None = None,
    aside: Aside | None = None,
    was_held: bool = False,
) -> Held:
    keys = (*called.plan, *called.leaving) if called is not None else ()
    roll = tuple((key.role, key.holder, called.answers[key.keyid]) for key in keys) if called is not None else ()
    row = store.find(ctx.tx, ceremony.root)
    is_over = row is not None and row.transcript is not None
    folder = record.folder_of(ctx.settings.home, row) if row is not None and is_over else None
    sha256 = record.sha256(ceremony.text.encode())
    return Held(ceremony.kind, ceremony.root, sha256, was_held, roll, counts, published, aside, folder)
