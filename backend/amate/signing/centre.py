"""The centre's key: what counters write off line is sealed to it at once, and opened where it arrives.

Sealed is a JWE in compact form, ECDH-ES with A256GCM and nothing else; the private scalar is kept wrapped as sealing
keys are (signing/sealing.py).

Source: RFC 7516 §5.2, §7.1 (JWE), RFC 7518 §4.6 and appendix C (ECDH-ES), §5.3 (AES-GCM)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from amate.core import cose
from amate.core.cose import COORDINATE_BYTES, ORDER, PublicKey
from amate.core.encoding import JsonValue, base64url_decode, strict_json
from amate.errors import Malformed

CHANCE_BYTES: Final = 48  # 128 bits more than the order: the remainder is as good as even (FIPS 186-5, A.2.1)
MAX_SEALED: Final = 2000
_CURVE: Final = ec.SECP256R1()
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_HEADER: Final = frozenset(("alg", "enc", "kid", "epk"))
_EPK: Final = frozenset(("kty", "crv", "x", "y"))


def secret_from(chance: bytes) -> bytes:
    """A private scalar (32 bytes) from 48 unpredictable bytes."""
    return (int.from_bytes(chance, "big") % (ORDER - 1) + 1).to_bytes(COORDINATE_BYTES, "big")


def public_key_of(secret: bytes) -> PublicKey:
    """The public half of a private scalar."""
    return _private(secret).public_key()


def kid_in(sealed: str) -> str:
    """The kid of the key to which a text says that it is sealed.

    Raises: Malformed for a text that is no JWE of this kind
    """
    return _parts(sealed)[1]


def open_sealed(sealed: str, secret: bytes) -> bytes:
    """What was sealed to the key of this private scalar.

    Raises: Malformed for what is spelled otherwise, or was not sealed to it
    """
    protected, _, peer, nonce, ciphertext = _parts(sealed)
    agreed = _private(secret).exchange(ec.ECDH(), peer)
    try:
        return AESGCM(agreed_key(agreed)).decrypt(nonce, ciphertext, protected.encode())
    except InvalidTag:
        raise Malformed("malformed", "not sealed to this key") from None


def agreed_key(
    shared: bytes, *, algorithm: str = "A256GCM", size_bytes: int = 32, party_u: bytes = b"", party_v: bytes = b""
) -> bytes:
    """The content key from an ECDH secret (RFC 7518 §4.6.2)."""
    named = b"".join(len(part).to_bytes(4, "big") + part for part in (algorithm.encode(), party_u, party_v))
    info = named + (8 * size_bytes).to_bytes(4, "big")
    return ConcatKDFHash(SHA256(), size_bytes, info).derive(shared)


def _parts(sealed: str) -> tuple[str, str, PublicKey, bytes, bytes]:
    """Protected header as spelled, kid, ephemeral key, nonce, and ciphertext with its tag."""
    parts = sealed.split(".")
    if len(sealed) > MAX_SEALED or len(parts) != 5 or parts[1]:
        raise Malformed("malformed", "not a JWE whose key was agreed on")
    kid, peer = _header_of(strict_json(base64url_decode(parts[0])))
    nonce, ciphertext, tag = (base64url_decode(part) for part in parts[2:])
    if len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
        raise Malformed("malformed", "nonce or tag of another length")
    return parts[0], kid, peer, nonce, ciphertext + tag


def _header_of(header: JsonValue) -> tuple[str, PublicKey]:
    if not isinstance(header, dict) or header.keys() != _HEADER:
        raise Malformed("malformed", "not the header of a sealed receipt")
    kid, epk = header["kid"], header["epk"]
    if (header["alg"], header["enc"]) != ("ECDH-ES", "A256GCM") or not isinstance(kid, str):
        raise Malformed("malformed", "another algorithm")
    if not isinstance(epk, dict) or epk.keys() != _EPK or (epk["kty"], epk["crv"]) != ("EC", "P-256"):
        raise Malformed("malformed", "not an ephemeral key on P-256")
    return kid, point_of(epk["x"], epk["y"])


def point_of(x: JsonValue, y: JsonValue) -> PublicKey:
    """The P-256 key of a JWK's two coordinates.

    Raises: Malformed for what is no point of the curve, in its one spelling
    """
    halves = [base64url_decode(half) if isinstance(half, str) else b"" for half in (x, y)]
    return cose.key_from_point(*halves)


@lru_cache(maxsize=16)
def _private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret, "big"), _CURVE)
