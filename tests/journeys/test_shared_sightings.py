"""K02, K05: what one counter of a node was shown, the others notice; and nobody on the wire learns of the scan."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from amate.demo.people import everybody
from amate.demo.phone import Phone
from amate.demo.seed import ENROLLED
from tests.journeys.conftest import OpenBrowser
from tests.journeys.phones import phone_of
from tests.journeys.reception import CURPS, DESK, connect_counter, trusting
from tests.journeys.steps import expect_verdict, next_person, scan_at_once, type_code
from tests.journeys.test_kiosk import expect_told, leave_to_patients
from tests.journeys.test_main_job import sample
from tests.journeys.test_node_face import node
from tests.live import LiveServer
from tests.live_nodes import LiveNode

__all__ = ["node"]
pytestmark = pytest.mark.browser
SIGHTINGS = "/api/v1/verifications/sightings"
EVERY_MS, JITTER_MS = 5000, 2000
ELSEWHERE = re.compile("en otra ventanilla hace")
HERE = re.compile("Ya escaneada hace")


@pytest.fixture
def phone(server: LiveServer) -> Phone:
    """The phone of somebody whom the demonstration has not enrolled."""
    return phone_of(server, next(p for p in everybody()[ENROLLED:] if p.guardian_curp is None))


def is_exchange(request: Request) -> bool:
    return request.url.endswith(SIGHTINGS)


def next_exchange(page: Page) -> Request:
    """One that begins from now on, once its answer is there."""
    with page.expect_request(is_exchange, timeout=30_000) as begun:
        pass
    answer = begun.value.response()
    assert answer is not None
    assert (answer.finished(), answer.status) == (None, 200)
    return begun.value


def size_of(request: Request) -> tuple[int, int, int, int]:
    """Headers and body, of question and answer, as they are before HTTP/2 shortens what it has said already."""
    answer = request.response()
    assert answer is not None
    heads = (sum(len(name) + len(value) for name, value in each.items()) for each in (request.headers, answer.headers))
    return (*heads, len(request.post_data or ""), len(answer.body()))


def share(page: Page, other: Page) -> None:
    """What `page` was shown is known at the other."""
    next_exchange(page)
    next_exchange(other)


def notices(page: Page) -> Locator:
    return page.locator("main.verdict").get_by_text(re.compile(f"{ELSEWHERE.pattern}|{HERE.pattern}"))


def test_a_code_that_one_counter_was_shown_is_noticed_at_the_other(
    server: LiveServer, node: LiveNode, open_browser: OpenBrowser, phone: Phone
) -> None:
    one = connect_counter(open_browser(flags=[trusting(node)]), node, "Ventanilla 1")
    two = connect_counter(open_browser(flags=[trusting(node)]), node, "Ventanilla 2")
    device, printed = phone.show(), sample(server, "printed")
    for code, verdict in ((device, "valid"), (printed, "check_identity")):
        next_exchange(one)
        type_code(one, code)
        expect_verdict(one, verdict)
        expect(notices(one)).to_have_count(0)
        next_person(one)
        share(one, two)
        type_code(two, code)
        expect_verdict(two, verdict)
        expect(notices(two)).to_have_text([re.compile(r"^Ya se mostró en otra ventanilla hace \d+ s$")])
        next_person(two)

    type_code(two, phone.one_time_code())
    expect_verdict(two, "valid")
    there = re.compile(r"^Esta persona ya mostró otro código en otra ventanilla hace (\d+ s|\d+ min)$")
    expect(two.get_by_text(there)).to_be_visible()
    next_person(two)

    leave_to_patients(two)
    scan_at_once(two, phone.show())
    expect_told(two, DESK)
    said = two.inner_text("main.kiosk-answer")
    assert "otra ventanilla" not in said
    assert [curp for curp in CURPS if curp in said] == []


def test_k02_k05_a_scan_changes_neither_number_nor_size_nor_time_of_the_exchanges(
    server: LiveServer, node: LiveNode, open_browser: OpenBrowser, phone: Phone
) -> None:
    page = connect_counter(open_browser(flags=[trusting(node)]), node, "Ventanilla 3")
    page.get_by_role("button", name="En línea").first.click()
    page.get_by_text("Listo: todo al día").wait_for(timeout=60_000)
    page.keyboard.press("Escape")
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.context.on("request", note)

    def exchanges(*codes: str) -> list[Request]:
        next_exchange(page)
        asked.clear()
        for code in codes:
            scan_at_once(page, code)
            page.locator("main.verdict h1").wait_for()
            next_person(page)
        for _ in range(2 if codes else 3):
            next_exchange(page)
        return list(asked)

    codes = [phone.show(), *(sample(server, name) for name in ("printed", "revoked", "foreign"))]
    quiet, busy = exchanges(), exchanges(*codes)
    assert [request.url for request in (*quiet, *busy) if not is_exchange(request)] == []
    assert len({size_of(request) for request in (*quiet, *busy)}) == 1
    for each in (quiet, busy):
        began = [request.timing["startTime"] for request in each]
        gaps = [after - before for before, after in pairwise(began)]
        assert gaps, "there are two at least"
        assert [gap for gap in gaps if abs(gap - EVERY_MS) > JITTER_MS] == []
