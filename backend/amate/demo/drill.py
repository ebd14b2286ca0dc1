"""`amate keys drill`: the theft of a pass key, rehearsed from end to end on a deployment of its own, and timed.

Nothing of the deployment in AMATE_HOME is touched. The drill makes another in a temporary folder, with people, phones
and verifiers; steals a key; forges a pass that is green everywhere; then does what keys/README.md says and measures it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status

from amate.config import Settings, read_settings
from amate.context import system_clock
from amate.demo.rehearsal import Rehearsal
from amate.errors import Refused
from amate.terminal import EXIT_REFUSED, json_option, show

LIST_OUT_S = 600
RED_S = 900


@dataclass(frozen=True, slots=True)
class Timing:
    """One step: how long it took on this machine, or by the verifiers' clocks, against its limit in seconds."""

    step: str
    seconds: float
    limit_s: float | None
    detail: str

    @property
    def holds(self) -> bool:
        """Whether it was in time."""
        return self.limit_s is None or self.seconds <= self.limit_s


@dataclass
class Report:
    """What the drill found."""

    timings: list[Timing] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return not self.faults and all(timing.holds for timing in self.timings)


@click.command()
@click.option("--phones", type=click.IntRange(4, 190), default=40, show_default=True, help="People who hold passes.")
@click.option("--verifiers", type=click.IntRange(1, 200), default=20, show_default=True, help="Clinics' nodes.")
@click.option(
    "--hours", type=click.IntRange(1, 500), default=48, show_default=True, help="Simulated, of old files replayed."
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
    said = {"passed": report.passed, "steps": [asdict(each) | {"holds": each.holds} for each in report.timings]}
    show(said | {"faults": report.faults}, as_json=as_json, text=as_text(report))
    sys.exit(0 if report.passed else EXIT_REFUSED)


def rehearse(*, phones: int, verifiers: int, hours: int, tell: Callable[[str], object]) -> Report:
    """The drill; `tell` hears what is being done."""
    report = Report()
    with _scene(phones, verifiers, tell) as scene, timed(report) as step:
        tell("the key is stolen")
        forgery = scene.steal()
        _expect(report, scene.verdicts(forgery), {"valid"}, "a pass by the stolen key is green before anybody knows")
        tell("one person freezes, two distrust, the list goes out")
        with step("freeze: the key signs nothing in any process", None):
            scene.freeze()
        with step("decision to list out", LIST_OUT_S):
            scene.distrust()
        tell("verifiers synchronise")
        seconds = scene.sync_all()
        report.timings.append(Timing("every on-line verifier is red", seconds, RED_S, f"{verifiers} verifiers"))
        _expect(report, scene.verdicts(forgery), {"not_valid"}, "the forgery is red after a synchronisation")
        tell("phones renew")
        with step("affected passes renewed", None) as detail:
            affected, renewed = scene.renew()
            detail.append(f"{renewed} of {affected} affected, {affected / phones:.0%} of all")
        if affected != renewed:
            report.faults.append(f"{affected - renewed} phones did not renew")
        _expect(report, scene.own_verdicts(), {"valid"}, "every phone's own pass is green again")
        tell(f"old files are replayed for {hours} hours")
        with step("old metadata replayed in every order", None) as detail:
            tries, green = scene.replay(forgery, hours=hours)
            detail.append(f"{tries} tries over {hours} simulated hours")
        if green:
            report.faults.append(f"the forgery was green again {green} times")
    return report


def as_text(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{'ok' if each.holds else 'LATE':<5} {each.seconds:9.2f} s"
        f"{f' of {each.limit_s:.0f}' if each.limit_s else '':<8} {each.step}{f': {each.detail}' if each.detail else ''}"
        for each in report.timings
    ]
    lines += [f"FAULT {fault}" for fault in report.faults]
    return "\n".join([*lines, "the drill held" if report.passed else "the drill did not hold"])


def _expect(report: Report, found: set[str], expected: set[str], what: str) -> None:
    if found != expected:
        report.faults.append(f"{what}: expected {', '.join(expected)}, found {', '.join(sorted(found)) or 'nothing'}")


@contextmanager
def _scene(phones: int, verifiers: int, tell: Callable[[str], object]) -> Iterator[Rehearsal]:
    with tempfile.TemporaryDirectory(prefix="amate-drill-") as folder:
        settings = Settings(home=Path(folder) / "home", env="demo", database_url="", redis_url="", signer_socket=None)
        with Rehearsal.on(settings, Path(folder) / "verifiers", now=system_clock()) as scene:
            tell("people, phones and verifiers are made")
            scene.set_up(phones=phones, verifiers=verifiers)
            yield scene


@contextmanager
def timed(report: Report) -> Iterator[Callable[[str, float | None], _Step]]:
    """What measures a step by this machine's clock."""
    yield lambda name, limit_s: _Step(report, name, limit_s)


class _Step:
    def __init__(self, report: Report, name: str, limit_s: float | None) -> None:
        self._report, self._name, self._limit_s = report, name, limit_s
        self._detail: list[str] = []

    def __enter__(self) -> list[str]:
        self._started = time.perf_counter()
        return self._detail

    def __exit__(self, *_: object) -> None:
        seconds = time.perf_counter() - self._started
        self._report.timings.append(Timing(self._name, seconds, self._limit_s, ", ".join(self._detail)))
