"""A counter in software: signs receipts in a chain and seals them to the centre, and bends any of it on the way."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from amate.core.encoding import base64url_encode
from amate.core.receipt import Receipt, Seen, digest_of, sign_receipt
from amate.core.trust import thumbprint
from amate.signing.centre import agreed_key, point_of
from tests.conftest import NOW
from tests.soft_jwt import jwk_of, new_key, raw_signature

ADDRESS = "/api/v1/verifications/receipts"
CLUES = "HGIMB000011"
Json = dict[str, Any]


def seal(raw: bytes, centre: Json, **more: Any) -> str:
    """A JWE to the centre's key, as `jose` makes it in the PWA; with `more` in its header, as nobody should."""
    mine = new_key()
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": centre["kid"], "epk": jwk_of(mine), **more}
    protected = base64url_encode(json.dumps(header).encode())
    agreed = mine.exchange(ec.ECDH(), point_of(centre["x"], centre["y"]))
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(agreed_key(agreed)).encrypt(nonce, raw, protected.encode())
    parts = (nonce, sealed[:-16], sealed[-16:])
    return ".".join((protected, "", *(base64url_encode(part) for part in parts)))


@dataclass
class SoftCounter:
    """One device of a reception; `raw` is its chain, oldest first."""

    client: FlaskClient
    headers: dict[str, str]
    clinic: str | None = CLUES
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    raw: list[bytes] = field(default_factory=list)

    @property
    def centre(self) -> Json:
        answer = self.client.get("/api/v1/sealing-keys", headers=self.headers).json
        assert answer is not None
        found: Json = answer["receipts_key"]
        return found

    def scan(self, seen: Seen | None = None, *, verdict: str = "valid", at: int = NOW, **changes: Any) -> bytes:
        """The next receipt of the chain; `changes` bend it."""
        made = Receipt(
            device=thumbprint(jwk_of(self.key)),
            number=len(self.raw) + 1,
            previous=digest_of(self.raw[-1]) if self.raw else None,
            device_at=at + 7,
            skew_s=7,
            clinic=self.clinic,
            verdict=verdict,
            reason=None,
            service=None,
            seen=seen,
        )
        raw = sign_receipt(made._replace(**changes), partial(raw_signature, self.key))
        self.raw.append(raw)
        return raw

    def sealed(self, raw: bytes, **changes: str) -> Json:
        return {"id": digest_of(raw).hex(), "receipt": seal(raw, self.centre), **changes}

    def send(self, *receipts: bytes | Json, headers: dict[str, str] | None = None) -> TestResponse:
        listed = [self.sealed(each) if isinstance(each, bytes) else each for each in receipts]
        jwk = jwk_of(self.key)
        body = {"sealed": {"device": {"x": jwk["x"], "y": jwk["y"]}, "receipts": listed}}
        return self.client.post(ADDRESS, json=body, headers=headers or self.headers)

    def states(self, *receipts: bytes | Json, headers: dict[str, str] | None = None) -> list[tuple[str, str | None]]:
        """State and reason of each receipt that was sent."""
        answer = self.send(*receipts, headers=headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert answer.json is not None
        return [(each["state"], each.get("why")) for each in answer.json["receipts"]]
