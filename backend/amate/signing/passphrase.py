"""The passphrase of keys at rest comes from a file, a credential store or a terminal: never an argument, never the
environment, which other programs can read.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from amate.errors import Unavailable
from amate.signing.stamp import Stamp, stamp_of

# Read or typed once a process, and again when a file of another content is in its place; what was refused is not kept.
_kept: Final[dict[Path | None, tuple[Stamp | None, bytes]]] = {}


def read_passphrase(path: Path | None) -> bytes:
    """The passphrase in `path`, without its line end; without a path, the one that is typed at the terminal.

    path:   named by AMATE_PASSPHRASE_FILE, or where systemd's credential store put it (Settings finds it); once it was
            read, the file may be taken away
    Raises: Unavailable("no-passphrase") if it is empty or cannot be read, or there is neither a file nor a terminal
    """
    stamp, kept = None if path is None else stamp_of(path), _kept.get(path)
    if kept is not None and stamp in (None, kept[0]):
        return kept[1]
    try:
        passphrase = path.read_bytes().strip() if path is not None else _typed()
    except OSError as error:
        raise Unavailable("no-passphrase", f"{path}: {error.strerror or error}") from error
    if not passphrase:
        raise Unavailable(
            "no-passphrase",
            "name a file with AMATE_PASSPHRASE_FILE, give systemd the credential amate-passphrase, or use a terminal",
        )
    _kept[path] = stamp, passphrase
    return passphrase


def _typed() -> bytes:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return b""
    return getpass.getpass("Passphrase of the keys: ").encode()
