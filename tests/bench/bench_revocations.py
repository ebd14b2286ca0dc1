"""The revocations of a country: their bytes against the entropy of what they say, and the time of a question.

137 million credentials in 131 lists, of which so many are revoked as chance has it. The entropy is the logarithm of how
many ways there are to choose as many out of all; that of a delta, out of all that were not revoked. In Chromium, six
times slower than this machine, nothing else may wait long while a file is opened and while a delta is applied to it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import statistics
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from amate.core import revocations
from amate.core.revocations import Revocations
from amate.core.rice import Indices
from amate.core.status_list import LIST_SIZE
from tests.bench.measure import Row, seconds_each
from tests.bench.pages import THROTTLE, longest_turn_ms, node, page_with, slow_down
from tests.journeys.conftest import CHROMIUM, FLAGS

LISTS = 131
COUNTRY = LISTS * LIST_SIZE
SHARES = (0.001, 0.01, 0.05)
SWEPT = np.geomspace(SHARES[0], SHARES[-1], 60)
SWEPT_LISTS = 4
A_DAY = round(COUNTRY * 0.01 / 365)  # where one in a hundred is revoked in a year
ASKED = 20_000
FILE_LIMIT, DELTA_LIMIT = 1.02, 1.1
QUESTION_US, SLICE_MS = 50, 50
PAGES = 5
WORK = ("open", "add")


def run() -> list[Row]:
    """Nine rows."""
    chance = np.random.default_rng(137)
    files = {share: opened(revocations.pack_revocations(chosen(chance, share, LISTS))) for share in SHARES}
    sizes = [file_row(f"{share * 100:g} %", read) for share, read in files.items()]
    return [*sizes, swept_row(chance), delta_row(chance, files[0.01]), *time_rows(chance, files[0.05])]


def chosen(chance: np.random.Generator, share: float, lists: int) -> list[Indices]:
    """What is revoked in each list, when each index is as likely as any other."""
    return [np.flatnonzero(chance.random(LIST_SIZE) < share) for _ in range(lists)]


def a_day_after(chance: np.random.Generator, earlier: Revocations) -> tuple[bytes, bytes]:
    """The delta and the later file: A_DAY more are revoked."""
    before = [revocations.revoked_in(earlier, number) for number in range(LISTS)]
    all_before = np.concatenate([indices + number * LIST_SIZE for number, indices in enumerate(before)])
    new = np.setdiff1d(np.unique(chance.integers(0, COUNTRY, 2 * A_DAY)), all_before)
    new = np.sort(chance.permutation(new)[:A_DAY])
    lists = [np.union1d(indices, new[new // LIST_SIZE == n] % LIST_SIZE) for n, indices in enumerate(before)]
    later = revocations.pack_revocations(lists)
    return revocations.pack_delta(earlier, opened(later)), later


def opened(encoded: bytes) -> Revocations:
    return revocations.open_revocations(encoded, expected_sha256=sha256(encoded))


def sha256(encoded: bytes) -> str:
    return hashlib.sha256(encoded).hexdigest()


def revoked(read: Revocations) -> int:
    return sum(listed.revoked for listed in read.lists)


def entropy_bytes(count: int, of: int) -> float:
    """The bytes that nobody can do without to say which ones, on average."""
    return (math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)) / math.log(2) / 8


def entropy_row(name: str, size: int, of: int, count: int, limit: float) -> Row:
    return Row(name, size, "bytes", "the entropy of the choice", entropy_bytes(count, of), limit, at_most=True)


def file_row(share: str, read: Revocations) -> Row:
    return entropy_row(f"{share} of 137 million revoked", len(read.encoded), COUNTRY, revoked(read), FILE_LIMIT)


def swept_row(chance: np.random.Generator) -> Row:
    """The worst of many densities."""
    worst, size, count = max(swept(chance, share) for share in SWEPT)
    assert worst
    return entropy_row("the worst of 60 shares between 0.1 % and 5 %", size, SWEPT_LISTS * LIST_SIZE, count, FILE_LIMIT)


def swept(chance: np.random.Generator, share: float) -> tuple[float, int, int]:
    """Ratio to the entropy, bytes, how many are revoked."""
    lists = chosen(chance, share, SWEPT_LISTS)
    size, count = len(revocations.pack_revocations(lists)), sum(map(len, lists))
    return size / entropy_bytes(count, SWEPT_LISTS * LIST_SIZE), size, count


def delta_row(chance: np.random.Generator, earlier: Revocations) -> Row:
    delta, later = a_day_after(chance, earlier)
    assert revocations.apply_delta(earlier, delta, expected_sha256=sha256(later)).encoded == later
    unrevoked = COUNTRY - revoked(earlier)
    return entropy_row("what a day adds, 1 % revoked", len(delta), unrevoked, A_DAY, DELTA_LIMIT)


def time_rows(chance: np.random.Generator, full: Revocations) -> list[Row]:
    """A question in both languages, and the slices of a slow browser."""
    asked = chance.integers(0, COUNTRY, ASKED).tolist()
    delta, later = a_day_after(chance, full)
    hashes = {"sha256": sha256(full.encoded), "laterSha256": sha256(later)}
    made = {"file": full.encoded.hex(), "delta": delta.hex()} | hashes
    turns = longest_turns_ms(made)
    return [
        limit_row("is it revoked, Python", python_us(full, asked), "µs", QUESTION_US),
        limit_row("is it revoked, TypeScript in Node, p95", typescript_us(made, asked), "µs", QUESTION_US),
        limit_row("longest slice of opening 5 % revoked", turns["open"], "ms", SLICE_MS),
        limit_row("longest slice of adding a day to them", turns["add"], "ms", SLICE_MS),
    ]


def limit_row(name: str, value: float, unit: str, limit: float) -> Row:
    against = "the limit" if unit == "µs" else f"the limit, at {THROTTLE} × CPU throttle"
    return Row(name, value, unit, against, limit, 1.0, at_most=True)


def python_us(read: Revocations, asked: list[int]) -> float:
    """Median of the means of a hundred questions each."""
    questions = itertools.cycle(asked)
    means = [seconds_each(lambda: revocations.is_revoked(read, next(questions)), 100) for _ in range(ASKED // 100)]
    return statistics.median(means) * 1e6


def typescript_us(made: dict[str, str], asked: list[int]) -> float:
    """The 95th percentile in Node."""
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as folder:
        path = Path(folder) / "asked.json"
        path.write_text(json.dumps({"made": made, "asked": asked}))
        us: float = json.loads(node("revocations-times.mjs", str(path)))
    return us


def longest_turns_ms(made: dict[str, str]) -> dict[str, float]:
    """The longest turn of a slow page while it opens the file, and while it adds a day; of several new pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        taken = [turns_ms(browser, made) for _ in range(PAGES)]
        browser.close()
    return {name: max(each[name] for each in taken) for name in WORK}


def turns_ms(browser: Browser, made: dict[str, str]) -> dict[str, float]:
    """The longest turn of one page in each work, in time of its thread: the machine may have other work."""
    page = page_with(browser, timed="testing/revocations-times.ts")
    page.evaluate("made => { window.work = timed.inBackground(made) }", made)
    slow_down(page)
    longest = {name: longest_turn_ms(browser, page, f"work.{name}()") for name in WORK}
    page.close()
    return longest


if __name__ == "__main__":
    for row in run():
        print(f"{row.name}: {row.value:,.4g} {row.unit} against {row.reference:,.4g} ({row.against}): {row.ratio:.4f}")
