"""In Chromium, six times slower than this machine: scan to verdict at the counter, a cold wallet's way to its code.

Both without a network, as in a clinic without one. The limits are seconds, so the ratio is to the limit itself.
Chromium throttles the main thread only: the decoder's share counts as what it took beside that, or six times what it
takes alone, whichever is more.
"""

from __future__ import annotations

import base64
import io
import statistics
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, Worker, sync_playwright

from amate.config import Settings
from amate.context import system_clock
from amate.db.engine import open_engine
from amate.demo.people import everybody
from amate.demo.seed import ENROLLED, acting, facts_of
from amate.features.enrolment import actions as enrolment
from tests.bench.deployment import Deployment, seeded
from tests.bench.measure import Row
from tests.journeys import steps
from tests.journeys.camera import frame_of, picture_of
from tests.journeys.conftest import CHROMIUM, FLAGS, PHONE
from tests.live import LiveServer

THROTTLE = 6
SCANS = 40
WARMING = 6
STARTS = 11
SCAN_LIMIT_S = 0.3
START_LIMIT_S = 1.0
CLUES = "HGIMS900110"
PROBE = Path(__file__).with_name("probe.js")
WATCH_DECODER = """() => {
  let began = 0;
  const post = self.postMessage.bind(self);
  const { copyTo } = VideoFrame.prototype;
  VideoFrame.prototype.copyTo = function (...given) {
    began = performance.now();
    return copyTo.apply(this, given);
  };
  self.postMessage = (...given) => { self.amateTookMs = performance.now() - began; post(...given); };
}"""
VERDICT = ".verdict-head h1"
CODE = ".qr svg path"


def run() -> list[Row]:
    """Two rows."""
    with seeded(WARMING + SCANS) as deployment, sync_playwright() as playwright:
        deployment.server.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        scans = scans_s(browser.new_context, deployment)
        starts = starts_s(browser.new_context, deployment.server)
        browser.close()
    p95 = statistics.quantiles(scans, n=20)[-1]
    start = statistics.median(starts)
    against = f"at {THROTTLE} × CPU throttle, off line"
    return [
        Row("scan to verdict, p95", p95, "s", against, SCAN_LIMIT_S, 1.0, at_most=True),
        Row("warm start to QR", start, "s", against, START_LIMIT_S, 1.0, at_most=True),
    ]


@contextmanager
def tab(new_context: Any) -> Iterator[Page]:
    """A tab of a profile of its own, with the probe in every page."""
    context = new_context(viewport=PHONE, locale="es-MX", permissions=["camera"], bypass_csp=True)
    context.set_default_timeout(60_000)
    context.add_init_script(path=PROBE)
    yield context.new_page()
    context.close()


def slow_down(page: Page) -> None:
    """Cut the network and most of the processor."""
    page.context.set_offline(True)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})


def scans_s(new_context: Any, deployment: Deployment) -> list[float]:
    """Seconds from a picture with a code to its painted verdict, for one phone after another."""
    pictures = [as_text(frame_of(picture_of(phone.show()))) for phone in deployment.phones]
    with tab(new_context) as page:
        steps.prepare_clinic(page.context, deployment.server, CLUES)
        scan_s(page, pictures[0])  # loads the decoder
        (decoder,) = (worker for worker in page.workers if "decode" in worker.url)
        decoder.evaluate(WATCH_DECODER)
        alone = statistics.median(both_s(page, decoder, picture)[1] for picture in pictures[1:WARMING])
        slow_down(page)
        throttled = [both_s(page, decoder, picture) for picture in pictures[WARMING:]]
    return [total + max(0, THROTTLE * alone - beside) for total, beside in throttled]


def both_s(page: Page, decoder: Worker, picture: str) -> tuple[float, float]:
    """Seconds of a scan as a whole, and of its decoder."""
    total = scan_s(page, picture)
    return total, decoder.evaluate("self.amateTookMs") / 1000


def scan_s(page: Page, picture: str) -> float:
    """Seconds from a picture before the camera to the painted verdict; then back to an empty counter."""
    ms: float = page.evaluate("([picture, verdict]) => amateProbe.scan(picture, verdict)", [picture, VERDICT])
    steps.expect_verdict(page, "valid")
    page.evaluate("amateProbe.hide()")
    steps.next_person(page)
    return ms / 1000


def starts_s(new_context: Any, server: LiveServer) -> list[float]:
    """Seconds from opening the wallet to its painted code, from what the device keeps."""
    with tab(new_context) as page:
        steps.claim(page, offer_for(server))
        steps.wait_for_worker(page)
        page.goto(f"{server.url}/wallet/")
        steps.card_code(page).wait_for()
        slow_down(page)
        taken = []
        for _ in range(STARTS):
            page.reload(wait_until="commit")
            taken.append(page.evaluate("code => amateProbe.appears(code)", CODE) / 1000)
    return taken


def offer_for(server: LiveServer) -> steps.Offer:
    """An offer for somebody who has no phone yet."""
    settings = Settings(home=server.home, port=server.port, env="demo")
    engine = open_engine(settings.database_url)
    with acting(engine, settings, system_clock()) as ctx:
        said = enrolment.enrol(ctx, facts_of(everybody()[ENROLLED - 1])).answer
    engine.dispose()
    return steps.Offer(said["offer"]["link"], said["offer"]["code"], said["tx_code"])


def as_text(frame: Image.Image) -> str:
    """A picture as a page can take it: as a camera gives it (I420; this one sees no colour), and deflated."""
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=85)
    light = Image.open(out).convert("L").tobytes()
    return base64.b64encode(zlib.compress(light + bytes([128]) * (len(light) // 2))).decode()
