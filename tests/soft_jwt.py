"""JWTs as wallets make them, and as attackers do: any header, any claims, any spelling."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from amate.core.encoding import base64url_encode

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Json = dict[str, Any]


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def jwk_of(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    x, y = (base64url_encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def raw_signature(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def segment(value: Json | str | bytes) -> str:
    if isinstance(value, dict):
        value = json.dumps(value, separators=(",", ":"))
    return base64url_encode(value.encode() if isinstance(value, str) else value)


def jwt(key: ec.EllipticCurvePrivateKey, header: Json | str, claims: Json | str) -> str:
    """A compact JWS; header and claims may be given as JSON text, however odd."""
    message = f"{segment(header)}.{segment(claims)}"
    return f"{message}.{base64url_encode(raw_signature(key, message.encode()))}"
