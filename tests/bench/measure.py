"""How the benches measure: two things in turn, many short rounds, medians, one ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    limit:  the ratio's bound; `at_most` says on which side of it the ratio must stay
    curves: what it was taken from, one value a level
    """

    name: str
    value: float
    unit: str
    against: str
    reference: float
    limit: float
    at_most: bool
    curves: dict[str, list[float]] | None = None

    @property
    def ratio(self) -> float:
        return self.value / self.reference

    @property
    def holds(self) -> bool:
        return self.ratio <= self.limit if self.at_most else self.ratio >= self.limit

    @property
    def limit_text(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"

    def as_dict(self) -> dict[str, object]:
        rounded = {name: float(f"{getattr(self, name):.4g}") for name in ("value", "reference", "ratio")}
        facts = {name: fact for name, fact in asdict(self).items() if fact is not None}
        return facts | rounded | {"holds": self.holds}


def seconds_each(work: Callable[[], object], times: int) -> float:
    """Mean seconds of one call, over `times` calls in a row."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def in_turn(
    first: Callable[[], object], second: Callable[[], object], *, times: int = 200, rounds: int = 25
) -> tuple[float, float]:
    """Median seconds of one call of each, measured A B A B … so that the machine's drift touches both alike."""
    seconds_each(first, times), seconds_each(second, times)
    pairs = [(seconds_each(first, times), seconds_each(second, times)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
