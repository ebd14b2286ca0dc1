"""`pkcs11:` keys are made inside a token and never leave it: here there are only sessions, logged in once a process.

Source: PKCS #11 v2.40 (§5.4 C_Initialize, §2.3.6 ECDSA without hashing: raw r‖s), RFC 7512 (the URIs).
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, NamedTuple, TypeVar, cast

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, PublicKey, Session, SignMixin, Token
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from amate.errors import Conflict, Malformed, Refused, Unavailable
from amate.signing.passphrase import read_pin
from amate.signing.pkcs11_uri import KeyName, TokenName, parse

Answer = TypeVar("Answer")
# What a token that was pulled out, restarted or cut off says of sessions, keys and logins from before.
LOST: Final = (
    pkcs11.SessionHandleInvalid,
    pkcs11.SessionClosed,
    pkcs11.TokenNotPresent,
    pkcs11.DeviceRemoved,
    pkcs11.DeviceError,
    pkcs11.KeyHandleInvalid,
    pkcs11.ObjectHandleInvalid,
    pkcs11.UserNotLoggedIn,
    pkcs11.GeneralError,
    pkcs11.FunctionFailed,
)
LOOK_AGAIN_S: Final = 10.0  # for a token that is not there: looking ends every session of its module
_NEVER_LEAVES: Final = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.ALWAYS_SENSITIVE: True,
    Attribute.NEVER_EXTRACTABLE: True,  # so not imported either: an imported key was in clear somewhere
}


class TokenSigner:
    """Signs inside a token."""

    def __init__(self, key: KeyName, pin: Callable[[], str]) -> None:
        self._key, self._pin = key, pin
        self._library = _library(key.token.module)
        self._public = self._library.work(key.token, pin, partial(_public_key_of, key=key))

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s over SHA-256 of `message`; hashed here, because many tokens sign hashes only.

        Raises: Unavailable("key-unavailable")
        """
        digest = hashlib.sha256(message).digest()
        ask = partial(_signature_of, key=self._key, digest=digest, expected=self._public)
        return self._library.work(self._key.token, self._pin, ask)


def open_key(location: str, _passphrase_file: Path | None) -> TokenSigner:
    """The key that a PKCS#11 URI names, without its scheme; no passphrase of files is ever tried as a token's PIN.

    Raises: Malformed("bad-key-uri"), Malformed("pin-in-uri"), Malformed("wrong-key-type"), Refused("extractable-key"),
            Unavailable("key-unavailable"), Unavailable("no-passphrase")
    """
    key = parse(location)
    return TokenSigner(key, _pin_of(key))


def look(location: str) -> ec.EllipticCurvePublicKey | None:
    """The public half without a login, so that no PIN is asked for or spent; None where the token hides it till then.

    Raises: Malformed("bad-key-uri", "pin-in-uri", "wrong-key-type"), Unavailable("key-unavailable")
    """
    key = parse(location)
    return _library(key.token.module).look(key)


def make_key(location: str, _passphrase_file: Path | None) -> ec.EllipticCurvePublicKey:
    """Make a key inside the token, which is to keep it for ever: sensitive, not extractable, and so found afterwards.

    Raises: Conflict("key-exists"), and what open_key() raises
    """
    key = parse(location)
    library = _library(key.token.module)
    return library.work(key.token, _pin_of(key), partial(_made_in, key=key), rw=True)


def _pin_of(key: KeyName) -> Callable[[], str]:
    return lambda: read_pin(key.token, _said_of(key.token), key.pin_file)


class _Login(NamedTuple):
    """A session that is logged in, and the keys that were found through it: private half and public."""

    session: Session
    keys: dict[KeyName, tuple[SignMixin, ec.EllipticCurvePublicKey]]


