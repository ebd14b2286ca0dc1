"""Files that others read while they are written: whole or not at all, and still there after a power cut."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

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


def key_policy(folder: Path) -> dict[str, Any]:
    """policy.toml of the folder of key policy.

    Raises: Unavailable("no-key-policy") when it cannot be read
    """
    path = folder / "policy.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Unavailable("no-key-policy", f"{path}: {error}; set AMATE_KEYS_DIR") from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was made, moved or linked in the folder is still so after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
