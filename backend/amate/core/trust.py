"""Which keys may say what, and since when: the issuers' list and the policy, as the trust repository delivers them.

Who signed these two files, and that they are the newest, is the business of TUF, outside the core.
Source: RFC 7517 (JWK), RFC 7638 (thumbprint).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple, NoReturn

from amate.core import cose, encoding, entitlement
from amate.core.cose import PublicKey
from amate.core.encoding import JsonValue
from amate.core.entitlement import DecisionTable
from amate.errors import Malformed

NEXT, ACTIVE, RETIRED, REVOKED = "next", "active", "retired", "revoked"
DEMOS: Final = ("demo", "test")  # environments whose people and keys are invented
STATES: Final = frozenset((NEXT, ACTIVE, RETIRED, REVOKED))
KID_BYTES: Final = 8

_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ENVIRONMENT: Final = re.compile(r"[a-z][a-z0-9-]{0,15}")
_JWK: Final = frozenset(("kty", "crv", "x", "y"))

JsonObject = dict[str, JsonValue]


class Distrust(NamedTuple):
    """What a key has signed is no longer believed: `all` of it, or what is dated (seconds) `at` or later."""

    mode: str
    at: int | None


class IssuerKey(NamedTuple):
    """A public key of an issuer; times in seconds since 1970, ends exclusive."""

    iss: str
    kid: str
    kid8: bytes
    jwk: Mapping[str, str]
    public_key: PublicKey
    use: frozenset[str]
    state: str
    sign_from: int
    sign_until: int
    accept_until: int
    distrust: Distrust | None


class Issuers(NamedTuple):
    """The issuers' list."""

    version: int
    env: str
    generated_at: int
    keys: tuple[IssuerKey, ...]


class Staleness(NamedTuple):
    """Ages, in seconds, from which trust and status are warned about, not called verified, not used."""

    warn_s: int
    stale_s: int
    refuse_s: int


class Clock(NamedTuple):
    """How far clocks may differ, in seconds."""

    presentation_s: int
    skew_s: int
    quality_cap_s: int
    behind_floor_s: int


class Policy(NamedTuple):
    """The rules in force for verifiers; lifetimes in seconds by profile of pass."""

    version: int
    env: str
    staleness: Staleness
    clock: Clock
    lifetimes: Mapping[int, int]
    status_base: str
    table: DecisionTable


class Trust(NamedTuple):
    """What a verifier stands on.

    keys:         by the first 8 bytes of the thumbprint; several keys may share them
    refreshed_at: signed time of the newest good TUF timestamp
    floor:        newest time ever signed by the timestamp role or for statuses; no clock may be before it
    sealing:      32-byte keys by number, in clinics only
    """

    env: str
    keys: Mapping[bytes, tuple[IssuerKey, ...]]
    policy: Policy
    refreshed_at: int
    floor: int
    sealing: Mapping[int, bytes]


def parse_issuers(raw: bytes) -> Issuers:
    """The issuers' list; members that are not known are passed over, and so are keys of other algorithms.

    Raises: Malformed for wrong types, a kid that is not the key's thumbprint, a kid twice, a point off the curve
    """
    listed = _object_of(encoding.strict_json(raw))
    keys = tuple(key for issuer in _list_of(listed, "issuers") for key in _keys_of(_object_of(issuer)))
    if len({key.kid for key in keys}) != len(keys):
        _malformed("kid twice")
    return Issuers(_count_of(listed, "version"), _env_of(listed), _instant_of(listed, "generated_at"), keys)


def parse_policy(raw: bytes) -> Policy:
    """The policy.

    Raises: Malformed for wrong types, or limits that are out of order
    """
    policy = _object_of(encoding.strict_json(raw))
    staleness = _object_of(policy.get("staleness"))
    clock = _object_of(policy.get("clock"))
    lifetimes = _object_of(policy.get("lifetimes"))
    limits = Staleness(*(_count_of(staleness, name) for name in Staleness._fields))
    if not limits.warn_s <= limits.stale_s <= limits.refuse_s:
        _malformed("staleness out of order")
    return Policy(
        version=_count_of(policy, "version"),
        env=_env_of(policy),
        staleness=limits,
        clock=Clock(*(_count_of(clock, name) for name in Clock._fields)),
        lifetimes={profile: _count_of(lifetimes, str(profile)) for profile in (1, 2, 3)},
        status_base=_text_of(policy, "status_base"),
        table=entitlement.parse_table(policy.get("table")),
    )


