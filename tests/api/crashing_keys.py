"""Runs a command of `amate keys` or `amate entitlement`, killed at each of its steps; looks at what it left.

`python -m tests.api.crashing_keys FOLDER COMMAND…`. A first run of each is not killed: it shows that between two of its
steps nothing on disk changes but by a call that changes the file system, by a commit, or by what is said at the end.
So a kill leaves what lay there before one of those, and nothing else: that run copies it whenever it is another one
(locks and memory leave with the process, as in tests/traced.py), and from each copy the command is run again. At every
tenth step it is killed indeed. What has to be true then is in `left` and `finished`.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from amate import cli, terminal
from amate.config import KeySettings, Settings
from amate.db.engine import open_engine
from amate.features.audit import actions as audit
from amate.features.rotation import commands
from amate.features.rotation.renewing import ask_to_renew
from tests.api.crashing import Lefts, Stop, at_each_kill, changes, cheaply, context, digest_of, in_child, put
from tests.api.crashing_scenes import CHANGES_OF_RULES, COMMANDS, Command, found
from tests.api.holders import Verifier

Json = dict[str, Any]


class KeyStop(Stop):
    """Counts what changes the disk, and kills before number `at` of it; 0: never, but watches it and copies it."""

    def __init__(self, at: int, log: Path, lefts: Lefts) -> None:
        super().__init__("kill", at, log)
        self.lefts, self.names, self.before = lefts, Counter[str](), ("", "")

    def step(self, name: str) -> None:
        if self.lefts.is_copying:
            return
        if changes(name):
            super().step(name)
        if not self.at:
            self.look(name)

    def look(self, name: str) -> None:
        """That what was done since the step before is what that step said it would do."""
        self.names[name] += 1
        last, digest = self.before
        now = self.lefts.note(f"{name}, number {self.count}") if changes(name) else digest_of(self.lefts.watched)
        if last and not changes(last):
            assert now == digest, f"{last} changed the disk before its commit"
        self.before = (name, now)

    def install(self) -> None:
        super().install()
        step, real_echo, real_open = self.step, click.echo, io.open

        class Counted(io.FileIO):
            def write(self, content: Any) -> int:
                step("write")
                return super().write(content)

        def echo(*args: Any, **kwargs: Any) -> None:
            step("say")
            real_echo(*args, **kwargs)

        def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, int) or not set(mode) & set("wxa+"):
                return real_open(file, mode, *args, **kwargs)
            step("open")
            return Counted(file, mode.replace("b", "")) if "b" in mode else real_open(file, mode, *args, **kwargs)

        click.echo, io.open = echo, opened


def run_command(home: Path, arguments: list[str], said: Path, stop: KeyStop | None = None) -> int:
    """How `amate …` ends, in this process; its steps count once its settings are read and its database is open."""
    settings = Settings(home=home, env="demo", base_url="http://localhost:8000")
    for name in [name for name in os.environ if name.startswith("AMATE_")]:
        del os.environ[name]
    os.environ |= {"AMATE_HOME": str(home), "AMATE_ENV": "demo", "AMATE_BASE_URL": settings.base_url}

    def open_migrated(_settings: Settings) -> Any:
        engine = open_engine(settings.database_url)  # its schema is the newest: there is nothing to migrate
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM audit_entry")  # SQLite lays out its files
        if stop is not None:
            stop.install()
        return engine

    def read_key_settings() -> KeySettings:
        if stop is not None:
            stop.install()
        return real_settings()

    real_settings = commands.read_key_settings
    terminal.open_migrated, commands.read_key_settings = open_migrated, read_key_settings
    ask_to_renew.__kwdefaults__["sleep"] = lambda _s: None
    sys.argv = ["amate", *arguments]
    status = 0
    with saying(said):
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
    if stop is not None and not stop.at:
        stop.log.write_text(json.dumps({"names": stop.names, "left": stop.lefts.names}))
    return status


@contextmanager
def saying(said: Path) -> Iterator[None]:
    """What this process says goes into a file."""
    kept = [os.dup(1), os.dup(2)]
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)


def left(folder: Path, verifier: Verifier, fresh: Path | None) -> None:
    """What holds whenever it was killed: what is served, every chain of the log, and no key in clear.

    verifier: one that saw what was served before
    fresh:    the folder of one that has seen nothing; None where such a one has seen just this
    """
    home = folder / "home"
    verifier.update()
    if fresh is not None:
        Verifier(fresh, (home / "anchor.json").read_bytes(), home / "published" / "trust").update()
    for path in filter(Path.is_file, folder.rglob("*")):
        raw = path.read_bytes()
        assert set(re.findall(rb"BEGIN (.*?)PRIVATE KEY", raw)) <= {b"ENCRYPTED "}, path
        if path.suffix == ".pem" and raw:
            assert re.match(rb"(Made by Amate for the environment demo\n)?-----BEGIN ENCRYPTED ", raw), path
    with context(home) as ctx:
        assert audit.verify(ctx)[1] == []


def finished(folder: Path, base: Path) -> Json:
    """What a run that ended has made, without what is different each time; nothing half-made lies about.

    base: what there was before it
    """
    with closing(sqlite3.connect(folder / "home" / "amate.db")) as connection:
        return found_finished(folder, base, Rows(connection))


def found_finished(folder: Path, base: Path, rows: Rows) -> Json:
    home = folder / "home"
    staged = rows("SELECT content FROM rotation_proposal WHERE action = 'stage'")
    known = {json.loads(content)["key"]["uri"] for (content,) in staged}
    known |= {uri for (uri,) in rows("SELECT uri FROM issuer_key UNION SELECT uri FROM role_key")}
    files = {path.name for path in (home / "secrets" / "keys").iterdir()}
    known = {Path(uri).name for uri in known} | {path.name for path in (base / "home/secrets/keys").iterdir()}
    assert files <= known, f"nobody's: {files - known}"
    others = {path.name for path in (home / "secrets").iterdir()} - {"passphrase", "signers.json", "keys"}
    assert others == set(), others
    hidden = {path.name for path in folder.rglob(".*")} - {".lock"}
    assert hidden == set(), hidden
    assert len([path for path in (home / "releases").iterdir() if path.is_dir()]) <= 2
    listed = json.loads((home / "secrets" / "signers.json").read_text())["keys"]
    return {
        "proposals": rows.sorted("SELECT action, state, count(*) FROM rotation_proposal GROUP BY 1, 2"),
        "signatures": rows.sorted(
            "SELECT action, state, person, count(*) FROM rotation_signature s JOIN rotation_proposal p "
            "ON p.id = s.proposal_id GROUP BY 1, 2, 3"
        ),
        "keys": rows.sorted(
            'SELECT "use", shard, state, distrust IS NOT NULL, frozen_at IS NOT NULL, published_at IS NOT NULL, '
            "changed_by IS NOT NULL FROM issuer_key"
        ),
        "tables": rows.sorted(
            "SELECT number, version, changed_by IS NOT NULL, published_at IS NOT NULL FROM decision_table"
        ),
        "roles": rows.sorted("SELECT role, holder, is_online FROM role_key"),
        "halts": rows.sorted("SELECT kid, halted_at IS NOT NULL, faults FROM key_halt"),
        "asked": rows.sorted("SELECT count(*), renew_because FROM issuance_issued GROUP BY 2"),
        "drafts": rows.sorted("SELECT role, version, state FROM trust_draft"),
        "release": rows.sorted("SELECT max(root), max(targets) FROM trust_release"),
        "log": rows.sorted(
            "SELECT action, count(*) FROM audit_entry "
            "WHERE action NOT IN ('trust.published', 'audit.exported') GROUP BY 1"
        ),
        "key files": len(files),
        "signers": len(listed),
        "outside": sorted(str(p.relative_to(folder)) for p in (folder / "outside").rglob("*")),
    }


class Rows:
    """What a database says."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()

    def sorted(self, query: str) -> list[list[Any]]:
        return sorted([list(row) for row in self(query)], key=str)


