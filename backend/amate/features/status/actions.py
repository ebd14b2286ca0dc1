"""Give a credential its place in a list, revoke it, and publish the lists."""

from __future__ import annotations

import json
from dataclasses import dataclass

from amate.context import Context
from amate.errors import Unavailable, Unknown
from amate.features.audit import actions as audit
from amate.features.status import store
from amate.features.status.model import attempts, join, make_token, split
from amate.features.trust import actions as trust

LISTS_OPENED_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list as it was just published."""

    number: int
    revoked: int
    size_bytes: int


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


def publish(ctx: Context) -> list[PublishedList]:
    """Sign every list as it stands now and put it where verifiers fetch it; the index of lists comes last.

    Raises: Unavailable("no-signing-key"), Unavailable("storage-unavailable"), Refused("another-address")
    """
    trust.check_address(ctx)  # a list is named by its address
    policy = trust.status_policy(ctx)
    key, sign = trust.sign(ctx, "status")
    folder = ctx.settings.published / "status"
    published = []
    for number in store.list_numbers(ctx.tx):
        revoked = store.revoked_indices(ctx.tx, number)
        token = make_token(
            revoked,
            uri=f"{ctx.settings.base_url}/status/{number}",
            kid=key.kid,
            sign=sign,
            iat=ctx.now,
            exp=ctx.now + policy["exp_s"],
            ttl=policy["ttl_s"],
        )
        trust.publish_file(folder / str(number), token.encode())
        published.append(PublishedList(number, len(revoked), len(token)))
    index = {"lists": [each.number for each in published], "published_at": ctx.now}
    trust.publish_file(folder / "index.json", json.dumps(index).encode())
    audit.record(ctx, "status.published", "all", lists=len(published), revoked=sum(p.revoked for p in published))
    return published


def list_count(ctx: Context) -> int:
    """How many lists there are."""
    return len(store.list_numbers(ctx.tx))


def _allocate_in(ctx: Context, number: int, kind: str) -> int | None:
    for indices in attempts(ctx.random):
        taken = store.taken(ctx.tx, number, indices) if len(indices) > 1 else set()
        for index in indices:
            if index not in taken and store.take(ctx.tx, number, index, kind=kind, now=ctx.now):
                return index
    return None
