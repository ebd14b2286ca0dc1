"""Keys as an issuer keeps them, and the three documents that tell verifiers what to believe."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.core.cose import key_from_point
from amate.core.encoding import base64url_decode, base64url_encode, strict_json
from amate.core.trust import KID_BYTES, Trust, thumbprint

ROLES: Final = ("root", "targets", "snapshot", "timestamp")
ONLINE_ROLES: Final = ("snapshot", "timestamp")
USES: Final = ("pass", "credential", "status")
TARGET_NAMES: Final = ("issuers.json", "policy.json", "clinics.json")
DAY_S: Final = 86_400
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key with which an issuer signs; times in seconds since 1970, ends exclusive.

    kid:      JWK thumbprint, base64url
    uri:      where the private half lives
    distrust: {mode: all | iat_after, at?} once its signatures are no longer believed
    shard:    which of the keys that sign side by side for a use; each signs an equal share
    lead_s:   how long verifiers must have known it before it signs
    is_first: whether it was there before any verifier, so that nobody had to learn of it
    published_at, activated_at, frozen_at: when verifiers were first told of it as it is, when it was put in force,
              since when it signs nothing although it is believed
    """

    kid: str
    iss: str
    use: str
    uri: str
    jwk: Mapping[str, str]
    state: str
    sign_from: int
    sign_until: int
    accept_until: int
    distrust: Mapping[str, str] | None = None
    shard: int = 0
    lead_s: int = 0
    is_first: bool = False
    published_at: int | None = None
    activated_at: int | None = None
    frozen_at: int | None = None

    @property
    def kid8(self) -> bytes:
        """The 8 bytes by which a pass names the key."""
        return base64url_decode(self.kid)[:KID_BYTES]

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The key as verifiers load it."""
        return _public_key(self.jwk["x"], self.jwk["y"])


@dataclass(frozen=True, slots=True)
class RoleKey:
    """A key that holds a role of the repository.

    uri:           where the private half is reached from this machine; empty when it never is
    holder:        the person (or, of an on-line key, the service) that answers for it; once in a role
    is_online:     publishing signs with it unasked
    signed_at:     when it last signed, seconds since 1970
    missing_since: since when it was called and did not answer
    """

    keyid: str
    role: str
    uri: str
    holder: str
    is_online: bool
    signed_at: int | None = None
    missing_since: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A root or targets that waits for signatures.

    payload: the exact bytes to be signed
    plan:    of a root: who holds which key once it is published
    roll:    of a root that a ceremony made: what its roll call said of each key, by keyid
    state:   open, published, or superseded by a later one
    """

    number: int
    role: str
    version: int
    payload: bytes
    plan: tuple[RoleKey, ...]
    state: str
    made_at: int
    roll: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key that hides identities; new passes use it in [seal_from, seal_until), clinics hold it until `open_until`."""

    number: int
    wrapped: bytes
    seal_from: int
    seal_until: int
    open_until: int


@dataclass(frozen=True, slots=True)
class Halt:
    """A key that gave a wrong signature, or that signs beside the program, too.

    halted_at:    None once somebody let it sign again
    elsewhere:    what was found that it signed and was not to sign here, since somebody last acknowledged it
    elsewhere_at: when the last of that was found
    """

    kid: str
    use: str
    halted_at: int | None
    faults: int
    elsewhere: int
    elsewhere_at: int | None
    acknowledged_at: int | None

    @property
    def is_halted(self) -> bool:
        """Whether it signs nothing until somebody has looked."""
        return self.halted_at is not None

    @property
    def rang(self) -> bool:
        """Whether it ever signed elsewhere, acknowledged or not."""
        return self.elsewhere_at is not None or self.acknowledged_at is not None


@dataclass(frozen=True, slots=True)
class Release:
    """One state of the repository: the version of each role's metadata; `timestamp` numbers the release."""

    timestamp: int
    root: int
    targets: int
    snapshot: int
    signed_at: int


@dataclass(frozen=True, slots=True)
class LoadedTrust:
    """A repository that was verified from its anchor down.

    clinics:      the columnar list of clinics, as published
    usable_until: when its root or targets end; trust cannot be used from then on, however new its timestamp
    """

    trust: Trust
    clinics: JsonObject
    usable_until: int


def iso(seconds: int) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def draft_digest(payload: bytes, names: Mapping[str, str]) -> str:
    """By which those who sign a draft make sure that they mean the same, in hex.

    Over the bytes to be signed and over whose each key is said to be: no name is part of what is signed and published.

    names: of holders, by keyid
    """
    said = {"names": dict(names), "payload": payload.decode()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def kid_of(jwk: Mapping[str, str]) -> str:
    """The key's full JWK thumbprint, base64url."""
    return base64url_encode(thumbprint(jwk))


def issuers_document(keys: Iterable[IssuerKey], *, env: str, names: Mapping[str, str]) -> JsonObject:
    """`issuers.json` without its version; keys in order of their first day, so that equal keys give equal bytes."""
    by_issuer: dict[str, list[IssuerKey]] = {}
    for key in sorted(keys, key=lambda key: (key.iss, key.sign_from, key.kid)):
        by_issuer.setdefault(key.iss, []).append(key)
    issuers = [
        {"iss": iss, "name": names.get(iss, iss), "keys": [_listed(key) for key in listed]}
        for iss, listed in by_issuer.items()
    ]
    return {"env": env, "issuers": issuers}


def policy_document(policy: JsonObject, *, env: str, status_base: str, table: JsonObject) -> JsonObject:
    """`policy.json` without its version; `policy` is keys/policy.toml."""
    return {
        "env": env,
        "staleness": policy["staleness"],
        "clock": policy["clock"],
        "lifetimes": policy["lifetimes_s"],
        "status_base": status_base,
        "table": table,
    }


def next_document(content: JsonObject, previous: JsonObject | None, *, now: int) -> bytes:
    """The bytes to publish: those of the previous version when nothing in `content` changed."""
    stamp = ("version", "generated_at")
    if previous is not None and {k: v for k, v in previous.items() if k not in stamp} == content:
        return encode(previous)
    version = 1 if previous is None else int(previous["version"]) + 1
    return encode({"version": version, "generated_at": iso(now), **content})


def encode(document: JsonObject) -> bytes:
    """The one spelling in which a document is published."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def document_of(raw: bytes | None) -> JsonObject | None:
    """A document that we published, decoded."""
    document = None if raw is None else strict_json(raw)
    return document if isinstance(document, dict) else None


@lru_cache(maxsize=16)
def _public_key(x: str, y: str) -> EllipticCurvePublicKey:
    """The P-256 key with these coordinates (base64url), loaded once a process."""
    return key_from_point(base64url_decode(x), base64url_decode(y))


def _listed(key: IssuerKey) -> JsonObject:
    listed = {
        "kid": key.kid,
        "jwk": dict(key.jwk),
        "alg": "ES256",
        "use": [key.use],
        "state": key.state,
        "sign_from": iso(key.sign_from),
        "sign_until": iso(key.sign_until),
        "accept_until": iso(key.accept_until),
    }
    return listed | ({"distrust": dict(key.distrust)} if key.distrust else {})
