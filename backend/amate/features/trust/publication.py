"""Publish the repository: what is new is signed, kept in the database, then laid out in the published folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from amate.context import Context
from amate.errors import Conflict, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.entitlement import actions as entitlement
from amate.features.trust import model, repository, store
from amate.features.trust.ceremonies import record
from amate.features.trust.drafts import store as drafts
from amate.features.trust.folder import write_published
from amate.features.trust.hands import Hands
from amate.features.trust.holders import lost
from amate.features.trust.key_policy import key_policy
from amate.features.trust.making import Part, Work
from amate.features.trust.model import ROLES, Draft, Release, RoleKey
from amate.features.trust.sealing_keys import renew_centre_key, renew_sealing_key
from amate.features.trust.signers import list_signers


class Need(NamedTuple):
    """Signatures that are missing: how many of the keys that root number `root` gives a role, and who can give them."""

    role: str
    root: int
    missing: int
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A root or targets that cannot be published yet: its draft, what it lacks, or what else holds it up.

    sha256: by which those who sign it make sure that they mean the same (model.draft_digest)
    """

    number: int
    role: str
    version: int
    sha256: str
    needs: tuple[Need, ...]
    held_by: str


@dataclass(frozen=True, slots=True)
class Published:
    """A publication.

    release: what is in force now; None while the first root waits for signatures
    changed: whether anything but the timestamp is new
    waiting: what people have to sign before it can be published
    """

    release: Release | None
    changed: bool
    waiting: tuple[Waiting, ...]


def publish(ctx: Context) -> Published:
    """Sign the timestamp again, and whatever changed or is about to end; put it all in the published folder.

    The keys that clinics are given, to read names with and to seal receipts to, have their successors made by this.

    What needs keys that are not at hand becomes a draft, and what is in force goes on.

    Raises: Unavailable("no-trust-keys") before init; Unavailable("too-few-signers") when on-line keys do not answer;
            Conflict("publication-in-progress") beside another publication; Malformed("trust-broken") rather than
            publish what does not verify; Refused("wrong-environment", "another-address") when what is published is
            another environment's or address's
    """
    check_address(ctx)
    keys = known_keys(ctx)
    if not keys:
        raise lost() if store.root_in_force(ctx.tx) else Unavailable("no-trust-keys", how_to_begin(ctx))
    work = Work(ctx, Hands.at_hand(ctx, keys))
    work.build()
    published = put_in_force(ctx, work)
    renew_sealing_key(ctx)
    renew_centre_key(ctx)
    ctx.commit()
    return published


def how_to_begin(ctx: Context) -> str:
    """What comes before anything is published."""
    waiting = drafts.open_for(ctx.tx, "root")
    if waiting is not None:
        return f"draft {waiting.number} of the first root waits: see `amate trust drafts`"
    if ctx.settings.is_demo:
        return "run `amate trust init` first"
    return "hold the first ceremony, `amate trust ceremony run FILE`: keys/README.md says what stands in the file"


def known_keys(ctx: Context) -> list[RoleKey]:
    """The keys of the roles, and those of a root that waits for signatures."""
    waiting = drafts.open_for(ctx.tx, "root")
    keys = store.role_keys(ctx.tx)
    known = {key.keyid for key in keys}
    return keys + [key for key in (waiting.plan if waiting else ()) if key.keyid not in known]


def put_in_force(ctx: Context, work: Work) -> Published:
    """Keep a publication in the database, all or nothing, and lay it out."""
    previous = store.last_release(ctx.tx)
    if work.files:
        _check(ctx, work)
        _keep(ctx, work)
    record.keep(ctx, work)
    if work.new_root is not None:
        store.replace_role_keys(ctx.tx, work.new_root.draft.plan)
        list_signers(ctx)
    numbers = _keep_drafts(ctx, work)
    now = ctx.now
    store.note_role_keys(ctx.tx, signed=work.hands.signed, missing=work.hands.dead, now=now)
    ctx.commit()
    write_out(ctx)
    release = work.release if work.release.timestamp else None
    waiting = tuple(waiting_of(ctx, part, number) for part, number in zip(work.waiting, numbers, strict=True))
    return Published(release, _without_times(release) != _without_times(previous), waiting)


def write_out(ctx: Context) -> None:
    """Lay out what the database holds and the data folder lacks: the repository, and the transcripts of ceremonies."""
    write_published(ctx)
    record.write(ctx)


def check_address(ctx: Context) -> None:
    """Refuse to publish for another address than the one in what was published: passes already out name that one.

    Raises: Refused("another-address")
    """
    last = store.last_release(ctx.tx)
    listed = store.read_file(ctx.tx, f"{last.targets}.targets.json") if last is not None else None
    if listed is None:
        return
    policy = model.document_of(store.read_file(ctx.tx, repository.target_paths(listed)["policy.json"]))
    before = str((policy or {}).get("status_base", "")).removesuffix("/status")
    if before and before != ctx.settings.base_url:
        raise Refused(
            "another-address",
            f"what is published here says {before}, and this is {ctx.settings.base_url}: "
            "set AMATE_BASE_URL (or AMATE_PORT, or PORT of `make run`) to the former, or begin in another AMATE_HOME",
        )


