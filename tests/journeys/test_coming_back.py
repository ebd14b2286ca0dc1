"""A network that comes back is seldom there at once: the counter tries again soon, and nobody has to think of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from amate.demo.people import everybody
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import OpenBrowser
from tests.journeys.phones import phone_of
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


def test_a_server_that_went_away_unnoticed_is_told_as_soon_as_somebody_asks_it(
    server: LiveServer, open_browser: OpenBrowser
) -> None:
    """The bar says «En línea» of what answered last; a code of one use asks, and no other scan does."""
    page = prepare_clinic(open_browser(), server, PACHUCA_UMF)
    phone = phone_of(server, next(p for p in everybody()[ENROLLED:] if p.guardian_curp is None))
    first, second = phone.one_time_code(), phone.one_time_code()
    expect(page.get_by_role("button", name="En línea")).to_be_visible()
    server.stop()
    scan_at_once(page, first)
    expect_verdict(page, "check_identity")
    next_person(page)
    expect(page.get_by_role("button", name="Sin respuesta")).to_be_visible()
    server.start()
    scan_at_once(page, second)
    expect_verdict(page, "valid")
    next_person(page)
    expect(page.get_by_role("button", name="En línea")).to_be_visible()
