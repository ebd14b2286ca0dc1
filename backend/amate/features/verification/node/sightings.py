"""What the counters of a node saw in the last minutes, for each other: as tags, in memory alone, never whose they are.

A counter exchanges by the clock, whatever it scanned, as many slots as ever: the rest are random, with an age that is
none, and are dropped as what is too old. So neither number nor size nor time of an exchange tells of a scan (K02, K05).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from amate.core.encoding import base64url_decode, base64url_encode

SENT_SLOTS: Final = 16
HEARD_SLOTS: Final = 64
TAG_BYTES, AGE_BYTES, KEY_BYTES, PLACE_BYTES = 16, 2, 32, 8
NO_AGE: Final = 256**AGE_BYTES - 1
REMEMBER_S: Final = 600  # as long as a counter remembers what it saw itself
RENEW_S: Final = 86_400
MAX_OF_ONE: Final = 1024  # more than a counter scans in ten minutes


class Sighting(NamedTuple):
    """When something was seen, in seconds since 1970, and its place among all that the node heard of."""

    at: int
    place: int


class Exchanged(NamedTuple):
    """What a counter is told.

    keys:      for the tags of people, in base64url: the one in force, and the one before
    last:      what to ask after next time, in hexadecimal
    sightings: of the other counters, each a tag and its age, in base64url
    """

    keys: list[str]
    last: str
    sightings: list[str]


class Sightings:
    """The sightings of all counters; whoever restarts the node makes it forget them, and its keys."""

    def __init__(self, random: Callable[[int], bytes], now: int) -> None:
        self._random, self._lock = random, threading.Lock()
        self._keys, self._renewed_at = [random(KEY_BYTES), random(KEY_BYTES)], now
        # By chance, so that what a counter heard of last before a restart is known to be of another time.
        self._first = self._last = int.from_bytes(random(PLACE_BYTES - 1), "big")
        self._seen: dict[int, dict[bytes, Sighting]] = {}

    def exchange(self, counter: int, sent: Sequence[str], after: str, now: int) -> Exchanged:
        """Take what a counter saw, and tell what the others did that it has not heard of.

        after: `last` of its exchange before; anything else of one that knows nothing yet
        """
        with self._lock:
            self._renew(now)
            self._forget(now)
            for slot in sent:
                self._take(counter, base64url_decode(slot), now)
            heard = self._others(counter, int(after, 16))
            last = self._last if len(heard) <= HEARD_SLOTS else heard[HEARD_SLOTS - 1][1].place
            told = [_slot(tag, max(0, now - seen.at)) for tag, seen in heard[:HEARD_SLOTS]]
            fillers = [_slot(self._random(TAG_BYTES), NO_AGE) for _ in range(HEARD_SLOTS - len(told))]
            keys = [base64url_encode(key) for key in self._keys]
        return Exchanged(keys, f"{last:0{2 * PLACE_BYTES}x}", [*told, *fillers])

    def _renew(self, now: int) -> None:
        if now - self._renewed_at >= RENEW_S:
            self._keys, self._renewed_at = [self._random(KEY_BYTES), self._keys[0]], now

    def _forget(self, now: int) -> None:
        """What is too old, or of a time to come by a clock that was set back by more than a little."""
        kept = {
            counter: {tag: each for tag, each in seen.items() if abs(now - each.at) <= REMEMBER_S}
            for counter, seen in self._seen.items()
        }
        self._seen = {counter: seen for counter, seen in kept.items() if seen}

    def _take(self, counter: int, slot: bytes, now: int) -> None:
        tag, age = slot[:TAG_BYTES], int.from_bytes(slot[TAG_BYTES:], "big")
        if age > REMEMBER_S:
            return
        seen = self._seen.setdefault(counter, {})
        if tag in seen and seen[tag].at >= now - age:
            return  # the answer did not arrive, and it is told again
        self._last += 1
        seen.pop(tag, None)  # so that the first is always what was heard of longest ago
        seen[tag] = Sighting(now - age, self._last)
        if len(seen) > MAX_OF_ONE:
            del seen[next(iter(seen))]

    def _others(self, counter: int, after: int) -> list[tuple[bytes, Sighting]]:
        """What the others saw since, in order; all of it to a counter whose last place is none of this time."""
        since = after if self._first <= after <= self._last else self._first
        others = [each for other, seen in self._seen.items() if other != counter for each in seen.items()]
        return sorted((each for each in others if each[1].place > since), key=lambda each: each[1].place)


def _slot(tag: bytes, age: int) -> str:
    return base64url_encode(tag + age.to_bytes(AGE_BYTES, "big"))
