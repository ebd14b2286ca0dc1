"""The camera's pictures reach the decoder in each way that browsers have, and in the next one where a way fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.camera import feed_of, picture_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import expect_verdict, prepare_clinic
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser

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


@pytest.mark.parametrize("way", WAYS)
def test_a_code_is_read_by(way: str, server: LiveServer, open_browser: OpenBrowser, feed: Path) -> None:
    feed_of(feed, picture_of(sample(server, "printed")))
    context = open_browser(feed=feed)
    context.add_init_script(WAYS[way])
    page = prepare_clinic(context, server, PACHUCA_UMF, waits=False)
    expect_verdict(page, "check_identity")


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
