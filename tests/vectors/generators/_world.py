"""A small world to judge passes in: issuers, a policy, status lists, synthetic people, and passes right or wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import cbor2

from amate.core import cose, encoding, qr_pass, status_list, trust
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Claims, Identity

from ._material import DAY, NOW, PrivateKey, jwk, kid, kid8, made_bytes, made_key, signer

ISS = "https://amate.example"
STATUS_BASE = f"{ISS}/status"
ISSUER, STATUS, CREDENTIAL = made_key("issuer"), made_key("status"), made_key("credential")
PHONE, OTHER_PHONE, STRANGER = made_key("phone"), made_key("other phone"), made_key("stranger")
SEALING_NUMBER, SEALING = 7, made_bytes("sealing", 32)
PERSON = Identity("HEGM560427MVZRRL04", "MARÍA GUADALUPE HERNÁNDEZ GARCÍA")  # 32 characters; nobody's
HINT = "MHG0427"
CLINIC = "VZIMB002210"
INDEX, REVOKED_INDEX = 12_345, 777

IAT = NOW - 3_600
LIFETIMES = {1: 31 * DAY, 2: 300, 3: 5_479 * DAY}  # seconds; the last is 15 years
VALIDITY = {1: 30 * DAY, 2: 90, 3: 1_826 * DAY}


# A table just large enough to answer with; the one in force has vectors of its own.
TABLE: dict[str, Any] = {
    "version": "test-1",
    "institutions": {
        "2": {
            "label": "IMSS",
            "kind": "insured",
            "clues": ["IMS"],
            "retention": {"months": 0, "days": 56, "roles": [1, 2], "after_days": 56},
            "child_age": 16,
            "student_age": 25,
        },
        "14": {
            "label": "IMSS-Bienestar",
            "kind": "open",
            "clues": ["IMB"],
            "retention": None,
            "child_age": None,
            "student_age": None,
        },
    },
    "no_affiliation": [0, 1, 99],
    "clinics": {"IMS": "insured", "IMB": "open"},
    "federalised_states": ["VZ"],
    "other_states": ["NL"],
    "payers": {
        "federalised": {"code": 14, "label": "IMSS-Bienestar"},
        "other": {"code": None, "label": "Servicios estatales de salud"},
        "unknown": {"code": None, "label": "Por confirmar"},
    },
    "payer_order": ["kind", "own_clinic", "standing", "role", "institution"],
    "role_order": [1, 3, 2],
    "institution_order": [2, 14],
    "adult_age": 18,
    "rules": [
        {
            "id": "own-clinic",
            "from": None,
            "until": None,
            "when": {"standing": ["active", "retained"], "clinic": ["own"]},
            "then": {"payer": "own", "attend": "here", "services": ["all"]},
            "basis": "policy",
            "source": "test",
        },
        {
            "id": "other-clinic",
            "from": None,
            "until": None,
            "when": {"standing": ["active", "retained"]},
            "then": {"payer": "own", "attend": "here_by_exchange", "services": ["first_level"]},
            "basis": "policy",
            "source": "test",
        },
        {
            "id": "anybody",
            "from": None,
            "until": None,
            "when": {},
            "then": {"payer": "public", "attend": "here", "services": ["first_level"]},
            "basis": "policy",
            "source": "test",
        },
    ],
}


def iso(seconds: int) -> str:
    """YYYY-MM-DDTHH:MM:SSZ."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def key_entry(key: PrivateKey, use: list[str], **changes: Any) -> dict[str, Any]:
    """A key as the issuers' list has it: signs in 2026, is accepted until 2042."""
    entry = {
        "kid": kid(key),
        "jwk": jwk(key),
        "alg": "ES256",
        "use": use,
        "state": "active",
        "sign_from": "2026-01-01T00:00:00Z",
        "sign_until": "2027-01-01T00:00:00Z",
        "accept_until": "2042-01-01T00:00:00Z",
    }
    return entry | changes


def issuers(*keys: dict[str, Any], env: str = "prod") -> dict[str, Any]:
    """The issuers' list; without arguments one key for each use."""
    listed = list(keys) or [
        key_entry(ISSUER, ["pass"]),
        key_entry(STATUS, ["status"]),
        key_entry(CREDENTIAL, ["credential"]),
    ]
    issuer = {"iss": ISS, "name": "Emisor de prueba", "keys": listed}
    return {"version": 3, "env": env, "generated_at": iso(NOW - DAY), "issuers": [issuer]}


def status_issuers() -> dict[str, Any]:
    """The issuers' list that all tokens about statuses are judged by."""
    ended = {"sign_from": "2025-01-01T00:00:00Z", "sign_until": "2026-01-01T00:00:00Z"}
    return issuers(
        key_entry(ISSUER, ["pass"]),
        key_entry(CREDENTIAL, ["credential"]),
        key_entry(STATUS, ["status"]),
        key_entry(made_key("status ended"), ["status"], **ended),
        key_entry(made_key("status next"), ["status"], state="next", sign_from="2026-12-01T00:00:00Z"),
        key_entry(made_key("status revoked"), ["status"], state="revoked"),
    )


def policy(env: str = "prod", **changes: Any) -> dict[str, Any]:
    """The policy of a usual day."""
    usual = {
        "version": 5,
        "env": env,
        "staleness": {"warn_s": DAY, "stale_s": 7 * DAY, "refuse_s": 30 * DAY},
        "clock": {"presentation_s": 60, "skew_s": 30, "quality_cap_s": 60, "behind_floor_s": 300},
        "lifetimes": {str(profile): seconds for profile, seconds in LIFETIMES.items()},
        "status_base": STATUS_BASE,
        "table": TABLE,
    }
    return usual | changes


