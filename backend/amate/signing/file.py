"""`file:` keys: P-256 in PKCS#8, encrypted at rest with a passphrase that is read from a file."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from amate.errors import Malformed, Unavailable

ES256 = ec.ECDSA(SHA256())


class FileSigner:
    """Signs with a key that was read from an encrypted file."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._public = key.public_key()

    @classmethod
    def open(cls, location: str, passphrase_file: Path | None) -> FileSigner:
        """The key at path `location`.

        Raises: Malformed("wrong-passphrase"), OSError
        """
        pem = Path(location).read_bytes()
        try:
            key = load_pem_private_key(pem, password=read_passphrase(passphrase_file))
        except (ValueError, TypeError) as error:
            raise Malformed("wrong-passphrase", f"{Path(location).name} does not open") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Malformed("wrong-key-type", f"{Path(location).name} is not a P-256 key")
        return cls(key)

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s over SHA-256 of `message`."""
        r, s = decode_dss_signature(self._key.sign(message, ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def create_key(path: Path, passphrase_file: Path | None) -> ec.EllipticCurvePublicKey:
    """Make a new key at `path` (mode 0600, encrypted); refuses to replace one that is there."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(read_passphrase(passphrase_file))
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key.public_key()


def read_passphrase(path: Path | None) -> bytes:
    """The passphrase in `path`, without its line end.

    Raises: Unavailable("no-passphrase") if no file is named or it is empty
    """
    passphrase = path.read_bytes().strip() if path is not None else b""
    if not passphrase:
        raise Unavailable("no-passphrase", "name a file with AMATE_PASSPHRASE_FILE")
    return passphrase
