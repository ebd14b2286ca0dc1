"""What `amate keys` prints: the same facts for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from amate.core.trust import REVOKED
from amate.features.issuance.actions import Renewals
from amate.features.rotation.actions import Standing
from amate.features.rotation.lifecycle import Hanging
from amate.features.rotation.model import OPEN, TABLE, JsonObject
from amate.features.trust.actions import Published, Waiting
from amate.features.trust.model import DAY_S, IssuerKey, iso

_RENEWAL_ENDS: Final = {
    "asking": "Not everything that relies on the key has been asked.",
    "phones": "Waiting for phones.",
    "cards": "Every phone is done: only printed cards are left.",
    "nothing": "Done: nothing relies on the key any more.",
}
_COUNTED: Final = (("credentials", "credential"), ("cards", "card"), ("passes", "pass"), ("lists", "list"))
_TOLD_APART: Final = ("id", "action", "kid", "key", "table")


def key(
    key_: IssuerKey,
    hanging: Hanging,
    *,
    hand_over_at: int | None = None,
    is_halted: bool = False,
    untold: Sequence[Waiting] | None = None,
    other_day: int | None = None,
) -> JsonObject:
    """A key for programs; halted by a wrong signature is not frozen by a person.

    untold:    of a key that is to be distrusted and that verifiers believe still, what has to be signed first
    other_day: of a key that cannot sign from its first day any more, the soonest that can be
    """
    return {
        "kid": key_.kid,
        "iss": key_.iss,
        "use": key_.use,
        "shard": key_.shard,
        "state": key_.state,
        "uri": key_.uri,
        "sign_from": iso(key_.sign_from),
        "other_day": _iso(other_day),
        "hand_over_at": _iso(hand_over_at),
        "sign_until": iso(key_.sign_until),
        "accept_until": iso(key_.accept_until),
        "published_at": _iso(key_.published_at),
        "frozen_at": _iso(key_.frozen_at),
        "halted": is_halted,
        "distrust": None if key_.distrust is None else dict(key_.distrust),
        "told": untold is None,
        "waits_for": [{**asdict(each), "needs": [need._asdict() for need in each.needs]} for each in untold or ()],
        "hanging": {
            "credentials": hanging.credentials,
            "cards": hanging.cards,
            "passes": hanging.passes,
            "lists": hanging.lists,
            "until": iso(hanging.until) if hanging.until else None,
        },
    }


def keys_text(listed: list[JsonObject]) -> str:
    """The keys, a line each."""
    return "\n".join(
        f"{k['kid']}  {k['use']:<10} {k['shard']}  {_standing_of(k):<8} {_life_of(k)}; {_hanging_text(k['hanging'])}"
        for k in listed
    )


def _life_of(listed: JsonObject) -> str:
    distrust, frozen_at = listed["distrust"], listed["frozen_at"]
    if distrust is not None:
        return f"{_distrust_text(listed)}, signed nothing since {frozen_at[:16]}"
    return (
        f"{_begins_text(listed)}{_handed_over(listed)}, "
        f"at the latest until {listed['sign_until'][:10]}, believed until {listed['accept_until'][:10]}"
    )


def _begins_text(listed: JsonObject) -> str:
    passed, day = listed["sign_from"][:10], listed["other_day"]
    if day is None or listed["frozen_at"] is not None:
        return f"signs from {passed}"
    return f"CANNOT sign from {passed} any more: other dates, from {day[:10]} on"


def _distrust_text(listed: JsonObject) -> str:
    """Since when nobody believes a key, or that verifiers do until somebody has signed."""
    distrust = listed["distrust"]
    when = f"{distrust['at'][:16]} ({distrust['reason']})"
    if listed["told"]:
        return f"distrusted since {when}"
    waits = "; ".join(f"draft {each['number']} lacks {_lack_text(each)}" for each in listed["waits_for"])
    return f"decided {when}, and VERIFIERS STILL BELIEVE IT: {waits or 'amate trust publish tells them'}"


def _lack_text(waiting: JsonObject) -> str:
    needs = [f"{need['missing']} more by {', '.join(need['holders'])}" for need in waiting["needs"]]
    return "; ".join(needs) or waiting["held_by"] or "nothing but amate trust publish"


def _handed_over(listed: JsonObject) -> str:
    at = listed["hand_over_at"]
    return f", handed over on {at[:10]}" if at else ""


def _standing_of(listed: JsonObject) -> str:
    if listed["state"] == REVOKED:
        return REVOKED if listed["told"] else "DECIDED"
    return "HALTED" if listed["halted"] else "frozen" if listed["frozen_at"] else str(listed["state"])


def standing(each: Standing) -> JsonObject:
    """A proposal and its signatures for programs.

    content: all that people sign; of a table whose proposal has ended, without the table
    """
    proposal = each.proposal
    is_short = proposal.action == TABLE and each.state != OPEN
    return {
        "proposal": proposal.id,
        "action": proposal.action,
        "kid": proposal.kid,
        "content": {k: v for k, v in proposal.content.items() if k != "table"} if is_short else proposal.content,
        "digest": proposal.digest,
        "state": each.state,
        "expires_at": iso(proposal.expires_at),
        "signed_by": [
            {"person": name, "means": s.means, "at": iso(s.signed_at)}
            for s, name in zip(each.signatures, each.names, strict=True)
        ],
        "missing": each.missing,
        "difference": each.difference,
    }


def standing_text(said: JsonObject) -> str:
    """A proposal for people: what it is, who signed, what to do now."""
    signed = ", ".join(f"{s['person']} ({s['means']})" for s in said["signed_by"]) or "nobody"
    lines = [
        f"{said['proposal']}  {said['action']} {said['kid']}  {said['state']}",
        *(f"  {name:<14} {value}" for name, value in _details(said["content"])),
        f"  digest         {said['digest']}",
        f"  signed by      {signed}",
    ]
    if said["state"] == OPEN:
        until = f"until {said['expires_at']}"
        if said["missing"]:
            lines.append(f"  needs {said['missing']} more {until}: amate keys approve {said['proposal']} --key URI")
        else:
            lines.append(f"  may be carried out {until}: amate keys apply {said['proposal']}")
    return "\n".join(lines)


def _details(content: JsonObject) -> list[tuple[str, object]]:
    """What a proposal says beyond which key, in the words in which it is signed; instants as people read them."""
    said = {**content.get("key", {}), **{k: v for k, v in content.items() if k not in _TOLD_APART}}
    said.pop("jwk", None)
    if "lead_s" in said:
        said["lead"] = f"{said.pop('lead_s') // DAY_S} days between verifiers' learning of it and its first signature"
    return [(name, iso(value) if name.startswith(("sign_", "accept_")) else value) for name, value in said.items()]


def published(each: Published) -> JsonObject:
    """A publication for programs; `waits_for` names what still has to be signed away from this machine."""
    return {
        "targets": None if each.release is None else each.release.targets,
        "timestamp": None if each.release is None else each.release.timestamp,
        "changed": each.changed,
        "waits_for": [asdict(waiting) for waiting in each.waiting],
    }


def carried_out_text(said: JsonObject) -> str:
    """What was done, and which release tells of it."""
    told = said["published"]
    lines = [standing_text(said), f"published: targets {told['targets']}, timestamp {told['timestamp']}"]
    for each in told["waits_for"]:
        lines.append(
            f"{each['role']} {each['version']} waits for signatures, draft {each['number']}: amate trust drafts"
        )
    return "\n".join(lines)


def frozen_text(said: dict[str, Any]) -> str:
    """What the emergency button did, and what is left to do."""
    frozen = said["frozen"]
    if frozen["distrust"] is not None:
        return (
            f"{frozen['kid']} {'is ' if frozen['told'] else ''}{_life_of(frozen)}; {_hanging_text(frozen['hanging'])}"
        )
    lines = [
        f"{frozen['kid']} signs nothing from now on, in any process. What it signed is still believed: "
        f"{_hanging_text(frozen['hanging'])}."
    ]
    if said["stops_issuing"]:
        lines.append(f"nothing else signs for {frozen['use']}: issuing stops until another key is in force or resumed")
    if said["waiting"] is not None:
        lines.append(
            f"{said['waiting']['proposal']} waits already, for the reason {said['waiting']['reason']}; "
            f"nothing was signed. To sign it: amate keys approve {said['waiting']['proposal']} --key URI"
        )
    elif said["proposal"] is None:
        lines.append(f"To distrust it: amate keys propose revoke {frozen['kid']} --reason {said['reason']} --key URI")
    else:
        lines.append(standing_text(said["proposal"]))
    return "\n".join(lines)


def renewals(key_: IssuerKey, found: Renewals) -> JsonObject:
    """How far a renewal has come, for programs."""
    return {
        "kid": key_.kid,
        "asked": found.asked,
        "renewed": found.asked - found.waiting - found.cards,
        "waiting": found.waiting,
        "cards": found.cards,
        "unasked": found.unasked,
        "phones_until": iso(found.phones_until) if found.phones_until else None,
        "cards_until": iso(found.cards_until) if found.cards_until else None,
        "waits_for": _waits_for(found),
    }


def _waits_for(found: Renewals) -> str:
    if found.unasked:
        return "asking"
    return "phones" if found.waiting else "cards" if found.cards else "nothing"


def renewals_text(said: JsonObject) -> str:
    """The same for people."""
    lines = [f"{said['renewed']} of {said['asked']} renewed."]
    if said["unasked"]:
        lines.append(f"Not asked yet: {said['unasked']}. Go on: amate keys reissue {said['kid']}")
    if said["waiting"]:
        lines.append(
            f"Phones that have not come: {said['waiting']}. Each renews when it is next on line; what they hold ends "
            f"by itself, the last on {said['phones_until'][:10]}."
        )
    if said["cards"]:
        lines.append(
            f"Printed cards: {said['cards']}. None renews by itself: print each anew at a module. Whose they are: "
            f"amate credentials list --key {said['kid']}. The last ends on {said['cards_until'][:10]}."
        )
    lines.append(_RENEWAL_ENDS[said["waits_for"]])
    return "\n".join(lines)


def _hanging_text(hanging: JsonObject) -> str:
    counts = [f"{hanging[name]} {name if hanging[name] != 1 else one}" for name, one in _COUNTED if hanging[name]]
    hang = "hangs" if sum(hanging[name] for name, _ in _COUNTED) == 1 else "hang"
    return f"{', '.join(counts)} {hang} on it until {hanging['until'][:10]}" if counts else "nothing hangs on it"


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)