def status_entry(number: int = 0, *, iat: int = NOW - 600, exp: int | None = None, size: int = 2**20) -> dict[str, Any]:
    """A status list of a world: REVOKED_INDEX is revoked, all else valid."""
    packed = status_list.pack_statuses({REVOKED_INDEX: 1}, size=size)
    uri = f"{STATUS_BASE}/{number}"
    return {"uri": uri, "iat": iat, "exp": exp, "ttl": 3_600, "lst": encoding.base64url_encode(packed)}


def world(env: str = "prod", **changes: Any) -> dict[str, Any]:
    """Everything that a verifier stands on, refreshed ten minutes ago."""
    usual = {
        "issuers": issuers(env=env),
        "policy": policy(env),
        "refreshed_at": NOW - 600,
        "floor": NOW - 600,
        "sealing": {str(SEALING_NUMBER): SEALING.hex()},
        "status": {"0": status_entry()},
    }
    return usual | changes


def claims(profile: int = 1, *, key: PrivateKey = ISSUER, sealing: bytes = SEALING, **changes: Any) -> Claims:
    """The claims of a usual pass of this profile."""
    iat = changes.get("iat", IAT if profile != qr_pass.EPHEMERAL else NOW - 10)
    cti = changes.get("cti", made_bytes(f"cti {profile}", 12))
    protected_bytes = qr_pass.protected_bytes_of(kid8(key))
    sealed = qr_pass.seal(PERSON, key=sealing, number=SEALING_NUMBER, cti=cti, protected_bytes=protected_bytes)
    usual = Claims(
        profile=profile,
        iat=iat,
        exp=iat + VALIDITY[profile],
        cti=cti,
        holder=cose.cose_from_key(PHONE.public_key()) if profile == qr_pass.DEVICE else None,
        hint=HINT,
        entitlements=(Entitled(2, 1, None),),
        assigned_clinic=CLINIC,
        status_index=INDEX,
        sealed=None if profile == qr_pass.PRINTED else sealed,
        identity=PERSON if profile == qr_pass.PRINTED else None,
    )
    return usual._replace(**changes)


def pass_of(profile: int = 1, *, key: PrivateKey = ISSUER, **changes: Any) -> bytes:
    """A usual pass of this profile, signed."""
    return qr_pass.sign_pass(claims(profile, key=key, **changes), kid8=kid8(key), sign=signer(key))


def shown(
    pass_bytes: bytes | None = None,
    *,
    at: int = NOW,
    quality_s: int | None = 5,
    challenge: str | None = None,
    phone: PrivateKey = PHONE,
) -> bytes:
    """A device pass shown by a phone."""
    raw = pass_of() if pass_bytes is None else pass_bytes
    return qr_pass.present(raw, shown_at=at, clock_quality_s=quality_s, challenge=challenge, sign=signer(phone))


def encode(value: Any) -> bytes:
    """CBOR without the checks of the core, for what must be refused."""
    return cbor2.dumps(value, canonical=True)


def sign1(
    protected: Any, payload: bytes, key: PrivateKey = ISSUER, *, unprotected: Any = None, tag: bytes = b"\xd2"
) -> bytes:
    """A COSE_Sign1 with anything in it, rightly signed; `protected` is a map, or bytes that stand for one."""
    protected_bytes = protected if isinstance(protected, bytes) else encode(protected)
    signature = signer(key)(cose.to_be_signed(protected_bytes, payload))
    return tag + encode([protected_bytes, {} if unprotected is None else unprotected, payload, signature])


def claims_map(profile: int = 1, **changes: Any) -> dict[Any, Any]:
    """The claims of a usual pass, decoded, to be spoilt."""
    spelled = cbor2.loads(qr_pass.pass_claims(claims(profile, **changes)))
    assert isinstance(spelled, dict)
    return spelled


def pass_from_map(spoilt: Any, key: PrivateKey = ISSUER) -> bytes:
    """A pass with these claims, rightly signed."""
    return sign1({1: -7, 4: kid8(key)}, spoilt if isinstance(spoilt, bytes) else encode(spoilt), key)


def shown_from(pass_bytes: bytes, *more: Any, at: Any = NOW, quality_s: Any = 5, phone: PrivateKey = PHONE) -> bytes:
    """A presentation around any bytes, rightly signed; `more` comes after the clock quality."""
    return sign1({1: -7}, encode([pass_bytes, at, quality_s, *more]), phone)


def status_token(
    claims_: dict[str, Any] | None = None,
    *,
    key: PrivateKey = STATUS,
    header: dict[str, Any] | None = None,
    raw: tuple[str, str] | None = None,
) -> str:
    """A status list token; `raw` gives header and claims as JSON texts of any spelling."""
    head = {"alg": "ES256", "kid": kid(key), "typ": "statuslist+jwt"} if header is None else header
    body = status_claims() if claims_ is None else claims_
    texts = raw or (_json(head), _json(body))
    signed = ".".join(encoding.base64url_encode(text.encode()) for text in texts)
    return f"{signed}.{encoding.base64url_encode(signer(key)(signed.encode()))}"


def status_claims(**changes: Any) -> dict[str, Any]:
    """The claims of a usual status list token, of 64 entries."""
    lst = encoding.base64url_encode(status_list.pack_statuses({3: 1, 40: 1}, size=64))
    usual = {
        "sub": f"{STATUS_BASE}/0",
        "iat": NOW - 600,
        "exp": NOW + 7 * DAY,
        "ttl": 3_600,
        "status_list": {"bits": 1, "lst": lst},
    }
    return usual | changes


def seconds(text: str) -> int:
    """Seconds since 1970."""
    return trust.seconds_from_iso(text)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
