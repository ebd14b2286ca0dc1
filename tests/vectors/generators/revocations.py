"""revocations.json: files and deltas written bit by bit, and every way in which they can be wrong.

The coder in here is another than the core's: texts of zeros and ones, one gap at a time.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ._material import Case, case, made_bytes
from ._revocations_token import agreements, tokens
from ._world import status_issuers

LIST_SIZE = 2**20
LN_PHI = Fraction(4_812, 10_000)  # of the golden ratio, to as many digits as the format has
Lists = Sequence[Sequence[int]]


def _chosen(name: str, count: int, size: int = LIST_SIZE) -> list[int]:
    """So many indices below size, about; as if by chance."""
    raw = made_bytes(name, 4 * count)
    return sorted({int.from_bytes(raw[at : at + 4], "big") % size for at in range(0, len(raw), 4)})


def _parameter(count: int, size: int) -> int:
    """The k at which one bit more no longer shortens what is left by as much."""
    return max([k for k in range(25) if 2**k * count <= LN_PHI * (2 * size - count)], default=0)


def _set(indices: Sequence[int], size: int, *, k: int | None = None) -> list[str]:
    """The two parts of a set, as texts of zeros and ones."""
    k = _parameter(len(indices), size) if k is None else k
    gaps = [after - before - 1 for before, after in zip([-1, *indices], indices, strict=False)]
    low = "".join(f"{gap % 2**k:0{k}b}" for gap in gaps if k)
    return [low, "".join("0" * (gap >> k) + "1" for gap in gaps)]


def _bytes(bits: str) -> bytes:
    whole = bits + "0" * (-len(bits) % 8)
    return bytes(int(whole[at : at + 8], 2) for at in range(0, len(whole), 8))


def _file(lists: Lists) -> bytes:
    sets = b"".join(_bytes(part) for indices in lists for part in _set(indices, LIST_SIZE))
    return _head([len(indices) for indices in lists]) + sets


def _head(counts: Sequence[int]) -> bytes:
    return b"\x01" + len(counts).to_bytes(2, "big") + b"".join(count.to_bytes(3, "big") for count in counts)


def _delta(number: int, indices: Sequence[int]) -> bytes:
    parts = _set(indices, number * LIST_SIZE)
    return _delta_head(number, len(indices)) + b"".join(_bytes(part) for part in parts)


def _delta_head(number: int, count: int) -> bytes:
    return b"\x02" + number.to_bytes(2, "big") + count.to_bytes(4, "big")


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


SOME = _chosen("some", 200)
GOOD: dict[str, Lists] = {
    "no-lists": [],
    "one-empty-list": [[]],
    "first-index": [[0]],
    "last-index": [[LIST_SIZE - 1]],
    "neighbours": [[5, 6, 7]],
    "both-ends": [[0, LIST_SIZE - 1]],
    "one-full-block": [SOME[:64]],
    "one-more-than-a-block": [SOME[:65]],
    "several-blocks": [SOME],
    "all-at-the-end": [list(range(LIST_SIZE - 70, LIST_SIZE))],
    "lists-of-several-densities": [_chosen("dense", 700), [], SOME[:3], _chosen("sparse", 20)],
}
ASKED = GOOD["lists-of-several-densities"]


def _parameters() -> list[Case]:
    """On either side of where k changes, in a list and over a country."""
    cases = []
    for size in (LIST_SIZE, 131 * LIST_SIZE, 2**31):
        for k in range(25):
            most = math.floor(2 * size * LN_PHI / (2**k + LN_PHI))  # the largest count for which k is chosen
            for count in (most, most + 1) if most else ():
                found = _parameter(count, size)
                name = f"parameter-{count}-of-{size}"
                cases.append(case(name, "rice_parameter", {"count": count, "size": size}, output=found))
    every = case("parameter-of-all", "rice_parameter", {"count": LIST_SIZE, "size": LIST_SIZE}, output=0)
    return [*cases, every]


def _packed() -> list[Case]:
    cases = []
    for name, lists in GOOD.items():
        raw = _file(lists)
        cases.append(case(f"pack-{name}", "pack_revocations", {"lists": lists}, output=raw.hex()))
        cases.append(_opened(name, raw, output=[list(indices) for indices in lists]))
    unsorted = {"lists": [[7, 5, 6, 5]]}
    cases.append(case("pack-in-any-order", "pack_revocations", unsorted, output=_file([[5, 6, 7]]).hex()))
    for name, index in {"minus-one": -1, "two-to-20": LIST_SIZE}.items():
        wrong = {"lists": [[], [index]]}
        cases.append(case(f"pack-index-{name}", "pack_revocations", wrong, expect="status-out-of-range"))
    return cases


def _opened(name: str, raw: bytes, *, sha256: str | None = None, **outcome: Any) -> Case:
    given = {"file": raw.hex(), "sha256": sha256 or _sha256(raw)}
    return case(f"open-{name}", "open_revocations", given, **outcome)


def _refused() -> list[Case]:
    low, left = _set(SOME, LIST_SIZE)
    head, parts = _head([len(SOME)]), [_bytes(low), _bytes(left)]
    good = head + b"".join(parts)
    assert len(low) % 8 == 0
    three = _set([5, 6, 7], LIST_SIZE)  # 18 low bits each: two bits of padding
    assert [len(part) % 8 for part in three] == [6, 3]
    head3, parts3 = _head([3]), [_bytes(part) for part in three]
    longer = "0" * (LIST_SIZE >> _parameter(1, LIST_SIZE)) + "1"
    wrong = {
        "empty": b"",
        "only-a-kind": b"\x01",
        "kind-0": b"\x00" + good[1:],
        "a-delta": _delta(1, SOME),
        "cut-in-the-counts": head[:-1],
        "cut-in-the-low-bits": head + parts[0][:-1],
        "cut-before-what-is-left": head + parts[0],
        "cut-by-a-byte": good[:-1],
        "followed-by-a-byte": good + b"\0",
        "followed-by-itself": good + good,
        "one-list-more": _head([len(SOME), 1]) + b"".join(parts),
        "one-list-less": _head([]) + b"".join(parts),
        "too-many-lists": _head([0] * (2**11 + 1)),
        "one-more-than-there-are": _head([len(SOME) + 1]) + b"".join(parts),
        "one-less-than-there-are": _head([len(SOME) - 1]) + b"".join(parts),
        "more-than-there-is-room-for": _head([LIST_SIZE]) + b"\xff",
        "bit-behind-the-low-bits": head3 + _set_last_bit(parts3[0]) + parts3[1],
        "bit-behind-what-is-left": head3 + parts3[0] + _set_last_bit(parts3[1]),
        "index-just-beyond": _head([2]) + b"".join(map(_bytes, _set([0, LIST_SIZE], LIST_SIZE))),
        "index-far-beyond": _head([1]) + _bytes("0" * _parameter(1, LIST_SIZE)) + _bytes(longer),
        "what-is-left-never-ends": _head([1]) + _bytes("0" * _parameter(1, LIST_SIZE)) + bytes(32),
        "another-parameter": head + b"".join(map(_bytes, _set(SOME, LIST_SIZE, k=_parameter(200, LIST_SIZE) - 1))),
    }
    cases = [_opened(name, raw, expect="malformed") for name, raw in wrong.items()]
    other = _file([[*SOME[:-1], SOME[-1] + 1]])
    comment = "well spelled; only its hash tells that it is another"
    cases.append(_opened("another-file", other, sha256=_sha256(good), expect="malformed", comment=comment))
    cases.append(_opened("hash-in-capitals", good, sha256=_sha256(good).upper(), expect="malformed"))
    return cases


def _set_last_bit(raw: bytes) -> bytes:
    return raw[:-1] + bytes((raw[-1] | 1,))


def _asked() -> list[Case]:
    raw, dense, sparse = _file(ASKED), ASKED[0], ASKED[3]
    here = {
        "first": dense[0],
        "end-of-a-block": dense[63],
        "start-of-a-block": dense[64],
        "last-of-the-first-list": dense[-1],
        "in-the-last-list": 3 * LIST_SIZE + sparse[7],
    }
    not_here = {
        "before-the-first": dense[0] - 1,
        "after-a-block": dense[63] + 1,
        "after-the-last": dense[-1] + 1,
        "end-of-a-list": LIST_SIZE - 1,
        "in-an-empty-list": LIST_SIZE + dense[0],
        "of-another-list": 3 * LIST_SIZE + dense[0],
        "last-of-all": 4 * LIST_SIZE - 1,
    }
    beyond = {"in-a-list-that-is-not-here": 4 * LIST_SIZE, "minus-one": -1, "far-away": 2**53 - 1}
    asked = [(name, index, {"output": True}) for name, index in here.items()]
    asked += [(name, index, {"output": False}) for name, index in not_here.items()]
    asked += [(f"c02-{name}", index, {"expect": "status-out-of-range"}) for name, index in beyond.items()]
    return [case(f"asked-{name}", "is_revoked", {"file": raw.hex(), "index": i}, **out) for name, i, out in asked]


def _deltas() -> list[Case]:
    base = [SOME[:100], SOME[100:]]
    grown: dict[str, Lists] = {
        "nothing": base,
        "one": [SOME[:101], SOME[100:]],
        "first-and-last": [sorted({0, *SOME[:100]}), [*SOME[100:], LIST_SIZE - 1]],
        "many": [_chosen("many", 300, SOME[0]) + SOME[:100], SOME[100:]],
        "an-empty-list": [*base, []],
        "a-list": [*base, SOME[3:9]],
    }
    cases = []
    for name, later in grown.items():
        new = [set(after) - set(before) for before, after in zip([*base, []], later, strict=False)]
        delta = _delta(len(later), [n * LIST_SIZE + index for n, added in enumerate(new) for index in sorted(added)])
        pair = {"earlier": _file(base).hex(), "later": _file(later).hex()}
        cases.append(case(f"delta-of-{name}", "pack_delta", pair, output=delta.hex()))
        cases.append(_applied(name, base, delta, later))
    gone = {
        "an-index-gone": [SOME[:99], SOME[100:]],
        "an-index-moved": [[*SOME[:99], SOME[99] + 1], SOME[100:]],
        "a-list-gone": base[:1],
    }
    for name, later in gone.items():
        pair = {"earlier": _file(base).hex(), "later": _file(later).hex()}
        cases.append(case(f"delta-of-{name}", "pack_delta", pair, expect="malformed"))
    return [*cases, *_wrong_deltas(base, grown["one"])]


def _wrong_deltas(base: Lists, later: Lists) -> list[Case]:
    added = [SOME[100]]
    good = _delta(2, added)
    low, left = _set([5, 6, 7], 2 * LIST_SIZE)
    assert len(low) % 8
    head3 = _delta_head(2, 3)
    three = [[*_sorted_with(base[0], 5, 6, 7)], base[1]]
    wrong = {
        "empty": (b"", later),
        "cut-in-its-head": (good[:6], later),
        "cut-by-a-byte": (good[:-1], later),
        "followed-by-a-byte": (good + b"\0", later),
        "that-is-a-file": (_file(later), later),
        "of-too-many-lists": (_delta(2**11 + 1, added), later),
        "of-fewer-lists": (_delta(1, added), later[:1]),
        "with-an-index-beyond": (_delta_head(2, 1) + _rest([2 * LIST_SIZE], 2), later),
        "of-more-than-there-is-room-for": (_delta_head(2, 2**20) + good[7:], later),
        "with-what-was-revoked-before": (_delta(2, [SOME[5]]), base),
        "to-another-file": (_delta(2, [SOME[100] + 1]), later),
        "with-a-bit-behind-its-low-bits": (head3 + _set_last_bit(_bytes(low)) + _bytes(left), three),
        "with-a-bit-behind-what-is-left": (head3 + _bytes(low) + _set_last_bit(_bytes(left)), three),
    }
    return [_applied(name, base, delta, ends, expect="malformed") for name, (delta, ends) in wrong.items()]


def _sorted_with(indices: Sequence[int], *more: int) -> list[int]:
    return sorted({*indices, *more})


def _rest(indices: Sequence[int], number: int) -> bytes:
    return b"".join(map(_bytes, _set(indices, number * LIST_SIZE)))


def _applied(name: str, base: Lists, delta: bytes, later: Lists, *, expect: str = "valid") -> Case:
    raw = _file(later)
    given = {"file": _file(base).hex(), "delta": delta.hex(), "sha256": _sha256(raw)}
    return case(f"apply-{name}", "apply_delta", given, expect=expect, output=raw.hex() if expect == "valid" else None)


def _agreements() -> list[Case]:
    return agreements(_file([SOME, []]), _sha256(_file([SOME, []])), 2)


def build() -> dict[str, object]:
    return {
        "about": "Revocations in one file, deltas, and their token; parse_revocations_token is judged by `issuers`.",
        "source": "Ours; written by a coder of its own in generators/revocations.py. TEST keys.",
        "issuers": status_issuers(),
        "cases": [*_parameters(), *_packed(), *_refused(), *_asked(), *_deltas(), *tokens(), *_agreements()],
    }
