"""Files that others read while they are written: whole or not at all, and still there after a power cut."""

from __future__ import annotations

import fcntl
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from amate.errors import Unavailable

PUBLIC = 0o644


def publish_file(path: Path, content: bytes, *, mode: int = PUBLIC) -> None:
    """Put `content` at `path` in one step.

    Raises: Unavailable("storage-unavailable") when the disk is full or not writable; the old file stays
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content, mode)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path.name}: {error.strerror or error}") from error


def read_file(path: Path) -> bytes | None:
    """The file's bytes, or None when there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process at a time on this machine; the lock goes with whoever holds it, however they end.

    lock:   a file that is made for it, and stays
    Raises: Unavailable("storage-unavailable")
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{lock}: {error.strerror or error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, content: bytes, mode: int) -> None:
    _forget_drafts(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_draft_prefix(path))
    try:
        with os.fdopen(handle, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not os.fstat(file.fileno()).st_nlink:  # taken for one that was left, before it was locked
                return _replace(path, content, mode)
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
            Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return sync_folder(path.parent)


def _forget_drafts(path: Path) -> None:
    """Take away what writers that were killed left beside `path`; a draft that is locked has a writer."""
    for draft in path.parent.glob(f"{glob.escape(_draft_prefix(path))}*"):
        with suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


def _draft_prefix(path: Path) -> str:
    return f".{path.name}."


def sync_folder(folder: Path) -> None:
    """What was made, moved or linked in the folder is still so after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
