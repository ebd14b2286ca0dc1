"""`file:` keys: P-256 in PKCS#8, encrypted at rest under a passphrase by scrypt and AES-256.

Source: RFC 5208, RFC 8018 §6.2 (PBES2), RFC 7914 §7 (scrypt in PKCS#8). `cryptography` reads scrypt but writes only
PBKDF2, with 2,048 rounds; so pycryptodomex writes. Files of either kind open. A line before the block may say
for which environment the key was made (RFC 7468 §2: text for people, which programs pass over).
"""

from __future__ import annotations

import fcntl
import os
import re
from errno import EEXIST
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from amate.errors import Conflict, Malformed, Unavailable
from amate.signing.passphrase import choose_passphrase, unlock
from amate.signing.stamp import Stamp, stamp_of

ES256: Final = ec.ECDSA(SHA256())
_EC_KEY: Final = "1.2.840.10045.2.1"  # id-ecPublicKey, RFC 5480 §2.1.1
_P256: Final = "1.2.840.10045.3.1.7"  # secp256r1
_NAME: Final = "ENCRYPTED PRIVATE KEY"
_SOURCE: Final = "passphrase-source"
_MOST: Final = 2**20  # bytes, more than any key file has
_SAYS: Final = b"Made by Amate for the environment "
_SAID: Final = re.compile(rb"^" + _SAYS + rb"([a-z]+)\r?$", re.MULTILINE)
_BEGIN, _END = (f"-----{word} {_NAME}-----".encode() for word in ("BEGIN", "END"))


class Cost(NamedTuple):
    """What one guess at a passphrase costs: scrypt's N and p; r is 8, so N takes N KiB of memory."""

    n: int
    p: int


# OWASP's password storage sheet holds this equal to N=2^17, p=1; more than 32 MB, and the openssl command would refuse.
FOR_PEOPLE: Final = Cost(2**14, 5)
FOR_MACHINES: Final = Cost(2**10, 1)  # a passphrase of 32 random bytes cannot be guessed at any speed


