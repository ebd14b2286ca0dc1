"""Lets our signers sign TUF metadata: the same key URIs, in the form that securesystemslib expects."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from securesystemslib.signer import Key, SecretsHandler, Signature, SSlibKey
from securesystemslib.signer import Signer as MetadataSigner

from amate.signing.signer import Signer, open_signer, sign_verified


def metadata_key(public_key: EllipticCurvePublicKey) -> SSlibKey:
    """The public key as TUF metadata names it: keyid = SHA-256 over its canonical JSON."""
    return SSlibKey.from_crypto(public_key)


class RoleSigner(MetadataSigner):
    """Signs metadata with a key of ours, wherever that lives.

    securesystemslib's own CryptoSigner wants the private key itself, which never leaves `amate.signing`.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._key = metadata_key(signer.public_key)

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> RoleSigner:
        """The signer of one of our URIs; the handler, if any, names the passphrase's file."""
        passphrase_file = Path(secrets_handler("passphrase file")) if secrets_handler else None
        signer = cls(open_signer(priv_key_uri, passphrase_file))
        if signer.public_key.keyid != public_key.keyid:
            raise ValueError(f"{priv_key_uri} is another key than {public_key.keyid}")
        return signer

    @property
    def public_key(self) -> SSlibKey:
        """The public half."""
        return self._key

    def sign(self, payload: bytes) -> Signature:
        """Hex DER, as TUF metadata carries ECDSA signatures."""
        raw = sign_verified(self._signer, payload, self._signer.public_key)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        return Signature(self._key.keyid, der.hex())