def main(folder: Path, names: list[str]) -> int:
    whole, base = folder / "whole", folder / "base"
    (whole / "outside").mkdir(parents=True)
    for group in ("keys", "entitlement"):
        cli.cli.get_command(click.Context(cli.cli), group)  # loaded once, and not by each child
    cheaply()
    assert in_child(lambda: found(whole / "home")) == 0
    shutil.copytree(whole, base, symlinks=True)
    for name in names:
        told = Killing(folder, (COMMANDS | CHANGES_OF_RULES)[name]).run()
        print(json.dumps({"command": name, **told}), flush=True)
    return 0


class Killing:
    """One command, killed again and again."""

    def __init__(self, folder: Path, command: Command) -> None:
        self.folder, self.command = folder, command
        self.whole, self.base = folder / "whole", folder / "prepared"
        self.home, self.log, self.said = self.whole / "home", folder / "step", folder / "said"
        self.copies = folder / "left"
        self.arguments: list[str] = []
        self.served: set[str] = set()

    def prepare(self) -> None:
        plan, outside = self.folder / "arguments", self.whole / "outside"
        put(self.folder / "base", self.whole)
        assert in_child(lambda: plan.write_text(json.dumps(self.command.before(self.home, outside)))) == 0
        self.arguments = json.loads(plan.read_text())
        put(self.whole, self.base)
        shutil.rmtree(self.folder / "client", ignore_errors=True)
        anchor, published = (self.home / "anchor.json").read_bytes(), self.home / "published" / "trust"
        self.verifier = Verifier(self.folder / "client", anchor, published)
        self.verifier.update()

    def once(self, stop: KeyStop | None = None) -> int:
        return in_child(lambda: os._exit(run_command(self.home, self.arguments, self.said, stop)))

    def run(self) -> Json:
        """How many steps it has, and how many of them change the disk, at each of which a kill was looked at."""
        self.prepare()
        shutil.rmtree(self.copies, ignore_errors=True)
        assert self.once(self.stop(0)) == self.command.ends, self.said.read_text()
        log, wanted = json.loads(self.log.read_text()), self.finished()
        steps, lefts = log["names"], log["left"]
        changing = sum(count for name, count in steps.items() if changes(name))

        def look(number: int, when: str) -> None:
            put(self.copies / str(number), self.whole)
            self.check(when, wanted)

        at_each_kill(lefts, changing, look, lambda at: self.kill(at, wanted))
        return {"steps": sum(steps.values()), "kinds": steps, "killed": changing, "different": len(lefts)}

    def kill(self, at: int, wanted: Json) -> bool:
        """Whether it has such a step, at which it is killed and looked at; else it ends as ever."""
        put(self.base, self.whole)
        self.log.unlink(missing_ok=True)
        ended = self.once(self.stop(at))
        if not self.log.exists():
            assert ended == self.command.ends
            return False
        assert ended == -9, (at, ended)
        self.check(f"killed before {self.log.read_text()}, number {at}", wanted)
        return True

    def stop(self, at: int) -> KeyStop:
        return KeyStop(at, self.log, Lefts(self.whole, self.copies))

    def finished(self) -> Json:
        return finished(self.whole, self.base)

    def check(self, when: str, wanted: Json) -> None:
        """Looked at, run again, and looked at once more: by one process, since making each takes a run's time."""
        for name in ("seen", "fresh"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        seen, served = self.verifier.copy(self.folder / "seen"), digest_of((self.home / "published/trust").resolve())
        fresh = None if served in self.served else self.folder / "fresh"
        self.served.add(served)
        assert in_child(lambda: self.look_and_finish(seen, fresh, wanted)) == 0, when

    def look_and_finish(self, seen: Verifier, fresh: Path | None, wanted: Json) -> None:
        left(self.whole, seen, fresh)
        ended = run_command(self.home, self.arguments, self.said)
        said = self.said.read_text()
        is_excused = bool(self.command.excuse) and self.command.excuse in said
        assert ended == self.command.ends or is_excused, f"{ended}, {said}"
        found = self.finished()
        assert found == wanted, f"{found}, and not {wanted}"
        left(self.whole, seen, None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
