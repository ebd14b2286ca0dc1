"""People who hold keys of the repository, the files of their ceremonies, and a verifier that follows what they make."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from amate.context import Context
from amate.features.trust.model import TARGET_NAMES
from amate.signing.file import FOR_MACHINES, create_key, open_key
from amate.signing.signer import open_signer

DAY_S = 86_400
COUNTS = {"root": 5, "targets": 3, "snapshot": 1, "timestamp": 1}
THRESHOLDS = {"root": 3, "targets": 2, "snapshot": 1, "timestamp": 1}


@dataclass(frozen=True)
class Holder:
    """Somebody with a key in a file."""

    role: str
    name: str
    path: Path

    @property
    def uri(self) -> str:
        return f"file:{self.path}"

    def lose(self) -> None:
        """The token is dead."""
        self.path.unlink()


@dataclass(frozen=True)
class People:
    """Who holds what, and the ceremony that says so."""

    ctx: Context
    folder: Path
    held: tuple[Holder, ...] = ()
    thresholds: dict[str, int] = field(default_factory=lambda: dict(THRESHOLDS))

    @classmethod
    def of(cls, ctx: Context, folder: Path) -> People:
        """The usual five, three, one and one; a key is opened whenever it is asked for, so a lost one is missed."""
        ctx.signer = ctx.own = partial(open_signer, passphrase_file=ctx.settings.passphrase_file)
        people = cls(ctx, folder)
        for role, count in COUNTS.items():
            for number in range(1, count + 1):
                people = people.joined(role, f"{role.capitalize()} {number}")
        return people

    def joined(self, role: str, name: str) -> People:
        path = self.folder / f"{secrets.token_hex(4)}-{role}.pem"
        create_key(path, self.ctx.settings.passphrase_file, cost=FOR_MACHINES)
        return replace(self, held=(*self.held, Holder(role, name, path)))

    def without(self, *names: str) -> People:
        return replace(self, held=tuple(holder for holder in self.held if holder.name not in names))

    def __getitem__(self, name: str) -> Holder:
        return next(holder for holder in self.held if holder.name == name)

    def names(self, *roles: str) -> list[str]:
        return [holder.name for holder in self.held if holder.role in roles]

    def unattended(self, text: str) -> str:
        """The same URIs, with the file of the holders' passphrase, where nobody is at a terminal."""
        return re.sub(r"(file:[^\s\"?]+\.pem)", rf"\1?passphrase-source=file:{self.ctx.settings.passphrase_file}", text)

    def public(self, *names: str) -> dict[str, str]:
        """Public keys in PEM, by name."""
        keys = {name: open_key(str(self[name].path), self.ctx.settings.passphrase_file) for name in names}
        form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {name: key.public_key.public_bytes(*form).decode() for name, key in keys.items()}

    def ceremony(
        self,
        *,
        root: int = 1,
        present: Iterable[str] | None = None,
        public: dict[str, str] | None = None,
        elsewhere: Iterable[str] = (),
        leaving: Iterable[Holder] = (),
        more: str = "",
    ) -> str:
        """The file. present: everybody, unless told; public: public keys in PEM, by name.

        elsewhere: whose keys this machine cannot reach
        """
        here = self.names("root", "targets") if present is None else list(present)
        settings = self.ctx.settings
        ends = dt.datetime.fromtimestamp(self.ctx.now + 365 * DAY_S, dt.UTC).date()
        lines = [
            f"kind = {json.dumps('first-root' if root == 1 else 'rotate-root')}",
            f"environment = {json.dumps(settings.env)}",
            f"base_url = {json.dumps(settings.base_url)}",
            f"root = {root}",
            f"expires = {ends.isoformat()}",
            f"present = {json.dumps(here)}",
            more,
        ]
        for holder in leaving:
            lines += ["[[leaving]]", f"holder = {json.dumps(holder.name)}", f"uri = {json.dumps(holder.uri)}"]
        for role, threshold in self.thresholds.items():
            lines += [f"[roles.{role}]", f"threshold = {threshold}"]
            for holder in self.held:
                if holder.role == role:
                    lines += [f"[[roles.{role}.keys]]", f"holder = {json.dumps(holder.name)}"]
                    pem = (public or {}).get(holder.name)
                    lines += [] if holder.name in elsewhere else [f"uri = {json.dumps(holder.uri)}"]
                    lines += [f'public_key = """\n{pem}"""'] if pem else []
        return "\n".join(lines) + "\n"


class _Folder(FetcherInterface):
    """Fetches from a folder, as any static server would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: list[tuple[str, int]] = []

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self.folder / url.removeprefix("https://trust.example/")
        if not path.is_file():
            raise DownloadHTTPError("not found", 404)
        self.fetched.append((path.name, path.stat().st_size))
        return iter([path.read_bytes()])


class Verifier:
    """python-tuf's own client, which keeps what it has seen; it believes the clock of this machine."""

    def __init__(self, home: Path, anchor: bytes, folder: Path) -> None:
        self.home, self.anchor, self.folder = home, anchor, folder
        self.fetched: list[tuple[str, int]] = []

    def update(self) -> dict[str, Any]:
        """Follow the published folder; gives back the documents. Raises what the client raises."""
        (self.home / "targets").mkdir(parents=True, exist_ok=True)
        fetcher = _Folder(self.folder)
        where = ("https://trust.example/", str(self.home / "targets"), "https://trust.example/targets/")
        updater = Updater(str(self.home), *where, fetcher=fetcher, bootstrap=self.anchor)
        updater.refresh()
        found = {}
        for name in TARGET_NAMES:
            info = updater.get_targetinfo(name)
            assert info is not None
            path = updater.find_cached_target(info) or updater.download_target(info)
            found[name] = json.loads(Path(path).read_bytes())
        self.fetched = fetcher.fetched
        return found

    def copy(self, home: Path) -> Verifier:
        """Another one that has seen the same."""
        shutil.copytree(self.home, home)
        return Verifier(home, self.anchor, self.folder)
