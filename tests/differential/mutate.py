"""Makes passes that nobody would issue, the same ones for the same seed, one JSON line each.

    python -m tests.differential.mutate [--count N] [--seed N] > lines.jsonl

Each line is {text, world, now, clinic, service, single_use, challenge}; the worlds are those of
tests/vectors/verdict.json.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from amate.core import cose
from tests.vectors.generators import _judge, _world
from tests.vectors.generators._filed_worlds import FILED_INDEX
from tests.vectors.generators._material import DAY, NOW, PrivateKey, kid8, made_key, raw_signature
from tests.vectors.generators._verdict_worlds import TWIN, worlds

COUNT, SEED = 20_000, 20_261_118
HEALTH = -65537
KEYS = (_world.ISSUER, _world.STATUS, _world.CREDENTIAL, _world.PHONE, _world.OTHER_PHONE, _world.STRANGER, TWIN)
EDGES: tuple[Any, ...] = (
    *(0, 1, -1, 23, 24, 255, 256, 2**16, 2**32, 2**40 - 1, 2**40, 2**53 - 1, 2**53, 2**64),
    *(True, False, None, 0.0, 1.5, float("nan"), "", "A", "1", "\ufeffA", "\u202eA", "\U0001f995", b"", b"\0" * 12),
    *(
        [],
        [1],
        {},
        {1: 1},
        NOW,
        NOW + 90,
        [[2, 1, None]],
        [7, b"\1" * 40],
        "VZIMB002210",
        ["HEGM560427MVZRRL04", "ANA"],
    ),
)
CHALLENGE, OTHER_CHALLENGE = "493027", "000000"
EXPECTED = (None, None, CHALLENGE, CHALLENGE, CHALLENGE, OTHER_CHALLENGE, "")
WRONG = ("49302", "4930270", "49302a", " 493027", "493027\n", "\u0664\u0669\u0663", "49302\u0667", 493_027, b"493027")
CLINICS = (
    _judge.CLINIC_FACTS,
    {"clues": "DFIMS000123", "institution": "IMS", "state": "DF", "level": 2},
    {"clues": "NLSSA000011", "institution": "SSA", "state": "NL", "level": None},
    None,
)

Mutation = Callable[[random.Random], bytes | str]


def lines(count: int = COUNT, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """The lines; mutations take turns, so that each has its share."""
    chance = random.Random(seed)
    names = sorted(name for name in worlds() if name != "none")
    for number in range(count):
        made = MUTATIONS[number % len(MUTATIONS)](chance)
        yield {
            "text": made if isinstance(made, str) else _text(made),
            "world": "usual" if chance.random() < 0.7 else chance.choice(names),
            "now": NOW + (0 if chance.random() < 0.8 else chance.randrange(-2 * DAY, 40 * DAY)),
            "clinic": chance.choice(CLINICS),
            "service": chance.choice(("general", "urgent", "dental")),
            "single_use": chance.choice((None, True, False)),
            "challenge": chance.choice(EXPECTED),
        }


def _text(raw: bytes) -> str:
    """Digits, also for what is longer than a pass may be."""
    return "1" + str(int.from_bytes(b"\x01" + raw, "big"))


def _good(chance: random.Random) -> bytes:
    profile = chance.choice((1, 1, 1, 2, 3))
    return chance.choice((SHOWN, ANSWER)) if profile == 1 else PLAIN[profile]


def bit_flipped(chance: random.Random) -> bytes:
    raw = bytearray(_good(chance))
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(raw)


def bytes_moved(chance: random.Random) -> bytes:
    raw = bytearray(_good(chance))
    at, size = chance.randrange(len(raw)), chance.choice((1, 1, 2, 4, 64))
    change = chance.randrange(4)
    if change == 0:
        del raw[at : at + size]
    elif change == 1:
        raw[at:at] = chance.randbytes(size)
    elif change == 2:
        raw[at:at] = raw[at : at + size]
    else:
        raw[at : at + size] = chance.randbytes(size)
    return bytes(raw)


def cut_or_extended(chance: random.Random) -> bytes:
    raw = _good(chance)
    if chance.random() < 0.5:
        return raw[: chance.randrange(len(raw))]
    return raw + chance.randbytes(chance.choice((1, 2, 16, 700)))


def digits_changed(chance: random.Random) -> str:
    text = list(_text(_good(chance)))
    at = chance.randrange(len(text))
    change = chance.randrange(5)
    if change == 0:
        text[at] = chance.choice("0123456789")
    elif change == 1:
        del text[at]
    elif change == 2:
        text.insert(at, chance.choice("0123456789 \u0663\uff11aZ-"))
    elif change == 3:
        text[at], text[-1] = text[-1], text[at]
    else:
        text = text[: at + 1]
    return "".join(text)


def claims_edited(chance: random.Random) -> bytes:
    """Wrong values, members too few or too many; signed as they should be."""
    profile = chance.choice((1, 2, 3))
    claims = _world.claims_map(profile)
    for _ in range(chance.choice((1, 1, 2))):
        where = claims[HEALTH] if chance.random() < 0.6 and isinstance(claims.get(HEALTH), dict) else claims
        _edit(chance, where)
    raw = _world.pass_from_map(claims)
    return _world.shown_from(raw) if profile == 1 else raw


def _edit(chance: random.Random, where: dict[Any, Any]) -> None:
    label = chance.choice((*where, 9)) if where else 9
    change = chance.randrange(6)
    if change == 0:
        where.pop(label, None)
    elif change == 1 and isinstance(where.get(label), int):
        where[label] += chance.choice((-1, 1, 60, -60, DAY, -DAY, 2**20))
    elif change == 2 and isinstance(where.get(label), (bytes, str)):
        where[label] = where[label][:-1]
    elif change == 3 and isinstance(where.get(label), list) and where[label]:
        where[label] = [*where[label][:-1], chance.choice(EDGES)]
    else:
        where[label] = chance.choice(EDGES)


def payload_garbled(chance: random.Random) -> bytes:
    """Claims that are no longer CBOR in its one spelling, signed as they should be."""
    profile = chance.choice((1, 2, 3))
    payload = bytearray(_world.encode(_world.claims_map(profile)))
    at, change = chance.randrange(len(payload)), chance.randrange(5)
    if change == 0:
        payload[at] ^= 1 << chance.randrange(8)
    elif change == 1:
        payload[at:at] = bytes((chance.randrange(256),))
    elif change == 2:
        del payload[at]
    elif change == 3:  # the integer or length here, one head longer than it need be
        payload[at : at + 1] = bytes((payload[at] & 0xE0 | 24, payload[at] & 0x1F))
    else:  # a member twice
        payload[:1] = bytes((payload[0] + 1,)) + bytes.fromhex("0400")
    raw = _world.pass_from_map(bytes(payload))
    return _world.shown_from(raw) if profile == 1 else raw


def header_changed(chance: random.Random) -> bytes:
    """A protected or unprotected header of another kind, signed as it should be."""
    key = _world.ISSUER
    protected: dict[Any, Any] = {1: -7, 4: kid8(key)}
    protected[chance.choice((1, 2, 3, 4, 5, 16, 33, -1))] = chance.choice((*EDGES, -7, -35, -8, kid8(TWIN)))
    unprotected = chance.choice(({}, {}, {}, {1: -7}, {4: kid8(key)}, [], None, 0))
    profile = chance.choice((1, 2, 3))
    tag = chance.choice((b"\xd2", b"\xd2", b"\xd2", b"\xd1", b"\xd8\x3d\xd2", b"", b"\xd8\x12"))
    payload = _world.encode(_world.claims_map(profile))
    raw = _world.sign1(protected, payload, key, unprotected=unprotected, tag=tag)
    return _world.shown_from(raw) if profile == 1 else raw


def by_another_key(chance: random.Random) -> bytes:
    """Passes and presentations by keys that are somebody else's."""
    key, phone = chance.choice(KEYS), chance.choice(KEYS)
    if chance.random() < 0.3:
        key = made_key(f"unknown {chance.randrange(50)}")
    raw = _signed(chance, key)
    return raw if chance.random() < 0.2 else _world.shown_from(raw, phone=phone)


