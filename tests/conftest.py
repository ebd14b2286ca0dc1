"""What every test may use: a data folder of its own, a clock that stands still, a database with its schema."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from Cryptodome.IO import _PBES
from hypothesis import settings as hypothesis_settings
from sqlalchemy import URL, Engine, make_url

from amate.config import Settings
from amate.context import Context, open_context
from amate.db import engine as engine_module
from amate.db.engine import open_engine
from amate.db.migrate import migrate
from amate.signing import file, sealing
from tests import cluster, scratch

NOW = 1_795_000_000  # 2026-11-18T11:06:40Z
SHARED = Path(__file__).resolve().parents[2] / "shared"

# How long an example takes is a bench's business: on a busy machine a deadline fails what is right.
hypothesis_settings.register_profile("amate", deadline=None)
hypothesis_settings.load_profile("amate")


# Begun first: each is one worker's for minutes, and whichever came last would keep the others waiting.
LONGEST = (
    "tests/journeys/test_working_day.py",
    "tests/api/test_keys_crash.py",
    "tests/api/test_keys_crash_publishing.py",
    "tests/api/test_trust_crash.py",
    "tests/api/test_status_crash.py",
    "tests/fleet/",
)


def pytest_configure() -> None:
    """Before the first temporary folder is made."""
    scratch.settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, and all others in their order."""

    def rank(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=rank)


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


def scrypt_of_openssl(password: bytes, salt: bytes, length: int, n: int, r: int, p: int) -> bytes:
    """The same function as pycryptodomex's, whose loops in Python cost more than all else where N is small."""
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, dklen=length, maxmem=2**26)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting() -> Iterator[None]:
    """What takes time on purpose takes little: keys from passphrases, and disks that answer for every byte.

    A server of its own process (tests/live.py) waits as it should, and so does what is killed (tests/api/crashing.py).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "FOR_MACHINES", file.Cost(2, 1))
        patch.setattr(sealing, "_COST", 2)
        patch.setattr(_PBES, "scrypt", scrypt_of_openssl)
        patch.setattr(os, "fsync", lambda _handle: None)
        patch.setattr(engine_module, "PRAGMAS", (*engine_module.PRAGMAS, "synchronous=OFF"))
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test deployment in a folder of its own; AMATE_TEST_DATABASE_URL puts it on PostgreSQL."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("only for tests")
    database_url, redis_url = cluster.addresses()
    if redis_url:  # what an earlier test called within this minute counts against nobody
        with contextlib.suppress(redis.ConnectionError), redis.Redis.from_url(redis_url) as counters:
            counters.flushdb()
    return Settings(
        home=tmp_path / "home",
        env="test",
        base_url="http://localhost:8000",
        passphrase_file=passphrase,
        database_url=database_url,
        redis_url=redis_url,
    )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> URL:
    """A database with the newest schema and nothing in it, to copy: made anew it takes a test's time."""
    url, _ = cluster.addresses()
    if not url:
        return migrated(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'amate.db'}")
    cluster.recreate(f"{url}_empty")
    return migrated(f"{url}_empty")


def migrated(url: str) -> URL:
    """A new database, which then has the newest schema, and no connection to it."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return make_url(url)


@pytest.fixture
def engine(settings: Settings, empty_database: URL) -> Iterator[Engine]:
    """A database with the newest schema and nothing in it."""
    template, url = empty_database.database, make_url(settings.database_url)
    assert template is not None
    assert url.database is not None
    if url.drivername == "sqlite":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, url.database)
    else:
        cluster.recreate(settings.database_url, template=template)
    engine = open_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ctx(engine: Engine, settings: Settings, clock: Clock) -> Iterator[Context]:
    """A Context at NOW, committed at the end of the test."""
    with open_context(engine, settings, actor="test", clock=clock) as ctx:
        yield ctx
