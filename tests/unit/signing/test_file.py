"""Key files: scrypt at rest, older ones still open, and nobody else's ever do."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest
from Cryptodome.Protocol.KDF import scrypt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from amate.errors import AmateError, Conflict, Malformed, Unavailable
from amate.signing import file
from amate.signing.file import FOR_MACHINES, create_key
from amate.signing.signer import foreign_to, look_at, make_key, open_signer, sign_verified
from tests.conftest import scrypt_of_openssl

WORD = "only for tests"
LABEL = "-----BEGIN ENCRYPTED PRIV" + "ATE KEY-----"


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{WORD}\n")
    return path


def openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True, timeout=30).stdout


def pem_of(key: ec.EllipticCurvePrivateKey, word: str) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(word.encode()))


def test_a_key_file_is_pkcs8_under_scrypt_and_aes_256(tmp_path: Path, passphrase: Path) -> None:
    (tmp_path / "keys").mkdir(0o700)
    path = tmp_path / "keys" / "key.pem"
    public_key = make_key(f"file:{path}", passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    structure = openssl("asn1parse", "-in", str(path))
    assert ":PBES2" in structure
    assert ":scrypt" in structure
    assert ":aes-256-cbc" in structure
    assert [line.rsplit(":", 1)[1] for line in structure.splitlines() if "INTEGER" in line] == ["4000", "08", "05"]
    openssl("pkey", "-in", str(path), "-passin", f"file:{passphrase}", "-noout")  # any tool opens it
    sign_verified(open_signer(f"file:{path}", passphrase), b"message", public_key)


def test_the_scrypt_that_the_tests_take_is_the_librarys() -> None:
    """What writes key files outside of the tests (tests/conftest.py), at both of the costs that it writes with."""
    for cost in (FOR_MACHINES, file.FOR_PEOPLE):
        asked = (b"only for tests", bytes(range(16)), 32, cost.n, 8, cost.p)
        assert scrypt(*asked) == scrypt_of_openssl(*asked)


def test_the_line_that_says_for_which_environment_is_in_no_programs_way(tmp_path: Path, passphrase: Path) -> None:
    """RFC 7468 §2: what stands before the block is text for people."""
    path = tmp_path / "key.pem"
    public_key = make_key(f"file:{path}", passphrase, env="staging")
    assert path.read_text().splitlines()[:2] == ["Made by Amate for the environment staging", LABEL]
    openssl("pkey", "-in", str(path), "-passin", f"file:{passphrase}", "-noout")
    sign_verified(open_signer(f"file:{path}", passphrase), b"message", public_key)
    assert look_at(f"file:{path}") is None
    assert foreign_to(f"file:{path}", "staging") is None
    assert foreign_to(f"file:{path}?passphrase-source=file:{passphrase}", "production") == "staging"
    path.write_text("Ana's, of the blue envelope\r\n" + path.read_text().replace("\n", "\r\n"))
    assert foreign_to(f"file:{path}", "production") == "staging", "also where somebody wrote more above"


def test_a_key_file_of_before_scrypt_still_opens(tmp_path: Path, passphrase: Path) -> None:
    key, path = ec.generate_private_key(ec.SECP256R1()), tmp_path / "old.pem"
    path.write_bytes(pem_of(key, WORD))
    assert ":PBKDF2" in openssl("asn1parse", "-in", str(path))
    sign_verified(open_signer(f"file:{path}", passphrase), b"message", key.public_key())


def test_a_key_file_is_never_replaced(tmp_path: Path, passphrase: Path) -> None:
    make_key(f"file:{tmp_path}/key.pem", passphrase)
    before = (tmp_path / "key.pem").read_bytes()
    with pytest.raises(Conflict):
        make_key(f"file:{tmp_path}/key.pem", passphrase)
    assert (tmp_path / "key.pem").read_bytes() == before


def test_a_key_file_is_looked_at_where_its_uri_says_and_not_under_its_attributes(
    tmp_path: Path, passphrase: Path
) -> None:
    uri = f"file:{tmp_path / 'key.pem'}"
    make_key(uri, passphrase)
    assert look_at(uri) is None
    assert look_at(f"{uri}?passphrase-source=file:{passphrase}") is None
    with pytest.raises((Unavailable, OSError)):
        look_at(f"file:{tmp_path / 'none.pem'}?passphrase-source=file:{passphrase}")


@pytest.mark.parametrize("env", [None, "staging"])
def test_half_a_key_file_is_in_nobodys_way(tmp_path: Path, passphrase: Path, env: str | None) -> None:
    """What a run that was cut off, or a power cut, can leave."""
    make_key(f"file:{tmp_path}/whole.pem", passphrase, env=env)
    whole, path = (tmp_path / "whole.pem").read_bytes(), tmp_path / "half.pem"
    for half in (whole[:length] for length in range(0, len(whole) - 25, 16)):
        for left in (half, half + bytes(len(whole) - len(half))):
            path.write_bytes(left)
            public_key = create_key(path, passphrase, cost=FOR_MACHINES)
            sign_verified(open_signer(f"file:{path}", passphrase), b"message", public_key)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN CERTIFICATE-----",
        b"a",
        b"\0a",
        b"-----BEGIN ENCRYPTED PRIVATE KEX",
        b"Made by Amate for the environment demo\n-----BEGIN CERTIFICATE-----",
        b"Made by Amate for the environment demo, and mind the rest",
        b"Made by somebody",
    ],
)
def test_what_is_no_half_of_a_key_is_never_written_over(tmp_path: Path, passphrase: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(Conflict):
        make_key(f"file:{path}", passphrase)
    assert path.read_bytes() == content


def test_a_key_is_not_made_where_somebody_makes_one_or_a_link_leads_elsewhere(tmp_path: Path, passphrase: Path) -> None:
    path = tmp_path / "key.pem"
    with path.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Conflict):
            make_key(f"file:{path}", passphrase)
    (tmp_path / "link.pem").symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(Unavailable):
        make_key(f"file:{tmp_path}/link.pem", passphrase)
    assert not (tmp_path / "elsewhere.pem").exists()


@pytest.mark.parametrize(
    ("pem", "slug"),
    [
        (pem_of(ec.generate_private_key(ec.SECP256R1()), "another"), "wrong-passphrase"),
        (pem_of(ec.generate_private_key(ec.SECP384R1()), WORD), "wrong-key-type"),
        (b"no key", "wrong-passphrase"),
    ],
)
def test_what_is_no_key_of_ours_does_not_open(tmp_path: Path, passphrase: Path, pem: bytes, slug: str) -> None:
    (tmp_path / "key.pem").write_bytes(pem)
    with pytest.raises(Malformed) as refused:
        open_signer(f"file:{tmp_path}/key.pem", passphrase)
    assert refused.value.slug == slug


def test_a_key_in_clear_is_refused(tmp_path: Path, passphrase: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Malformed):
        open_signer(f"file:{tmp_path}/key.pem", passphrase)


@pytest.mark.parametrize("uri", ["file:", "nowhere:key", "signer:x", "File:x", "../file:x", "key", ":x", ""])
def test_an_unknown_scheme_is_told(uri: str) -> None:
    with pytest.raises(Malformed) as refused:
        open_signer(uri)
    assert refused.value.slug == "unknown-key-scheme"


def test_a_file_that_is_not_there_is_told(tmp_path: Path, passphrase: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        open_signer(f"file:{tmp_path}/none.pem", passphrase)
    assert refused.value.slug == "key-unavailable"


def test_another_kind_of_key_store_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.py").write_text(
        "from cryptography.hazmat.primitives.asymmetric import ec\n"
        "from amate.signing.file import FileSigner\n"
        "kept = {}\n"
        "def make_key(location, passphrase_file):\n"
        "    kept[location] = ec.generate_private_key(ec.SECP256R1())\n"
        "    return kept[location].public_key()\n"
        "def open_key(location, passphrase_file):\n"
        "    return FileSigner(kept[location])\n"
    )
    import amate.signing

    monkeypatch.setattr(amate.signing, "__path__", [*amate.signing.__path__, str(tmp_path)])
    public_key = make_key("memory:projects/1/keys/2")
    sign_verified(open_signer("memory:projects/1/keys/2"), b"message", public_key)


def test_a_demos_keys_cost_little_because_nobody_chose_their_passphrase(tmp_path: Path, passphrase: Path) -> None:
    path = tmp_path / "key.pem"
    file.create_key(path, passphrase, cost=FOR_MACHINES)
    assert ":0400" in openssl("asn1parse", "-in", str(path))


def test_no_error_says_the_passphrase(tmp_path: Path, passphrase: Path) -> None:
    (tmp_path / "key.pem").write_bytes(pem_of(ec.generate_private_key(ec.SECP256R1()), "another"))
    with pytest.raises(AmateError) as refused:
        open_signer(f"file:{tmp_path}/key.pem", passphrase)
    assert WORD not in repr(refused.value) + repr(refused.value.__cause__)
