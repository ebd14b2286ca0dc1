"""An authenticator in software: makes what navigator.credentials would, and whatever an attacker would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from amate.core.encoding import base64url_decode, base64url_encode

ORIGIN = "http://localhost:8000"
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class SoftPasskey:
    """One passkey; `flags` and `client_data` are what a test bends."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: bytes = b""
    rp_id: str = "localhost"
    counter: int = 0

    def create(self, options: dict[str, Any], *, flags: int = UP | UV, **client_data: object) -> dict[str, Any]:
        self.user_handle = base64url_decode(options["user"]["id"])
        data = _client_data("webauthn.create", options["challenge"], client_data)
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        auth_data = self._auth_data(flags | AT) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": auth_data})
        return self._credential(
            {"clientDataJSON": base64url_encode(data), "attestationObject": base64url_encode(attestation)}
        )

    def get(
        self,
        options: dict[str, Any],
        *,
        flags: int = UP | UV,
        user_handle: bytes | None = None,
        **client_data: object,
    ) -> dict[str, Any]:
        data = _client_data("webauthn.get", options["challenge"], client_data)
        auth_data = self._auth_data(flags)
        signature = self.key.sign(auth_data + hashlib.sha256(data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": base64url_encode(data),
            "authenticatorData": base64url_encode(auth_data),
            "signature": base64url_encode(signature),
        }
        handle = self.user_handle if user_handle is None else user_handle
        return self._credential(response | ({"userHandle": base64url_encode(handle)} if handle else {}))

    def _auth_data(self, flags: int) -> bytes:
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + bytes((flags,)) + self.counter.to_bytes(4, "big")

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = base64url_encode(self.id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }


def _client_data(kind: str, challenge: str, bent: dict[str, object]) -> bytes:
    data = {"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": False} | bent
    return json.dumps(data, separators=(",", ":")).encode()
