"""How fast the faces load by Lighthouse's mobile preset: a mid-range phone on a slow network, no cache.

Whatever else the machine does only slows a page down: the median of several runs is told, the wallet's timings too.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.bench.measure import Row
from tests.journeys.lighthouse import FACES, Report, milliseconds, report_of, score
from tests.live import LiveServer

RUNS = 5
LEAST_SCORE = 0.95
LCP_MS = 1500
TBT_MS = 50
AGAINST = "Lighthouse mobile, median of 5"


def run() -> list[Row]:
    """A score for each face; largest paint and blocking time for the wallet."""
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as name:
        folder = Path(name)
        server = LiveServer(folder / "home")
        server.seed()
        server.start()
        try:
            reports = {
                face: [report_of(f"{server.url}/{path}", folder, "performance") for _ in range(RUNS)]
                for face, path in FACES.items()
            }
        finally:
            server.stop()
    return [*(score_of(face, runs) for face, runs in reports.items()), *timings_of(reports["wallet"])]


def score_of(face: str, runs: list[Report]) -> Row:
    """Median score of a face, in points."""
    points = 100 * statistics.median(score(report, "performance") for report in runs)
    return Row(f"performance of the {face}", points, "points", AGAINST, 100, LEAST_SCORE, at_most=False)


def timings_of(runs: list[Report]) -> list[Row]:
    """Median paint and blocking time."""
    paint = statistics.median(milliseconds(report, "largest-contentful-paint") for report in runs)
    blocked = statistics.median(milliseconds(report, "total-blocking-time") for report in runs)
    return [
        Row("wallet, largest paint", paint, "ms", AGAINST, LCP_MS, 1.0, at_most=True),
        Row("wallet, main thread blocked", blocked, "ms", AGAINST, TBT_MS, 1.0, at_most=True),
    ]
