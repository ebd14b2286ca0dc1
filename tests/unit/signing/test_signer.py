"""What leaves a signer holds, with the key that verifiers know."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from amate.core import cose
from amate.errors import Malformed, Unavailable
from amate.signing import file, sealing
from amate.signing.repository import RoleSigner
from amate.signing.signer import open_signer, sign_verified
from tests.soft_jwt import new_key, raw_signature


class Faulty:
    """A signer whose last bit flips."""

    def __init__(self) -> None:
        self._key = new_key()

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._key.public_key()

    def sign(self, message: bytes) -> bytes:
        good = raw_signature(self._key, message)
        return good[:-1] + bytes((good[-1] ^ 1,))


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("only for tests")
    return path


def test_what_a_key_file_signs_holds(tmp_path: Path, passphrase: Path) -> None:
    public_key = file.create_key(tmp_path / "key.pem", passphrase)
    signature = sign_verified(open_signer(f"file:{tmp_path / 'key.pem'}", passphrase), b"message", public_key)
    assert cose.verify_raw(signature, b"message", public_key)


def test_a16_a_faulty_signature_never_leaves() -> None:
    signer = Faulty()
    with pytest.raises(Unavailable) as refused:
        sign_verified(signer, b"message", signer.public_key)
    assert refused.value.slug == "signature-corrupted"
    with pytest.raises(Unavailable):
        RoleSigner(signer).sign(b"metadata")


def test_a_signer_of_another_key_than_the_published_one_is_found_out(tmp_path: Path, passphrase: Path) -> None:
    file.create_key(tmp_path / "key.pem", passphrase)
    signer = open_signer(f"file:{tmp_path / 'key.pem'}", passphrase)
    with pytest.raises(Unavailable) as refused:
        sign_verified(signer, b"message", new_key().public_key())
    assert refused.value.slug == "signature-corrupted"


def test_a_sealing_key_opens_with_its_passphrase_alone(tmp_path: Path, passphrase: Path) -> None:
    wrapped = sealing.wrap(b"k" * 32, salt_and_nonce=bytes(range(28)), passphrase_file=passphrase)
    other = tmp_path / "other"
    other.write_text("another")
    for _ in range(2):  # a refusal is not remembered as an answer, nor an answer given to another passphrase
        assert sealing.unwrap(wrapped, passphrase_file=passphrase) == b"k" * 32
        with pytest.raises(Malformed) as refused:
            sealing.unwrap(wrapped, passphrase_file=other)
        assert refused.value.slug == "wrong-passphrase"
