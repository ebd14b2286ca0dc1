"""Runs a publication again and again, stopped at each of its steps in turn, and looks at what is served each time.

`python -m tests.api.crashing SCENARIO kill|full FOLDER`: `kill` ends the process at step n as SIGKILL does, `full` has
step n fail as on a full disk. A step is any commit of the database and any call that changes the file system;
tests/api/crashing_keys.py shows of the same publication that nothing on disk changes in between. Nothing of this is
known to the program: the functions of `os` are replaced in a child of this process.
"""

from __future__ import annotations

import errno
import gc
import itertools
import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Cryptodome.IO import _PBES
from sqlalchemy import event
from sqlalchemy.engine import Engine

from amate.config import Settings
from amate.context import Context, open_context, system_clock
from amate.db.engine import open_engine
from amate.db.migrate import migrate
from amate.errors import AmateError
from amate.features.audit import actions as audit
from amate.features.trust import actions, founding, store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.ceremonies import record
from amate.features.trust.drafts import actions as drafts
from amate.signing import file, sealing
from amate.signing.signer import open_signer
from tests.api.holders import Holder, People, Verifier
from tests.api.rotating import stage_unpublished
from tests.conftest import scrypt_of_openssl

CALLS = ("open", "mkdir", "replace", "rename", "link", "symlink", "unlink", "rmdir", "fsync", "chmod", "fchmod")
Act = Callable[[Context], Any]


@contextmanager
def context(home: Path) -> Iterator[Context]:
    settings = Settings(home=home, env="demo", base_url="http://localhost:8000")
    is_new = not home.exists()
    engine = open_engine(settings.database_url)
    try:
        if is_new:
            migrate(engine)
        with open_context(engine, settings, actor="test", clock=system_clock) as ctx:
            ctx.signer = ctx.own = lambda uri: open_signer(uri, settings.passphrase_file)
            yield ctx
    finally:
        engine.dispose()


def cheaply() -> None:
    """What costs time and changes no step costs little: a guess at a passphrase, a copy of what a child inherits."""
    vars(file).update(FOR_PEOPLE=file.Cost(2, 1), FOR_MACHINES=file.Cost(2, 1))
    vars(sealing).update(_COST=2)
    vars(_PBES).update(scrypt=scrypt_of_openssl)
    gc.collect()
    gc.freeze()
    gc.disable()


@dataclass(frozen=True)
class Scenario:
    """A command, what there is before it, and what must be true once it has been run to its end."""

    before: Act
    run: Act
    after: Act


def in_child(act: Callable[[], None]) -> int:
    """How a child of this process that did `act` ended: 0, 1, or -9."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            act()
            status = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def changes(step: str) -> bool:
    """Whether the disk may be another one after this step."""
    return step == "sql COMMIT" or not step.startswith("sql")


class Stop:
    """Counts the steps of this process, and stops it at step number `at`."""

    def __init__(self, mode: str, at: int, log: Path) -> None:
        self.mode, self.at, self.count, self.log = mode, at, 0, log

    def step(self, name: str) -> None:
        if not changes(name):
            return
        self.count += 1
        if self.count != self.at:
            return
        self.log.write_bytes(name.encode())
        if self.mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def install(self) -> None:
        for name in CALLS:
            self.replace(name)
        if self.mode == "kill":
            event.listen(Engine, "before_cursor_execute", lambda *args: self.step(f"sql {args[2].split()[0]}"))
            event.listen(Engine, "commit", lambda _connection: self.step("sql COMMIT"))

    def replace(self, name: str) -> None:
        real = getattr(os, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            writes = name != "open" or (args[1] if len(args) > 1 else kwargs.get("flags", 0)) & os.O_CREAT
            if writes:
                self.step(name)
            return real(*args, **kwargs)

        setattr(os, name, counted)


def new_key(ctx: Context) -> None:
    stage_unpublished(ctx, "pass", actions.make_file_key(ctx, "pass"))
    ctx.commit()


def rotation(ctx: Context) -> str:
    """All keys are others but three of the root's; made once, beside the home."""
    path = ctx.settings.home.parent / "rotation.toml"
    if not path.exists():
        folder = path.parent / "holders"
        folder.mkdir()
        people = People(ctx, folder)
        for role, count in (("root", 2), ("targets", 3), ("snapshot", 1), ("timestamp", 1)):
            for number in range(count):
                people = people.joined(role, f"New {role} {number}")
        stay = [key for key in store.role_keys(ctx.tx) if key.role == "root"][:3]
        kept = tuple(Holder("root", key.holder, Path(key.uri.removeprefix("file:"))) for key in stay)
        text = People(ctx, folder, (*kept, *people.held)).ceremony(root=2)
        for holder in people.held:  # whose keys are not the deployment's own
            text = text.replace(holder.uri, people.unattended(holder.uri))
        path.write_text(text)
    return path.read_text()


