"""How keys are reached: opened in this process, or asked of the process that holds them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from amate.signing import allowed, sealing
from amate.signing.remote import Line, RemoteSigner
from amate.signing.signer import Signer, open_signer


class Keyring(NamedTuple):
    """The door to all private keys.

    signer: key URI → Signer; each key is opened once, because scrypt is slow on purpose
    unwrap: a wrapped sealing key → its 32 bytes
    """

    signer: Callable[[str], Signer]
    unwrap: Callable[[bytes], bytes]


def keyring(passphrase_file: Path | None, socket: Path | None) -> Keyring:
    """The keys behind a signing process's socket or, without one, those that the passphrase opens here."""
    if socket is None:
        own = lru_cache(maxsize=None)(partial(open_signer, passphrase_file=passphrase_file))
        return Keyring(own, partial(sealing.unwrap, passphrase_file=passphrase_file))
    line = Line(socket)
    # A sealing key is no secret from the process that seals with it: it is every clinic's, and signs nothing.
    return Keyring(
        lru_cache(maxsize=None)(partial(RemoteSigner, line)),
        lru_cache(maxsize=64)(partial(line.ask, "unwrap")),
    )


def command_keyring(
    passphrase_file: Path | None, socket: Path | None, *, listed_in: Path, uses: frozenset[str]
) -> Keyring:
    """The same for commands, which also make keys and hold ceremonies: what a signing process would refuse opens here.

    listed_in: the file that says which key may sign what
    uses:      what the signing process signs
    """
    own, far = keyring(passphrase_file, None), keyring(None, socket)

    def signer(uri: str) -> Signer:
        listed = allowed.read(listed_in.read_bytes()) if listed_in.exists() else {}
        is_far = uri in listed and listed[uri].use in uses
        return far.signer(uri) if is_far else own.signer(uri)

    return own if socket is None else Keyring(signer, far.unwrap)
