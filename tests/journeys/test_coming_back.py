"""A network that comes back is seldom there at once: the counter tries again soon, and nobody has to think of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.steps import expect_verdict, next_person, prepare_clinic, scan_at_once
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.live import LiveServer

pytestmark = pytest.mark.browser


def test_receipts_leave_soon_although_the_first_try_failed(server: LiveServer, open_browser: OpenBrowser) -> None:
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    page.context.set_offline(True)
    scan_at_once(page, sample(server, "printed"))
    expect_verdict(page, "check_identity")
    next_person(page)
    server.stop()  # the line is back before what is at its other end
    page.context.set_offline(False)
    page.get_by_role("button", name="Sin respuesta").click(timeout=30_000)  # a network, and nobody behind it
    expect(page.get_by_text("1 por enviar")).to_be_visible()
    expect(page.get_by_text("El servidor no responde. Se intentará solo.")).to_be_visible()
    server.start()
    expect(page.get_by_text("nada por enviar")).to_be_visible(timeout=45_000)
    expect(page.get_by_role("button", name="En línea", include_hidden=True)).to_have_count(1)
