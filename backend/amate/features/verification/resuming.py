"""Downloads that go on where a line broke: of files that are named by their hash, so that their parts fit together.

Source: RFC 9110 §14 (range requests).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tuf.api.exceptions import DownloadError, DownloadHTTPError

WHOLE: Final = 200
PARTIAL: Final = 206
MISSING: Final = 404
UNSATISFIABLE: Final = 416


class Opened(NamedTuple):
    """An answer that has begun: its status, the range that it says it is, and its body as it comes, read or closed."""

    status: int
    content_range: str
    chunks: Iterator[bytes]
    close: Callable[[], None]


Open = Callable[[str, int], Opened]  # an address, from a byte on


def fetch(open_at: Open, url: str, unfinished: Path, most: int) -> bytes | None:
    """The file at an address, of at most so many bytes; None when there is none. Whether it is right, the caller says.

    unfinished: where what has come so far is kept; whatever else lies beside it is of other files, and goes
    Raises:     DownloadError; what came stays for the next time. OSError when the disk is full
    """
    _make_room(unfinished)
    begin = unfinished.stat().st_size if unfinished.exists() else 0
    answer = open_at(url, begin)
    if begin and answer.status == UNSATISFIABLE:
        answer.close()
        begin, answer = 0, open_at(url, 0)
    is_next = answer.status == PARTIAL and answer.content_range.startswith(f"bytes {begin}-")
    if not is_next and answer.status != WHOLE:
        answer.close()
        unfinished.unlink(missing_ok=True)
        if answer.status == MISSING:
            return None
        raise DownloadHTTPError(f"{url}: HTTP {answer.status}", answer.status)
    _write(answer.chunks, unfinished, begin if is_next else 0, most)
    body = unfinished.read_bytes()
    unfinished.unlink()
    return body


def _write(chunks: Iterator[bytes], to: Path, begin: int, most: int) -> None:
    size = begin
    with to.open("ab" if begin else "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                to.unlink()
                raise DownloadError(f"longer than {most} bytes")
            file.write(chunk)
            file.flush()


def _make_room(unfinished: Path) -> None:
    for other in unfinished.parent.glob("*"):
        if other != unfinished:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    unfinished.parent.mkdir(parents=True, exist_ok=True)
