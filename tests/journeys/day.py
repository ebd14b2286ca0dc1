"""What a working day must come to: the verdicts of somebody who knows everything, and each scan at the centre once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from amate.context import system_clock
from amate.features.verification.actions import verify_with_pack
from amate.features.verification.model import Asked, pass_in

VOUCHED = ("valid", "check_identity", "stale")
ONE_USE = "single-use-unproven"
# By whether the node reaches the centre, which alone knows of first uses. A counter waits for an answer for a second or
# two: on a machine busier than a reception's it may have to go on without, and never says more than it knows.
FIRST_USE = {
    True: frozenset({"valid", "check_identity"}),
    False: frozenset({"check_identity"}),
    None: frozenset({"valid", "check_identity"}),
}
AGAIN = frozenset({"not_valid", "check_identity"})


class Made(NamedTuple):
    """A scan that was begun at a counter.

    is_certain: its verdict was seen and left; a tab that died before may have written its receipt or not
    """

    verdict: str
    cti: str | None
    is_certain: bool = True


class Expected(NamedTuple):
    """The verdicts that a counter may give, one of them where all is known; and the CURP that it must then show."""

    verdicts: frozenset[str]
    curp: str | None


class Line(NamedTuple):
    """How the reception is connected at a scan.

    to_node:   the counter reaches the clinic's node
    to_centre: the node reaches the centre; None while nobody can say, for it may still be waiting after a dead line
    """

    to_node: bool
    to_centre: bool | None


@dataclass
class Oracle:
    """Knows every revocation and every name, which codes of one use were used, and who could ask whom."""

    pack: Path
    clues: str
    used: set[str] = field(default_factory=set)

    def expects(self, text: str, line: Line) -> Expected:
        """What a counter must say now; a code of one use is used up by it."""
        said = verify_with_pack(self.pack, Asked(text, self.clues), env="demo", now=system_clock())
        found = Expected(frozenset({said["verdict"]}), (said["person"] or {}).get("curp"))
        if ONE_USE not in said["reasons"] or not line.to_node:
            return found
        cti = pass_in(text).claims.cti.hex()
        if cti in self.used:
            return Expected(AGAIN, None)
        self.used.add(cti)
        return found._replace(verdicts=FIRST_USE[line.to_centre])


def made_of(text: str, verdict: str, *, is_certain: bool = True) -> Made:
    """What the receipt of a scan must say."""
    return Made(verdict, pass_in(text).claims.cti.hex() if verdict in VOUCHED else None, is_certain)


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
