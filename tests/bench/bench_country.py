"""The country's clinics on a phone: bytes of their file and of a state's alone, and the time of the nearest.

As many public units as were in operation in January 2025, each at a place of its own, with a name as hard to foretell
as those of a real state (the official file of Hidalgo takes 6.8 bytes a name), and an old key for every other one.
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
from typing import Any

from playwright.sync_api import sync_playwright

from amate.features.clinics.pack import by_state, directory_of, packed
from amate.features.trust.model import encode
from tests.bench.bench_clinics import clinic, points
from tests.bench.measure import Row
from tests.bench.pages import THROTTLE, page_with, slow_down
from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.live import ROOT

UNITS = 28_298
FILE_LIMIT_KB = 700
STATE_LIMIT = 1.15
NEAREST_LIMIT_MS = 2
ASKED = 500
KINDS = ("CENTRO DE SALUD", "UNIDAD MÉDICA RURAL", "U.M.F.", "HOSPITAL GENERAL")
SYLLABLES = "HUA TLA CUA PAN TE PEC MI XI CO TZIN CHI LA SAN TA MA RÍA TO LU CA JA LIS VE RA CRUZ ZA POP OA XA NO GUE"
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
    size_kb = kb_in_gzip(raw)
    took_ms = nearest_ms(raw.decode())
    slow = f"the limit, at {THROTTLE} × CPU throttle"
    return [
        Row(f"{UNITS:,} clinics in one file, gzip", size_kb, "kB", "the limit", FILE_LIMIT_KB, 1.0, at_most=True),
        Row(
            "a state with a tenth of them in a file of its own, gzip",
            kb_in_gzip(encode(a_tenth(document))),
            "kB",
            "a tenth of that file",
            size_kb / 10,
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


def kb_in_gzip(raw: bytes) -> float:
    """As the published folder holds it."""
    return len(gzip.compress(raw, 9)) / 1000


def a_tenth(document: dict[str, Any]) -> dict[str, Any]:
    """The file of a state that has a tenth of the country's units: those furthest to the west."""
    directory = directory_of(document)
    east_of = {clues: unit.lon for clues in document["clues"] if (unit := directory.find(clues)) and unit.lon}
    west = set(sorted(east_of, key=east_of.__getitem__)[: len(east_of) // 10])
    return by_state({**document, "state": ["XW" if clues in west else "XE" for clues in document["clues"]]})["XW"]


def the_country() -> dict[str, Any]:
    """`clinics.json` of it."""
    chance = random.Random(137)
    words = ["".join(chance.choices(SYLLABLES.split(), k=chance.randint(2, 4))) for _ in range(8_000)]
    units = [
        clinic(n, lat, lon)._replace(
            clues=f"{chance.choice('ABCDEFGHIJKLMNOP')}{chance.choice('ABCD')}IMB{n // 7:05d}{n % 7}",
            name=" ".join([chance.choice(KINDS), *chance.choices(words, k=2)]),
            municipality=words[round(30 * lat + 900 * lon) % 2_478],
        )
        for n, (lat, lon) in enumerate(points(UNITS, 8))
    ]
    aliases = {f"{unit.clues[:2]}SSA{chance.randrange(10**6):06d}": unit.clues for unit in units[::2]}
    return {"version": 1, "env": "test", **packed(units, aliases)}


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