def first(ctx: Context) -> str:
    """The first root, of people with keys beside the home; made once."""
    path = ctx.settings.home.parent / "first.toml"
    if not path.exists():
        folder = path.parent / "holders"
        folder.mkdir()
        founding.make_passphrase(ctx)
        path.write_text(People.of(ctx, folder).ceremony())
    return path.read_text()


def published(ctx: Context) -> None:
    assert store.last_release(ctx.tx).root == 1
    assert (ctx.settings.home / "ceremonies/1-first-root/transcript.txt").exists()


def rotated(ctx: Context) -> None:
    release = store.last_release(ctx.tx)
    assert (release.root, release.targets, release.snapshot) == (2, 2, 2)
    folder = ctx.settings.home / "ceremonies" / "2-rotate-root"
    transcript = json.loads((folder / "transcript.json").read_text())
    for each in transcript["files"]:
        raw = store.read_file(ctx.tx, each["path"].removeprefix("published/trust/"))
        assert each["path"].endswith("timestamp.json") or record.sha256(raw) == each["sha256"]


def published_key(ctx: Context) -> None:
    loaded = actions.load_trust(ctx.settings.home, env="demo")
    assert {key.kid8 for key in actions.list_keys(ctx)} == set(loaded.trust.keys)


def away(ctx: Context) -> None:
    """The holders go home: what is left here are the on-line keys."""
    actions.init(ctx)
    new_key(ctx)
    for key in store.role_keys(ctx.tx):
        if not key.is_online:
            Path(key.uri.removeprefix("file:")).unlink()


def drafted(ctx: Context) -> None:
    (waiting,) = drafts.waiting(ctx)
    assert waiting.needs[0].missing == 2


SCENARIOS = {
    "init": Scenario(lambda _ctx: None, actions.init, published_key),
    "first-root": Scenario(first, lambda ctx: ceremonies.run(ctx, first(ctx)), published),
    "publish": Scenario(lambda ctx: (actions.init(ctx), new_key(ctx)), actions.publish, published_key),
    "draft": Scenario(away, actions.publish, drafted),
    "rotate": Scenario(
        lambda ctx: (actions.init(ctx), rotation(ctx)), lambda ctx: ceremonies.run(ctx, rotation(ctx)), rotated
    ),
}


def look(home: Path, verifier: Verifier | None, *, is_first: bool) -> None:
    """Whoever reads the folder now, new or of old, finds a repository that holds."""
    folder = home / "published" / "trust"
    if is_first and not os.path.lexists(folder):
        return
    anchor = (home / "anchor.json").read_bytes()
    shutil.rmtree(home.parent / "fresh", ignore_errors=True)
    Verifier(home.parent / "fresh", anchor, folder).update()
    if verifier is not None:
        Verifier(verifier.home, anchor, folder).update()


def main(name: str, mode: str, folder: Path) -> int:
    cheaply()
    scenario = SCENARIOS[name]
    home, base, log = folder / "home", folder / "base", folder / "step"

    def acting(act: Act, stop: Stop | None = None) -> None:
        with context(home) as ctx:
            if stop is not None:
                ctx.tx.exec_driver_sql("SELECT 1")
                stop.install()
            act(ctx)

    assert in_child(lambda: acting(scenario.before)) == 0
    shutil.copytree(home, base, symlinks=True)
    verifier = None
    is_first = name in ("init", "first-root")
    if not is_first:
        verifier = Verifier(folder / "client", (home / "anchor.json").read_bytes(), home / "published" / "trust")
        verifier.update()
    steps: Counter[str] = Counter()
    for at in itertools.count(1):
        shutil.rmtree(home)
        shutil.copytree(base, home, symlinks=True)
        log.unlink(missing_ok=True)
        seen = verifier.copy(folder / "seen") if verifier else None
        ended = in_child(lambda at=at: one(acting, scenario.run, Stop(mode, at, log)))
        if ended == 0 and not log.exists():
            break
        step = log.read_text()
        steps[step] += 1
        assert ended == (-9 if mode == "kill" else 0), (at, step, ended)
        look(home, seen, is_first=is_first)

        def again(seen: Verifier | None = seen) -> None:
            acting(scenario.run)
            acting(scenario.after)
            look(home, seen, is_first=False)
            with context(home) as ctx:
                assert audit.verify(ctx)[1] == []

        assert in_child(again) == 0, (at, step)
        if seen is not None:
            shutil.rmtree(seen.home)
    print(json.dumps({"steps": sum(steps.values()), "kinds": dict(steps)}))
    return 0


def one(acting: Callable[..., None], run: Act, stop: Stop) -> None:
    """Run it once; a full disk is refused in our own words."""
    try:
        acting(run, stop)
    except AmateError as error:
        if not (stop.mode == "full" and error.slug in ("storage-unavailable", "key-unavailable")):
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
