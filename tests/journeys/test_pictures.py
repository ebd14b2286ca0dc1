"""The camera's pictures reach the decoder in each way that browsers have, and in the next one where a way fails."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Playwright, expect

from tests.bench.pages import page_with
from tests.journeys.camera import feed_of, frame_of, picture_of, write_feed
from tests.journeys.conftest import CHROMIUM, FLAGS, OpenBrowser
from tests.journeys.steps import expect_verdict, prepare_clinic
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser
PIXELS, QUIET, MARK = 6, 4, 9  # a module of picture_of, its quiet zone, a corner mark with what surrounds it

# What the decoder cannot draw stands in for what it was given.
UNREADABLE = """
window.Worker = class extends window.Worker {
  postMessage(message, transfer) {
    const isSpoilt = %s;
    if (isSpoilt) super.postMessage({ id: message.id, frame: { displayWidth: 1, displayHeight: 1 } });
    else super.postMessage(message, transfer);
  }
};
"""
WAYS = {
    "frames": "",
    "frames that cannot be had": "window.VideoFrame = class { constructor() { throw new TypeError('not here'); } };",
    "frames that the worker cannot draw": UNREADABLE % "'frame' in message",
    "bitmaps": "delete window.VideoFrame;",
    "pixels": "delete window.VideoFrame; delete window.OffscreenCanvas;",
}
BROKEN = "() => { %s = () => { throw new TypeError(''); }; }"
WITHIN_THE_WORKER = {
    "light alone": BROKEN % "OffscreenCanvasRenderingContext2D.prototype.drawImage",
    "a canvas, where no light is handed over": BROKEN % "VideoFrame.prototype.copyTo",
}
# What the decoder is given of a frame of four by two pixels whose plane of light counts from one, in rows of `stride`.
LIGHT = """async ([format, stride, visibleRect]) => {
  const rows = [1, 2, 3, 4, 5, 6, 7, 8];
  const planes = { I420: [[stride, 2], [2, 1], [2, 1]], NV12: [[stride, 2], [4, 1]] }[format] ?? [[stride, 2]];
  const layout = [];
  let end = 0;
  for (const [bytes, count] of planes) {
    layout.push({ offset: end, stride: bytes });
    end += bytes * count;
  }
  const data = new Uint8Array(end).fill(99);
  for (const row of [0, 1]) data.set(rows.slice(4 * row, 4 * row + 4), stride * row);
  const given = { format, codedWidth: 4, codedHeight: 2, timestamp: 0, layout, ...visibleRect };
  const frame = new VideoFrame(data, given);
  const light = await window.light.luminanceOf(frame);
  frame.close();
  const closed = await window.light.luminanceOf(frame);
  return [light && Array.from(light), closed];
}"""


@pytest.mark.parametrize("way", WAYS)
def test_a_code_is_read_by(way: str, server: LiveServer, open_browser: OpenBrowser, feed: Path) -> None:
    feed_of(feed, picture_of(sample(server, "printed")))
    context = open_browser(feed=feed)
    context.add_init_script(WAYS[way])
    page = prepare_clinic(context, server, PACHUCA_UMF, waits=False)
    expect_verdict(page, "check_identity")


@pytest.mark.parametrize("way", WITHIN_THE_WORKER)
def test_in_the_worker_a_frame_is_read_by(way: str, server: LiveServer, open_browser: OpenBrowser, feed: Path) -> None:
    page = prepare_clinic(open_browser(feed=feed), server, PACHUCA_UMF)
    while not (decoders := [worker for worker in page.workers if "decode" in worker.url]):
        page.wait_for_event("worker")
    decoders[0].evaluate(WITHIN_THE_WORKER[way])
    feed_of(feed, picture_of(sample(server, "printed")))
    expect_verdict(page, "check_identity")
    assert decoders[0] in page.workers, "it failed, and another took its place"


def test_the_light_of_a_frame_is_what_the_camera_gave(playwright: Playwright) -> None:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    page = page_with(browser, light="device/luminance.ts")
    rows, right = b"P5 4 2 255\n" + bytes(range(1, 9)), b"P5 2 2 255\n" + bytes([3, 4, 7, 8])
    cut = {"visibleRect": {"x": 2, "y": 0, "width": 2, "height": 2}}
    for case, expected in (
        (["I420", 4, {}], rows),
        (["NV12", 4, {}], rows),
        (["I420", 7, {}], rows),
        (["NV12", 4, cut], right),
        (["I420", 4, {"displayWidth": 8, "displayHeight": 2}], None),
        (["RGBX", 16, {}], None),
    ):
        light, of_one_closed = page.evaluate(LIGHT, case)
        assert light == (None if expected is None else list(expected)), case
        assert of_one_closed is None, case
    browser.close()


def test_a_decoder_that_reads_nothing_is_told_with_a_way_out(
    server: LiveServer, open_browser: OpenBrowser, feed: Path
) -> None:
    feed_of(feed, picture_of(sample(server, "printed")))
    context = open_browser(feed=feed)
    context.add_init_script("window.spoils = true;" + UNREADABLE % "window.spoils")
    page = prepare_clinic(context, server, PACHUCA_UMF, waits=False)
    told = page.get_by_role("heading", name="No se pudo cargar el lector de códigos.")
    expect(told).to_be_visible(timeout=60_000)
    page.evaluate("window.spoils = false")
    page.get_by_role("button", name="Intentar otra vez").click()
    expect_verdict(page, "check_identity")


def test_a_code_that_no_picture_gives_is_read_by_all_of_them(
    server: LiveServer, open_browser: OpenBrowser, feed: Path
) -> None:
    pictures = [frame_of(spoilt(picture_of(sample(server, "printed")), seed)) for seed in range(10)]
    assert not any(zxingcpp.read_barcodes(each) for each in pictures), "one of them gives it alone"
    write_feed(feed, *pictures)
    page = prepare_clinic(open_browser(feed=feed), server, PACHUCA_UMF, waits=False)
    expect_verdict(page, "check_identity")


def spoilt(code: bytes, seed: int) -> bytes:
    """A PNG of a code in which eight of a hundred modules are wrong, others for each seed, but none at its corners."""
    modules = np.asarray(Image.open(io.BytesIO(code)).convert("L"))[::PIXELS, ::PIXELS].copy()
    place = np.arange(len(modules)) - QUIET
    last = len(modules) - 2 * QUIET - 1
    is_inside = (place >= 0) & (place <= last)
    is_outer = (place < MARK) | (place > last - MARK)
    hit = np.random.default_rng(seed).random(modules.shape) < 0.08
    hit &= np.outer(is_inside, is_inside) & ~np.outer(is_outer, is_outer)
    modules[hit] = 255 - modules[hit]
    out = io.BytesIO()
    Image.fromarray(modules).resize(np.multiply(modules.shape, PIXELS), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()
