"""A pack in one file, for a clinic that no network reaches: written beside one verifier, taken in by another.

Nothing in the file is believed for being in it. It is a source like a deployment, and everything goes through the same
workflow: from the pinned root down, never back to something older.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tuf.api.exceptions import BadVersionNumberError, DownloadHTTPError, ExpiredMetadataError, UnsignedMetadataError
from tuf.ngclient import FetcherInterface

from amate.errors import Malformed, Unavailable
from amate.features.trust import actions as trust
from amate.features.verification import remote, revocations
from amate.features.verification.world import CURRENT, SEALING_KEYS

MAX_FILE: Final = 64 * 2**20
MAX_MEMBERS: Final = 8192
ADDRESS: Final = "carried:"
PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
REMEDY: Final = "What was here stays: sync the other pack, and write the file anew with `amate pack export`"
# Where a source's parts lie in a set.
PLACES: Final = {"trust": "published/trust", "status": "published/status"}


def write(pack: Path, file: Path, *, with_sealing_keys: bool) -> int:
    """Write the set in force into one file, alike for alike sets; how many bytes it has.

    Raises: Unavailable("storage-unavailable")
    """
    set_ = (pack / CURRENT).resolve()
    stream = io.BytesIO()
    try:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(path for path in set_.rglob("*") if path.is_file()):
                name = path.relative_to(set_).as_posix()
                if with_sealing_keys or name != SEALING_KEYS:
                    _add(archive, name, path.read_bytes())
        trust.publish_file(file, stream.getvalue(), mode=PRIVATE if with_sealing_keys else PUBLIC)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{file}: {error.strerror or error}") from error
    return len(stream.getvalue())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


class Carried:
    """The parts of a pack in a file: a source to sync from."""

    def __init__(self, file: Path, *, with_sealing_keys: bool) -> None:
        """Read the file.

        with_sealing_keys: take them too; nothing in the file proves them, so whoever asks trusts who carried it
        Raises: Malformed("not-a-pack-file")
        """
        self._parts = _parts_of(file)
        self._with_sealing_keys = with_sealing_keys

    def anchor(self) -> bytes:
        """The root that the file says is its anchor; somebody must compare its SHA-256."""
        return self._part("anchor.json")

    def status_index(self) -> bytes:
        """The unsigned index of status lists."""
        return self._part("published/status/index.json")

    def status_token(self, number: int) -> bytes:
        """A status list token, not verified."""
        return self._part(f"published/status/{number}")

    def revocations_part(self, name: str, most: int, unfinished: Path) -> bytes | None:
        """A part of the folder of revocations, not verified, of at most so many bytes; None when there is none."""
        del unfinished  # no line breaks here
        part = self._parts.get(f"{revocations.FOLDER}/{name}")
        if part is not None and len(part) > most:
            raise Malformed("not-a-pack-file", f"{name} is larger than it may be")
        return part

    def sealing_keys(self) -> bytes | None:
        """The sealing keys, if they were asked for and are there."""
        return self._parts.get(SEALING_KEYS) if self._with_sealing_keys else None

    def update_trust(self, *, anchor: bytes, cache: Path, targets: Path, names: tuple[str, ...]) -> None:
        """Bring the cached metadata and targets up to date: as remote.update_trust().

        Raises: Malformed("trust-broken", "not-a-pack-file") with what is wrong with the file, and what to do
        """
        fetcher = _FileFetcher(self._parts)
        try:
            remote.update_trust(fetcher, ADDRESS, anchor=anchor, cache=cache, targets=targets, names=names)
        except Malformed as error:
            raise Malformed(error.slug, f"{_trouble(error.__cause__)} ({error.detail}). {REMEDY}") from error
        except Unavailable as error:
            raise Malformed("not-a-pack-file", f"the file is not whole ({error.__cause__}). {REMEDY}") from error

    def _part(self, name: str) -> bytes:
        if name not in self._parts:
            raise Malformed("not-a-pack-file", f"{name} is missing: write the file anew with `amate pack export`")
        return self._parts[name]


def _trouble(error: BaseException | None) -> str:
    """What is wrong with a file of which TUF's client said this."""
    if isinstance(error, BadVersionNumberError | ExpiredMetadataError):
        return "the file is older than what was taken in before, or its lists have ended"
    if isinstance(error, UnsignedMetadataError):
        return "the file is of another deployment than this pack, or was changed"
    return "the file is damaged"


class _FileFetcher(FetcherInterface):
    """Gives TUF's client the parts of a file as if they came from a server."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts

    def _fetch(self, url: str) -> Iterator[bytes]:
        place, _, name = url.removeprefix(f"{ADDRESS}/").partition("/")
        content = self._parts.get(f"{PLACES.get(place, '')}/{name}")
        if content is None:
            raise DownloadHTTPError(f"{url} is not in the file", 404)
        return iter((content,))


def _parts_of(file: Path) -> dict[str, bytes]:
    """Every part by its name: plain files only, none twice, and together no larger than a pack can be."""
    try:
        if file.stat().st_size > MAX_FILE:
            raise _refused(file, f"it is larger than {MAX_FILE >> 20} MiB")
        parts: dict[str, bytes] = {}
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or member.name in parts or len(parts) == MAX_MEMBERS or member.size > MAX_FILE:
                    raise _refused(file, f"{member.name[:60]!r} has no place in it")
                parts[member.name] = content.read()
    except (tarfile.TarError, EOFError) as error:
        raise _refused(file, "it is no pack, or not whole") from error
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{file}: {error.strerror or error}") from error
    return parts


def _refused(file: Path, why: str) -> Malformed:
    return Malformed("not-a-pack-file", f"{file.name}: {why}: write it anew with `amate pack export`")
