"""Test keys, test instants and the JSON form of cases. The keys are made from their names and protect nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from amate.core import cose, encoding, trust

Case = dict[str, Any]
PrivateKey = ec.EllipticCurvePrivateKey

NOW = trust.seconds_from_iso("2026-06-15T18:00:00Z")
DAY = 86_400
_DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)  # RFC 6979


def made_key(name: str) -> PrivateKey:
    """The TEST key of this name."""
    digest = hashlib.sha256(f"amate TEST key {name}".encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest, "big") % (cose.ORDER - 1) + 1, ec.SECP256R1())


def made_bytes(name: str, size: int = 32) -> bytes:
    """Bytes that look random and are not."""
    return hashlib.shake_256(f"amate TEST bytes {name}".encode()).digest(size)


def signer(key: PrivateKey) -> Callable[[bytes], bytes]:
    """A signing function with deterministic nonces: to-be-signed bytes → raw r‖s."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, _DETERMINISTIC))
        return raw_signature(r, s)

    return sign


def raw_signature(r: int, s: int) -> bytes:
    """r‖s, 32 bytes each."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def jwk(key: PrivateKey) -> dict[str, str]:
    """The public JWK."""
    numbers = key.public_key().public_numbers()
    x, y = (encoding.base64url_encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def kid(key: PrivateKey) -> str:
    """The full thumbprint."""
    return encoding.base64url_encode(trust.thumbprint(jwk(key)))


def kid8(key: PrivateKey) -> bytes:
    """The first 8 bytes of the thumbprint."""
    return trust.thumbprint(jwk(key))[:8]


def json_form(value: Any) -> Any:
    """A CBOR value as JSON: bytes become {"bytes": hex}, maps {"map": [[key, value], …]}."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {"map": [[key, json_form(member)] for key, member in value.items()]}
    if isinstance(value, (list, tuple)):
        return [json_form(member) for member in value]
    return value


def from_json_form(value: Any) -> Any:
    """The CBOR value behind its JSON form."""
    if isinstance(value, dict):
        if "bytes" in value:
            return bytes.fromhex(value["bytes"])
        return {key: from_json_form(member) for key, member in value["map"]}
    return [from_json_form(member) for member in value] if isinstance(value, list) else value


def diagnostic(value: Any) -> str:
    """CBOR diagnostic notation (RFC 8949 §8) of a decoded value."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{diagnostic(k)}: {diagnostic(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(diagnostic(member) for member in value) + "]"
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value]
    return f'"{value}"' if isinstance(value, str) else str(value)


def case(
    name: str,
    call: str,
    given: dict[str, Any],
    *,
    expect: str = "valid",
    output: Any = None,
    comment: str = "",
    now: int | None = None,
) -> Case:
    """One case, in the order of its members on paper."""
    made: Case = {"id": name, "comment": comment, "call": call}
    if now is not None:
        made["now"] = now
    made |= {"input": given, "expect": expect}
    if expect == "valid" or output is not None:
        made["output"] = output
    return made
