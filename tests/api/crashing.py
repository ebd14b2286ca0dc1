"""Runs a publication again and again, stopped at each of its steps in turn, and looks at what is served each time.

`python -m tests.api.crashing SCENARIO kill|full FOLDER`: `kill` ends the process at step n as SIGKILL does, `full` has
step n fail as on a full disk. A step is any commit of the database and any call that changes the file system;
tests/api/crashing_keys.py shows of the same publication that nothing on disk changes in between. So what a kill leaves
is copied in one run that goes on, whenever it is another one; at every tenth step the process is killed indeed. Nothing
of this is known to the program: the functions of `os` are replaced in a child of this process.
"""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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

KILLED_EVERY = 10  # steps
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


class Lefts:
    """A copy of a folder for each thing that a kill can leave there, by numbers from 0."""

    def __init__(self, watched: Path, copies: Path) -> None:
        self.watched, self.copies, self.names, self.last = watched, copies, list[str](), ""
        self.is_copying = False  # which is no step of what is watched

    def note(self, name: str) -> str:
        """The digest of what a kill before this step would leave; it is copied where it is another one."""
        found = digest_of(self.watched)
        if found != self.last:
            self.is_copying = True
            shutil.copytree(self.watched, self.copies / str(len(self.names)), symlinks=True)
            self.is_copying = False
            self.names.append(name)
            self.last = found
        return found


def at_each_kill(
    lefts: Sequence[str], steps: int, look: Callable[[int, str], None], kill: Callable[[int], bool]
) -> None:
    """Looks at what each kill leaves, and kills indeed at every tenth step.

    lefts: what a kill at a step leaves, by the step's name, each thing once
    steps: how many there are, at each of which a kill may come
    look:  at the copy of a number, left by what has this name
    kill:  at a step, and looks; False where there is none of this number
    """
    for number, name in enumerate(lefts):
        look(number, f"killed before {name}")
    for at in range(1, steps + 1, KILLED_EVERY):
        assert kill(at), f"there are fewer steps than {at}"
    assert not kill(steps + 1), "there are more steps than the first run had"


class Watch(Stop):
    """Stops never, and copies what a kill before each step would leave."""

    def __init__(self, log: Path, watched: Path, copies: Path) -> None:
        super().__init__("kill", 0, log)
        self.lefts, self.steps = Lefts(watched, copies), Counter[str]()

    def step(self, name: str) -> None:
        if self.lefts.is_copying or not changes(name):
            return
        super().step(name)
        self.steps[name] += 1
        self.lefts.note(f"{name}, number {self.count}")

    def tell(self) -> None:
        self.log.write_text(json.dumps({"steps": self.steps, "left": self.lefts.names}))


def digest_of(folder: Path) -> str:
    """Everything that lies in a folder; the memory that SQLite's processes share is theirs, and goes with them."""
    seen = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        seen.update(f"{path}\0{path.readlink() if path.is_symlink() else path.stat().st_mode}\0".encode())
        if path.is_file() and not path.name.endswith("-shm"):
            seen.update(path.read_bytes())
    return seen.hexdigest()


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


class Stopping:
    """One scenario, stopped again and again."""

    def __init__(self, name: str, mode: str, folder: Path) -> None:
        self.scenario, self.mode, self.is_first = SCENARIOS[name], mode, name in ("init", "first-root")
        self.home, self.base, self.log = folder / "home", folder / "base", folder / "step"
        self.copies, self.seen = folder / "left", folder / "seen"
        assert in_child(lambda: self.act(self.scenario.before)) == 0
        put(self.home, self.base)
        self.verifier = None
        if not self.is_first:
            anchor = (self.home / "anchor.json").read_bytes()
            self.verifier = Verifier(folder / "client", anchor, self.home / "published" / "trust")
            self.verifier.update()

    def act(self, act: Act, stop: Stop | None = None) -> None:
        with context(self.home) as ctx:
            if stop is not None:
                ctx.tx.exec_driver_sql("SELECT 1")
                stop.install()
            act(ctx)

    def once(self, stop: Stop) -> int:
        put(self.base, self.home)
        self.log.unlink(missing_ok=True)
        return in_child(lambda: one(self.act, self.scenario.run, stop))

    def run(self) -> Counter[str]:
        """How often there is each step, at all of which it was stopped and looked at."""
        return self.run_killed() if self.mode == "kill" else self.run_to_each()

    def run_killed(self) -> Counter[str]:
        assert self.once(Watch(self.log, self.home, self.copies)) == 0
        told = json.loads(self.log.read_text())
        steps = Counter[str](told["steps"])
        at_each_kill(told["left"], steps.total(), self.look_at, lambda at: self.stop(at) is not None)
        return steps

    def look_at(self, number: int, when: str) -> None:
        put(self.copies / str(number), self.home)
        self.check(when)

    def run_to_each(self) -> Counter[str]:
        steps = Counter[str]()
        while (step := self.stop(steps.total() + 1)) is not None:
            steps[step] += 1
        return steps

    def stop(self, at: int) -> str | None:
        """The step at which it was stopped and looked at; None where it has no such step."""
        ended = self.once(Stop(self.mode, at, self.log))
        if ended == 0 and not self.log.exists():
            return None
        step = self.log.read_text()
        assert ended == (-9 if self.mode == "kill" else 0), (at, step, ended)
        self.check(f"{self.mode} at {step}, number {at}")
        return step

    def check(self, when: str) -> None:
        seen = self.verifier.copy(self.seen) if self.verifier else None
        look(self.home, seen, is_first=self.is_first)
        assert in_child(lambda: self.run_again(seen)) == 0, when
        if seen is not None:
            shutil.rmtree(seen.home)

    def run_again(self, seen: Verifier | None) -> None:
        self.act(self.scenario.run)
        self.act(self.scenario.after)
        look(self.home, seen, is_first=False)
        with context(self.home) as ctx:
            assert audit.verify(ctx)[1] == []


def put(source: Path, target: Path) -> None:
    """The one in the place of the other."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)


def main(name: str, mode: str, folder: Path) -> int:
    cheaply()
    steps = Stopping(name, mode, folder).run()
    print(json.dumps({"steps": steps.total(), "kinds": dict(steps)}))
    return 0


def one(acting: Callable[..., None], run: Act, stop: Stop) -> None:
    """Run it once; a full disk is refused in our own words."""
    try:
        acting(run, stop)
        if isinstance(stop, Watch):
            stop.tell()
    except AmateError as error:
        if not (stop.mode == "full" and error.slug in ("storage-unavailable", "key-unavailable")):
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
