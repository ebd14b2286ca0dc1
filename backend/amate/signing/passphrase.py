"""The passphrase of keys at rest comes from a file, a credential store or a terminal: never an argument, never the
environment, which other programs can read.
"""

from __future__ import annotations

import getpass
import sys
from functools import lru_cache
from pathlib import Path

from amate.errors import Unavailable


@lru_cache(maxsize=8)  # asked for once a process; what was refused is not kept
def read_passphrase(path: Path | None) -> bytes:
    """The passphrase in `path`, without its line end; without a path, the one that is typed at the terminal.

    path:   named by AMATE_PASSPHRASE_FILE, or where systemd's credential store put it (Settings finds it)
    Raises: Unavailable("no-passphrase") if it is empty or cannot be read, or there is neither a file nor a terminal
    """
    try:
        passphrase = path.read_bytes().strip() if path is not None else _typed()
    except OSError as error:
        raise Unavailable("no-passphrase", f"{path}: {error.strerror or error}") from error
    if not passphrase:
        raise Unavailable(
            "no-passphrase",
            "name a file with AMATE_PASSPHRASE_FILE, give systemd the credential amate-passphrase, or use a terminal",
        )
    return passphrase


def _typed() -> bytes:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return b""
    return getpass.getpass("Passphrase of the keys: ").encode()