class _Library:
    """A loaded module, for one thread at a time: that is how python-pkcs11 initialises it (§5.4, no arguments)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._logins: dict[TokenName, _Login] = {}
        self._refused: set[tuple[TokenName, str]] = set()
        self._look_again_at = 0.0

    def work(
        self, token: TokenName, pin: Callable[[], str], ask: Callable[[_Login], Answer], *, rw: bool = False
    ) -> Answer:
        """What `ask` answers with the token's session, asked once more in a new one when that was lost.

        Raises: Unavailable("key-unavailable"), and what `ask` raises of ours
        """
        with self._lock:
            try:
                if rw:
                    self._forget(token)
                try:
                    return ask(self._login(token, pin, rw=rw))
                except LOST:
                    self._begin_again()
                    return ask(self._login(token, pin, rw=rw))
            except pkcs11.PKCS11Error as error:
                raise Unavailable("key-unavailable", f"{_said_of(token)}: {type(error).__name__}") from error
            finally:
                if rw:
                    self._forget(token)

    def look(self, key: KeyName) -> ec.EllipticCurvePublicKey | None:
        """The public half as whoever is not logged in sees it."""
        with self._lock:
            try:
                with self._token(key.token).open() as session:
                    found = _found(session, key, ObjectClass.PUBLIC_KEY)
                    return _loaded(cast(PublicKey, found[0])) if len(found) == 1 else None
            except pkcs11.PKCS11Error as error:
                raise Unavailable("key-unavailable", f"{_said_of(key.token)}: {type(error).__name__}") from error

    def _login(self, token: TokenName, pin: Callable[[], str], *, rw: bool) -> _Login:
        login = self._logins.get(token)
        if login is None:
            login = self._logins[token] = _Login(self._open(token, pin, rw=rw), {})
        return login

    def _open(self, token: TokenName, pin: Callable[[], str], *, rw: bool) -> Session:
        slot = self._token(token)
        given = pin()
        if (token, given) in self._refused:  # tokens lock themselves after a few wrong PINs
            raise Unavailable("key-unavailable", f"{_said_of(token)}: its PIN was refused; mend it")
        try:
            return slot.open(rw=rw, user_pin=given)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
            self._refused.add((token, given))
            said = f"its PIN is wrong ({type(error).__name__}), and is not tried again here: a token locks itself soon"
            raise Unavailable("key-unavailable", f"{_said_of(token)}: {said}") from error

    def _token(self, token: TokenName) -> Token:
        """The one that is meant, before anybody is asked for its PIN."""
        found = self._tokens(token)
        if not found and time.monotonic() >= self._look_again_at:  # some modules know only what was there at the start
            self._look_again_at = time.monotonic() + LOOK_AGAIN_S
            self._begin_again()
            found = self._tokens(token)
        if not found:
            anyone = TokenName(token.module, None, None, None)
            there = ", ".join(sorted({each.label for each in self._tokens(anyone) if each.label})) or "none"
            said = f"no {_said_of(token)} is there: plug it in, or mend the URI; {self._path} has: {there}"
            raise Unavailable("key-unavailable", said)
        if len(found) > 1:
            raise Unavailable(
                "key-unavailable", f"{_said_of(token)}: {len(found)} tokens fit: add its serial to the URI"
            )
        return found[0]

    def _tokens(self, name: TokenName) -> list[Token]:
        slots = pkcs11.lib(str(self._path)).get_slots(token_present=True)
        return [each for slot in slots for each in _fitting(slot, name)]

    def _forget(self, token: TokenName) -> None:
        login = self._logins.pop(token, None)
        if login is not None:
            with suppress(pkcs11.PKCS11Error):  # it may have ended by itself
                login.session.close()

    def _begin_again(self) -> None:
        """All sessions end: afterwards the module gives the old handles to new sessions, of other tokens too."""
        self._logins.clear()
        pkcs11.lib(str(self._path)).reinitialize()


@lru_cache(maxsize=8)
def _library(path: Path) -> _Library:
    """The module, once a process.

    Raises: Refused("untrusted-module") when others could have written it: it is code that runs here
    """
    try:
        status = path.stat()
    except OSError as error:
        raise Unavailable("key-unavailable", f"{path}: {error.strerror or error}") from error
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refused("untrusted-module", f"{path} can be written by others")
    return _Library(path)


def _fitting(slot: pkcs11.Slot, name: TokenName) -> list[Token]:
    token = slot.get_token()
    fits = (
        name.label in (None, token.label)
        and name.serial in (None, token.serial.decode(errors="replace").strip())
        and name.slot_id in (None, slot.slot_id)
    )
    return [token] if fits else []


def _said_of(token: TokenName) -> str:
    return f"token {token.label or token.serial or token.slot_id}"


def _template(key: KeyName, kind: ObjectClass) -> dict[Attribute, object]:
    given = {Attribute.LABEL: key.label, Attribute.ID: key.id}
    return {Attribute.CLASS: kind} | {name: value for name, value in given.items() if value is not None}


def _found(session: Session, key: KeyName, kind: ObjectClass) -> list[pkcs11.Object]:
    return list(session.get_objects(_template(key, kind)))


def _one(session: Session, key: KeyName, kind: ObjectClass) -> pkcs11.Object:
    found = _found(session, key, kind)
    if not found:
        said = "no key fits the URI: mend its object or id, or make the key with `amate keys make URI`"
        raise Unavailable("key-unavailable", f"{_said_of(key.token)}: {said}")
    if len(found) > 1:
        raise Unavailable("key-unavailable", f"{_said_of(key.token)}: {len(found)} keys fit: add the id to the URI")
    return found[0]


def _key_of(login: _Login, key: KeyName) -> tuple[SignMixin, ec.EllipticCurvePublicKey]:
    found = login.keys.get(key)
    if found is None:
        private = _one(login.session, key, ObjectClass.PRIVATE_KEY)
        _check_never_leaves(private)
        public = _loaded(cast(PublicKey, _one(login.session, key, ObjectClass.PUBLIC_KEY)))
        found = login.keys[key] = cast(SignMixin, private), public
    return found


def _public_key_of(login: _Login, *, key: KeyName) -> ec.EllipticCurvePublicKey:
    login.keys.pop(key, None)  # what the token has now is asked for
    return _key_of(login, key)[1]


def _signature_of(login: _Login, *, key: KeyName, digest: bytes, expected: ec.EllipticCurvePublicKey) -> bytes:
    private, public = _key_of(login, key)
    if public != expected:
        raise Unavailable("key-unavailable", f"{_said_of(key.token)}: another key bears this name now")
    return private.sign(digest, mechanism=Mechanism.ECDSA)


def _made_in(login: _Login, *, key: KeyName) -> ec.EllipticCurvePublicKey:
    if _found(login.session, key, ObjectClass.PRIVATE_KEY):
        raise Conflict("key-exists", f"{_said_of(key.token)} has a key of this name")
    for half in _found(login.session, key, ObjectClass.PUBLIC_KEY):
        if not _is_left_over(login.session, half):
            raise Conflict("key-exists", f"{_said_of(key.token)} has somebody's public key under this name")
        half.destroy()
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    public, private = login.session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        store=True,
        label=key.label,
        id=key.id,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
    )
    try:
        _check_never_leaves(private)
    except Refused:
        private.destroy()
        public.destroy()
        raise
    return _loaded(public)


def _is_left_over(session: Session, half: pkcs11.Object) -> bool:
    """Whether a public half without a private one of its name comes from a making that was cut off.

    It has no point yet, or was made in the token (CKA_LOCAL); and its id, where it has one, is no private key's.
    """
    id_ = half[Attribute.ID]
    template = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: id_}
    is_ours = half[Attribute.LOCAL] is True or not half[Attribute.EC_POINT]
    return is_ours and not (id_ and list(session.get_objects(template)))


def _check_never_leaves(private: pkcs11.Object) -> None:
    wrong = [name.name for name, wanted in _NEVER_LEAVES.items() if private[name] is not wanted]
    if wrong:
        raise Refused("extractable-key", f"the token would give this key away: {', '.join(wrong)}")


def _loaded(public: PublicKey) -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(encode_ec_public_key(public))
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Malformed("wrong-key-type", "not a P-256 key")
    return key
