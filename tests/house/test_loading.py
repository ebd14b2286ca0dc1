"""A command loads what it needs, since people wait for the rest, and keeps what it says it keeps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text

from amate.db.engine import open_engine
from amate.db.migrate import HERE, is_current, migrate, newest_revision

HEAVY = ("alembic", "numpy", "scipy")


def test_each_migration_is_named_by_its_revision() -> None:
    scripts = ScriptDirectory(str(HERE))
    found = {Path(script.path).name.partition("_")[0]: script.revision for script in scripts.walk_revisions()}
    assert all(name == revision for name, revision in found.items())
    assert scripts.get_heads() == [newest_revision()]


def test_a_schema_is_current_when_it_is_the_newest_and_only_then(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'one.db'}")
    with engine.connect() as connection:
        assert not is_current(connection)
    migrate(engine)
    with engine.begin() as connection:
        assert is_current(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        assert not is_current(connection)
    engine.dispose()


def test_a_command_on_a_current_schema_loads_nothing_heavy(tmp_path: Path) -> None:
    said = """
import sys
from amate.cli import cli
cli.main(["staff", "list"], standalone_mode=False)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
    env = {"AMATE_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    loaded = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", said], env=env, capture_output=True, text=True, check=True)
        loaded.append(set(done.stdout.splitlines()[-1].split()))
    assert "alembic" in loaded[0], "the first time, the schema is made"
    assert loaded[1].isdisjoint(HEAVY)


def test_what_is_committed_is_on_the_disk(tmp_path: Path) -> None:
    """In a process of its own: tests do not wait for disks."""
    said = f"""
from amate.db.engine import open_engine
with open_engine("sqlite:///{tmp_path}/one.db").connect() as tx:
    for name in ("journal_mode", "synchronous", "foreign_keys"):
        print(tx.exec_driver_sql(f"PRAGMA {{name}}").scalar())
"""
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["wal", "2", "1"]
