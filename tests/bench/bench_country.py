"""The country's clinics on a phone: bytes of their file and of a state's alone, and the time of the nearest.

All the units that were in operation in January 2025, as `tests.bench.country` makes them.
"""

from __future__ import annotations

import json
import statistics
from typing import Any

from playwright.sync_api import sync_playwright

from amate.features.clinics.pack import by_state, keys_in
from amate.features.trust.codings import BROTLI
from amate.features.trust.model import encode
from tests.bench.bench_clinics import points
from tests.bench.country import UNITS, the_country
from tests.bench.measure import Row
from tests.bench.pages import THROTTLE, page_with, slow_down
from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.live import ROOT

FILE_LIMIT_KB = 700
STATE_LIMIT = 1.15
NEAREST_LIMIT_MS = 2
ASKED = 500
TABLE = json.loads((ROOT / "tests/vectors/directory.json").read_text())["table"]
# A step of the browser's clock is as long as a question: each sample is of several.
NEAREST_MS = """([points, each]) => points.map(at => {
  const began = performance.now();
  for (let n = 0; n < each; n++) opened.nearestFor(rights, at, { limit: 5 });
  return (performance.now() - began) / each;
})"""
EACH = 20
OPEN = """() => {
  window.opened = clinics.parseDirectory(JSON.parse(raw));
  window.rights = {
    table: entitlement.parseTable(table), entitlements: [{ institution: 14, role: 1, untilDay: null }],
    assignedClinic: null, service: "general", onDay: 20619, birthDay: null,
  };
}"""


def run() -> list[Row]:
    """Three rows."""
    document = the_country()
    raw = encode(document)
    size_kb = kb_in_brotli(raw)
    state, share = largest_state(document)
    took_ms = nearest_ms(raw.decode())
    slow = f"the limit, at {THROTTLE} × CPU throttle"
    return [
        Row(f"{UNITS:,} clinics in one file, brotli", size_kb, "kB", "the limit", FILE_LIMIT_KB, 1.0, at_most=True),
        Row(
            f"the largest state's {share:.0%} of them in a file of its own, brotli",
            kb_in_brotli(encode(state)),
            "kB",
            "its share of that file",
            size_kb * share,
            STATE_LIMIT,
            at_most=True,
        ),
        Row(
            "nearest 5 of them for a person, p95",
            took_ms,
            "ms",
            slow,
            NEAREST_LIMIT_MS,
            1.0,
            at_most=True,
        ),
    ]


def kb_in_brotli(raw: bytes) -> float:
    """As the published folder holds it."""
    return len(BROTLI.packed(raw)) / 1000


def largest_state(document: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The file of the state that has the most units, and its share of the country's."""
    piece = max(by_state(document).values(), key=lambda state: len(keys_in(state)))
    return piece, len(keys_in(piece)) / len(keys_in(document))


def nearest_ms(raw: str) -> float:
    """Milliseconds of what a counter asks for a person of one institution, in a slow browser; the 95th percentile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = page_with(browser, clinics="clinic/directory.ts", entitlement="core/entitlement.ts")
        page.evaluate("([raw, table]) => { Object.assign(window, { raw, table }) }", [raw, TABLE])
        page.evaluate(OPEN)
        slow_down(page)
        taken: list[float] = page.evaluate(NEAREST_MS, [[list(place) for place in points(ASKED, 9)], EACH])
        browser.close()
    return statistics.quantiles(taken, n=20)[-1]
