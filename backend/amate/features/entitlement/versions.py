"""The decision tables of this deployment: which is in force, which was on a day, which verifiers are told of next.

2026-11-28: a table is in force from its publication on, not from its adoption: this server answers as verifiers do.
The table that comes with a release is only the first one. Once one was published, what a later release brings changes
nothing by itself: people propose it, as any other (`amate entitlement proposals` says where it lies).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from amate.context import Context
from amate.core.days import day_at
from amate.core.decision_table import DecisionTable, parse_table
from amate.core.encoding import base64url_encode
from amate.errors import Conflict, Malformed, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.entitlement import table_store
from amate.features.entitlement.model import Version

SHIPPED: Final = Path(__file__).with_name("table.json")
LONGEST_VERSION: Final = 40
JsonObject = dict[str, Any]


class _Held(NamedTuple):
    text: str
    table: DecisionTable


# By kid, which is the digest of what it holds: what another process keeps under it is the same.
_held: dict[str, _Held] = {}


def table_kid(document: Mapping[str, Any]) -> str:
    """By which a table is known: base64url SHA-256 of its JSON in one spelling, 43 characters as a key's."""
    return base64url_encode(sha256(_encode(document).encode()).digest())


def shipped() -> JsonObject:
    """The table that comes with this release; a new copy each time."""
    return _copy(_shipped())


def shipped_table() -> DecisionTable:
    """The same, parsed."""
    return _shipped().table


def table(ctx: Context) -> JsonObject:
    """The table in force, as verifiers have it in policy.json; a new copy each time."""
    return _copy(_in_force(ctx))


def table_in_force(ctx: Context) -> DecisionTable:
    """The table in force, parsed: the one that was published last, or before any was, the one of the release."""
    return _in_force(ctx).table


def table_on(ctx: Context, on_day: int) -> JsonObject:
    """The table that was in force when a day ended; of a day before the first, the first; of one ahead, today's."""
    version = version_on(ctx, on_day)
    return shipped() if version is None else _copy(_kept(ctx, version.kid))


def version_on(ctx: Context, on_day: int) -> Version | None:
    """Which one that was; None before any was published."""
    published = [each for each in table_store.versions(ctx.tx) if each.published_at is not None]
    by_then = [each for each in published if day_at(each.published_at or 0) <= on_day]
    return (by_then[-1] if by_then else published[0]) if published else None


def was_in_force(ctx: Context, on_day: int) -> bool:
    """Whether any table was in force when a day ended; before any was published, that of the release is, from today."""
    version = version_on(ctx, on_day)
    return day_at(ctx.now if version is None else version.published_at or 0) <= on_day


def table_to_tell(ctx: Context, before: JsonObject | None) -> JsonObject:
    """The table that the next publication tells of: the newest that was adopted.

    before: the one that was published last, by a release which did not keep tables yet
    """
    known = table_store.versions(ctx.tx)
    return _copy(_kept(ctx, known[-1].kid)) if known else before or shipped()


def newest_table(ctx: Context) -> JsonObject:
    """The table that a change changes: the newest, also one that waits to be published.

    Raises: Unavailable("no-trust") before the first publication
    """
    known = table_store.versions(ctx.tx)
    if not known:
        raise Unavailable("no-trust", "no table has been published from here yet: run `amate trust publish` first")
    return _copy(_kept(ctx, known[-1].kid))


def versions(ctx: Context) -> list[Version]:
    """All that are kept, oldest first."""
    return table_store.versions(ctx.tx)


def offered(ctx: Context) -> Path | None:
    """Where the table of this release lies, when it was never adopted here: people may propose it."""
    known = {each.kid for each in table_store.versions(ctx.tx)}
    return None if not known or table_kid(shipped()) in known else SHIPPED


def kept_table(ctx: Context, kid: str) -> JsonObject | None:
    """A table that was adopted once; None for one that never was."""
    return _copy(_kept(ctx, kid)) if any(each.kid == kid for each in table_store.versions(ctx.tx)) else None


def check_new(ctx: Context, document: Mapping[str, Any]) -> None:
    """That a table's version names no other: what an answer says it rests on is one table for ever.

    Raises: Refused("version-known"); Malformed("malformed-table") for a version that is too long to be one
    """
    version = str(document["version"])
    if len(version) > LONGEST_VERSION:
        raise Malformed("malformed-table", f"version: it has more than {LONGEST_VERSION} characters", where="version")
    if any(each.version == version for each in table_store.versions(ctx.tx)):
        raise Refused("version-known", f'a table was adopted as "{version}" before: give this one another version')


def adopt(ctx: Context, document: JsonObject, *, follows: str, proposal: str) -> None:
    """Keep a table, which verifiers are told of at the next publication.

    follows:  kid of the newest one, which it changes
    proposal: that two people signed for it; without, the database refuses
    Raises:   Refused("version-known"); Conflict("table-superseded") when another one was adopted meanwhile
    """
    check_new(ctx, document)
    known = table_store.versions(ctx.tx)
    if not known or known[-1].kid != follows or not _keep(ctx, document, follows, proposal, known[-1].number + 1):
        raise Conflict("table-superseded", "another table was adopted meanwhile: propose the change of that one")
    audit.record(ctx, "table.adopted", str(document["version"]), proposal=proposal)


def note_published(ctx: Context, document: JsonObject) -> None:
    """That a table is in force from now on, as a release of the repository just made tells verifiers of it.

    The first one of a deployment is kept by this: who signs the targets signed it, too.
    """
    if not table_store.versions(ctx.tx):
        parse_table(document)
        _keep(ctx, document, None, None, 1)
    if table_store.note_published(ctx.tx, table_kid(document), ctx.now):
        audit.record(ctx, "table.published", str(document["version"]))


def _keep(ctx: Context, document: JsonObject, follows: str | None, proposal: str | None, number: int) -> bool:
    version = Version(number, table_kid(document), str(document["version"]), follows, proposal, ctx.now, None)
    return table_store.add(ctx.tx, version, _encode(document, is_sorted=False))


def _in_force(ctx: Context) -> _Held:
    kid = table_store.kid_in_force(ctx.tx)
    return _shipped() if kid is None else _kept(ctx, kid)


def _kept(ctx: Context, kid: str) -> _Held:
    """A kept table, read once a process; one that is not what was adopted is used for nothing."""
    if kid not in _held:
        text = table_store.document_of(ctx.tx, kid) or "{}"
        if table_kid(json.loads(text)) != kid:
            raise Malformed("trust-broken", f"the table kept as {kid} is not what was adopted: look at the audit log")
        _held[kid] = _Held(text, parse_table(json.loads(text)))
    return _held[kid]


@cache
def _shipped() -> _Held:
    text = SHIPPED.read_text(encoding="utf-8")
    return _Held(text, parse_table(json.loads(text)))


def _copy(held: _Held) -> JsonObject:
    read: JsonObject = json.loads(held.text)
    return read


def _encode(document: Mapping[str, Any], *, is_sorted: bool = True) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=is_sorted, separators=(",", ":"))
