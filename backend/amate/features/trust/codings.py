"""The published files in fewer bytes, laid beside each: in gzip, and in brotli where that saves enough to wait for.

The country's clinics take a sixth less in brotli than in gzip, which is what makes them fit their budget; a hundred
keys and their root fit theirs of 20 KB in gzip, and nobody waits for them.
Source: RFC 1952 (gzip), RFC 7932 (Brotli); RFC 9110, §8.4.1 (content codings).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import brotli

WORTH_COMPRESSING: Final = 1024  # bytes
WORTH_BROTLI: Final = 64 * 1024  # bytes; at its best it takes two seconds a megabyte
WINDOW: Final = 24  # of 2^24 bytes, the largest that every browser takes


class Coding(NamedTuple):
    """One way to write a file in fewer bytes.

    suffix: of its name, as the proxies look for it
    packed: a file in it, the same bytes each time
    unpack: and back; raises what its library raises at anything else
    """

    suffix: str
    packed: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]

    def unpacked(self, path: Path) -> bytes | None:
        """What the file at this path holds; None where there is none, or none of this coding."""
        try:
            return self.unpack(path.read_bytes())
        except (OSError, EOFError, zlib.error, brotli.error):
            return None


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def _brotli(body: bytes) -> bytes:
    packed: bytes = brotli.compress(body, quality=11, lgwin=WINDOW)
    return packed


GZIP: Final = Coding(".gz", _gzip, gzip.decompress)
BROTLI: Final = Coding(".br", _brotli, brotli.decompress)


def codings_for(size: int) -> list[Coding]:
    """Those in which a file of so many bytes is laid beside itself."""
    worth = ((GZIP, WORTH_COMPRESSING), (BROTLI, WORTH_BROTLI))
    return [coding for coding, least in worth if size >= least]
