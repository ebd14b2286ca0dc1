"""Proposals to change a key or the decision table, who signed them, and the rules that no signature can set aside.

Source: DESIGN §1.6; Ramzor, October 2021 (a key that verifiers did not know); OWASP ASVS 5.0 §2.3.5 (two people).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from amate.core.trust import ACTIVE, NEXT, RETIRED, REVOKED
from amate.errors import Malformed, Refused
from amate.features.trust.model import DAY_S, IssuerKey, iso

STAGE, SCHEDULE, ACTIVATE, RETIRE = "stage", "schedule", "activate", "retire"
REVOKE, RESUME = "revoke", "resume"
TABLE = "table"
OF_KEYS: Final = (STAGE, SCHEDULE, ACTIVATE, RETIRE, REVOKE, RESUME)
ACTIONS: Final = (*OF_KEYS, TABLE)
# What waits for a key and is answered by a change of it, or can never be done after it.
ENDED_BY: Final = {
    RESUME: (REVOKE,),
    REVOKE: (SCHEDULE, ACTIVATE, RETIRE, RESUME),
    RETIRE: (SCHEDULE, ACTIVATE, RESUME),
}
OPEN, DONE, WITHDRAWN = "open", "done", "withdrawn"
REASONS: Final = ("stolen", "lost", "test", "superseded", "forged-signatures")
JsonObject = dict[str, Any]
_DATES: Final = ("sign_from", "sign_until", "accept_until")


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of keys/policy.toml that a change of keys must keep; times in seconds."""

    lead_s: int
    overlap_s: int
    people: int
    proposal_s: int
    uses: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, policy: JsonObject) -> Rules:
        """The rules in a parsed policy.toml."""
        rotation = policy["rotation"]
        return cls(
            lead_s=int(rotation["lead"]) * DAY_S,
            overlap_s=int(rotation["overlap"]) * DAY_S,
            people=max(2, int(rotation["people"])),
            proposal_s=int(rotation["proposal"]) * DAY_S,
            uses=policy["uses"],
        )

    def dates(self, use: str, sign_from: int) -> Dates:
        """The dates of a new key that signs from an instant on: the latest that it may, and the last belief in it."""
        life = self.uses[use]
        sign_until = sign_from + int(life["sign"]) * DAY_S
        return Dates(sign_from, sign_until, sign_until + int(life["accept"]) * DAY_S)

    def first_day(self, now: int) -> int:
        """The soonest that a key proposed now may sign: when every verifier knows it, and a day for the signatures."""
        return now + self.lead_s + DAY_S

    def hand_over_at(self, key: IssuerKey) -> int:
        """When a successor is to sign in the place of a key: long before the latest day that it may itself."""
        return min(begun(key) + int(self.uses[key.use]["rotate"]) * DAY_S, key.sign_until - self.overlap_s)


class Dates(NamedTuple):
    """What a key is listed with; `sign_until` is the latest it may sign, its successor begins sooner."""

    sign_from: int
    sign_until: int
    accept_until: int


def begun(key: IssuerKey) -> int:
    """When a key began to sign; the past of a demo's first keys is made up."""
    return max(key.sign_from, key.published_at or 0) if key.is_first else key.sign_from


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


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that somebody wants; `content` is all of it, and what people sign is its digest.

    kid:   of the key that changes; for a change of the decision table, the digest of the table that is to be
    state: open, done or withdrawn
    """

    id: str
    action: str
    kid: str
    content: JsonObject
    digest: str
    proposed_at: int
    expires_at: int
    state: str
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's yes to a proposal.

    person:     by name; nobody counts twice, whatever they sign with
    means:      key (a key file or a token), passkey, or demo (one click, in demonstrations only)
    credential: keyid, or id of the member of staff
    proof:      hex of the raw signature over message_of(proposal); empty where login has verified the person
    """

    proposal_id: str
    person: str
    means: str
    credential: str
    proof: str
    signed_at: int


def digest_of(content: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the content in its one spelling."""
    return hashlib.sha256(encode(content).encode()).hexdigest()


def encode(content: Mapping[str, Any]) -> str:
    """JSON with sorted members and without white space."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def check_intact(proposal: Proposal) -> None:
    """That the row says what people sign: its columns are the content's, and its digest is the content's.

    Raises: Refused("proposal-changed")
    """
    said = proposal.content
    columns = (proposal.id, proposal.action, proposal.kid, iso(proposal.expires_at), proposal.digest)
    if columns != (said.get("id"), said.get("action"), said.get("kid"), said.get("expires_at"), digest_of(said)):
        raise Refused("proposal-changed", f"{proposal.id} is not what was proposed: look at the audit log")


def check_place(proposal: Proposal, *, env: str, iss: str) -> None:
    """That people signed it for this deployment: a yes that was given in staging is none in production (row D09).

    Raises: Refused("wrong-environment"), Refused("another-address")
    """
    said = proposal.content
    remedy = f"end it with `amate keys withdraw {proposal.id}`"
    if said.get("env") != env:
        raise Refused("wrong-environment", f"this is {env}; {proposal.id} was proposed for {said.get('env')}: {remedy}")
    if said.get("iss") != iss:
        raise Refused("another-address", f"this is {iss}; {proposal.id} was proposed for {said.get('iss')}: {remedy}")


def message_of(digest: str) -> bytes:
    """What a key signs to say yes: it can be taken for no pass, no token and no metadata (row A10)."""
    return f"amate key proposal, version 1\n{digest}\n".encode()


def person_named(name: str) -> str:
    """A person as they are counted: spaces and capitals make nobody a second person."""
    return " ".join(name.casefold().split())


def missing(proposal_people: Iterable[str], rules: Rules) -> int:
    """How many more people have to sign."""
    return max(0, rules.people - len(set(proposal_people)))


def staged(key: IssuerKey, known: Iterable[IssuerKey], rules: Rules, *, now: int) -> IssuerKey:
    """The key as it will be listed: next, with the lead that it must keep.

    Raises: Refused: key-known, kid-collision, and what check_share() and check_dates() raise
    """
    known = list(known)
    for other in known:
        if other.kid == key.kid:
            raise Refused("key-known", f"{key.kid} is listed already, as {other.state}")
        if other.kid8 == key.kid8:  # row A05
            raise Refused("kid-collision", f"{key.kid} begins as {other.kid} does: passes could not tell them apart")
    check_share(key.use, key.shard, known)
    made = replace(key, state=NEXT, lead_s=rules.lead_s, is_first=False, published_at=None, activated_at=None)
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


def retired(key: IssuerKey, hanging: Hanging, known: Iterable[IssuerKey], *, now: int) -> IssuerKey:
    """The key out of use for good; nothing that it signed is in force.

    Raises: Refused: not-active, key-in-use, last-key
    """
    if key.state not in (ACTIVE, NEXT):
        raise Refused("not-active", f"{key.kid} is {key.state}")
    if hanging.total:
        raise Refused(
            "key-in-use",
            f"{hanging.credentials} credentials, {hanging.cards} cards, {hanging.passes} passes and {hanging.lists} "
            f"status lists of {key.kid} are in force, until {iso(hanging.until)}: wait, or see `amate keys reissue`",
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
