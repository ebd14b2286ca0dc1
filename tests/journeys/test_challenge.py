"""A phone whose clock is wrong answers to the counter's number, with the network off on both sides: so it is here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.camera import blank_feed, feed_of, picture_of
from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import longest_named, offered
from tests.journeys.screens import Inspector, modules_of
from tests.journeys.steps import (
    SHIFTED,
    card_code,
    claim,
    decode,
    expect_verdict,
    next_person,
    page_of,
    photograph,
    prepare_clinic,
    scan_at_once,
    type_code,
    wait_for_worker,
)
from tests.journeys.test_main_job import stands_whole_on_the_screen
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CLUES = "HGIMS900110"
AHEAD_MS = 2 * 3_600_000
LONGEST_VERSION = 13
STATIC = re.compile("/(assets|icons)/")  # files of the faces, which the service worker has
MET = "El teléfono respondió al número"


@pytest.fixture
def reception(server: LiveServer, open_browser: OpenBrowser) -> Page:
    return prepare_clinic(open_browser(viewport=SMALL_PHONE), server, CLUES)


@pytest.fixture
def phone_feed(tmp_path: Path) -> Path:
    path = tmp_path / "phone.mjpeg"
    blank_feed(path)
    return path


@pytest.fixture
def phone(server: LiveServer, open_browser: OpenBrowser, phone_feed: Path) -> Page:
    """A small phone with a card, whose clock is two hours ahead, and that has had no network since.

    It has scanned before, as whoever brings a card by the camera has: the decoder comes with that, not with the card.
    """
    page = page_of(open_browser(viewport=SMALL_PHONE, feed=phone_feed))
    claim(page, offered(server, longest_named()))
    wait_for_worker(page)
    page.reload()  # from now on the worker keeps what comes
    page.goto(f"{server.url}/wallet/#escanear")
    page.get_by_text("Apunte al código").wait_for()
    page.wait_for_load_state("networkidle")
    page.goto(f"{server.url}/wallet/#")
    page.context.set_offline(True)
    page.context.add_init_script(SHIFTED % AHEAD_MS)
    page.reload()
    card_code(page).wait_for()
    return page


@pytest.fixture
def no_network(server: LiveServer, reception: Page, phone: Page) -> Iterator[None]:
    """Neither has any, and nobody is there to answer."""
    server.stop()
    reception.context.set_offline(True)
    yield
    server.start()


def ask_button(reception: Page) -> Locator:
    """On the verdict where there is one, which lies over the other."""
    return reception.get_by_role("button", name="Pedir respuesta").last


def number_in_view(reception: Page) -> str:
    """What the receptionist reads aloud."""
    return reception.get_by_text(re.compile(r"^\d{3} \d{3}$")).inner_text().replace(" ", "")


def counters_code(reception: Page) -> Locator:
    return reception.get_by_role("img", name=re.compile("Código QR del número"))


def answer_typed(phone: Page, number: str) -> None:
    """The person types the number that is read to them."""
    phone.get_by_role("link", name="Me piden un número").click()
    phone.get_by_label("Número del mostrador").fill(f"{number[:3]} {number[3:]}")
    phone.get_by_role("button", name="Responder").click()
    expect(phone.get_by_text(f"Respondiendo a {number[:3]} {number[3:]}")).to_be_visible()


def new_code(phone: Page, before: str) -> str:
    """The phone's next code: another than the one before."""
    for _ in range(50):
        text = decode(card_code(phone))
        if text != before:
            return text
        phone.wait_for_timeout(100)
    raise AssertionError("the code stays the same")


def answer_to(phone: Page, number: str) -> str:
    """The code of a phone that answers to the number."""
    before = decode(card_code(phone))
    answer_typed(phone, number)
    return new_code(phone, before)


def test_a_phone_with_a_wrong_clock_answers_and_the_same_picture_never_again(
    reception: Page, phone: Page, no_network: None
) -> None:
    usual = decode(card_code(phone))
    scan_at_once(reception, usual)
    expect_verdict(reception, "check_identity")
    expect(reception.get_by_text("El reloj del teléfono va 2 h adelantado")).to_be_visible()

    ask_button(reception).click()
    number = number_in_view(reception)
    answer = answer_to(phone, number)
    assert stands_whole_on_the_screen(phone)
    assert modules_of(card_code(phone)) <= 17 + 4 * LONGEST_VERSION
    scan_at_once(reception, usual)  # what was photographed before does not answer, and the question goes on
    expect_verdict(reception, "check_identity")
    expect(reception.get_by_text("El código no responde al número")).to_be_visible()
    next_person(reception)
    assert number_in_view(reception) == number

    scan_at_once(reception, answer)
    scan_at_once(reception, answer)  # a reader that fires twice
    expect_verdict(reception, "valid")
    expect(reception.get_by_text(MET)).to_be_visible()
    expect(reception.get_by_text("Ya escaneada")).to_have_count(0)
    reception.wait_for_timeout(500)
    expect_verdict(reception, "valid")
    next_person(reception)

    scan_at_once(reception, answer)
    expect_verdict(reception, "check_identity")
    ask_button(reception).click()
    assert number_in_view(reception) != number
    scan_at_once(reception, answer)  # the answer to another question
    expect_verdict(reception, "check_identity")
    expect(reception.get_by_text("El código no responde al número")).to_be_visible()
    expect(reception.get_by_text(MET)).to_have_count(0)

    phone.get_by_role("button", name="Listo").click()
    scan_at_once(reception, new_code(phone, answer))
    expect_verdict(reception, "check_identity")


