"""What a working day must come to: the verdicts of somebody who knows everything, and each scan at the centre once.

Nothing here asks the code under test. What a verdict must be follows from how a code was made and from who could have
heard by then that its card had ended; the table is the whole of the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cbor2

VOUCHED = ("valid", "check_identity", "stale")
LENT = "lent"  # good for one showing, which only who is asked can tell
CTI = 7  # RFC 8392 §4
# By how a code was made, while its card holds: what this reception says of it, where every day of ours is recent.
VERDICTS = {
    "shown": "valid",  # by a phone, now
    LENT: "check_identity",  # where nobody can be asked
    "photographed": "check_identity",  # five minutes ago and more
    "clock ahead": "check_identity",  # by an hour
    "answered": "valid",  # by a phone whose clock is so far ahead, to the six digits that the counter then asked for
    "printed": "check_identity",
    "expired": "not_valid",  # its pass ended days ago
    "forged": "not_valid",  # the issuer's signature was changed
    "unknown issuer": "not_valid",  # of another deployment's key
    "foreign": "not_a_pass",  # a QR of somebody else's
    "torn": "not_a_pass",  # not all of its digits
}
# By whether the node reaches the centre, which alone knows of first uses. A counter waits for an answer for a second or
# two: on a machine busier than a reception's it may have to go on without, and never says more than it knows.
FIRST_USE = {
    True: frozenset({"valid", "check_identity"}),
    False: frozenset({"check_identity"}),
    None: frozenset({"valid", "check_identity"}),
}
AGAIN = frozenset({"not_valid", "check_identity"})
# And which of these it is, by what the counter was told of it: the first use, not the first, or nothing in time.
BY_ANSWER = {True: "valid", False: "not_valid", None: "check_identity"}


class Made(NamedTuple):
    """A scan that was begun at a counter.

    is_certain: its verdict was seen; a tab that died before may have written its receipt or not
    """

    verdict: str
    cti: str | None
    is_certain: bool = True


class Expected(NamedTuple):
    """The verdicts that a counter may give, one of them where all is known; and what of the person it must then show.

    A verdict that vouches for nobody shows no CURP (None) and no right (nothing).

    asks: which of several verdicts it is hangs on what the counter is told of the first use (BY_ANSWER)
    """

    verdicts: frozenset[str]
    curp: str | None
    rights: tuple[str, ...] = ()
    asks: bool = False


class Line(NamedTuple):
    """How the reception is connected at a scan.

    to_node:   the counter reaches the clinic's node
    to_centre: the node reaches the centre; None while nobody can say, for it may still be waiting after a dead line
    """

    to_node: bool
    to_centre: bool | None


@dataclass(eq=False)
class Card:
    """What one person has, on a phone or in print.

    rights: what they are entitled to at this reception, in the words of its screen: written down by people who read the
            law, and never asked of the table
    ended:  the news that says so, by its number; None while it holds
    """

    name: str
    curp: str
    rights: tuple[str, ...] = ()
    ended: int | None = None


class Code(NamedTuple):
    """Digits that somebody shows, how they were made, and of which card: None where of nobody's here.

    answer: what the phone shows for a counter's number; None where it is not asked
    """

    text: str
    kind: str
    card: Card | None
    answer: Callable[[str], str] | None = None


@dataclass
class News:
    """Which cards have ended, and who has heard: the centre first, its node and the counters when they synchronise.

    centre, node, counters: the number of the last news that reached each; 0 is what was known in the morning
    """

    centre: int = 0
    node: int = 0
    counters: list[int] = field(default_factory=lambda: [0, 0])

    def publish(self, *ended: Card) -> None:
        self.centre += 1
        for card in ended:
            card.ended = self.centre

    def reach_node(self) -> None:
        self.node = self.centre

    def reach_counter(self, counter: int) -> None:
        self.counters[counter] = self.node

    def has_reached(self, card: Card, counter: int) -> bool:
        return card.ended is not None and card.ended <= self.counters[counter]

    def how_far(self, card: Card, counter: int) -> str:
        """Where the word of a card that ended has come, seen from a counter."""
        if self.has_reached(card, counter):
            return "counter"
        return "node" if card.ended is not None and card.ended <= self.node else "centre"


@dataclass
class Oracle:
    """Knows how every code was made, who has heard what, which codes of one use were used, and who could ask whom.

    told: which counter asked about which code of one use
    """

    news: News
    used: set[str] = field(default_factory=set)
    told: set[tuple[int, str]] = field(default_factory=set)

    def expects(self, code: Code, counter: int, line: Line) -> Expected:
        """What a counter must say now; a code of one use is used up by it."""
        word = VERDICTS[code.kind]
        if code.card is None or word not in VOUCHED:
            return Expected(frozenset({word}), None)
        if self.news.has_reached(code.card, counter):
            return Expected(frozenset({"not_valid"}), None)
        if code.kind == LENT and line.to_node:
            self.told.add((counter, code.text))
            return Expected(self._of_one_use(code, line), code.card.curp, code.card.rights, asks=True)
        if (counter, code.text) in self.told:  # and remembers it, unless its tab died or nobody answered in time
            return Expected(AGAIN, code.card.curp, code.card.rights, asks=True)
        return Expected(frozenset({word}), code.card.curp, code.card.rights)

    def _of_one_use(self, code: Code, line: Line) -> frozenset[str]:
        if code.text in self.used:
            return AGAIN
        self.used.add(code.text)
        return FIRST_USE[line.to_centre]


def made_of(text: str, verdict: str, *, is_certain: bool = True) -> Made:
    """What the receipt of a scan must say."""
    return Made(verdict, cti_in(text) if verdict in VOUCHED else None, is_certain)


def cti_in(text: str) -> str:
    """The number of the pass in a code, in hexadecimal."""
    cti: bytes = claims_in(text)[CTI]
    return cti.hex()


def claims_in(text: str) -> Any:
    """The claims of the pass in a code, as any CBOR decoder reads them."""
    number = int(text[1:])
    payload = _payload(number.to_bytes((number.bit_length() + 7) // 8)[1:])  # behind the sentinel byte
    return _payload(payload[0]) if isinstance(payload, list) else payload  # in a presentation the pass comes first


def _payload(sign1: bytes) -> Any:
    _protected, _unprotected, payload, _signature = cbor2.loads(sign1).value
    return cbor2.loads(payload)


def accounts_for(receipts: Sequence[tuple[str, str | None]], made: Sequence[Made]) -> bool:
    """Whether receipts (verdict, cti) are the scans made, in their order, each once; only uncertain ones left out."""
    ends = {0}
    for receipt in receipts:
        ends = {at + 1 for end in ends for at in _may_follow(made, end) if made[at][:2] == receipt}
    return any(not any(scan.is_certain for scan in made[end:]) for end in ends)


def _may_follow(made: Sequence[Made], end: int) -> list[int]:
    """Places of the scans that may be the next one told, after those before `end`."""
    found = []
    for at in range(end, len(made)):
        found.append(at)
        if made[at].is_certain:
            break
    return found
