"""A key is named by a URI; its scheme says where it lives, so callers never know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.core import cose
from amate.errors import Malformed, Unavailable
from amate.signing.file import FileSigner


class Signer(Protocol):
    """One ES256 key that signs."""

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s (64 bytes) over SHA-256 of `message`; nobody has verified it yet: see sign_verified()."""


SCHEMES: dict[str, Callable[[str, Path | None], Signer]] = {"file": FileSigner.open}


def sign_verified(signer: Signer, message: bytes, public_key: EllipticCurvePublicKey) -> bytes:
    """Raw r‖s (64 bytes) that holds; one that does not is thrown away (row A16).

    public_key: the one that verifiers know, so that a signer of another key is found out as well as a faulty one
    Raises:     Unavailable("signature-corrupted")
    """
    signature = signer.sign(message)
    if not cose.verify_raw(signature, message, public_key):
        raise Unavailable("signature-corrupted", "The signature does not hold, so it was thrown away.")
    return signature


def open_signer(uri: str, passphrase_file: Path | None = None) -> Signer:
    """The signer that `uri` names.

    Raises: Malformed("unknown-key-scheme"), Unavailable("key-unavailable")
    """
    scheme, _, location = uri.partition(":")
    opener = SCHEMES.get(scheme)
    if opener is None or not location:
        raise Malformed("unknown-key-scheme", f"no signer for {scheme!r}: known are {', '.join(SCHEMES)}")
    try:
        return opener(location, passphrase_file)
    except OSError as error:
        raise Unavailable("key-unavailable", f"{uri}: {error.strerror or error}") from error
