"""Sealing keys at rest: AES-256 keys, wrapped under a key that is derived from the passphrase."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from amate.errors import Malformed
from amate.signing.passphrase import choose_passphrase, unlock

KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
CHANCE_BYTES = SALT_BYTES + NONCE_BYTES
_LABEL = b"amate sealing key"
_NAME = "that seals identities on this server"
# OWASP's least cost for scrypt: 2^17 · 8 · 128 bytes = 128 MB would not fit beside many workers; 2^15 takes 32 MB.
_COST = 2**15


def wrap(key: bytes, *, salt_and_nonce: bytes, passphrase_file: Path | None) -> bytes:
    """The key as it may be stored: salt ‖ nonce ‖ ciphertext.

    key:            32 bytes
    salt_and_nonce: 28 unpredictable bytes, fresh for each key
    """
    return _wrapped(key, salt_and_nonce, choose_passphrase(_NAME, passphrase_file))


def rewrap(before: bytes, fresh: bytes, *, passphrase_file: Path | None) -> bytes:
    """A new key as it may be stored, under the passphrase that opens an earlier one.

    before: the earlier one, wrapped
    fresh:  32 unpredictable bytes, the key, and 28 more for its wrapping
    Raises: what unwrap() raises
    """
    key, salt_and_nonce = fresh[:KEY_BYTES], fresh[KEY_BYTES:]

    def attempt(passphrase: bytes) -> bytes:
        _open(before, passphrase)
        return _wrapped(key, salt_and_nonce, passphrase)

    return unlock(_NAME, passphrase_file, attempt)


@lru_cache(maxsize=64)  # scrypt is slow on purpose, and a wrapped key never changes
def unwrap(wrapped: bytes, *, passphrase_file: Path | None) -> bytes:
    """The 32-byte key inside.

    Raises: Malformed("wrong-passphrase"), Unavailable("no-passphrase")
    """
    return unlock(_NAME, passphrase_file, partial(_open, wrapped))


def _open(wrapped: bytes, passphrase: bytes) -> bytes:
    salt, nonce = wrapped[:SALT_BYTES], wrapped[SALT_BYTES:CHANCE_BYTES]
    try:
        return AESGCM(_wrapping_key(salt, passphrase)).decrypt(nonce, wrapped[CHANCE_BYTES:], _LABEL)
    except InvalidTag as error:
        raise Malformed("wrong-passphrase", "the sealing key does not open") from error


def _wrapped(key: bytes, salt_and_nonce: bytes, passphrase: bytes) -> bytes:
    salt, nonce = salt_and_nonce[:SALT_BYTES], salt_and_nonce[SALT_BYTES:]
    return salt_and_nonce + AESGCM(_wrapping_key(salt, passphrase)).encrypt(nonce, key, _LABEL)


def _wrapping_key(salt: bytes, passphrase: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_COST, r=8, p=1).derive(passphrase)
