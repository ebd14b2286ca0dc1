"""A disk whose power is cut: of what a browser wrote to its databases, only what it had synchronised by then is left.

strace holds the browser at each call until that is written down, so whatever the browser does next, as telling a page
that its transaction is complete, comes later in the record, too. Chromium's databases are LevelDB's files, which only
grow; each of them is cut to what it was when it was last synchronised. An end that is torn within a record, which a
disk may leave as well, is not played here: LevelDB writes on behind it and then cannot read what follows
(https://github.com/google/leveldb/issues/1287).
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from tests.journeys.conftest import CHROMIUM

GROWING = ("*.log", "*.ldb", "MANIFEST-*")
WRITES, SYNCHRONISES = "write", ("fdatasync", "fsync")
CALL = re.compile(r"\d+ +(?P<name>\w+)\(\d+<(?P<path>[^>]+)>.* = (?P<result>\d+)$")
# One line for each call that did not fail, once it is over, without what it wrote.
STRACE = "strace -f -y -z -qq -s 0 --seccomp-bpf --signal=none -e trace=write,writev,pwrite64,fdatasync,fsync"


@dataclass
class Disk:
    """What a browser's profile is on. Its record is beside it, for it holds nothing that a browser wrote.

    safe: the length in bytes of each file that power cuts leave, when the browser was switched on
    """

    profile: Path
    safe: dict[Path, int] = field(default_factory=dict)

    def power_up(self) -> Path:
        """The program that is the browser on this disk, where everything is safe by now."""
        self.safe = {path: path.stat().st_size for path in self._files()}
        self._record.unlink(missing_ok=True)
        program = self.profile.with_name(f"{self.profile.name}-chromium")
        program.write_text(f'#!/bin/sh\nexec {STRACE} -o {shlex.quote(str(self._record))} {CHROMIUM} "$@"\n')
        program.chmod(0o755)
        return program

    def cut(self) -> int:
        """The browser has been killed: take away what it had not synchronised. How many bytes that was."""
        lengths, safe = dict(self.safe), dict(self.safe)
        for line in self._record.read_text(errors="replace").splitlines():
            call = CALL.match(line)
            if call is None or not (path := Path(call["path"])).is_relative_to(self._databases):
                continue
            if call["name"] in SYNCHRONISES:
                safe[path] = lengths.get(path, 0)
            elif any(path.match(pattern) for pattern in GROWING):
                assert call["name"] == WRITES, f"a file that does not only grow: {line}"
                lengths[path] = lengths.get(path, 0) + int(call["result"])
        return sum(_shorten(path, safe.get(path, 0)) for path in self._files())

    @property
    def _databases(self) -> Path:
        return self.profile / "Default" / "IndexedDB"

    @property
    def _record(self) -> Path:
        return self.profile.with_name(f"{self.profile.name}-strace")

    def _files(self) -> list[Path]:
        return [path for pattern in GROWING for path in self._databases.rglob(pattern)]


def _shorten(path: Path, length: int) -> int:
    lost = path.stat().st_size - length
    assert lost >= 0, f"{path} lost {-lost} bytes that were synchronised"
    os.truncate(path, length)
    return lost
