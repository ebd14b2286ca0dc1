"""`amate keys drill`: the theft of a pass key, rehearsed from end to end on a deployment of its own, and timed.

Nothing of the deployment in AMATE_HOME is touched. The drill makes another in a temporary folder, with people, phones
and verifiers; steals a key; forges a pass that is green everywhere; then does what keys/README.md says and measures it.
"""

from __future__ import annotations

import fcntl
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status

from amate.config import Settings, read_settings
from amate.context import system_clock
from amate.core import qr_pass
from amate.demo.rehearsal import Rehearsal
from amate.errors import Refused
from amate.terminal import EXIT_REFUSED, json_option, show

STAGE, LOCK = "amate-drill-", "lock"
LIST_OUT_S = 600
RED_S = 900


MEASURED, SIMULATED = "measured", "simulated"


@dataclass(frozen=True, slots=True)
class Timing:
    """One step: how long it took against its limit in seconds, and what happened.

    clock: measured on this machine, or simulated by the clock that the drill moves
    """

    step: str
    seconds: float
    limit_s: float | None
    clock: str
    detail: str

    @property
    def holds(self) -> bool:
        """Whether it was in time."""
        return self.limit_s is None or self.seconds <= self.limit_s


@dataclass(frozen=True, slots=True)
class Share:
    """How many phones the key had signed for, and how many it would have on average: chance decides, and few vary."""

    affected: int
    phones: int
    shards: int

    @property
    def usual(self) -> tuple[int, int]:
        """Between which counts 19 of 20 drills fall (two standard deviations of the binomial distribution)."""
        mean = self.phones / self.shards
        spread = 2 * math.sqrt(mean * (1 - 1 / self.shards))
        return max(0, math.floor(mean - spread)), min(self.phones, math.ceil(mean + spread))

    def as_text(self) -> str:
        """In one sentence."""
        least, most = self.usual
        return (
            f"{self.affected} of {self.phones} phones relied on the key; one of {self.shards} keys signs for "
            f"{1 / self.shards:.0%} on average, and with so few phones chance makes that {least} to {most}"
        )


@dataclass
class Report:
    """What the drill found."""

    timings: list[Timing] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    share: Share | None = None

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return not self.faults and all(timing.holds for timing in self.timings)


@click.command()
@click.option("--phones", type=click.IntRange(4, 190), default=40, show_default=True, help="People who hold passes.")
@click.option("--verifiers", type=click.IntRange(1, 200), default=20, show_default=True, help="Clinics' nodes.")
@click.option(
    "--hours", type=click.IntRange(1, 500), default=48, show_default=True, help="Simulated, of old timestamps replayed."
)
@json_option
def drill(phones: int, verifiers: int, hours: int, as_json: bool) -> None:
    """Rehearse the theft of a key, timed.

    Touches nothing of this deployment. Exit 1 when something did not hold.
    """
    if read_settings().env == "production":
        raise Refused("demo-refused", "rehearse on staging: a drill makes people and keys of its own")
    with Status("", console=Console(stderr=True)) as status:
        report = rehearse(phones=phones, verifiers=verifiers, hours=hours, tell=status.update)
    show(_said(report), as_json=as_json, text=as_text(report))
    sys.exit(0 if report.passed else EXIT_REFUSED)


def _said(report: Report) -> dict[str, object]:
    share = report.share
    return {
        "passed": report.passed,
        "steps": [asdict(each) | {"holds": each.holds} for each in report.timings],
        "share": None if share is None else asdict(share) | {"average": 1 / share.shards, "usual": share.usual},
        "faults": report.faults,
    }


def rehearse(*, phones: int, verifiers: int, hours: int, tell: Callable[[str], object]) -> Report:
    """The drill; `tell` hears what is being done."""
    report = Report()
    with _scene(phones, verifiers, tell) as scene:
        forgery = _theft(report, scene, tell)
        _decision(report, scene, tell)
        _recovery(report, scene, forgery, tell)
        _replay(report, scene, forgery, hours, tell)
    return report


def _theft(report: Report, scene: Rehearsal, tell: Callable[[str], object]) -> qr_pass.Claims:
    tell("the key is stolen")
    with _Step(report, "a pass key is stolen") as detail:
        forgery = scene.steal()
        detail.append(f"one of {scene.shards}, with its passphrase; nobody knows yet")
    with _Step(report, "a forged pass is green on a verifier") as detail:
        found = scene.verdicts(forgery)
        detail.append(f"{_counted(found)}; each is the Python verifier with a pack of its own, synchronised before")
    _expect(report, found, {"valid"}, "a pass by the stolen key is green before anybody knows")
    return forgery


