"""Settings, read once from the environment (prefix AMATE_), validated and frozen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from amate import logs
from amate.core.trust import DEMOS
from amate.errors import Malformed

CHECKOUT = Path(__file__).resolve().parents[2]
CREDENTIAL = "amate-passphrase"

Kind = TypeVar("Kind", "KeySettings", "Settings", "NodeSettings")


class KeySettings(BaseSettings):
    """What it takes to open a key, and all that a holder's machine is asked for: neither address nor database.

    passphrase_file: as in Settings; a demo's counts only once it was made; until then whoever is at the terminal is
              asked
    """

    model_config = SettingsConfigDict(env_prefix="AMATE_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = CHECKOUT / ".amate"
    env: Literal["demo", "test", "staging", "production"] = "demo"
    passphrase_file: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def secrets(self) -> Path:
        """Where a server keeps its secrets; a holder has nothing there."""
        return self.home / "secrets"

    @model_validator(mode="after")
    def _fill(self) -> Self:
        object.__setattr__(self, "home", self.home.expanduser().resolve())
        if self.passphrase_file is None:
            found = passphrase_at_hand(self.home, is_demo=self.env in DEMOS)
            object.__setattr__(self, "passphrase_file", found if found is not None and found.exists() else None)
        return self


class Settings(BaseSettings):
    """What one deployment decides; everything else is data in the database or in the signed repository.

    home:        folder of all data: database, keys, published trust and status files
    env:         `demo` and `test` allow synthetic people and one-click logins; `staging` and `production` refuse them
    base_url:    public origin of this server; also the issuer identifier, byte for byte
    database_url, redis_url: unset = SQLite in `home`, and limits kept per process
    passphrase_file: unlocks the key files of this deployment, and nobody else's; never on a command line. Unset =
              systemd's credential `amate-passphrase` where there is one, else whoever starts the signer types it; a
              demo's is made by `amate trust init`
    signer_socket: where a signing process listens (`amate signer`); keys are then not opened here, and the passphrase
              not looked for. Unset = `amate serve` starts one for itself, and commands open keys themselves
    keys_dir: the folder of policy.toml: how long keys sign and are believed
    pack:     folder of a verifier node that has no database (`amate pack sync`)
    proxies:  how many of ours stand in front, each adding to X-Forwarded-For; 0 = whoever connects is the caller
    recall_faces: takes a bad release of the faces off every device at its next contact, within 24 hours of it; while it
              lasts, no face opens without a network. What a person or a counter has on the device stays
    """

    model_config = SettingsConfigDict(env_prefix="AMATE_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = CHECKOUT / ".amate"
    env: Literal["demo", "test", "staging", "production"] = "demo"
    port: int = Field(default=8000, ge=1, le=65535)
    host: str = "127.0.0.1"
    workers: int = Field(default=1, ge=1, le=64)
    base_url: str = ""
    database_url: str = ""
    redis_url: str = ""
    passphrase_file: Path | None = None
    signer_socket: Path | None = None
    pwa_dir: Path = CHECKOUT / "pwa" / "dist"
    keys_dir: Path = CHECKOUT / "keys"
    pack: Path | None = None
    proxies: int = Field(default=0, ge=0, le=8)
    recall_faces: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _fill_and_check(self) -> Self:
        object.__setattr__(self, "home", self.home.expanduser().resolve())
        if not self.base_url:
            object.__setattr__(self, "base_url", f"http://localhost:{self.port}")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.home / 'amate.db'}")
        if self.passphrase_file is None and self.signer_socket is None:
            found = passphrase_at_hand(self.home, is_demo=self.is_demo)
            object.__setattr__(self, "passphrase_file", found)
        if not self.is_demo:
            self._refuse_a_demo()
        if self.env == "production":
            self._refuse_what_is_not_production()
        return self

    def _refuse_a_demo(self) -> None:
        """A key made for a demo must never sign for real people: real ones are made in a ceremony, elsewhere."""
        if self.demo_keys.exists():
            raise ValueError(f"AMATE_HOME holds a demo's keys ({self.demo_keys}): {self.env} needs a folder of its own")

    def _refuse_what_is_not_production(self) -> None:
        if urlsplit(self.base_url).scheme != "https":
            raise ValueError("AMATE_BASE_URL must be an https address in production")
        if self.database_url.startswith("sqlite"):
            raise ValueError("AMATE_DATABASE_URL must name a PostgreSQL database in production")

    @property
    def issuer(self) -> str:
        """The issuer identifier of OpenID4VCI: the public origin itself."""
        return self.base_url

    @property
    def is_demo(self) -> bool:
        """Whether synthetic people and one-click logins are allowed."""
        return self.env in DEMOS

    @property
    def published(self) -> Path:
        """Folder of the public trust repository and status lists, as any CDN would serve it."""
        return self.home / "published"

    @property
    def secrets(self) -> Path:
        """Folder of what must never leave this machine, mode 0700."""
        return self.home / "secrets"

    @property
    def signers(self) -> Path:
        """Which key may sign what, as the signing process reads it."""
        return self.secrets / "signers.json"

    @property
    def demo_keys(self) -> Path:
        """Folder of the private keys that a demo makes for itself; staging and production refuse to meet it."""
        return self.secrets / "keys"


class NodeSettings(Settings):
    """Those of a verifier on a pack, which has neither a public address nor a database server: real people's, too."""

    def _refuse_what_is_not_production(self) -> None:
        """Nothing of what a deployment must have."""


def passphrase_at_hand(home: Path, *, is_demo: bool) -> Path | None:
    """Where the passphrase is when no setting names it: systemd's credential, or in a demo's own folder."""
    store = os.environ.get("CREDENTIALS_DIRECTORY")  # systemd.exec(5), LoadCredential=
    if store and (credential := Path(store) / CREDENTIAL).exists():
        return credential
    return home / "secrets" / "passphrase" if is_demo else None


def passphrase_for(uri: str, settings: KeySettings | Settings) -> Path | None:
    """The file of the deployment's passphrase, for a key file among its own secrets; None for anybody else's key.

    A person's key opens with their own word, and a token may lock itself over one wrong PIN.
    """
    scheme, _, location = uri.partition(":")
    path = Path(location.partition("?")[0]).resolve()
    return settings.passphrase_file if scheme == "file" and path.is_relative_to(settings.secrets.resolve()) else None


def read_settings() -> Settings:
    """The settings of the environment.

    Raises: Malformed("bad-settings") that names each setting at fault
    """
    return _read(Settings)


def read_node_settings() -> NodeSettings:
    """Those of a verifier on a pack.

    Raises: as read_settings()
    """
    return _read(NodeSettings)


def read_key_settings() -> KeySettings:
    """Those that a holder's machine needs.

    Raises: as read_settings()
    """
    return _read(KeySettings)


def _read(kind: type[Kind]) -> Kind:
    try:
        settings = kind()
    except ValidationError as error:
        said = "; ".join(_variable(e["loc"]) + e["msg"].removeprefix("Value error, ") for e in error.errors())
        raise Malformed("bad-settings", said) from error
    logs.configure(settings.log_level, at_terminal=True)
    return settings


def _variable(path: tuple[int | str, ...]) -> str:
    return f"AMATE_{'_'.join(map(str, path)).upper()}: " if path else ""