class FileSigner:
    """Signs with a key that was read from an encrypted file."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._public = key.public_key()

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s over SHA-256 of `message`."""
        r, s = decode_dss_signature(self._key.sign(message, ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def open_key(location: str, passphrase_file: Path | None) -> FileSigner:
    """The key at `location`, a path; behind it may stand in which file its own passphrase is.

    Raises: Malformed: bad-key-uri, wrong-passphrase, wrong-key-type; Unavailable("no-passphrase"), OSError
    """
    path, passphrase_file = _parsed(location, passphrase_file)
    name, pem = path.name, path.read_bytes()

    def attempt(passphrase: bytes) -> PrivateKeyTypes:
        try:
            return load_pem_private_key(pem, password=passphrase)
        except (ValueError, TypeError) as error:
            raise Malformed("wrong-passphrase", f"{name} does not open") from error

    key = unlock(name, passphrase_file, attempt)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Malformed("wrong-key-type", f"{name} is not a P-256 key")
    return FileSigner(key)


def look(location: str) -> None:
    """None: the public half is under the passphrase, too. What is no whole key file is told.

    Raises: Unavailable("key-unavailable"), OSError
    """
    path, _ = _parsed(location, None)
    _, begins, rest = path.read_bytes().partition(_BEGIN)
    if not begins or _END not in rest:
        raise Unavailable("key-unavailable", f"{path.name} is no whole key file")


def made_for(location: str) -> str | None:
    """For which environment the key at `location` says it was made; None where the file says nothing.

    Raises: Malformed("bad-key-uri"), OSError
    """
    path, _ = _parsed(location, None)
    with path.open("rb") as file:
        said = _SAID.search(file.read(_MOST).partition(_BEGIN)[0])
    return None if said is None else said[1].decode()


def is_a_demos(location: str) -> bool:
    """Whether the key lies where a demo keeps its own: in secrets/keys, beside its passphrase or list of keys.

    Raises: Malformed("bad-key-uri"), OSError
    """
    path, _ = _parsed(location, None)
    folders = {*path.absolute().parents, *path.resolve().parents}
    homes = (each.parent for each in folders if (each.parent.name, each.name) == ("secrets", "keys"))
    return any((home / name).exists() for home in homes for name in ("passphrase", "signers.json"))


def stamp(location: str) -> Stamp | None:
    """What another file in the key's place would change."""
    return stamp_of(_parsed(location, None)[0])


def make_key(location: str, passphrase_file: Path | None, env: str | None = None) -> ec.EllipticCurvePublicKey:
    """Make a new key at `location`, as of open_key(), under a passphrase that a person may have chosen.

    env:    for which environment, as the file will say; None says nothing
    Raises: Malformed("bad-key-uri"), Conflict("key-exists"), Unavailable("key-unavailable") without its folder, what
            choose_passphrase() raises, OSError
    """
    path, passphrase_file = _parsed(location, passphrase_file)
    if not path.parent.is_dir():  # a drive that is not there, or a slip of the pen
        said = f"there is no folder {path.parent}: mend the path, or make it with `mkdir -p -m 700 {path.parent}`"
        raise Unavailable("key-unavailable", f"file:{path}: {said}")
    try:
        return create_key(path, passphrase_file, cost=FOR_PEOPLE, env=env)
    except FileExistsError as error:
        raise Conflict("key-exists", f"{path.name} is there already") from error


def create_key(
    path: Path, passphrase_file: Path | None, *, cost: Cost = FOR_PEOPLE, env: str | None = None
) -> ec.EllipticCurvePublicKey:
    """Make a new key at `path` (mode 0600, encrypted), also where a run that was cut off left half of one.

    env:    as of make_key()
    Raises: FileExistsError for anything else that is there, or when somebody makes a key there now; OSError
    """
    if path.exists() and not _is_half(path.read_bytes()):  # before anybody thinks of a passphrase for it
        raise FileExistsError(EEXIST, "there is a file already", str(path))
    key = ec.generate_private_key(ec.SECP256R1())
    said = b"" if env is None else _SAYS + env.encode() + b"\n"
    pem = said + _encrypted(key, choose_passphrase(path.name, passphrase_file), cost)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b") as file:
        _claim(file)
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return key.public_key()


def _parsed(location: str, passphrase_file: Path | None) -> tuple[Path, Path | None]:
    """Where the key is, and where its passphrase: PATH, or PATH?passphrase-source=file:/PATH."""
    path, has_query, query = location.partition("?")
    if not has_query:
        return Path(path), passphrase_file
    name, _, source = query.partition("=")
    if name != _SOURCE:
        raise Malformed("bad-key-uri", f"file: unknown attribute {name!r}: known is {_SOURCE}")
    if f"&{_SOURCE}=" in source:
        raise Malformed("bad-key-uri", f"file: {_SOURCE} stands twice")
    if not source.startswith("file:"):
        raise Malformed("bad-key-uri", f"file: {_SOURCE} is a file: address")
    where = Path(source.removeprefix("file:").removeprefix("//"))
    if not where.is_absolute() or ".." in where.parts:
        raise Malformed("bad-key-uri", f"file: {_SOURCE} is not an absolute path")
    return Path(path), where


def _claim(file: BinaryIO) -> None:
    """The file is empty and ours alone; the lock goes with the process, so that nobody need tidy up after it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FileExistsError from error
    if not _is_half(file.read(_MOST)):
        raise FileExistsError
    file.seek(0)
    file.truncate()
    os.fchmod(file.fileno(), 0o600)


def _is_half(content: bytes) -> bool:
    """Whether this is the beginning of a key file and not its end, which opens for nobody; or nothing at all."""
    written = content.rstrip(b"\0")  # as a power cut may leave what was not synchronised yet
    if _SAYS.startswith(written):
        return True
    if written.startswith(_SAYS):
        env, has_end, written = written.removeprefix(_SAYS).partition(b"\n")
        if env and not env.isalpha():
            return False
        if not has_end:
            return True
    return _BEGIN.startswith(written) or (written.startswith(_BEGIN) and _END not in written)


def _sync_folder(folder: Path) -> None:
    """The file is still there after a power cut: somebody is about to be told of its public half."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encrypted(key: ec.EllipticCurvePrivateKey, passphrase: bytes, cost: Cost) -> bytes:
    from Cryptodome.IO import PEM, PKCS8
    from Cryptodome.Util.asn1 import DerObjectId

    der = PKCS8.wrap(
        key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        _EC_KEY,
        passphrase,
        "scryptAndAES256-CBC",
        {"iteration_count": cost.n, "block_size": 8, "parallelization": cost.p, "salt_size": 16},
        DerObjectId(_P256),
    )
    return PEM.encode(der, _NAME).encode()