def holders_of(ctx: Context, draft: Draft) -> dict[str, str]:
    """Whose each key is that this draft gives a role, or that signs it: names by keyid, as those who sign are told."""
    return holders(ctx, ROLES if draft.role == "root" else (draft.role,))


def holders(ctx: Context, roles: Iterable[str] = ROLES) -> dict[str, str]:
    """Names by keyid of all who hold a key of these roles, or are to hold one by a root that waits."""
    waiting = drafts.open_for(ctx.tx, "root")
    keys = [*store.role_keys(ctx.tx), *(waiting.plan if waiting else ())]
    return {key.keyid: key.holder for key in keys if key.role in roles}


def targets_names(ctx: Context) -> list[str]:
    """Of all who hold a targets key, and so sign proposals, or are to hold one by a root that waits."""
    return sorted(set(holders(ctx, ("targets",)).values()))


def waiting_of(ctx: Context, part: Part, number: int) -> Waiting:
    """What a part lacks."""
    draft = part.draft
    holders = holders_of(ctx, draft)
    needs = tuple(
        Need(quorum.role, quorum.version, quorum.missing, tuple(sorted(holders.get(k, k[:8]) for k in quorum.unsigned)))
        for quorum in part.quorums
        if quorum.missing
    )
    sha256 = model.draft_digest(draft.payload, holders)
    return Waiting(number, draft.role, draft.version, sha256, needs, part.held_by)


def _check(ctx: Context, work: Work) -> None:
    """What is about to be published verifies from the anchor down, as verifiers will read it."""

    def read(path: str) -> bytes | None:
        if path == f"{work.release.root + 1}.root.json":
            return None
        return work.files.get(path) or store.read_file(ctx.tx, path)

    repository.verify(read("1.root.json") or b"", read)


def _keep(ctx: Context, work: Work) -> None:
    release = work.release
    policy = key_policy(ctx.settings.keys_dir)
    times = {"lead_s": int(policy["rotation"]["lead"]) * model.DAY_S, "list_s": int(policy["status"]["exp_s"])}
    if not store.claim_release(ctx.tx, release, **times):
        raise Conflict("publication-in-progress", "another publication was made meanwhile: look, then repeat")
    for path, body in work.files.items():
        store.put_file(ctx.tx, path, body)
    store.note_published(ctx.tx, _kids(work), ctx.now)
    entitlement.note_published(ctx, _published(work, "policy.json")["table"])
    audit.record(ctx, "trust.published", str(release.timestamp), root=release.root, targets=release.targets)


def _kids(work: Work) -> list[str]:
    """The keys in the list of issuers that this release publishes."""
    return [key["kid"] for issuer in _published(work, "issuers.json")["issuers"] for key in issuer["keys"]]


def _published(work: Work, name: str) -> model.JsonObject:
    """A document that this release publishes."""

    def read(path: str) -> bytes | None:
        return work.files.get(path) or store.read_file(work.ctx.tx, path)

    listed = read(f"{work.release.targets}.targets.json") or b""
    return model.document_of(read(repository.target_paths(listed)[name])) or {}


def _keep_drafts(ctx: Context, work: Work) -> list[int]:
    """The number of each draft that waits."""
    for number in work.superseded:
        drafts.close(ctx.tx, number, "superseded")
        audit.record(ctx, "trust.draft-superseded", str(number))
    for part in work.taken:
        if part.draft.number:
            drafts.add_signatures(ctx.tx, part.draft.number, part.made, ctx.now)
            drafts.close(ctx.tx, part.draft.number, "published")
    return [_keep_draft(ctx, part, is_proposed=work.proposal is not None) for part in work.waiting]


def _keep_draft(ctx: Context, part: Part, *, is_proposed: bool) -> int:
    draft = part.draft
    if draft.number and draft.role == "root" and is_proposed and not drafts.reopen(ctx.tx, draft):
        said = "another ceremony has just opened a draft of the root: see `amate trust drafts`, then run this again"
        raise Conflict("publication-in-progress", said)
    if not draft.number:
        kept = drafts.add(ctx.tx, draft, part.files)
        if kept is None:
            raise Conflict("publication-in-progress", "another publication was made meanwhile: look, then repeat")
        draft = kept
        sha256 = model.draft_digest(draft.payload, holders_of(ctx, draft))
        audit.record(ctx, "trust.drafted", str(draft.number), role=draft.role, version=draft.version, sha256=sha256)
    drafts.add_signatures(ctx.tx, draft.number, part.made, ctx.now)
    return draft.number


def _without_times(release: Release | None) -> Release | None:
    return None if release is None else replace(release, timestamp=0, signed_at=0)
