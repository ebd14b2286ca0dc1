"""What may become of a key, and from when: staged, given other dates, put in force, retired, revoked, resumed. PURE.

Source: DESIGN §1.6; Ramzor, October 2021 (a key that verifiers did not know).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from amate.core.trust import ACTIVE, NEXT, RETIRED, REVOKED
from amate.errors import Malformed, Refused
from amate.features.rotation.model import REASONS, Rules
from amate.features.trust.model import DAY_S, IssuerKey, iso

_DATES: Final = ("sign_from", "sign_until", "accept_until")


@dataclass(frozen=True, slots=True)
class Hanging:
    """What a key has signed that is still in force, and the last second of the longest of it (0: there is nothing)."""

    credentials: int
    cards: int
    passes: int
    lists: int
    until: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.credentials + self.cards + self.passes + self.lists


def staged(key: IssuerKey, known: Iterable[IssuerKey], rules: Rules, *, now: int) -> IssuerKey:
    """The key as it will be listed: next, with the lead that it must keep, which is its own where that is longer.

    Raises: Refused: key-known, kid-collision, and what check_share() and check_dates() raise
    """
    known = list(known)
    for other in known:
        if other.kid == key.kid:
            raise Refused("key-known", f"{key.kid} is listed already, as {other.state}")
        if other.kid8 == key.kid8:  # row A05
            raise Refused("kid-collision", f"{key.kid} begins as {other.kid} does: passes could not tell them apart")
    check_share(key.use, key.shard, known)
    lead_s = max(key.lead_s, rules.lead_s)
    made = replace(key, state=NEXT, lead_s=lead_s, is_first=False, published_at=None, activated_at=None)
    check_dates(made, known, rules, now=now)
    return made


def check_share(use: str, shard: int, known: Iterable[IssuerKey]) -> None:
    """That no other key waits to sign for this share; one that is frozen will not, so its successor need not wait.

    Raises: Refused("next-key-waits")
    """
    for other in known:
        if (other.use, other.shard, other.state) == (use, shard, NEXT) and other.frozen_at is None:
            raise Refused(
                "next-key-waits",
                f"{use} {shard} has a next key, {other.kid}, which signs from {iso(other.sign_from)}: put it in force "
                f"with `amate keys propose activate`; if it never is to sign, end it with `amate keys propose retire`, "
                f"or stop it with `amate keys revoke {other.kid} --emergency` if somebody else may have it",
            )


def scheduled(
    key: IssuerKey, dates: Mapping[str, int], known: Iterable[IssuerKey], rules: Rules, *, now: int
) -> IssuerKey:
    """The key with other dates; verifiers must learn of them as of a new key.

    Raises: Refused("not-next"), and what check_dates() raises
    """
    if key.state != NEXT:
        raise Refused("not-next", f"{key.kid} is {key.state}: only a key that does not sign yet gets other dates")
    sign_from, sign_until, accept_until = (dates[name] for name in _DATES)
    made = replace(key, sign_from=sign_from, sign_until=sign_until, accept_until=accept_until, published_at=None)
    check_dates(made, [other for other in known if other.kid != key.kid], rules, now=now)
    return made


def check_dates(key: IssuerKey, others: Iterable[IssuerKey], rules: Rules, *, now: int) -> None:
    """That verifiers can know the key in time, and that the one before signs on until then.

    Raises: Malformed("dates-out-of-order"), Refused("too-early"), Refused("short-overlap")
    """
    if not key.sign_from < key.sign_until <= key.accept_until:
        raise Malformed("dates-out-of-order", "sign_from < sign_until ≤ accept_until must hold", where="sign_from")
    earliest = now + rules.lead_s
    if key.sign_from < earliest:
        days = rules.lead_s // DAY_S
        raise Refused(
            "too-early",
            f"a key signs {days} days after verifiers are told of it at the soonest: {iso(earliest)} or later",
            where="sign_from",
        )
    before = predecessor(key, others)
    if before is not None and before.sign_until < key.sign_from + rules.overlap_s:
        raise Refused(
            "short-overlap",
            f"{before.kid} signs until {iso(before.sign_until)}, and both must sign for {rules.overlap_s // DAY_S} "
            f"days: begin by {iso(before.sign_until - rules.overlap_s)}",
            where="sign_from",
        )


def predecessor(key: IssuerKey, others: Iterable[IssuerKey]) -> IssuerKey | None:
    """The key of the same use and shard that signs before this one, if any is in force."""
    same = [o for o in others if o.use == key.use and o.shard == key.shard and o.kid != key.kid]
    earlier = [o for o in same if o.state == ACTIVE and o.sign_from < key.sign_from]
    return max(earlier, key=lambda other: (other.sign_until, other.kid), default=None)


def activated(key: IssuerKey, *, now: int) -> IssuerKey:
    """The key in force; it signs from its first day on.

    Raises: Refused: not-next, not-published, too-early, published-too-late
    """
    if key.state != NEXT:
        raise Refused("not-next", f"{key.kid} is {key.state}: only a next key is put in force")
    if key.published_at is None:
        raise Refused("not-published", f"no verifier can know {key.kid} yet: run `amate trust publish`")
    earliest = key.published_at + key.lead_s
    if now < earliest:
        raise Refused(
            "too-early", f"verifiers were told of {key.kid} on {iso(key.published_at)}: wait until {iso(earliest)}"
        )
    if key.sign_from < earliest:
        raise Refused(
            "published-too-late",
            f"{key.kid} would have signed from {iso(key.sign_from)}, before every verifier knew it: "
            "give it other dates with `amate keys propose schedule`",
        )
    return replace(key, state=ACTIVE, activated_at=now)


def other_day(key: IssuerKey, rules: Rules, *, now: int) -> int | None:
    """The soonest safe first day of a next key that is not, or was not, published in time for its own; else None."""
    told_at = now if key.published_at is None else key.published_at
    if key.state != NEXT or told_at + key.lead_s <= key.sign_from:
        return None
    return now + max(key.lead_s, rules.lead_s) + DAY_S


def retired(key: IssuerKey, hanging: Hanging, known: Iterable[IssuerKey], *, now: int) -> IssuerKey:
    """The key out of use for good; nothing that it signed is in force.

    Raises: Refused: not-active, key-in-use, last-key
    """
    if key.state not in (ACTIVE, NEXT):
        raise Refused("not-active", f"{key.kid} is {key.state}")
    if hanging.total:
        raise Refused(
            "key-in-use",
            f"what {key.kid} signed is in force (credentials: {hanging.credentials}, cards: {hanging.cards}, passes: "
            f"{hanging.passes}, status lists: {hanging.lists}), until {iso(hanging.until)}: wait, or see "
            "`amate keys reissue`",
        )
    if key.state == ACTIVE and not has_other(key, known, now):
        raise Refused("last-key", f"nothing else signs for {key.use}: put its successor in force first")
    accept_until = min(key.accept_until, now)
    return replace(
        key,
        state=RETIRED,
        sign_from=min(key.sign_from, accept_until - 1),
        sign_until=min(key.sign_until, accept_until),
        accept_until=accept_until,
    )


def revoked(key: IssuerKey, *, reason: str, now: int) -> IssuerKey:
    """The key with everything that it ever signed distrusted, whatever date that bears: a thief writes any date.

    Raises: Refused("already-revoked"), Malformed("unknown-reason")
    """
    if reason not in REASONS:
        raise Malformed("unknown-reason", f"known reasons are {', '.join(REASONS)}", where="reason")
    if key.state == REVOKED:
        raise Refused("already-revoked", f"{key.kid} is revoked already")
    frozen_at = now if key.frozen_at is None else key.frozen_at
    return replace(key, state=REVOKED, distrust={"mode": "all", "at": iso(now), "reason": reason}, frozen_at=frozen_at)


def resumed(key: IssuerKey) -> IssuerKey:
    """The key that signs again after it was frozen.

    Raises: Refused("not-frozen")
    """
    if key.frozen_at is None or key.state == REVOKED:
        raise Refused("not-frozen", f"{key.kid} is not frozen")
    return replace(key, frozen_at=None)


def lists_rely_on(key: IssuerKey, known: Iterable[IssuerKey], exp_s: int, *, now: int) -> bool:
    """Whether status lists of this key may be relied on still: until a successor has signed for a list's life."""
    if key.use != "status" or key.state != ACTIVE:
        return False
    newer = [o for o in known if o.use == "status" and o.state == ACTIVE and o.frozen_at is None and o.kid != key.kid]
    return not any(o.sign_from > key.sign_from and o.sign_from + exp_s <= now < o.sign_until for o in newer)


def signs_on(key: IssuerKey, known: Iterable[IssuerKey], now: int) -> bool:
    """Whether a key signs as usual: in force, and the newest that is of its share."""
    share = [
        o
        for o in known
        if (o.use, o.shard, o.state) == (key.use, key.shard, ACTIVE)
        and o.frozen_at is None
        and o.sign_from <= now < o.sign_until
    ]
    return max(share, key=lambda o: o.sign_from, default=None) == key


def has_other(key: IssuerKey, known: Iterable[IssuerKey], now: int) -> bool:
    """Whether another key signs for the same use now."""
    return any(
        o.kid != key.kid
        and o.use == key.use
        and o.state == ACTIVE
        and o.frozen_at is None
        and o.sign_from <= now < o.sign_until
        for o in known
    )
