"""What every test may use: a data folder of its own, a clock that stands still, a database with its schema."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, text

from amate.config import Settings
from amate.context import Context, open_context
from amate.db.engine import open_engine
from amate.db.migrate import migrate

NOW = 1_795_000_000  # 2026-11-18T11:06:40Z
SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test deployment in a folder of its own; AMATE_TEST_DATABASE_URL puts it on PostgreSQL."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("only for tests")
    redis_url = os.environ.get("AMATE_TEST_REDIS_URL", "")
    if redis_url:  # what an earlier test called within this minute counts against nobody
        with contextlib.suppress(redis.ConnectionError), redis.Redis.from_url(redis_url) as counters:
            counters.flushdb()
    return Settings(
        home=tmp_path / "home",
        env="test",
        base_url="http://localhost:8000",
        passphrase_file=passphrase,
        database_url=os.environ.get("AMATE_TEST_DATABASE_URL", ""),
        redis_url=redis_url,
    )


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """A database with the newest schema and nothing in it."""
    engine = open_engine(settings.database_url)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def ctx(engine: Engine, settings: Settings, clock: Clock) -> Iterator[Context]:
    """A Context at NOW, committed at the end of the test."""
    with open_context(engine, settings, actor="test", clock=clock) as ctx:
        yield ctx
