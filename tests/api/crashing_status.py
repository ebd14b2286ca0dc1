"""Publishes statuses again and again, stopped at each step in turn, and looks at what is served each time.

`python -m tests.api.crashing_status kill|full FOLDER`, with the steps of `crashing`. Before it there are as many
files and deltas as are ever kept, so that it has some to make and some to take away; and one more is revoked.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

from amate.context import Context
from amate.core.revocations import RevocationsToken, is_revoked
from amate.core.status_list import parse_status_token
from amate.errors import AmateError
from amate.features.audit import actions as audit
from amate.features.status import actions
from amate.features.trust import actions as trust
from tests.api.crashing import Stop, cheaply, context, in_child
from tests.api.test_revocations import ENOUGH, FILES, check_whole, names, opened, read


def before(ctx: Context) -> None:
    trust.init(ctx)
    given = [actions.allocate(ctx, "pass") for _ in range(ENOUGH + FILES + 2)]
    for index in given[:ENOUGH]:
        actions.revoke(ctx, index, "lost")
    for index in given[ENOUGH:-1]:
        actions.revoke(ctx, index, "lost")
        ctx.now += 1
        actions.publish(ctx)
    actions.revoke(ctx, given[-1], "stolen")
    (ctx.settings.home.parent / "last").write_text(str(given[-1]))


def look(home: Path, old: RevocationsToken | None) -> RevocationsToken:
    """Whoever fetches now finds the old token or a new one, and everything that it names; and lists that hold."""
    with context(home) as ctx:
        place = ctx.settings.published / "status"
        token = read(place / "revocations", ctx.settings)
        loaded = trust.load_trust(home, env="demo").trust
    check_whole(place / "revocations", token)
    assert len(token.deltas) == FILES
    is_new = is_revoked(opened(place / "revocations", token.sha256), int((home.parent / "last").read_text()))
    assert is_new == (old is None or token != old)
    keys = [key for keys in loaded.keys.values() for key in keys]
    uri = f"{loaded.policy.status_base}/0"
    parse_status_token((place / "0").read_text(), keys=keys, expected_uri=uri)
    return token


def again(home: Path) -> None:
    """Run once more: it is finished, and nothing is left behind."""
    with context(home) as ctx:
        actions.publish(ctx)
        ctx.commit()
        assert audit.verify(ctx)[1] == []
    token = look(home, None)
    deltas = {f"{each.base}-{token.sha256}" for each in token.deltas}
    place = home / "published" / "status" / "revocations"
    assert names(place) == {"token", token.sha256, *(each.base for each in token.deltas), *deltas}


def publish(home: Path, stop: Stop) -> None:
    """Publish, stopped somewhere; a full disk is refused in our own words."""
    try:
        with context(home) as ctx:
            ctx.tx.exec_driver_sql("SELECT 1")
            stop.install()
            actions.publish(ctx)
    except AmateError as error:
        if not (stop.mode == "full" and error.slug in ("storage-unavailable", "key-unavailable")):
            raise


def founded(home: Path) -> None:
    with context(home) as ctx:
        before(ctx)


def main(mode: str, folder: Path) -> int:
    cheaply()
    home, base, log = folder / "home", folder / "base", folder / "step"
    assert in_child(lambda: founded(home)) == 0
    shutil.copytree(home, base, symlinks=True)
    with context(home) as ctx:
        old = read(ctx.settings.published / "status" / "revocations", ctx.settings)
    steps: Counter[str] = Counter()
    for at in range(1, 100_000):
        shutil.rmtree(home)
        shutil.copytree(base, home, symlinks=True)
        log.unlink(missing_ok=True)
        ended = in_child(lambda at=at: publish(home, Stop(mode, at, log)))
        if ended == 0 and not log.exists():
            break
        step = log.read_text()
        steps[step] += 1
        assert ended == (-9 if mode == "kill" else 0), (at, step, ended)
        look(home, old)
        assert in_child(lambda: again(home)) == 0, (at, step)
    print(json.dumps({"steps": sum(steps.values()), "kinds": dict(steps)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
