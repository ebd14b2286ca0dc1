"""What a deployment published, and when, and the passes that were shown meanwhile, with what is true of each."""

from __future__ import annotations

import bisect
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ALWAYS = 0
GOOD = "good"


@dataclass(frozen=True)
class Shown:
    """A pass by one of the issuer's keys or by nobody's; its phone's key shows it whenever it is asked.

    kind: good, or what is wrong with it
    kid:  of the key that signed it
    iat, exp, made_at: as it says, and when it was really made, seconds
    """

    raw: bytes
    kind: str
    kid: str
    iat: int
    exp: int
    made_at: int


@dataclass
class Recording:
    """A deployment's life as the world outside saw it.

    files:        by path, as a static server would have them: each version with the instant of its publication
    trust_at, status_at: instants of the publications of the repository and of the status lists, ascending
    disowned_at:  when verifiers were told that a key's passes are believed no more, by kid
    """

    anchor: bytes = b""
    files: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    trust_at: list[int] = field(default_factory=list)
    status_at: list[int] = field(default_factory=list)
    passes: list[Shown] = field(default_factory=list)
    disowned_at: dict[str, int] = field(default_factory=dict)

    def take(self, folder: Path, now: int) -> None:
        """Keep every file of the published folder that is new or changed."""
        for path in _files_of(folder):
            versions = self.files.setdefault(path.relative_to(folder).as_posix(), [])
            if not versions or path.name in _CHANGING or path.parent.name == "status":
                body = path.read_bytes()
                if not versions or versions[-1][1] != body:
                    versions.append((now, body))

    def at(self, path: str, now: int) -> bytes | None:
        """The file as it was served then."""
        versions = self.files.get(path, [])
        found = bisect.bisect_right(versions, now, key=lambda version: version[0])
        return versions[found - 1][1] if found else None

    def refused_from(self, shown: Shown) -> int | None:
        """Who has synchronised since this instant knows that the pass is bad; None: nobody should refuse it."""
        if shown.kind in (UNLISTED, NOT_YET):
            return ALWAYS
        return self.disowned_at.get(shown.kid)

    def write(self, path: Path) -> None:
        """For a reader in another language: {anchor, files: {path: [[instant, base64], …]}}."""
        files = {name: [[at, b64encode(body).decode()] for at, body in kept] for name, kept in self.files.items()}
        path.write_text(json.dumps({"anchor": b64encode(self.anchor).decode(), "files": files}))


UNLISTED = "by a key that was never listed"
NOT_YET = "by a next key, before its day"
POST_DATED = "by a next key, dated its first day"
STOLEN = "by a stolen key, dated before the theft"
PAST = "by a retired key"
_CHANGING = ("timestamp.json", "root.json")


def _files_of(folder: Path) -> Iterator[Path]:
    """The repository and the lists; what is only another spelling (.gz, .br) of a file is not asked for here."""
    for name in ("trust", "status"):
        for path in (folder / name).rglob("*"):
            if path.is_file() and path.suffix not in (".gz", ".br"):
                yield path
