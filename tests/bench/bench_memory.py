"""Ten hours of a counter, one scan after another: what it holds at the end against after the first hour.

A reception scans somebody every half minute and synchronises every quarter of an hour; here nobody waits in between.
The camera is on all day, and has to read a code at the end.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.bench.bench_browser import CLUES
from tests.bench.deployment import Deployment, seeded
from tests.bench.measure import Row
from tests.journeys import steps
from tests.journeys.camera import blank_feed, feed_of, picture_of
from tests.journeys.conftest import CHROMIUM, FLAGS, PHONE

HOURS = 10
SCANS_AN_HOUR, SYNCS_AN_HOUR = 120, 4
PHONES = 8
HEADING = "main.verdict h1"
LIMIT = 1.05
VALUES = frozenset(("object", "array", "string", "concatenated string", "sliced string", "closure", "number", "bigint"))


class Taken(NamedTuple):
    """What a page holds after its rubbish was collected.

    values: MB of objects, arrays, texts and closures; not the engine's own code, which grows as it learns what is hot
    """

    values: float
    nodes: int
    listeners: int


def run() -> list[Row]:
    """One row; a camera that has died raises."""
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as folder, seeded(PHONES) as deployment:
        deployment.server.start()
        first, last = a_day(deployment, Path(folder))
    against = f"after the first of {HOURS} hours, {SCANS_AN_HOUR} scans in each"
    named = zip(
        ("values of the script", "parts of the document", "listeners"), first, last, ("MB", "", ""), strict=True
    )
    return [
        Row(f"counter after a day: {what}", after, unit, against, before, LIMIT, at_most=True)
        for what, before, after, unit in named
    ]


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
