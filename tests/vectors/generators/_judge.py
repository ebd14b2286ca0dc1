"""Worlds made ready and verdicts written as JSON: what the vectors, the tests and the differential run share."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from amate.core import encoding, revocations, standing, status_list, trust, verdict
from amate.core.entitlement import ClinicFacts
from amate.core.standing import SignedRevocations
from amate.core.status_list import StatusList
from amate.core.trust import Trust
from amate.core.verdict import Verdict
from amate.errors import Malformed

CLINIC_FACTS = {"clues": "VZIMB002210", "institution": "IMB", "state": "VZ", "level": 1}


class World(NamedTuple):
    """What a verifier stands on."""

    trust: Trust | None
    status: dict[int, StatusList]
    revocations: SignedRevocations | None = None


def ready(described: dict[str, Any] | None) -> World:
    """The world that a vector describes; null is a device that has never had any trust."""
    if described is None:
        return World(None, {})
    issuers = trust.parse_issuers(json.dumps(described["issuers"]).encode())
    policy = trust.parse_policy(json.dumps(described["policy"]).encode())
    made = trust.make_trust(
        issuers,
        policy,
        refreshed_at=described["refreshed_at"],
        floor=described["floor"],
        sealing={int(number): bytes.fromhex(key) for number, key in described["sealing"].items()},
    )
    by_kid = {key.kid: key for key in issuers.keys}
    aliases = {
        bytes.fromhex(kid8): tuple(by_kid[kid] for kid in kids) for kid8, kids in described.get("aliases", {}).items()
    }
    filed = _revocations(described["revocations"], made) if "revocations" in described else None
    return World(made._replace(keys={**made.keys, **aliases}), _lists(described["status"]), filed)


def judge(world: World, given: dict[str, Any], now: int) -> Verdict:
    """The verdict on the input of a case."""
    clinic = given.get("clinic")
    return verdict.verdict(
        given["text"],
        trust=world.trust,
        status=world.status,
        clinic=None if clinic is None else ClinicFacts(**clinic),
        now=now,
        service=given.get("service", "general"),
        single_use=given.get("single_use"),
        revocations=world.revocations,
        challenge=given.get("challenge"),
    )


def verdict_json(made: Verdict) -> dict[str, Any]:
    """A verdict as JSON; the rights that it rests on are no part of what is told."""
    told = made._asdict() | {"entitlement": None if made.entitlement is None else made.entitlement._asdict()}
    del told["rights"]
    spelled: dict[str, Any] = json.loads(json.dumps(told))
    return spelled


def _lists(described: dict[str, Any]) -> dict[int, StatusList]:
    lists = {}
    for number, one in described.items():
        raw = status_list.unpack(encoding.base64url_decode(one["lst"]))
        lists[int(number)] = status_list.make_status_list(
            one["uri"], raw, bits=1, iat=one["iat"], exp=one["exp"], ttl=one["ttl"]
        )
    return lists


def _revocations(described: dict[str, str], issuers: Trust) -> SignedRevocations | None:
    """As every verifier reads them: what does not verify is not there."""
    keys = [key for keys in issuers.keys.values() for key in keys]
    uri, file = f"{issuers.policy.status_base}/revocations", bytes.fromhex(described["file"])
    try:
        token = revocations.parse_revocations_token(described["token"], keys=keys, expected_uri=uri)
        return standing.open_signed(token, file)
    except Malformed:
        return None
