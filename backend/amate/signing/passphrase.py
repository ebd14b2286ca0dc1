"""The passphrase of keys at rest comes from a file, a credential store or a terminal: never an argument, never the
environment, which other programs can read.

At a terminal each key is asked for by name, since the keys of a ceremony are several people's. What was typed is tried
on other files, where a guess costs nothing, and never on another token, which locks itself after a few.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from amate.errors import Malformed, Unavailable
from amate.signing.stamp import Stamp, stamp_of

Opened = TypeVar("Opened")
TRIES: Final = 3
LEAST_CHARACTERS: Final = 12  # of a new one; what opened a key before still does
TYPE_IT: Final = "type it at a terminal"
SERVERS: Final = "name a file with AMATE_PASSPHRASE_FILE, give systemd the credential amate-passphrase"
WAYS: Final = (
    f"{TYPE_IT}, or name a file in its URI with ?passphrase-source=file:/…; of a key file in the folder secrets of "
    f"AMATE_HOME, which is the server's own: {SERVERS}"
)
PIN_WAYS: Final = f"{TYPE_IT}, or name a file in its URI with pin-source=file:/…"
# Read or typed once a process, and again when a file of another content is in its place; what was refused is not kept.
# Under None: the one word for all keys that whoever starts a signing process types.
_kept: Final[dict[Path | None, tuple[Stamp | None, bytes]]] = {}
_words: Final[list[bytes]] = []  # typed, and opened something
_pins: Final[dict[Hashable, bytes]] = {}  # typed, by token


def read_passphrase(path: Path | None) -> bytes:
    """The passphrase in `path`, without its line end; without a path, one for all keys that is typed at the terminal.

    path:   named by AMATE_PASSPHRASE_FILE, or where systemd's credential store put it (Settings finds it); once it was
            read, the file may be taken away
    Raises: Unavailable("no-passphrase") if it is empty or cannot be read, or there is neither a file nor a terminal
    """
    stamp, kept = None if path is None else stamp_of(path), _kept.get(path)
    if kept is not None and stamp in (None, kept[0]):
        return kept[1]
    wanted = "the keys need a passphrase", f"{SERVERS}, or {TYPE_IT}"
    passphrase = _typed("Passphrase of the keys: ", *wanted) if path is None else _in_file(path)
    _kept[path] = stamp, passphrase
    return passphrase


def check_not_lost(path: Path | None, *, keys: Path, home: Path) -> None:
    """That a demonstration which has keys has the passphrase, too, that was made for them by chance.

    keys: the list of its keys, which is there once they are
    Raises: Unavailable("no-passphrase")
    """
    if path is None or path.exists() or not keys.exists():
        return
    said = f"{path} is gone, and nothing else opens the keys of this demo: put it back, if there is a copy"
    anew = f"remove {home}, or name another folder with AMATE_HOME, and run `amate demo`"
    raise Unavailable("no-passphrase", f"{said}; else begin anew: {anew}")


def unlock(name: str, path: Path | None, attempt: Callable[[bytes], Opened]) -> Opened:
    """What `attempt` opens with the passphrase; where it has to be typed, a wrong one is told and asked for again.

    name:    of the key, for whoever is asked
    attempt: raises Malformed("wrong-passphrase"), and nothing else that is Malformed, when the word is wrong
    Raises:  what read_passphrase() raises, and Malformed("wrong-passphrase") after three tries
    """
    if not _is_asked_for(path):
        return attempt(read_passphrase(path))
    for word in _words:
        with suppress(Malformed):
            return attempt(word)
    for left in range(TRIES - 1, 0, -1):
        try:
            return _opened_by_typing(name, attempt)
        except Malformed as error:
            sys.stderr.write(f"{error.detail}: try again, {left} more\n")
    return _opened_by_typing(name, attempt)


def choose_passphrase(name: str, path: Path | None) -> bytes:
    """The passphrase for a new key; one that is typed for it is typed twice.

    Raises: what read_passphrase() raises, Malformed("weak-passphrase"), and Malformed("wrong-passphrase") when the two
            are not the same
    """
    if not _is_asked_for(path):
        return _strong(read_passphrase(path), name, f"put another one into {path}" if path else "begin again")
    word = _typed(f"New passphrase for the key {name}: ", f"the new key {name} needs a passphrase", WAYS)
    _strong(word, name, "nothing was made, begin again")
    if _typed("The same again: ", "nothing was typed", TYPE_IT) != word:
        raise Malformed("wrong-passphrase", "the two were not the same: nothing was made, begin again")
    _words.append(word)
    return word


def read_pin(token: Hashable, name: str, path: Path | None) -> str:
    """The PIN of a token: in `path`, or typed, once a process; no word for other keys is ever tried.

    name:   of the token, for whoever is asked
    Raises: what read_passphrase() raises
    """
    if path is not None:
        return read_passphrase(path).decode()
    if token not in _pins:
        _pins[token] = _typed(f"PIN of {name}: ", f"{name} needs its PIN", PIN_WAYS)
    return _pins[token].decode()


def _is_asked_for(path: Path | None) -> bool:
    return path is None and None not in _kept


def _strong(word: bytes, name: str, remedy: str) -> bytes:
    """One that whoever copies the key file does not guess soon."""
    if len(word.decode(errors="replace")) < LEAST_CHARACTERS:
        said = f"a passphrase for {name} has {LEAST_CHARACTERS} characters at least, such as four words"
        raise Malformed("weak-passphrase", f"{said}: {remedy}")
    return word


def _in_file(path: Path) -> bytes:
    try:
        passphrase = path.read_bytes().strip()
    except OSError as error:
        where = "in the key's URI, or AMATE_PASSPHRASE_FILE"
        said = f"{path}: {error.strerror or error}; put it back, or name another file where this one is named: {where}"
        raise Unavailable("no-passphrase", said) from error
    if not passphrase:
        raise Unavailable("no-passphrase", f"{path} is empty; write into it what it is to hold")
    return passphrase


def _opened_by_typing(name: str, attempt: Callable[[bytes], Opened]) -> Opened:
    word = _typed(f"Passphrase of the key {name}: ", f"the key {name} needs a passphrase", WAYS)
    opened = attempt(word)
    _words.append(word)
    return opened


def _typed(question: str, wanted: str, ways: str) -> bytes:
    typed = ""
    if sys.stdin is not None and sys.stdin.isatty():
        with suppress(EOFError):
            typed = getpass.getpass(question)
    if not typed:
        raise Unavailable("no-passphrase", f"{wanted}: {ways}")
    return typed.encode()