def _signed(chance: random.Random, key: PrivateKey) -> bytes:
    named = key if chance.random() < 0.7 else _world.ISSUER
    claims = _world.encode(_world.claims_map(chance.choice((1, 1, 1, 2, 3))))
    return _world.sign1({1: -7, 4: kid8(named)}, claims, key)


def signature_changed(chance: random.Random) -> bytes:
    """Edges of r and s, signatures swapped, on the pass or on the presentation."""
    n, shown, plain = cose.ORDER, SHOWN, PLAIN[1]
    r, s = int.from_bytes(shown[-64:-32], "big"), int.from_bytes(shown[-32:], "big")
    edges = (0, 1, r, s, n - s, n - r, n, n - 1, n + 1, 2**256 - 1, s >> 8)
    signature = raw_signature(chance.choice(edges), chance.choice(edges))
    change = chance.randrange(4)
    if change == 0:
        return shown[:-64] + plain[-64:]
    if change == 1:
        return _world.shown_from(plain[:-64] + shown[-64:])
    return shown[:-64] + signature if change == 2 else _world.shown_from(plain[:-64] + signature)


def showing_changed(chance: random.Random) -> bytes:
    """Another time of showing, another clock quality, another thing shown."""
    at = chance.choice((NOW + chance.randrange(-200, 200), chance.choice(EDGES)))
    quality_s = chance.choice((None, 0, 5, 60, 86_400, 86_401, chance.choice(EDGES)))
    raw = chance.choice((PLAIN[1], PLAIN[1], PLAIN[1], PLAIN[2], PLAIN[3], SHOWN, ANSWER, b""))
    return _world.shown_from(raw, at=at, quality_s=quality_s)


