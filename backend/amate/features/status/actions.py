"""Give a credential its place in a list, revoke it, and publish the lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from amate.context import Context
from amate.core.revocations import RevocationsToken, open_revocations, pack_revocations
from amate.errors import Unavailable, Unknown
from amate.features.audit import actions as audit
from amate.features.status import folder, store
from amate.features.status.model import (
    Terms,
    attempts,
    bases_of,
    join,
    make_revocations_token,
    make_token,
    split,
)
from amate.features.trust import actions as trust

LISTS_OPENED_AT_ONCE = 3
LOCK = "status.lock"


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list as it was just published."""

    number: int
    revoked: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PublishedRevocations:
    """The file of all revocations as it was just published, and from how many earlier ones deltas lead to it."""

    sha256: str
    revoked: int
    size_bytes: int
    deltas: int


@dataclass(frozen=True, slots=True)
class Published:
    """What verifiers can fetch now."""

    lists: list[PublishedList]
    revocations: PublishedRevocations


def allocate(ctx: Context, kind: str) -> int:
    """A status index (list · 2^20 + index) that nobody has had; its order says nothing about when it was given.

    kind:   what it is for, `pass` or `credential`
    Raises: Unavailable("no-status-index") when chance fails in three lists in a row
    """
    number = store.newest_list(ctx.tx)
    for following in range(LISTS_OPENED_AT_ONCE):
        current = (number or 0) + following
        if number is None or following > 0:
            store.open_list(ctx.tx, current, ctx.now)
        index = _allocate_in(ctx, current, kind)
        if index is not None:
            return join(current, index)
    raise Unavailable("no-status-index", "no free place was found in three lists: try again")


def revoke(ctx: Context, status_index: int, reason: str) -> bool:
    """Revoke what has this index, for good; False when it was revoked before.

    Verifiers learn it at the next publication.

    reason: a slug, such as `lost` or `issued-in-error`
    Raises: Unknown("unknown-status-index") for an index that was never given out
    """
    number, index = split(status_index)
    if store.revoke(ctx.tx, number, index, reason=reason, now=ctx.now):
        audit.record(ctx, "status.revoked", str(status_index), reason=reason)
        return True
    if not store.is_taken(ctx.tx, number, index):
        raise Unknown("unknown-status-index", f"{status_index} was never given out")
    return False


def publish(ctx: Context) -> Published:
    """Sign every list as it stands now, and the file of all revocations, and put them where verifiers fetch them.

    The index of lists comes after the lists, and the token of the file last.

    Raises: Unavailable("no-signing-key"), Unavailable("storage-unavailable"), Refused("another-address"),
            Refused("wrong-environment")
    """
    trust.check_published(ctx)
    trust.check_address(ctx)  # a list is named by its address
    policy = trust.status_policy(ctx)
    terms = Terms(f"{ctx.settings.base_url}/status", ctx.now, ctx.now + policy["exp_s"], policy["ttl_s"])
    key, sign = trust.sign(ctx, "status")
    with trust.alone(ctx.settings.home / LOCK):  # another publisher would take away what this one is about to name
        revoked = {number: store.revoked_indices(ctx.tx, number) for number in store.list_numbers(ctx.tx)}
        lists = _publish_lists(ctx, revoked, terms, key.kid, sign)
        file = _publish_revocations(ctx, revoked, terms, key.kid, sign)
    audit.record(ctx, "status.published", "all", lists=len(lists), revoked=file.revoked)
    return Published(lists, file)


def list_count(ctx: Context) -> int:
    """How many lists there are."""
    return len(store.list_numbers(ctx.tx))


def _publish_lists(
    ctx: Context, revoked: dict[int, list[int]], terms: Terms, kid: str, sign: Callable[[bytes], bytes]
) -> list[PublishedList]:
    place = ctx.settings.published / "status"
    published = []
    for number, indices in revoked.items():
        token = make_token(indices, number=number, terms=terms, kid=kid, sign=sign)
        trust.publish_file(place / str(number), token.encode())
        published.append(PublishedList(number, len(indices), len(token)))
    index = {"lists": list(revoked), "published_at": ctx.now}
    trust.publish_file(place / "index.json", json.dumps(index).encode())
    return published


def _publish_revocations(
    ctx: Context, revoked: dict[int, list[int]], terms: Terms, kid: str, sign: Callable[[bytes], bytes]
) -> PublishedRevocations:
    place = ctx.settings.published / "status" / "revocations"
    encoded = pack_revocations([revoked.get(number, []) for number in range(max(revoked, default=-1) + 1)])
    sha256 = hashlib.sha256(encoded).hexdigest()
    later = open_revocations(encoded, expected_sha256=sha256)
    deltas = folder.put_files(place, later, bases_of(folder.announced(place), sha256))
    uri = f"{terms.base}/revocations"
    said = RevocationsToken(uri, terms.iat, terms.exp, terms.ttl, len(later.lists), sha256, len(encoded), deltas)
    folder.put_token(place, said, make_revocations_token(said, kid=kid, sign=sign))
    return PublishedRevocations(sha256, sum(map(len, revoked.values())), len(encoded), len(deltas))


def _allocate_in(ctx: Context, number: int, kind: str) -> int | None:
    for indices in attempts(ctx.random):
        taken = store.taken(ctx.tx, number, indices) if len(indices) > 1 else set()
        for index in indices:
            if index not in taken and store.take(ctx.tx, number, index, kind=kind, now=ctx.now):
                return index
    return None
