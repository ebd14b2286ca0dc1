"""A key is named by a URI; its scheme says where it lives, so callers never know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.errors import Malformed, Unavailable
from amate.signing.file import FileSigner


class Signer(Protocol):
    """One ES256 key that signs."""

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s (64 bytes) over SHA-256 of `message`, verified with the public key before it is handed out."""


SCHEMES: dict[str, Callable[[str, Path | None], Signer]] = {"file": FileSigner.open}


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
