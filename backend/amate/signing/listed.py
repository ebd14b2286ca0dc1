"""The keys that `signers.json` lists: each signs only what it is for, whichever process opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.errors import Malformed, Refused, Unavailable
from amate.signing import allowed, payloads
from amate.signing.allowed import Allowed
from amate.signing.signer import SELF_TEST, Signer, check_made_for, open_signer, sign_verified, stamp_at
from amate.signing.stamp import Stamp, stamp_of

ANEW: Final = "`amate trust init` lists the keys of the database anew"


class _Open(NamedTuple):
    """A key that was opened, and its file's stamp from before."""

    signer: Signer
    stamp: Stamp | None


class ListedKeys:
    """Opens a listed key once, and signs with it.

    The list and the files of keys may be replaced meanwhile: at the next question the new ones are read, and what they
    do not say is refused. One that is taken away changes nothing, for keys stay open that are put away after the start;
    to stop a key, freeze it.

    listed_in: the file that says which key may sign what; what is not there lists nothing
    uses:      what is signed here; keys for anything else sign off line
    env:       the environment: a key that was made for another one is not opened
    """

    def __init__(self, listed_in: Path, *, uses: frozenset[str], passphrase_file: Path | None, env: str) -> None:
        self._listed_in, self._uses, self._passphrase_file, self._env = listed_in, uses, passphrase_file, env
        self._stamp: Stamp | None = None
        self._allowed: dict[str, Allowed] = {}
        self._open: dict[Allowed, _Open] = {}

    def uris(self) -> list[str]:
        """The keys that sign here.

        Raises: Malformed("bad-signers")
        """
        return [key.uri for key in self._keys().values() if key.use in self._uses]

    def signer(self, uri: str) -> Signer:
        """What signs with the key at `uri`, asking the list each time.

        Raises: as check()
        """
        self.check(uri)
        return _Listed(self, uri)

    def check(self, uri: str) -> Allowed:
        """What the key at `uri` may sign.

        Raises: Malformed("bad-signers"), Refused("key-not-listed"), Refused("signing-refused") for what signs off line
        """
        key = self._keys().get(uri)
        if key is None:
            raise Refused("key-not-listed", f"{self._listed_in} does not list {uri}, so it signs nothing: {ANEW}")
        if key.use not in self._uses:
            raise Refused("signing-refused", f"keys for {key.use} sign off line")
        return key

    def sign(self, uri: str, message: bytes) -> bytes:
        """Raw r‖s over SHA-256 of `message`.

        Raises: as check(); Refused("signing-refused") for a message that is not what the key is for;
                Unavailable("key-unavailable"), and what open_signer() raises
        """
        key = self.check(uri)
        try:
            payloads.check(message, key)
        except Refused as error:
            said = f"{error.detail}. {self._listed_in} lists {uri} for {key.use}: if that is wrong, move the list away"
            raise Refused(error.slug, f"{said}, and {ANEW}") from error
        return self._opened(key).sign(message)

    def public_key(self, uri: str) -> EllipticCurvePublicKey:
        """The public half.

        Raises: as check(), and what open_signer() raises
        """
        return self._opened(self.check(uri)).public_key

    def _keys(self) -> dict[str, Allowed]:
        """The list as it is now; one that cannot be read allows nothing until it is mended."""
        stamp = stamp_of(self._listed_in)
        if stamp not in (None, self._stamp):
            self._allowed = load(self._listed_in)
            self._stamp = stamp
            for key in set(self._open).difference(self._allowed.values()):
                self._open.pop(key, None)
        return self._allowed

    def _opened(self, key: Allowed) -> Signer:
        """The key's signer; opened anew when the file from which it was read is another one now."""
        stamp, kept = stamp_at(key.uri), self._open.get(key)
        if kept is None or stamp not in (None, kept.stamp):
            kept = self._open[key] = _Open(self._open_key(key), stamp)
        return kept.signer

    def _open_key(self, key: Allowed) -> Signer:
        check_made_for(key.uri, self._env)
        signer = open_signer(key.uri, self._passphrase_file)
        if allowed.kid_of(signer.public_key, key.use) != key.kid:
            raise Unavailable("key-unavailable", f"{key.uri} holds another key than {key.kid}")
        sign_verified(signer, SELF_TEST, signer.public_key)
        return signer


class _Listed(NamedTuple):
    """A listed key in this process."""

    keys: ListedKeys
    uri: str

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""
        return self.keys.public_key(self.uri)

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s over SHA-256 of `message`, when that is what the key is for."""
        return self.keys.sign(self.uri, message)


def load(path: Path) -> dict[str, Allowed]:
    """The keys that the file at `path` lists, by URI; none when it is not there.

    Raises: Malformed("bad-signers") that says what to do
    """
    remedy = f"put back a copy, or move it away, and {ANEW}"
    try:
        return allowed.read(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Malformed("bad-signers", f"{path}: {error.strerror or error}; {remedy}") from error
    except Malformed as error:
        raise Malformed("bad-signers", f"{path}: {error.detail}; {remedy}") from error
