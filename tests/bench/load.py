"""Requests a second of a server, measured by wrk: one thread of C, so that it is not what is measured."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).with_name("requests.lua")
CONNECTIONS = 32
WARM_UP_S = 1


@dataclass(frozen=True)
class Target:
    """An address that takes POSTs.

    bodies: gives the bodies of the next round, one JSON text a line; they go round
    """

    url: str
    bodies: Callable[[], Path]
    headers: dict[str, str] = field(default_factory=dict)


def requests_per_s(target: Target, seconds: int) -> float:
    """Answers a second over one round.

    Raises: FileNotFoundError without wrk; AssertionError when an answer was not 2xx or 3xx
    """
    program = shutil.which("wrk")
    if program is None:
        raise FileNotFoundError("wrk is not installed: `apt-get install wrk`, then run this bench again")
    headers = [part for header in target.headers.items() for part in header]
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    command = [program, *options, target.url, "--", str(target.bodies()), *headers]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    answered, micros, wrong = map(int, done.stdout.split()[-3:])
    if wrong:
        raise AssertionError(f"{wrong} of {answered} requests to {target.url} went wrong:\n{done.stdout}")
    return answered / micros * 1e6


def in_turn(first: Target, second: Target, *, seconds: int = 2, rounds: int = 7) -> tuple[float, float]:
    """Median requests a second of each, measured A B A B … so that the machine's drift touches both alike."""
    for target in (first, second):
        requests_per_s(target, WARM_UP_S)
    pairs = [(requests_per_s(first, seconds), requests_per_s(second, seconds)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
