"""Whether a file is still the one that was read, without reading it again."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """What tells a file from the one that takes its place, and from itself after it was written to."""

    inode: int
    written_ns: int
    changed_ns: int


def stamp_of(path: Path) -> Stamp | None:
    """The file's stamp; None when it is not there."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stamp(status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
