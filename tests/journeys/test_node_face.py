"""The clinic's face at a node: let in by a code, put out by one command, and then it reads no name any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SMALL_PHONE, OpenBrowser
from tests.journeys.phones import phone_of
from tests.journeys.reception import code_for, connect_counter, trusting
from tests.journeys.screens import Inspector
from tests.journeys.steps import SEALING_KEYS, expect_verdict, next_person, page_of, type_code, wait_for_answer
from tests.journeys.test_main_job import PACHUCA_UMF, insured_person
from tests.live import LiveServer
from tests.live_nodes import LiveNode

pytestmark = pytest.mark.browser
EXCHANGE_EVERY_MS = 5000
NEVER_GIVEN = "00000000"


@pytest.fixture(scope="module")
def node(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    node = LiveNode(tmp_path_factory.mktemp("reception") / "node")
    node.enrol(server, clinic=PACHUCA_UMF)
    node.start()
    yield node
    node.stop()


def wanted_code(page: Page, node: LiveNode) -> Page:
    page.goto(f"{node.url}/clinic/")
    page.get_by_label("Código de la ventanilla").wait_for()
    return page


def enter(page: Page, code: str) -> None:
    page.get_by_label("Código de la ventanilla").fill(code)
    page.get_by_label("Código de la ventanilla").press("Enter")


def test_a_code_lets_a_counter_in_once_and_a_wrong_one_says_what_to_do(
    node: LiveNode, open_browser: OpenBrowser
) -> None:
    page = page_of(open_browser(viewport=SMALL_PHONE, flags=[trusting(node)]))
    inspector = Inspector(page)
    wanted_code(page, node)
    inspector.look("the code of a counter")
    code = code_for(node, "Ventanilla 1")
    enter(page, code[:5])
    expect(page.get_by_text("El código tiene 8 números; escribió 5.")).to_be_visible()
    enter(page, NEVER_GIVEN)
    expect(page.get_by_text("Ese código no sirve")).to_be_visible()
    inspector.look("a code that is none")
    enter(page, f"{code[:4]} {code[4:]}")
    page.get_by_role("button", name="Sí, aquí estoy").click()
    page.get_by_role("button", name="Ajustes").click()
    expect(page.get_by_role("button", name="Desconectar esta ventanilla")).to_be_visible()
    expect(page.get_by_text("Ventanilla 1. Para volver a entrar hace falta un código nuevo.")).to_be_visible()
    inspector.look("the settings of a node's counter")
    assert inspector.faults == []

    other = wanted_code(page_of(open_browser(flags=[trusting(node)])), node)
    enter(other, code)
    expect(other.get_by_text("Ese código no sirve")).to_be_visible()


def test_a_counter_that_was_withdrawn_reads_no_name_any_more(
    server: LiveServer, node: LiveNode, open_browser: OpenBrowser
) -> None:
    person = insured_person()
    phone = phone_of(server, person)
    context = open_browser(flags=[trusting(node)])
    page = connect_counter(context, node, "Tableta")
    context.set_offline(True)
    type_code(page, phone.show())
    expect_verdict(page, "valid")
    expect(page.get_by_text(person.curp)).to_be_visible()
    next_person(page)
    assert page.evaluate(SEALING_KEYS) != []

    node.amate("counter", "withdraw", "Tableta")
    context.set_offline(False)
    expect(page.get_by_label("Código de la ventanilla")).to_be_visible()
    assert page.evaluate(SEALING_KEYS) == []
    context.set_offline(True)
    page.reload()
    expect(page.get_by_label("Código de la ventanilla")).to_be_visible()


def test_a_counter_in_use_that_is_withdrawn_reads_no_name_within_seconds(
    node: LiveNode, open_browser: OpenBrowser
) -> None:
    page = connect_counter(open_browser(flags=[trusting(node)]), node, "Tableta en uso")
    wait_for_answer(page, SEALING_KEYS, bool)
    node.amate("counter", "withdraw", "Tableta en uso")
    expect(page.get_by_label("Código de la ventanilla")).to_be_visible(timeout=3 * EXCHANGE_EVERY_MS)
    assert page.evaluate(SEALING_KEYS) == []


def test_a_counter_that_is_let_in_again_shows_nobody_of_before(
    server: LiveServer, node: LiveNode, open_browser: OpenBrowser
) -> None:
    person = insured_person()
    page = connect_counter(open_browser(flags=[trusting(node)]), node, "Tableta dejada")
    type_code(page, phone_of(server, person).show())
    expect(page.get_by_text(person.curp)).to_be_visible()
    node.amate("counter", "withdraw", "Tableta dejada")
    page.get_by_label("Código de la ventanilla").fill(code_for(node, "Tableta de otra"), timeout=3 * EXCHANGE_EVERY_MS)
    page.get_by_role("button", name="Conectar").click()
    page.get_by_role("button", name="Teclear").wait_for()
    page.wait_for_timeout(500)
    expect(page.get_by_text(person.curp)).to_have_count(0)
    expect(page.get_by_role("button", name="Teclear")).to_be_visible()


@pytest.mark.parametrize("is_offline", [False, True])
def test_leaving_forgets_the_names_too(node: LiveNode, open_browser: OpenBrowser, *, is_offline: bool) -> None:
    context = open_browser(flags=[trusting(node)])
    page = connect_counter(context, node, "Ventanilla sin red" if is_offline else "Ventanilla 3")
    wait_for_answer(page, SEALING_KEYS, bool)
    context.set_offline(is_offline)
    page.get_by_role("button", name="Ajustes").click()
    page.get_by_role("button", name="Desconectar esta ventanilla").click()
    expect(page.get_by_label("Código de la ventanilla")).to_be_visible()
    wait_for_answer(page, SEALING_KEYS, lambda keys: keys == [])
    expect(page.get_by_role("status").filter(has_text="La sesión se cerró")).to_have_count(int(is_offline))
    context.set_offline(False)
    page.reload()
    expect(page.get_by_label("Código de la ventanilla")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Código de la ventanilla")).to_be_visible()
    assert page.evaluate(SEALING_KEYS) == []
