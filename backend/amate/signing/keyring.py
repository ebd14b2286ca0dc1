"""How keys are reached: opened in this process, or asked of the process that holds them; either way as listed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from amate.signing import sealing
from amate.signing.listed import ListedKeys
from amate.signing.remote import Line, RemoteSigner
from amate.signing.signer import Signer


class Keyring(NamedTuple):
    """The door to the private keys of a deployment.

    signer: key URI → Signer; each key is opened once, because scrypt is slow on purpose
    unwrap: a wrapped sealing key → its 32 bytes
    rewrap: a wrapped sealing key, fresh bytes → the next one, wrapped under the same passphrase
    """

    signer: Callable[[str], Signer]
    unwrap: Callable[[bytes], bytes]
    rewrap: Callable[[bytes, bytes], bytes]


def keyring(
    passphrase_file: Path | None, socket: Path | None, *, listed_in: Path, uses: frozenset[str], env: str
) -> Keyring:
    """The keys behind a signing process's socket or, without one, those that are listed and that the passphrase opens.

    listed_in: the file that says which key may sign what
    uses:      what is signed on line
    env:       the environment, of which every key has to be
    """
    if socket is None:
        own = ListedKeys(listed_in, uses=uses, passphrase_file=passphrase_file, env=env)
        rewrap = partial(sealing.rewrap, passphrase_file=passphrase_file)
        return Keyring(own.signer, partial(sealing.unwrap, passphrase_file=passphrase_file), rewrap)
    line = Line(socket)
    # A sealing key is no secret from the process that seals with it: it is every clinic's, and signs nothing.
    return Keyring(
        lru_cache(maxsize=None)(partial(RemoteSigner, line)),
        lru_cache(maxsize=64)(partial(line.ask, "unwrap")),
        partial(line.ask, "rewrap"),
    )


def command_keyring(
    passphrase_file: Path | None, socket: Path | None, *, listed_in: Path, uses: frozenset[str], env: str
) -> Keyring:
    """The same for commands, which say themselves why the list refuses a key: a signing process says so in its log."""
    keys = keyring(passphrase_file, socket, listed_in=listed_in, uses=uses, env=env)
    listed = ListedKeys(listed_in, uses=uses, passphrase_file=None, env=env)

    def signer(uri: str) -> Signer:
        if listed_in.exists():
            listed.check(uri)
        return keys.signer(uri)

    return keys if socket is None else keys._replace(signer=signer)
