"""Publishers that run at once never share a number; a reader meets whole releases only, each newer than the last."""

from __future__ import annotations

import fcntl
import multiprocessing
from pathlib import Path

from amate.config import Settings
from amate.context import Context, open_context, system_clock
from amate.db.engine import open_engine
from amate.errors import Conflict, Unavailable
from amate.features.trust import actions, repository, store
from amate.features.trust.files import publish_file
from amate.features.trust.folder import reader_of
from amate.signing.signer import open_signer


def publish_often(settings: Settings, times: int, conflicts: multiprocessing.Queue) -> None:
    engine = open_engine(settings.database_url)
    met = 0
    for _ in range(times):
        try:
            with open_context(engine, settings, actor="test", clock=system_clock) as ctx:
                ctx.signer = lambda uri: open_signer(uri, settings.passphrase_file)
                actions.publish(ctx)
        except Conflict:
            met += 1
    engine.dispose()
    conflicts.put(met)


def test_many_publishers_at_once_and_a_reader_that_never_meets_half_of_it(ctx: Context) -> None:
    actions.init(ctx)
    ctx.commit()
    spawn = multiprocessing.get_context("spawn")
    conflicts = spawn.Queue()
    publishers = [spawn.Process(target=publish_often, args=(ctx.settings, 12, conflicts)) for _ in range(3)]
    for publisher in publishers:
        publisher.start()
    anchor, seen = (ctx.settings.home / "anchor.json").read_bytes(), [1]
    while any(publisher.is_alive() for publisher in publishers):
        read = reader_of(ctx.settings.home)
        began = repository.version_of(read("timestamp.json") or b"")
        try:
            repository.verify(anchor, read)
        except Unavailable:
            newest = repository.version_of(reader_of(ctx.settings.home)("timestamp.json") or b"")
            assert newest >= began + 2, "the release before is kept for whoever reads it still"
            continue
        seen.append(began)
    for publisher in publishers:
        publisher.join()
        assert publisher.exitcode == 0
    met = sum(conflicts.get() for _ in publishers)
    assert seen == sorted(seen)
    assert store.last_release(ctx.tx).timestamp == 1 + 36 - met
    newest = reader_of(ctx.settings.home)("timestamp.json") or b""
    assert repository.version_of(newest) == 1 + 36 - met


def test_what_a_killed_writer_left_is_taken_away_and_what_a_live_one_writes_is_not(tmp_path: Path) -> None:
    dead, live, others = (tmp_path / name for name in (".a.json.x1", ".a.json.x2", ".b.json.x3"))
    for path in (dead, live, others):
        path.write_text("half")
    with live.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        publish_file(tmp_path / "a.json", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", live.name, others.name}
    assert (tmp_path / "a.json").read_bytes() == b"whole"


def test_a_release_that_nobody_finished_does_not_take_the_place_of_the_one_before(ctx: Context) -> None:
    """A reader may still have that open."""
    actions.init(ctx)
    before = (ctx.settings.published / "trust").resolve()
    for left in (".9-killed", "9-killed-before-the-link-moved"):
        (ctx.settings.home / "releases" / left).mkdir()
    actions.publish(ctx)
    now = (ctx.settings.published / "trust").resolve()
    releases = {path.name for path in (ctx.settings.home / "releases").iterdir() if path.is_dir()}
    assert releases == {before.name, now.name}
