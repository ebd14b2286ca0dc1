"""Proposals to change a key or the decision table, who signed them, and the rules of policy that bind them. PURE.

Source: OWASP ASVS 5.0 §2.3.5 (two people).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from amate.errors import Refused
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
EXPIRED = "expired"  # never written: what an open proposal is once its time is over
STATES: Final = (OPEN, DONE, WITHDRAWN, EXPIRED)
REASONS: Final = ("stolen", "lost", "test", "superseded", "forged-signatures")
JsonObject = dict[str, Any]


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
class Proposal:
    """A change that somebody wants; `content` is all of it, and what people sign is its digest.

    kid:   of the key that changes; for a change of the decision table, the digest of the table that is to be
    state: open, done or withdrawn, as it was written; state_at tells what it is by now
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

    def state_at(self, now: int) -> str:
        """Open, done, withdrawn, or expired."""
        return EXPIRED if self.state == OPEN and self.expires_at <= now else self.state


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's yes to a proposal.

    person:     as they are counted (trust.person_named): nobody counts twice, whatever they sign with
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


def missing(proposal_people: Iterable[str], rules: Rules) -> int:
    """How many more people have to sign."""
    return max(0, rules.people - len(set(proposal_people)))
