"""Where a credential's status stands, and the tokens that publish the lists and the file of revocations.

Source: draft-ietf-oauth-status-list §4.1, §5.1 and §13.2 (random indices).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from amate.core import revocations, status_list
from amate.core.encoding import base64url_encode
from amate.core.revocations import RevocationsToken
from amate.core.status_list import LIST_SIZE, pack_statuses

REVOKED: Final = 1
BATCHES: Final = (1, 33, 33, 33)  # random places tried in a list, in as many questions to the database
EARLIER_FILES: Final = 7  # distinct ones from which deltas are kept
INDEX_BYTES: Final = 4  # 2^32 is a multiple of 2^20: taking the remainder favours no index


class Terms(NamedTuple):
    """Under which address, when and for how long a publication is signed: of all its tokens the same, in seconds."""

    base: str
    iat: int
    exp: int
    ttl: int


def random_indices(random: Callable[[int], bytes], count: int) -> list[int]:
    """Distinct indices in a list, in the order of chance; a few fewer than `count` when chance repeats itself."""
    raw = random(INDEX_BYTES * count)
    parts = (raw[start : start + INDEX_BYTES] for start in range(0, len(raw), INDEX_BYTES))
    return list(dict.fromkeys(int.from_bytes(part, "big") % LIST_SIZE for part in parts))


def attempts(random: Callable[[int], bytes]) -> Iterator[list[int]]:
    """Batches of random indices to try in one list before it counts as full."""
    for count in BATCHES:
        yield random_indices(random, count)


def join(number: int, index: int) -> int:
    """The status index that a pass carries."""
    return number * LIST_SIZE + index


def split(status_index: int) -> tuple[int, int]:
    """Number of the list and index in it."""
    return divmod(status_index, LIST_SIZE)


def bases_of(before: RevocationsToken | None, sha256: str) -> list[str]:
    """From which earlier files, newest first, deltas are to lead to this one; `before` is what was last announced."""
    if before is None:
        return []
    known = (before.sha256, *(delta.base for delta in before.deltas))
    return [base for base in known if base != sha256][:EARLIER_FILES]


def make_token(revoked: Iterable[int], *, number: int, terms: Terms, kid: str, sign: Callable[[bytes], bytes]) -> str:
    """The signed list: a compact JWS of type `statuslist+jwt`.

    revoked: indices in the list; everything else is valid
    sign:    message → raw r‖s
    """
    lst = base64url_encode(pack_statuses(dict.fromkeys(revoked, REVOKED)))
    claims = {
        "sub": f"{terms.base}/{number}",
        "iat": terms.iat,
        "exp": terms.exp,
        "ttl": terms.ttl,
        "status_list": {"bits": 1, "lst": lst},
    }
    return _signed(claims, typ=status_list.TYP, kid=kid, sign=sign)


def make_revocations_token(said: RevocationsToken, *, kid: str, sign: Callable[[bytes], bytes]) -> str:
    """What a verifier is told of the newest file of revocations: a compact JWS of type `revocations+jwt`.

    sign: message → raw r‖s
    """
    claims = {
        "sub": said.uri,
        "iat": said.iat,
        "exp": said.exp,
        "ttl": said.ttl,
        "lists": said.lists,
        "file": {"sha256": said.sha256, "size": said.size},
        "deltas": [{"from": each.base, "sha256": each.sha256, "size": each.size} for each in said.deltas],
    }
    return _signed(claims, typ=revocations.TYP, kid=kid, sign=sign)


def _signed(claims: dict[str, Any], *, typ: str, kid: str, sign: Callable[[bytes], bytes]) -> str:
    message = f"{_part({'alg': 'ES256', 'kid': kid, 'typ': typ})}.{_part(claims)}"
    return f"{message}.{base64url_encode(sign(message.encode()))}"


def _part(value: dict[str, Any]) -> str:
    return base64url_encode(json.dumps(value, separators=(",", ":")).encode())
