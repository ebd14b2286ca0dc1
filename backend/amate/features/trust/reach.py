"""Whether the keys of people that are kept at this machine are there: looked at, never opened.

Holders may as well have taken their tokens home, where nobody can look: so a key that is missing counts as gone only
beside others of its role that are there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from amate.errors import AmateError
from amate.features.trust.model import ROLES, RoleKey
from amate.signing.repository import metadata_key
from amate.signing.signer import look_at

THERE, UNOPENED = "", "present, not opened"


class Reach(NamedTuple):
    """What was found at the URIs of people's keys.

    found:    by keyid: THERE, UNOPENED, or why it does not answer
    away:     of a role none of whose keys is here, the names of its holders
    unopened: of each role, the names of holders whose key is here, whichever it is
    """

    found: dict[str, str]
    away: dict[str, tuple[str, ...]]
    unopened: dict[str, tuple[str, ...]]


NOBODY: Final = Reach({}, {}, {})


def look(keys: Iterable[RoleKey]) -> Reach:
    """Look at these keys where their URIs say; no PIN or passphrase is asked for, and none is tried."""
    found: dict[str, str] = {}
    away: dict[str, tuple[str, ...]] = {}
    unopened: dict[str, tuple[str, ...]] = {}
    known = tuple(keys)
    for role in ROLES:
        held = [key for key in known if key.role == role]
        seen = {key: _seen(key) for key in held if key.uri}
        if held and not any(each in (THERE, UNOPENED) for each in seen.values()):
            away[role] = tuple(key.holder for key in held)
            continue
        found |= {key.keyid: each for key, each in seen.items()}
        if hidden := tuple(key.holder for key, each in seen.items() if each == UNOPENED):
            unopened[role] = hidden
    return Reach(found, away, unopened)


def _seen(key: RoleKey) -> str:
    try:
        public = look_at(key.uri)
    except AmateError as error:
        return error.slug
    if public is None:
        return UNOPENED
    return THERE if metadata_key(public).keyid == key.keyid else "another-key"
