"""K02, K05: no request is caused by a scan, nor timed by one: what counts is the cable.

Page, workers and browser all speak through it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from amate.core import encoding, qr_pass
from amate.core.qr_pass import Pass
from amate.demo.people import everybody
from amate.demo.phone import Phone
from amate.demo.seed import ENROLLED
from tests.journeys.camera import picture_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.phones import phone_of
from tests.journeys.steps import SHIFTED, expect_verdict, next_person, prepare_clinic, scan_at_once, type_code
from tests.journeys.test_main_job import PACHUCA_UMF, sample
from tests.journeys.wire import Sent, Wire
from tests.live import LiveServer

pytestmark = pytest.mark.browser
KINDS = {
    "screenshot": "check_identity",
    "printed": "check_identity",
    "skewed": "check_identity",
    "revoked": "not_valid",
    "expired": "not_valid",
    "forged": "not_valid",
    "foreign": "not_a_pass",
}
WITHIN_MS = 1500  # whatever a scan begins, it begins by then
EIGHT_DAYS_MS = 8 * 86_400_000
USES = "/api/v1/verifications/uses"


@pytest.fixture(scope="module")
def phone(server: LiveServer) -> Phone:
    """The phone of somebody whom the demonstration has not enrolled."""
    return phone_of(server, next(p for p in everybody()[ENROLLED:] if p.guardian_curp is None))


@pytest.fixture
def wire(server: LiveServer) -> Iterator[Wire]:
    wire = Wire(server.port)
    yield wire
    wire.close()


@pytest.mark.parametrize("network", ["on line", "off line", "no answer"])
def test_k02_no_request_is_caused_by_a_scan(
    server: LiveServer, open_browser: OpenBrowser, phone: Phone, wire: Wire, network: str
) -> None:
    clinic = open_browser(flags=[wire.flag])
    reception = prepare_clinic(clinic, server, PACHUCA_UMF)
    wire.settle()
    assert any(sent.path.startswith("/trust/") for sent in wire.requests()), "it is this browser's cable"
    before = list_of(wire)
    if network == "off line":
        clinic.set_offline(True)
    if network == "no answer":
        wire.pull()
    scan_everything(server, reception, phone)
    assert added(wire, before) == [], "a scan asks nobody anything"

    code = phone.one_time_code()
    type_code(reception, code)
    expect_verdict(reception, "valid" if network == "on line" else "check_identity")
    reception.wait_for_timeout(WITHIN_MS)
    asked = added(wire, before)
    assert [(sent.method, sent.path) for sent in asked] == ([] if network == "off line" else [("POST", USES)])
    for sent in asked:
        assert json.loads(sent.body) == {"cti": cti_of(code)}, "of a one-time code only its cti leaves"
    next_person(reception)
    if network == "on line":
        type_code(reception, code)
        expect_verdict(reception, "not_valid")
        next_person(reception)

    before = list_of(wire)
    reception.evaluate(SHIFTED % EIGHT_DAYS_MS)
    type_code(reception, sample(server, "printed"))
    expect_verdict(reception, "stale")
    reception.wait_for_timeout(WITHIN_MS)
    assert added(wire, before) == []


def scan_everything(server: LiveServer, reception: Page, phone: Phone) -> None:
    """Every kind of code by hand and by a scanner, one as a photograph; each left by its button."""
    for scan in (type_code, scan_at_once):
        scan(reception, phone.show())
        expect_verdict(reception, "valid")
        next_person(reception)
        for name, verdict in KINDS.items():
            scan(reception, sample(server, name))
            expect_verdict(reception, verdict)
            next_person(reception)
        reception.wait_for_timeout(WITHIN_MS)
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": picture_of(sample(server, "printed"))}
    reception.get_by_label("Tomar foto del código").set_input_files(files=[picture])
    expect_verdict(reception, "check_identity")
    reception.wait_for_timeout(WITHIN_MS)
    next_person(reception)


def list_of(wire: Wire) -> list[Sent]:
    return sorted(wire.requests())


def added(wire: Wire, before: list[Sent]) -> list[Sent]:
    """What was said on the cable since."""
    left = list(before)
    return [sent for sent in list_of(wire) if sent not in left or left.remove(sent) is not None]


def cti_of(code: str) -> str:
    found = qr_pass.parse(encoding.bytes_from_text(code))
    assert isinstance(found, Pass)
    return found.claims.cti.hex()
