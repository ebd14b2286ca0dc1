"""Revocations: every revoked status index of the country in one file, and what is added to it in a day.

The file says of each list from 0 on, and of the whole of it, what is revoked: about a list that it does not have it
says nothing, and what it has is exact. It is read only as the bytes whose SHA-256 somebody signed, and a set of indices
has one spelling. Revocation is for good, so a delta only adds; what it makes is a file, under its own SHA-256.

File:   1, number of lists (2 bytes), how many of each are revoked (3 bytes each), the set of each
Delta:  2, number of lists after it (2 bytes), how many are newly revoked (4 bytes), the set of their status indices

Numbers are most significant first; a set is as in core/rice.py. Which file is the newest, and which deltas lead to it,
says a token: a JWS of type `revocations+jwt` of a key for status lists, with {sub, iat, exp, ttl, lists, file {sha256,
size}, deltas [{from, sha256, size}]}; `from` is the SHA-256 of the file that a delta is added to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, NoReturn

import numpy as np

from amate.core import rice
from amate.core.encoding import JsonValue
from amate.core.rice import Indices
from amate.core.status_list import LIST_SIZE, signed_claims, time_of
from amate.core.trust import IssuerKey
from amate.errors import Malformed

MAX_LISTS: Final = 2**11  # 2^31 credentials: status indices stay exact in the bit operations of both languages
MAX_BYTES: Final = 2**25
MAX_ADDED: Final = 2**20  # by a delta: what is too large for its reader is refused before it is known to be right
MAX_TOKEN: Final = 2**14  # characters
MAX_DELTAS: Final = 32
TYP: Final = "revocations+jwt"
SAMPLE: Final = 64  # indices between two places that a reader can begin at

_FILE: Final = 1
_DELTA: Final = 2
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class RevokedSet(NamedTuple):
    """Where the set of one list stands, and where a reader can begin.

    revoked: how many
    low_at:  byte at which the low bits begin
    least:   of every SAMPLE-th gap the least index that it can lead to
    places:  the bit at which what is left of that gap begins; the last one is where the set ends
    """

    revoked: int
    low_at: int
    least: Indices
    places: Indices


class Revocations(NamedTuple):
    """A file whose SHA-256 and spelling were verified."""

    encoded: bytes
    lists: tuple[RevokedSet, ...]


class SignedDelta(NamedTuple):
    """A delta as its token names it: `base` is the SHA-256 of the file before; hashes in hexadecimal, size in bytes."""

    base: str
    sha256: str
    size: int


class RevocationsToken(NamedTuple):
    """What a verified token says of the newest file: its SHA-256, its size in bytes, how many lists it has.

    iat, exp, ttl: in seconds since 1970; ttl is how long to keep it before asking again
    """

    uri: str
    iat: int
    exp: int
    ttl: int
    lists: int
    sha256: str
    size: int
    deltas: tuple[SignedDelta, ...]


def parse_revocations_token(
    encoded_jwt: str, *, keys: Iterable[IssuerKey], expected_uri: str, held: RevocationsToken | None = None
) -> RevocationsToken:
    """What a token says that a key for status lists signed while it was in force.

    held:   the one accepted before, behind which nobody goes back (row C04)
    Raises: as status_list.signed_claims; Malformed("older-revocations"), ("fewer-lists") when it goes behind `held`
    """
    if len(encoded_jwt) > MAX_TOKEN:
        _malformed("too large")
    token = read_claims(signed_claims(encoded_jwt, typ=TYP, keys=keys, expected_uri=expected_uri), expected_uri)
    if held is not None and token.iat < held.iat:
        raise Malformed("older-revocations", "signed before the token that is held")
    if held is not None and token.lists < held.lists:
        raise Malformed("fewer-lists", "a list that is held is gone")
    return token


def read_claims(claims: Mapping[str, JsonValue], uri: str) -> RevocationsToken:
    """What the claims of a token say, whoever signed them.

    Raises: Malformed("malformed")
    """
    iat, exp, ttl, lists = (time_of(claims, name) for name in ("iat", "exp", "ttl", "lists"))
    if lists > MAX_LISTS:
        _malformed("too many lists")
    file = _object_of(claims.get("file"))
    sha256, deltas = _sha256_of(file, "sha256"), _deltas_of(claims.get("deltas"))
    if len({sha256, *(delta.base for delta in deltas)}) != len(deltas) + 1:
        _malformed("two ways from one file, or one that leads nowhere")
    return RevocationsToken(uri, iat, exp, ttl, lists, sha256, _size_of(file), deltas)


def check_agrees(token: RevocationsToken, revocations: Revocations) -> None:
    """That a file, opened under its SHA-256, is what its token says beside that.

    Raises: Malformed("malformed")
    """
    if (len(revocations.encoded), len(revocations.lists)) != (token.size, token.lists):
        _malformed("the file and its token disagree")


def pack_revocations(lists: Sequence[Iterable[int]]) -> bytes:
    """The file of these lists, from number 0 on.

    lists:  of each the indices that are revoked
    Raises: Malformed("status-out-of-range") for an index that a list does not have; Malformed for too many lists
    """
    if len(lists) > MAX_LISTS:
        _malformed("too many lists")
    sets = [_sorted(indices, LIST_SIZE) for indices in lists]
    counts = b"".join(len(indices).to_bytes(3, "big") for indices in sets)
    packed = b"".join(rice.pack_set(indices, LIST_SIZE) for indices in sets)
    return bytes((_FILE,)) + len(sets).to_bytes(2, "big") + counts + packed


def open_revocations(encoded: bytes, *, expected_sha256: str) -> Revocations:
    """The revocations in a file, ready for questions; the file itself stays as it is.

    expected_sha256: hexadecimal, as it was signed
    Raises:          Malformed for other bytes, and for bytes that pack_revocations would not write
    """
    if len(encoded) > MAX_BYTES or hashlib.sha256(encoded).hexdigest() != expected_sha256:
        _malformed("not the file that was signed")
    number = _lists_of(encoded, _FILE)
    at = 3 + 3 * number
    counts = [int.from_bytes(encoded[start : start + 3], "big") for start in range(3, at, 3)]
    lists = []
    for count in counts:
        indices, places = rice.read_set(encoded, at, count, LIST_SIZE)
        least = np.concatenate(([0], indices + 1))[:-1][::SAMPLE]
        lists.append(RevokedSet(count, at, least, np.append(places[:-1][::SAMPLE], places[-1])))
        at = rice.bytes_for(places[-1])
    if at != len(encoded):
        _malformed("followed by more")
    return Revocations(encoded, tuple(lists))


def is_revoked(revocations: Revocations, status_index: int) -> bool:
    """Whether the credential with this status index is revoked. No more than SAMPLE gaps are read.

    Raises: Malformed("status-out-of-range") for an index in a list that the file does not have
    """
    number, index = divmod(status_index, LIST_SIZE)
    if not 0 <= number < len(revocations.lists):
        raise Malformed("status-out-of-range", "list")
    listed = revocations.lists[number]
    block = int(np.searchsorted(listed.least, index, side="right")) - 1
    if block < 0:  # nothing is revoked in this list
        return False
    first = block * SAMPLE
    count, k = min(SAMPLE, listed.revoked - first), rice.rice_parameter(listed.revoked, LIST_SIZE)
    places = int(listed.places[block]), int(listed.places[block + 1])
    indices = rice.read_block(revocations.encoded, listed.low_at + first * k // 8, count, k, places=places)
    return bool(np.any(indices == index - listed.least[block]))


def revoked_in(revocations: Revocations, number: int) -> Indices:
    """All revoked indices of a list that the file has, in order."""
    listed = revocations.lists[number]
    return rice.read_set(revocations.encoded, listed.low_at, listed.revoked, LIST_SIZE)[0]


def pack_delta(earlier: Revocations, later: Revocations) -> bytes:
    """What makes the later file of the earlier one.

    Raises: Malformed when something that was revoked, or a list, is gone, or more than MAX_ADDED were added
    """
    added = []
    for number in range(len(later.lists)):
        revoked = revoked_in(later, number)
        before = revoked_in(earlier, number) if number < len(earlier.lists) else revoked[:0]
        new = np.setdiff1d(revoked, before, assume_unique=True)
        if len(new) + len(before) != len(revoked):
            _malformed("what was revoked is revoked for good")
        added.append(new + number * LIST_SIZE)
    indices = np.concatenate([*added, np.empty(0, np.int64)])
    if len(later.lists) < len(earlier.lists) or len(indices) > MAX_ADDED:
        _malformed("a list is gone, or there is too much to add")
    head = bytes((_DELTA,)) + len(later.lists).to_bytes(2, "big") + len(indices).to_bytes(4, "big")
    return head + rice.pack_set(indices, len(later.lists) * LIST_SIZE)


def apply_delta(revocations: Revocations, encoded_delta: bytes, *, expected_sha256: str) -> Revocations:
    """The later file, of an earlier one and what was added.

    expected_sha256: of the later file, hexadecimal, as it was signed
    Raises:          Malformed for a delta that is not spelled as pack_delta does, or that leads to another file
    """
    number, count = _lists_of(encoded_delta, _DELTA), int.from_bytes(encoded_delta[3:7], "big")
    if number < len(revocations.lists) or count > MAX_ADDED:
        _malformed("not a delta of this file, or too much to add")
    added, places = rice.read_set(encoded_delta, 7, count, number * LIST_SIZE)
    if rice.bytes_for(places[-1]) != len(encoded_delta):
        _malformed("followed by more")
    bounds = np.searchsorted(added, np.arange(number + 1) * LIST_SIZE)
    lists = []
    for n in range(number):
        before = revoked_in(revocations, n) if n < len(revocations.lists) else added[:0]
        new = added[bounds[n] : bounds[n + 1]] - n * LIST_SIZE
        lists.append(np.union1d(before, new))
        if len(lists[n]) != len(before) + len(new):
            _malformed("revoked before")
    return open_revocations(pack_revocations(lists), expected_sha256=expected_sha256)


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _deltas_of(value: JsonValue) -> tuple[SignedDelta, ...]:
    if not isinstance(value, list) or len(value) > MAX_DELTAS:
        _malformed("deltas")
    each = [_object_of(delta) for delta in value]
    return tuple(SignedDelta(_sha256_of(d, "from"), _sha256_of(d, "sha256"), _size_of(d)) for d in each)


def _object_of(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else _malformed("not an object")


def _sha256_of(value: dict[str, JsonValue], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) and _SHA256.fullmatch(text) else _malformed(name)


def _size_of(value: dict[str, JsonValue]) -> int:
    size = time_of(value, "size")
    return size if 0 < size <= MAX_BYTES else _malformed("size")


def _lists_of(encoded: bytes, kind: int) -> int:
    number = int.from_bytes(encoded[1:3], "big")
    if len(encoded) < 3 or encoded[0] != kind or number > MAX_LISTS:
        _malformed("not of this kind, or too many lists")
    return number


def _sorted(indices: Iterable[int], size: int) -> Indices:
    ordered = np.unique(np.fromiter(indices, np.int64))
    if len(ordered) and (ordered[0] < 0 or ordered[-1] >= size):
        raise Malformed("status-out-of-range", "index")
    return ordered
