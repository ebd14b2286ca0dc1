"""Ten hours of a counter, one scan after another: what it holds at the end against after the first hour.

A reception scans somebody every half minute and synchronises every quarter of an hour; here nobody waits in between.
The camera is on all day, and has to read a code at the end. The reader of its pictures works beside the page, and is
measured alone: twenty minutes of pictures, ten a second, most of them so spoilt that only several together give a pass.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.bench import damage
from tests.bench.bench_browser import CLUES
from tests.bench.bench_camera import PHONE as CODE
from tests.bench.bench_camera import all_codes
from tests.bench.deployment import Deployment, seeded
from tests.bench.measure import Row
from tests.bench.pages import node
from tests.journeys import steps
from tests.journeys.camera import blank_feed, feed_of, picture_of
from tests.journeys.conftest import CHROMIUM, FLAGS, PHONE

HOURS = 10
SCANS_AN_HOUR, SYNCS_AN_HOUR = 120, 4
PHONES = 8
HEADING = "main.verdict h1"
LIMIT = 1.05
VALUES = frozenset(("object", "array", "string", "concatenated string", "sliced string", "closure", "number", "bigint"))
# Of a picture's middle so many pixels; and of eight pictures so many that are spoilt.
LOOKED_AT, PICTURES, SPOILT_OF_8 = 400, 64, 6
LOOKS = 12_000
READER_TIMEOUT_S = 1800


class Taken(NamedTuple):
    """What a page holds after its rubbish was collected.

    values: MB of objects, arrays, texts and closures; not the engine's own code, which grows as it learns what is hot
    """

    values: float
    nodes: int
    listeners: int


def run() -> list[Row]:
    """Four rows; a camera that has died raises."""
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as folder, seeded(PHONES) as deployment:
        deployment.server.start()
        first, last = a_day(deployment, Path(folder))
    against = f"after the first of {HOURS} hours, {SCANS_AN_HOUR} scans in each"
    named = zip(
        ("values of the script", "parts of the document", "listeners"), first, last, ("MB", "", ""), strict=True
    )
    rows = [
        Row(f"counter after a day: {what}", after, unit, against, before, LIMIT, at_most=True)
        for what, before, after, unit in named
    ]
    return [*rows, reader_row()]


def reader_row() -> Row:
    """The reader after twenty minutes of pictures."""
    with tempfile.NamedTemporaryFile(prefix="amate-bench-") as file:
        file.write(pictures())
        file.flush()
        asked = json.dumps({"path": file.name, "side": LOOKED_AT, "count": LOOKS})
        before, after, read = json.loads(node("reader-memory.mjs", asked, "--expose-gc", timeout_s=READER_TIMEOUT_S))
    if read < LOOKS * (8 - SPOILT_OF_8) / 8:
        raise AssertionError(f"only {read} pictures gave a pass")
    against = f"after a tenth of {LOOKS:,} pictures"
    return Row("reader after 20 minutes of pictures", after / 1e6, "MB", against, before / 1e6, LIMIT, at_most=True)


def pictures() -> bytes:
    """The middles of pictures of a phone's code, most of them with the strongest noise."""
    (code, _), top, left = all_codes()[CODE], (damage.SIZE[1] - LOOKED_AT) // 2, (damage.SIZE[0] - LOOKED_AT) // 2
    stream = damage.Stream(code, seed=0, turns=True)
    levels = (70 if number % 8 < SPOILT_OF_8 else 3 for number in range(PICTURES))
    spoilt = (damage.noise(stream, level)[top : top + LOOKED_AT, left : left + LOOKED_AT] for level in levels)
    return b"".join(np.clip(each, 0, 255).astype(np.uint8).tobytes() for each in spoilt)


def a_day(deployment: Deployment, folder: Path) -> tuple[Taken, Taken]:
    """What the counter holds after its first hour and after its last."""
    feed = folder / "camera.mjpeg"
    blank_feed(feed)
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={feed}",
    ]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=CHROMIUM,
            args=[*FLAGS, *camera],
            viewport=PHONE,
            locale="es-MX",
            permissions=["camera"],
        )
        context.set_default_timeout(60_000)
        page = steps.prepare_clinic(context, deployment.server, CLUES)
        taken = []
        for _ in range(HOURS):
            an_hour(page, deployment)
            session = context.new_cdp_session(page)
            taken.append(taken_by(page, session))
            session.detach()
        feed_of(feed, picture_of(deployment.phones[0].show()))
        steps.expect_verdict(page, "valid")  # the camera lives
        context.close()
    return taken[0], taken[-1]


def an_hour(page: Page, deployment: Deployment) -> None:
    for number in range(SCANS_AN_HOUR):
        steps.scan_at_once(page, deployment.phones[number % PHONES].show())
        verdict = page.locator(HEADING)  # no handle to it, which would itself keep the screen that it is on
        verdict.wait_for()
        page.keyboard.press("Escape")
        verdict.wait_for(state="detached")
        if number % (SCANS_AN_HOUR // SYNCS_AN_HOUR) == 0:
            synchronise(page)


def synchronise(page: Page) -> None:
    page.get_by_role("button", name="En línea").click()
    page.get_by_role("button", name="Sincronizar ahora").click()
    page.get_by_text("nada por enviar").wait_for()
    page.get_by_role("button", name="Cerrar").click()


def taken_by(page: Page, session: CDPSession) -> Taken:
    page.wait_for_timeout(1000)  # what a scan left for later is done
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    counts = session.send("Memory.getDOMCounters")
    return Taken(values_mb(session), counts["nodes"], counts["jsEventListeners"])


def values_mb(session: CDPSession) -> float:
    """Megabytes of what scripts made, by a snapshot of the heap."""
    chunks: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    found = json.loads("".join(chunks))
    fields, (kinds, *_) = found["snapshot"]["meta"]["node_fields"], found["snapshot"]["meta"]["node_types"]
    kind, size, step, nodes = fields.index("type"), fields.index("self_size"), len(fields), found["nodes"]
    made = (nodes[at + size] for at in range(0, len(nodes), step) if kinds[nodes[at + kind]] in VALUES)
    return sum(made) / 1e6