def make_trust(
    issuers: Issuers,
    policy: Policy,
    *,
    refreshed_at: int,
    floor: int,
    sealing: Mapping[int, bytes],
) -> Trust:
    """Trust from its parts, of one environment.

    Raises: Malformed("environment-mismatch") for a list and a policy of different environments
    """
    if issuers.env != policy.env:
        raise Malformed("environment-mismatch", f"{issuers.env} and {policy.env}")
    keys: dict[bytes, tuple[IssuerKey, ...]] = {}
    for key in issuers.keys:
        keys[key.kid8] = (*keys.get(key.kid8, ()), key)
    return Trust(issuers.env, keys, policy, refreshed_at, floor, sealing)


def keys_for(trust: Trust, kid8: bytes) -> tuple[IssuerKey, ...]:
    """Every key with these first 8 bytes: the caller tries them all, because 8 bytes can be made to collide."""
    return trust.keys.get(kid8, ())


def refusal(key: IssuerKey, use: str, *, iat: int, now: int) -> str | None:
    """Why what this key signed at `iat` is not believed `now`, or None when it is."""
    if use not in key.use:
        return "wrong-key-use"
    if key.state == REVOKED or _is_distrusted(key.distrust, iat):
        return "key-revoked"
    if not key.sign_from <= iat < key.sign_until:
        return "key-not-in-force"
    if now >= key.accept_until:
        return "key-retired"
    return None


def thumbprint(jwk: Mapping[str, str]) -> bytes:
    """The 32 bytes that name a P-256 JWK (RFC 7638 §3.2: required members only, in order)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()


def jwk_from_key(key: PublicKey) -> dict[str, str]:
    """The JWK of a P-256 key, with exactly its required members."""
    numbers = key.public_numbers()
    x, y = (encoding.base64url_encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def seconds_from_iso(text: str) -> int:
    """Seconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`.

    Raises: Malformed for any other spelling, a date that does not exist, or a year before 1970
    """
    if not _INSTANT.fullmatch(text):
        _malformed("not an instant")
    try:
        seconds = int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        _malformed("no such instant")
    if seconds < 0:
        _malformed("before 1970")
    return seconds


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _is_distrusted(distrust: Distrust | None, iat: int) -> bool:
    if distrust is None:
        return False
    return distrust.at is None or iat >= distrust.at


def _keys_of(issuer: JsonObject) -> list[IssuerKey]:
    iss = _text_of(issuer, "iss")
    listed = [_object_of(key) for key in _list_of(issuer, "keys")]
    return [_key_of(iss, key) for key in listed if _text_of(key, "alg") == "ES256"]


def _key_of(iss: str, key: JsonObject) -> IssuerKey:
    jwk, public_key = _jwk_of(_object_of(key.get("jwk")))
    digest = thumbprint(jwk)
    if _text_of(key, "kid") != encoding.base64url_encode(digest):
        _malformed("kid is not the thumbprint")
    state = _text_of(key, "state")
    if state not in STATES:
        _malformed("state")
    return IssuerKey(
        iss=iss,
        kid=encoding.base64url_encode(digest),
        kid8=digest[:KID_BYTES],
        jwk=jwk,
        public_key=public_key,
        use=frozenset(_text(use) for use in _list_of(key, "use")),
        state=state,
        sign_from=_instant_of(key, "sign_from"),
        sign_until=_instant_of(key, "sign_until"),
        accept_until=_instant_of(key, "accept_until"),
        distrust=_distrust_of(key.get("distrust")),
    )


def _jwk_of(value: JsonObject) -> tuple[dict[str, str], PublicKey]:
    if value.keys() != _JWK or value["kty"] != "EC" or value["crv"] != "P-256":
        _malformed("not a public P-256 JWK")
    jwk = {name: _text(member) for name, member in value.items()}
    return jwk, cose.key_from_point(encoding.base64url_decode(jwk["x"]), encoding.base64url_decode(jwk["y"]))


def _distrust_of(value: JsonValue) -> Distrust | None:
    if value is None:
        return None
    distrust = _object_of(value)
    mode = _text_of(distrust, "mode")
    if mode == "all":
        return Distrust(mode, None)
    if mode != "iat_after":
        _malformed("mode of distrust")
    return Distrust(mode, _instant_of(distrust, "at"))


def _object_of(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        _malformed("not an object")
    return value


def _list_of(parent: JsonObject, name: str) -> list[JsonValue]:
    value = parent.get(name)
    if not isinstance(value, list):
        _malformed(f"{name} is not a list")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        _malformed("not a text")
    return value


def _text_of(parent: JsonObject, name: str) -> str:
    return _text(parent.get(name))


def _env_of(parent: JsonObject) -> str:
    env = _text_of(parent, "env")
    if not _ENVIRONMENT.fullmatch(env):
        _malformed("env")
    return env


def _count_of(parent: JsonObject, name: str) -> int:
    value = parent.get(name)
    if type(value) is not int or value < 0:
        _malformed(f"{name} is not a number from 0")
    return value


def _instant_of(parent: JsonObject, name: str) -> int:
    return seconds_from_iso(_text_of(parent, name))
