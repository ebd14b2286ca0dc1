"""Publishers that run at once never share a number; a reader meets whole releases only, each newer than the last."""

from __future__ import annotations

import multiprocessing

from amate.config import Settings
from amate.context import Context, open_context, system_clock
from amate.db.engine import open_engine
from amate.errors import Conflict
from amate.features.trust import actions, repository, store
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
        repository.verify(anchor, read)
        seen.append(repository.version_of(read("timestamp.json") or b""))
    for publisher in publishers:
        publisher.join()
        assert publisher.exitcode == 0
    met = sum(conflicts.get() for _ in publishers)
    assert seen == sorted(seen)
    assert store.last_release(ctx.tx).timestamp == 1 + 36 - met
    newest = reader_of(ctx.settings.home)("timestamp.json") or b""
    assert repository.version_of(newest) == 1 + 36 - met