def test_the_phone_scans_the_number_and_nothing_is_sent_for_any_of_it(
    server: LiveServer, reception: Page, phone: Page, phone_feed: Path
) -> None:
    reception.get_by_text("En línea").wait_for()
    reception.wait_for_load_state("networkidle")
    asked: list[str] = []
    for page in (reception, phone):
        page.on("request", lambda r: None if STATIC.search(r.url) else asked.append(r.url))
    ask_button(reception).click()
    number = number_in_view(reception)
    assert decode(counters_code(reception)) == f"amate:challenge:{number}"

    feed_of(phone_feed, picture_of("1" + number * 20))
    before = decode(card_code(phone))
    phone.get_by_role("link", name="Me piden un número").click()
    phone.get_by_role("link", name="Escanear el número").click()
    expect(phone.get_by_text("Ese código no es el del número")).to_be_visible(timeout=60_000)
    phone.get_by_role("link", name="Escribir el número").click()
    feed_of(phone_feed, photograph(counters_code(reception)))
    phone.get_by_role("link", name="Escanear el número").click()
    expect(phone.get_by_text(f"Respondiendo a {number[:3]} {number[3:]}")).to_be_visible(timeout=60_000)
    type_code(reception, new_code(phone, before))
    expect_verdict(reception, "valid")
    assert asked == []


def test_the_camera_goes_on_looking_and_waits_for_the_answer(
    server: LiveServer, open_browser: OpenBrowser, phone: Page, feed: Path
) -> None:
    """The phone shows its usual code until its owner has typed the number: that is no verdict."""
    feed_of(feed, photograph(card_code(phone)))
    reception = prepare_clinic(open_browser(viewport=SMALL_PHONE, feed=feed), server, CLUES, waits=False)
    expect_verdict(reception, "check_identity")
    ask_button(reception).click()
    number = number_in_view(reception)
    reception.wait_for_timeout(3_000)
    assert number_in_view(reception) == number
    scan_at_once(reception, answer_to(phone, number))
    expect_verdict(reception, "valid")


@pytest.mark.parametrize("how", ["called off", "left for two minutes"])
def test_a_question_that_has_ended_takes_no_answer(reception: Page, phone: Page, how: str) -> None:
    ask_button(reception).click()
    answer = answer_to(phone, number_in_view(reception))
    if how == "called off":
        reception.get_by_role("button", name="Cancelar").click()
    else:
        expect(reception.get_by_text(re.compile("^quedan 1[01][0-9] s$"))).to_be_visible()
        reception.evaluate(SHIFTED % 121_000)
    expect(counters_code(reception)).to_have_count(0)
    scan_at_once(reception, answer)
    expect_verdict(reception, "check_identity")
    # A counter whose own clock jumped, as this test made it, can no longer tell whose it is.
    said = "El reloj del teléfono va 2 h" if how == "called off" else "va 2 h adelantado, o este equipo atrasado"
    expect(reception.get_by_text(said)).to_be_visible()


def test_the_phones_code_is_the_usual_one_again_after_two_minutes(phone: Page) -> None:
    answer_typed(phone, "493027")
    phone.evaluate(SHIFTED % 121_000)
    expect(phone.get_by_text("Respondiendo a")).to_have_count(0)
    expect(phone.get_by_role("link", name="Me piden un número")).to_be_visible()
    assert stands_whole_on_the_screen(phone)


def test_every_screen_of_it(reception: Page, phone: Page) -> None:
    counter, wallet = Inspector(reception), Inspector(phone)
    ask_button(reception).click()
    number = number_in_view(reception)
    counter.look("asking")
    type_code(reception, decode(card_code(phone)))
    expect_verdict(reception, "check_identity")
    counter.look("unanswered")
    wallet.look("card")
    phone.get_by_role("link", name="Me piden un número").click()
    phone.get_by_label("Número del mostrador").fill("493")
    phone.get_by_role("button", name="Responder").click()
    phone.get_by_text("El número tiene 6 dígitos").wait_for()
    wallet.look("typed too short")
    phone.get_by_role("link", name="Escanear el número").click()
    phone.get_by_text("Apunte al código pequeño").wait_for()
    wallet.look("scanning the number")
    phone.goto(f"{phone.url.split('#')[0]}#")
    answer = answer_to(phone, number)
    wallet.look("answering")
    next_person(reception)
    type_code(reception, answer)
    expect_verdict(reception, "valid")
    counter.look("answered")
    faults = counter.faults + wallet.faults
    assert faults == [], "\n".join(faults)
