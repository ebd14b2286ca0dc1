"""What can go wrong, grouped by what the caller can do about it; knows no HTTP.

A leaf is a slug: the same word is the problem type on the wire, the `expect` of a shared vector and the message key of
a screen. Families are classes, because callers catch families; leaves are slugs, because people read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """One thing wrong in one place: `where` is the path of a field, or another part of a request (web/faults.py)."""

    where: str
    slug: str
    detail: str


class AmateError(Exception):
    """A question that could not be answered: `slug` says why, `detail` helps, `where` names the field at fault.

    keeps_writes: what was written before is committed, not rolled back (a failed attempt that must be counted).
    faults:       for input that is refused with all its faults at once; `where` is then the first of them
    members:      what else the answer holds, for the caller to decide by
    """

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        where: str | None = None,
        keeps_writes: bool = False,
        faults: Sequence[Fault] = (),
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}" if detail else slug)
        self.slug = slug
        self.detail = detail
        self.where = where or (faults[0].where if faults else None)
        self.keeps_writes = keeps_writes
        self.faults = tuple(faults)
        self.members = dict(members or {})


class Malformed(AmateError):
    """The input breaks its format: mend it and send it again."""


class Unauthenticated(AmateError):
    """Nobody is logged in, or the proof of who is calling does not hold."""


class Refused(AmateError):
    """The caller is known and may not do this."""


class Unknown(AmateError):
    """The thing that was asked for is not here."""


class Conflict(AmateError):
    """The state has changed, or the same thing was done before in another way."""


class Unavailable(AmateError):
    """Something that this needs does not answer: try again later."""
