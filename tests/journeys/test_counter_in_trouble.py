"""The counter where something does not work: what each state looks like, and that it says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.camera import blank_feed
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.screens import Inspector
from tests.journeys.steps import expect_verdict, first_of, hold, next_person, prepare_clinic, scan_at_once
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser
RECEIPTS = "**/api/v1/verifications/receipts"
NO_CAMERA = """(() => {
  const refuse = (name) => Promise.reject(new DOMException("", name));
  navigator.mediaDevices.getUserMedia = () => refuse(sessionStorage.getItem("camera") ?? "NotAllowedError");
})()"""
CAMERAS = {
    "NotAllowedError": "no dio permiso para la cámara",
    "NotReadableError": "Otra aplicación está usando la cámara",
    "NotFoundError": "Este equipo no tiene cámara",
}
NO_ROOM = """(() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...row) {
    if (this.name === "receipts") throw new DOMException("", "QuotaExceededError");
    return put.apply(this, row);
  };
})()"""


def test_the_camera_in_every_state(server: LiveServer, open_browser: OpenBrowser, tmp_path: Path) -> None:
    feed = tmp_path / "camera.mjpeg"
    blank_feed(feed)
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE, feed=feed), server, PACHUCA_UMF)
    inspector = Inspector(page)
    page.locator("video").wait_for()
    inspector.look("scanning with a camera")
    page.context.add_init_script(NO_CAMERA)
    for name, said in CAMERAS.items():
        page.evaluate("(name) => sessionStorage.setItem('camera', name)", name)
        page.reload()
        page.get_by_text(said).first.wait_for()
        inspector.look(f"camera: {name}")
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_receipts_on_their_way_refused_and_in_conflict(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    inspector = Inspector(page)
    page.context.set_offline(True)
    for _ in range(2):
        scan_at_once(page, sample(server, "printed"))
        expect_verdict(page, "check_identity")
        next_person(page)
    held = hold(page, RECEIPTS)
    page.get_by_role("button", name="Sin red").click()
    expect(page.get_by_text("2 por enviar")).to_be_visible()
    inspector.look("receipts that wait")

    page.context.set_offline(False)
    sent = first_of(held, page)
    expect(page.get_by_text("enviando 2…")).to_be_visible()
    inspector.look("receipts on their way")

    said = [{"state": "refused", "why": "wrong-clinic"}, {"state": "conflict", "why": "receipt-gap"}]
    told = [{"id": str(n), **each} for n, each in enumerate(said)]
    sent.fulfill(status=200, content_type="application/json", body=json.dumps({"receipts": told}))
    expect(page.get_by_text("Recibos no aceptados: 1")).to_be_visible()
    expect(page.get_by_text("Son de otra clínica.")).to_be_visible()
    expect(page.get_by_text("Recibos con una contradicción: 1")).to_be_visible()
    expect(page.get_by_text("nada por enviar")).to_be_visible()
    inspector.look("receipts refused and in conflict")

    page.unroute(RECEIPTS)
    page.get_by_role("button", name="Enviar otra vez").click()
    expect(page.get_by_text("Recibos no aceptados")).to_have_count(0)
    page.get_by_role("button", name="Enterado").click()
    expect(page.get_by_text("Recibos con una contradicción")).to_have_count(0)
    assert inspector.faults == [], "\n".join(inspector.faults)


def test_a_full_device_says_that_no_receipt_was_left(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(viewport=SMALL_PHONE), server, PACHUCA_UMF)
    inspector = Inspector(page)
    page.context.add_init_script(NO_ROOM)
    page.reload()
    page.get_by_role("button", name="Teclear").wait_for()
    scan_at_once(page, sample(server, "printed"))
    expect_verdict(page, "check_identity")
    next_person(page)
    expect(page.get_by_text("no hay espacio en este equipo")).to_be_visible()
    inspector.look("no room for receipts")
    assert inspector.faults == [], "\n".join(inspector.faults)