def answer_changed(chance: random.Random) -> bytes:
    """Another challenge answered, at some time; answers of other types, and more of them than one."""
    at = NOW + chance.choice((0, 0, -3_600, 7_200, chance.randrange(-200, 200)))
    right = chance.choice((CHALLENGE, CHALLENGE, OTHER_CHALLENGE, f"{chance.randrange(10**6):06d}"))
    more = chance.choice(((right,), (right,), (right,), (chance.choice((*EDGES, *WRONG)),), (right, right), ()))
    return _world.shown_from(PLAIN[1], *more, at=at, phone=chance.choice((_world.PHONE,) * 9 + (_world.OTHER_PHONE,)))


def answer_garbled(chance: random.Random) -> bytes:
    """Answers that are no longer CBOR in its one spelling, signed as they should be."""
    payload = bytearray(_world.encode([PLAIN[1], NOW, 5, CHALLENGE]))
    at = chance.choice((0, len(payload) - 1 - chance.randrange(16)))
    if chance.random() < 0.6:
        payload[at] ^= 1 << chance.randrange(8)
    elif chance.random() < 0.5:
        payload[at:at] = bytes((chance.choice((0x66, 0x67, 0x78, chance.randrange(256))),))
    else:
        del payload[at]
    return _world.sign1({1: -7}, bytes(payload), _world.PHONE)


def dates_moved(chance: random.Random) -> bytes:
    """Passes that are right but for their times, their place among the statuses, or their reader."""
    profile = chance.choice((1, 2, 3))
    iat = NOW + chance.choice((0, 299, 300, 301, -10, -90, -DAY, -30 * DAY, -200 * DAY))
    lasts = chance.choice((1, 60, 90, 300, 301, 31 * DAY, 31 * DAY + 1, 5_479 * DAY, 5_479 * DAY + 1))
    raw = _world.pass_of(profile, iat=iat, exp=iat + lasts, status_index=_status_index(chance))
    return _world.shown(raw) if profile == 1 else raw


def status_moved(chance: random.Random) -> bytes:
    """Passes that are right wherever they stand among the statuses."""
    profile = chance.choice((1, 2, 3))
    raw = _world.pass_of(profile, status_index=_status_index(chance))
    return _world.shown(raw) if profile == 1 else raw


def _status_index(chance: random.Random) -> int:
    edges = (0, 4_095, 4_096, 8_191, 8_192, 2**20 - 1, _world.REVOKED_INDEX, FILED_INDEX, FILED_INDEX + 1)
    return chance.choice(edges) + chance.choice((0, 0, 0, 1, 2, 3, 2**11, 2**18)) * 2**20


def random_cbor(chance: random.Random) -> bytes:
    """Bytes that begin like a pass and go on as they like."""
    start = chance.choice((b"\xd2", b"\xd2\x84", b"\xd2\x84\x43\xa1\x01\x26\xa0", b"\xd2\x5b", b""))
    return start + chance.randbytes(chance.randrange(80))


PLAIN = {profile: _world.pass_of(profile) for profile in (1, 2, 3)}
SHOWN = _world.shown(PLAIN[1])
ANSWER = _world.shown(PLAIN[1], at=NOW - 3_600, challenge=CHALLENGE)
MUTATIONS: tuple[Mutation, ...] = (
    bit_flipped,
    bytes_moved,
    cut_or_extended,
    digits_changed,
    claims_edited,
    payload_garbled,
    header_changed,
    by_another_key,
    signature_changed,
    showing_changed,
    answer_changed,
    answer_garbled,
    dates_moved,
    status_moved,
    random_cbor,
)


def main(arguments: list[str]) -> int:
    """Write the lines to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    for line in lines(chosen.count, chosen.seed):
        print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
