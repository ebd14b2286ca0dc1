"""What the theft of one of the keys for passes costs: the share of the phones that it touches, and how fast they renew.

On the stage of `amate keys drill`, in one process with SQLite, in which the phones work too. A phone that renews takes
a new access token, asks whether it has to, and fetches its credential and a pass: seven requests, four signatures.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from amate.config import Settings
from amate.context import system_clock
from amate.demo.phone import Phone
from amate.demo.rehearsal import Rehearsal
from amate.demo.seed import acting
from amate.features.rotation import actions as rotation
from amate.features.trust import actions as trust
from tests.bench.measure import Row

PHONES = 190
PASSES = 20_000  # so many that what is measured is the share, and not luck
POPULATION, SHARDS, DAYS = 137_000_000, 4, 7  # days until the last verifier, off line since, calls nothing verified
SHARE_LIMIT = 1.05
NEEDED = POPULATION / SHARDS / (DAYS * 86_400)  # phones a second


def run() -> list[Row]:
    """Two rows."""
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as folder:
        settings = Settings(home=Path(folder) / "home", env="demo", database_url="", redis_url="", signer_socket=None)
        with Rehearsal.on(settings, Path(folder) / "verifiers", now=system_clock()) as scene:
            scene.set_up(phones=PHONES, verifiers=1)
            share = largest_share(scene)
            each_s = renewals_s(scene)
    touched = f"one of {SHARDS} equal shares"
    needed = f"all of a share of {POPULATION / 1e6:.0f} million within {DAYS} days"
    return [
        Row("passes that one stolen key touches", share, "of all", touched, 1 / SHARDS, SHARE_LIMIT, at_most=True),
        Row("phones renewed", 1 / statistics.median(each_s), "phones/s", needed, NEEDED, 1.0, at_most=False),
    ]


def largest_share(scene: Rehearsal) -> float:
    """The part of all passes that the key signs which signs most of them, and so the worst one to lose.

    Every pass asks for its key as is asked here.
    """
    with acting(scene.engine, scene.settings, scene.now) as ctx:
        signed = Counter(trust.active_key(ctx, "pass").kid for _ in range(PASSES))
    return max(signed.values()) / signed.total()


def renewals_s(scene: Rehearsal) -> list[float]:
    """Seconds of each phone that had to renew, once one of the keys was stolen, distrusted and published so."""
    scene.steal()
    scene.freeze()
    scene.distrust()
    assert scene.stolen is not None
    with acting(scene.engine, scene.settings, scene.now) as ctx:
        key = trust.find_key(ctx, scene.stolen.kid)
        asked = sum(rotation.ask_to_renew(ctx, key, rate=PHONES, sleep=lambda _s: None))
    taken = [took for took in map(renewal_s, scene.phones) if took is not None]
    with acting(scene.engine, scene.settings, scene.now) as ctx:
        left = rotation.renewals(ctx, key.kid)
    assert (len(taken), left.waiting, left.unasked) == (asked, 0, 0)
    return taken


def renewal_s(phone: Phone) -> float | None:
    """Seconds in which a phone renewed; None for one that need not."""
    began = time.perf_counter()
    phone.refresh()
    has_renewed = phone.renew_if_asked()
    return time.perf_counter() - began if has_renewed else None
