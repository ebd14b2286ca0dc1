"""A key is named by a URI; its scheme says where it lives, so callers never know.

`SCHEME:…` is kept by the module `amate.signing.SCHEME`, which is loaded when such a key is first asked for, and which
offers these functions: `open_key(location, passphrase_file) → Signer`, `make_key(location, passphrase_file) → public
key`, `look(location)`, and where a key is read from a file `stamp(location)`, `made_for(location)` (and then make_key()
takes an environment, too) and `is_a_demos(location)`. Another kind of key store is another such file, and nothing else.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.core import cose
from amate.core.trust import DEMOS
from amate.errors import AmateError, Malformed, Refused, Unavailable
from amate.signing.stamp import Stamp

SELF_TEST: Final = b"amate: does this key sign?"
FORMS: Final = "file:PATH, or pkcs11:token=NAME;object=NAME?module-path=/PATH.so"
_SCHEME: Final = re.compile(r"([a-z][a-z0-9]*):(.+)", re.DOTALL)


class Signer(Protocol):
    """One ES256 key that signs."""

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s (64 bytes) over SHA-256 of `message`; nobody has verified it yet: see sign_verified()."""


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

    passphrase_file: None = whoever sits at the terminal is asked, if the scheme needs a passphrase
    Raises: Malformed("unknown-key-scheme"), Unavailable("key-unavailable"), Unavailable("no-passphrase"), and what the
            scheme refuses
    """
    module, location = _kept_by(uri)
    try:
        signer: Signer = module.open_key(location, passphrase_file)
    except OSError as error:
        raise Unavailable("key-unavailable", f"{uri}: {error.strerror or error}") from error
    return signer


def look_at(uri: str) -> EllipticCurvePublicKey | None:
    """The public half of the key at `uri` without opening it; None where it is there and hidden until it is opened.

    Nobody is asked for anything, and no try at a PIN is spent.

    Raises: Malformed("unknown-key-scheme"), Unavailable("key-unavailable"), and what the scheme refuses
    """
    module, location = _kept_by(uri)
    try:
        found: EllipticCurvePublicKey | None = module.look(location)
    except OSError as error:
        raise Unavailable("key-unavailable", f"{uri}: {error.strerror or error}") from error
    return found


def stamp_at(uri: str) -> Stamp | None:
    """What changes when another key is put where `uri` says; None where the signer notices by itself, or nothing is.

    Raises: Malformed("unknown-key-scheme")
    """
    module, location = _kept_by(uri)
    found: Stamp | None = module.stamp(location) if hasattr(module, "stamp") else None
    return found


def made_for(uri: str) -> str | None:
    """For which environment the key at `uri` says it was made; None where nothing says it, or no key is.

    Raises: Malformed("unknown-key-scheme")
    """
    module, location = _kept_by(uri)
    with suppress(OSError):
        found: str | None = module.made_for(location) if hasattr(module, "made_for") else None
        return found
    return None


def foreign_to(uri: str, env: str) -> str | None:
    """The environment for which the key at `uri` was made, if that is not `env`: by its file, or by a demo's folder.

    Raises: Malformed("unknown-key-scheme")
    """
    said = made_for(uri)
    if said not in (None, env):
        return said
    module, location = _kept_by(uri)
    with suppress(OSError):
        if env not in DEMOS and hasattr(module, "is_a_demos") and module.is_a_demos(location):
            return "demo"
    return None


def check_made_for(uri: str, env: str) -> None:
    """That nothing says of the key at `uri` that it was made for another environment (row D09).

    Raises: Refused("key-of-another-environment"), Malformed("unknown-key-scheme")
    """
    found = foreign_to(uri, env)
    if found is not None:
        said = f"{uri.partition('?')[0]} was made for {found}, and this is {env}"
        remedy = "keys are made anew for each environment, with `amate keys make URI`"
        raise Refused("key-of-another-environment", f"{said}: {remedy}", where="uri")


def make_key(uri: str, passphrase_file: Path | None = None, *, env: str | None = None) -> EllipticCurvePublicKey:
    """Make a new key where `uri` says; its private half never leaves that place in clear.

    env:    for which environment, where its place can say so
    Raises: Malformed("unknown-key-scheme"), Conflict("key-exists"), Unavailable("key-unavailable")
    """
    module, location = _kept_by(uri)
    try:
        says = (env,) if hasattr(module, "made_for") else ()
        public_key: EllipticCurvePublicKey = module.make_key(location, passphrase_file, *says)
    except OSError as error:
        raise Unavailable("key-unavailable", f"{uri}: {error.strerror or error}") from error
    return public_key


def made_key(uri: str, passphrase_file: Path | None = None) -> EllipticCurvePublicKey:
    """The public half of the key that is at `uri` already, which a run that was cut off may have made and not told.

    Raises: Malformed("wrong-passphrase"), Unavailable("no-passphrase"); Unavailable("key-unavailable") that says what
            to do when it does not sign
    """
    try:
        found = open_signer(uri, passphrase_file)
        sign_verified(found, SELF_TEST, found.public_key)
    except AmateError as error:
        if error.slug == "no-passphrase":
            raise
        if error.slug == "wrong-passphrase":  # so it may be somebody's good key
            there = f"{uri.partition('?')[0]} is there already, and this passphrase does not open it"
            remedy = "if it is yours, type its own; if not, make yours under another name"
            raise Malformed(error.slug, f"{there}: {remedy}") from error
        said = f"something is there already, and does not sign ({error.slug}: {error.detail}). If it was to be a new"
        said += (
            " key, a run that made it was cut off: make yours under another name, and take this one away by other means"
        )
        raise Unavailable("key-unavailable", said) from error
    return found.public_key


@lru_cache(maxsize=256)  # a stamp is asked for before every signature
def _kept_by(uri: str) -> tuple[Any, str]:
    found = _SCHEME.fullmatch(uri)
    name = f"amate.signing.{found[1]}" if found else ""
    if found is not None and find_spec(name) is not None:
        module = import_module(name)
        if hasattr(module, "open_key"):
            return module, found[2]
    raise Malformed("unknown-key-scheme", f"{uri!r} is not the URI of a key, which is {FORMS}: see keys/README.md")
