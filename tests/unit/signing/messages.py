"""Real messages of every kind that keys sign, caught where they are about to be signed."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from amate.core import cose, qr_pass, sd_jwt
from amate.core.encoding import base64url_decode
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Claims, Identity, Sealed
from amate.core.revocations import RevocationsToken, SignedDelta
from amate.features.status.model import Terms, make_revocations_token, make_token
from amate.features.trust import repository
from amate.signing import allowed
from amate.signing.allowed import Allowed
from amate.signing.file import FileSigner
from amate.signing.repository import RoleSigner
from tests.soft_jwt import jwk_of, new_key

NOW = 1_795_000_000
DAY_S = 86_400
ISSUER = "http://localhost:8000"
ROLES = ("root", "targets", "snapshot", "timestamp")
USES = ("pass", "credential", "status", *ROLES)
REVOCATIONS = "revocations"  # the other kind of message that a key for status lists signs
DOCUMENTS = dict.fromkeys(repository.TARGET_NAMES, b"{}")


class Recorder:
    """Signs, and keeps what it signed."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._signer = FileSigner(key)
        self.signed: list[bytes] = []

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        self.signed.append(message)
        return self._signer.sign(message)


class Kept:
    """A key for one use, and a message of this kind that names the key."""

    def __init__(self, kind: str, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.key, use = key or new_key(), "status" if kind == REVOCATIONS else kind
        kid = allowed.kid_of(self.key.public_key(), use)
        self.allowed = Allowed(f"memory:{use}", use, kid)
        recorder = Recorder(self.key)
        MAKE.get(kind, _metadata)(recorder, kid if use in allowed.ISSUER_USES else use)
        self.message = recorder.signed[-1]


def claims(profile: int = qr_pass.DEVICE, name: str = "MARÍA GUADALUPE HERNÁNDEZ") -> Claims:
    is_printed = profile == qr_pass.PRINTED
    return Claims(
        profile=profile,
        iat=NOW,
        exp=NOW + DAY_S,
        cti=secrets.token_bytes(12),
        holder=cose.cose_from_key(new_key().public_key()) if profile == qr_pass.DEVICE else None,
        hint="MHG0427",
        entitlements=(Entitled(2, 1, None),),
        assigned_clinic="HGIMS900110",
        status_index=7,
        sealed=None if is_printed else Sealed(1, bytes(60)),
        identity=Identity("HEGM560427MVZRRL04", name) if is_printed else None,
    )


def _pass(recorder: Recorder, kid: str) -> None:
    qr_pass.sign_pass(claims(), kid8=base64url_decode(kid)[:8], sign=recorder.sign)


def _credential(recorder: Recorder, kid: str) -> None:
    sd_jwt.issue(
        {
            "iss": ISSUER,
            "vct": f"{ISSUER}/vct/salud",
            "iat": NOW,
            "exp": NOW + DAY_S,
            "cnf": {"jwk": dict(jwk_of(new_key()))},
            "status": {"status_list": {"idx": 7, "uri": f"{ISSUER}/status/0"}},
            "name": "María",
        },
        disclosable={"name"},
        salts=[secrets.token_bytes(16) for _ in range(3)],
        kid=kid,
        sign=recorder.sign,
        decoys=2,
    )


def _status(recorder: Recorder, kid: str) -> None:
    terms = Terms(f"{ISSUER}/status", NOW, NOW + DAY_S, 3600)
    make_token([7], number=0, terms=terms, kid=kid, sign=recorder.sign)


def _revocations(recorder: Recorder, kid: str) -> None:
    hashes = [f"{number:064x}" for number in range(4)]
    deltas = (SignedDelta(hashes[1], hashes[2], 9), SignedDelta(hashes[3], hashes[2], 10))
    said = RevocationsToken(f"{ISSUER}/status/revocations", NOW, NOW + DAY_S, 3600, 131, hashes[0], 1_390_000, deltas)
    make_revocations_token(said, kid=kid, sign=recorder.sign)


def _metadata(recorder: Recorder, role: str) -> None:
    signer, ends = RoleSigner(recorder), NOW + DAY_S
    keys, thresholds = {each: [signer.public_key] for each in ROLES}, dict.fromkeys(ROLES, 1)
    root = repository.make_root(keys, thresholds, version=1, expires=ends, env="test")
    targets = repository.make_targets(DOCUMENTS, version=1, expires=ends)
    snapshot = repository.make_snapshot(repository.sign(targets, []), version=1, expires=ends)
    raw = repository.sign(snapshot, [])
    timestamp = repository.make_timestamp(raw, version=1, expires=ends, signed_at=NOW, root=root)
    made = {"root": root, "targets": targets, "snapshot": snapshot, "timestamp": timestamp}
    repository.sign(made[role], [signer])


MAKE: dict[str, Callable[[Recorder, str], None]] = {
    "pass": _pass,
    "credential": _credential,
    "status": _status,
    REVOCATIONS: _revocations,
}