def _decision(report: Report, scene: Rehearsal, tell: Callable[[str], object]) -> None:
    tell("one person freezes, two distrust, the list goes out")
    with _Step(report, "freeze by one person") as detail:
        scene.freeze()
        detail.append("the key signs nothing more in any process")
    with _Step(report, "from decision to list out", LIST_OUT_S) as detail:
        scene.distrust()
        detail.append("two people sign the distrust, the list is signed and published; the targets keys are at hand")


def _recovery(report: Report, scene: Rehearsal, forgery: qr_pass.Claims, tell: Callable[[str], object]) -> None:
    tell("verifiers synchronise")
    seconds = scene.sync_all()
    found = scene.verdicts(forgery)
    detail = f"{_counted(found)}; each synchronised at its next turn, this is the last one's wait"
    report.timings.append(Timing("every on-line verifier is red", seconds, RED_S, SIMULATED, detail))
    _expect(report, found, {"not_valid"}, "the forgery is red after a synchronisation")
    tell("phones renew")
    with _Step(report, "affected passes are renewed") as told:
        affected, renewed = scene.renew()
        report.share = Share(affected, len(scene.phones), scene.shards)
        told.append(f"{renewed} of {affected} phones; {report.share.as_text()}")
    if affected != renewed:
        report.faults.append(f"{affected - renewed} phones did not renew")
    _expect(report, scene.own_verdicts(), {"valid"}, "every phone's own pass is green again")


def _replay(
    report: Report, scene: Rehearsal, forgery: qr_pass.Claims, hours: int, tell: Callable[[str], object]
) -> None:
    tell(f"old timestamps are replayed for {hours} hours")
    tries, green = scene.replay(forgery, hours=hours)
    detail = f"{tries} tries, the forgery was green {green} times"
    report.timings.append(Timing("old timestamps replayed in every order", hours * 3600, None, SIMULATED, detail))
    if green:
        report.faults.append(f"the forgery was green again {green} times")


def as_text(report: Report) -> str:
    """The report for people: each step in order, with its time, whose clock that is, its limit, and what happened."""
    lines = []
    for number, each in enumerate(report.timings, 1):
        limit = "" if each.limit_s is None else f", limit {each.limit_s:.0f} s"
        lines.append(
            f"{number}. {'ok  ' if each.holds else 'LATE'}  {each.step}: {each.seconds:.2f} s {each.clock}{limit}"
        )
        lines.append(f"         {each.detail}")
    lines += [f"FAULT {fault}" for fault in report.faults]
    return "\n".join([*lines, "the drill held" if report.passed else "the drill did not hold"])


def _counted(found: Mapping[str, int]) -> str:
    total = sum(found.values())
    return ", ".join(f"{count} of {total} verifiers say {verdict}" for verdict, count in sorted(found.items()))


def _expect(report: Report, found: Mapping[str, int], expected: Iterable[str], what: str) -> None:
    if set(found) != set(expected):
        report.faults.append(f"{what}: expected {', '.join(expected)}, found {', '.join(sorted(found)) or 'nothing'}")


@contextmanager
def _scene(phones: int, verifiers: int, tell: Callable[[str], object]) -> Iterator[Rehearsal]:
    with staged() as folder:
        settings = Settings(home=folder / "home", env="demo", database_url="", redis_url="", signer_socket=None)
        with Rehearsal.on(settings, folder / "verifiers", now=system_clock()) as scene:
            tell("people, phones and verifiers are made")
            scene.set_up(phones=phones, verifiers=verifiers)
            yield scene


@contextmanager
def staged() -> Iterator[Path]:
    """A temporary folder, gone afterwards; what drills left that were killed goes with it."""
    for left in Path(tempfile.gettempdir()).glob(f"{STAGE}*"):
        _remove_unused(left)
    with tempfile.TemporaryDirectory(prefix=STAGE) as name:
        folder = Path(name)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # held until the process ends, however it ends
            yield folder


def _remove_unused(folder: Path) -> None:
    try:
        with (folder / LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    except OSError:
        return  # a drill that is running, one that is only beginning, or somebody else's


class _Step:
    """Measures a step by this machine's clock; what it is given tells what happened."""

    def __init__(self, report: Report, name: str, limit_s: float | None = None) -> None:
        self._report, self._name, self._limit_s = report, name, limit_s
        self._detail: list[str] = []

    def __enter__(self) -> list[str]:
        self._started = time.perf_counter()
        return self._detail

    def __exit__(self, *_: object) -> None:
        seconds = time.perf_counter() - self._started
        self._report.timings.append(Timing(self._name, seconds, self._limit_s, MEASURED, ", ".join(self._detail)))
