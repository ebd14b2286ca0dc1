"""Two clients under test: ours, a program that is only started; and python-tuf's, in this process."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from securesystemslib.exceptions import StorageError
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater

from tests.conformance.server import Server

PROGRAM = Path(__file__).resolve().parents[2] / "pwa" / "scripts" / "tuf-client"
LIMIT_S = 60


class Client(Protocol):
    """A client, its folders, and whether what it did succeeded (0) or not (1)."""

    name: str
    folder: Path

    def init(self, root: bytes) -> int: ...
    def refresh(self, *, at: datetime | None = None) -> int: ...
    def download(self, *names: str) -> int: ...


class Folders:
    """What a client keeps, read as a stranger would."""

    folder: Path

    @property
    def metadata(self) -> Path:
        return self.folder / "metadata"

    @property
    def targets(self) -> Path:
        return self.folder / "targets"

    def kept(self, role: str) -> bytes | None:
        """The bytes that are trusted of a role."""
        path = self.metadata / f"{role}.json"
        return path.read_bytes() if path.exists() else None

    def version(self, role: str) -> int | None:
        """The version that is trusted of a role."""
        raw = self.kept(role)
        return None if raw is None else int(json.loads(raw)["signed"]["version"])

    def trusted(self) -> dict[str, int]:
        """The version of every role that is trusted."""
        roles = sorted(path.stem for path in self.metadata.glob("*.json"))
        return {role: version for role in roles if (version := self.version(role)) is not None}

    def downloads(self) -> list[bytes]:
        """The files that were downloaded, the oldest first."""
        files = [path for path in self.targets.rglob("*") if path.is_file()]
        return [path.read_bytes() for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)]


class Ours(Folders):
    """The browser's client behind its command line."""

    name = "ours"

    def __init__(self, folder: Path, server: Server, *, patience_s: float = 15) -> None:
        self.folder, self.server, self.patience_s = folder, server, patience_s
        self.said = ""

    def init(self, root: bytes) -> int:
        given = self.folder / "initial_root.json"
        given.write_bytes(root)
        return self._run("init", str(given))

    def refresh(self, *, at: datetime | None = None) -> int:
        return self._run("--metadata-url", f"{self.server.url}/metadata", "refresh", at=at)

    def download(self, *names: str) -> int:
        chosen = [part for name in names for part in ("--target-name", name)]
        where = ["--target-base-url", f"{self.server.url}/targets/", "--target-dir", str(self.targets)]
        return self._run("--metadata-url", f"{self.server.url}/metadata/", *chosen, *where, "download")

    def _run(self, *arguments: str, at: datetime | None = None) -> int:
        clock = [] if at is None else ["faketime", at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")]
        patience = ["--patience", str(self.patience_s)]
        done = subprocess.run(
            [*clock, str(PROGRAM), "--metadata-dir", str(self.metadata), *patience, *arguments],
            env={**os.environ, "TZ": "UTC"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        self.said = done.stderr
        assert done.returncode in (0, 1), done.stderr
        assert "at async" not in done.stderr, f"a defect, not a refusal: {done.stderr}"
        return done.returncode


class PythonTuf(Folders):
    """The implementation that we did not write."""

    name = "python-tuf"

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.said = ""

    def init(self, root: bytes) -> int:
        self.metadata.mkdir(exist_ok=True)
        (self.metadata / "root.json").write_bytes(root)
        return 0

    def refresh(self, *, at: datetime | None = None) -> int:
        return self._run(at=at)

    def download(self, *names: str) -> int:
        return self._run(*names)

    def _run(self, *names: str, at: datetime | None = None) -> int:
        self.targets.mkdir(exist_ok=True)
        base = f"{self.server.url}/targets/"
        try:
            updater = Updater(
                str(self.metadata), f"{self.server.url}/metadata/", str(self.targets), base, bootstrap=None
            )
            if at is not None:
                updater._trusted_set.reference_time = at
            updater.refresh()
            for name in names:
                info = updater.get_targetinfo(name)
                if info is None:
                    return 1
                if updater.find_cached_target(info) is None:
                    updater.download_target(info)
        except (RepositoryError, DownloadError, StorageError, OSError, ValueError) as error:
            self.said = str(error)
            return 1
        return 0
