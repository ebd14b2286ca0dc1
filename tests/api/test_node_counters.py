"""Counters are let in by a code of the node's terminal, once, and put out by one command; nobody else is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from amate.config import Settings
from amate.errors import Conflict, Malformed, Unknown
from amate.features.verification.node import actions, model
from tests.api.nodes import CLUES, NAMES, ORIGIN, SoftNode, ask
from tests.conftest import Clock

pytestmark = pytest.mark.embedded
SESSION, COUNTER = "/api/v1/session", "/api/v1/session/counter"
NEAREST = "/api/v1/clinics/nearest?lat=20.2&lon=-98.7"


@pytest.fixture
def node(tmp_path: Path, settings: Settings, clock: Clock) -> Iterator[SoftNode]:
    (tmp_path / "pack").mkdir()
    node = SoftNode(tmp_path / "pack", settings, clock)
    yield node
    node.close()


def staff_of(browser: FlaskClient) -> object:
    answer = ask(browser, "GET", SESSION)
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["env"], answer.json["entry"]) == ("test", "counter-code")
    return answer.json["staff"]


def slug_of(browser: FlaskClient, code: str) -> tuple[int, str]:
    answer = ask(browser, "POST", COUNTER, {"code": code})
    return answer.status_code, "" if answer.status_code == 200 else answer.json["type"].removeprefix("/problems/")


UNKNOWN = (401, "counter-code-unknown")
IN = (200, "")


def test_a_code_lets_one_browser_in_and_the_cookie_is_seen_by_no_script(node: SoftNode) -> None:
    browser, code = node.browser(), node.code("Ventanilla 1")
    assert staff_of(browser) is None
    answer = ask(browser, "POST", COUNTER, {"code": model.shown_code(code)})
    expected = {"name": "Ventanilla 1", "role": "clinic", "clinic": CLUES}
    assert (answer.status_code, answer.json["staff"]) == (200, expected)
    cookie = answer.headers["Set-Cookie"]
    assert set(cookie.split("; ")[1:]) >= {"HttpOnly", "SameSite=Strict", "Path=/", "Secure", f"Max-Age={400 * 86_400}"}
    assert staff_of(browser) == expected
    assert ask(browser, "GET", NEAREST).status_code == 200
    secret = cookie.partition("=")[2].partition(";")[0]
    assert len(secret) == 43
    assert secret.encode() not in b"".join(path.read_bytes() for path in node.folder.glob("node.db*"))


def test_without_tls_the_cookie_is_not_marked_as_if_there_were(node: SoftNode) -> None:
    here = "http://localhost:8443"
    body = {"code": node.code("Ventanilla 1")}
    answer = node.browser().post(COUNTER, base_url=here, json=body, headers={"Origin": here})
    assert (answer.status_code, "Secure" in answer.headers["Set-Cookie"]) == (200, False)


def test_a_code_works_once_and_for_fifteen_minutes(node: SoftNode, clock: Clock) -> None:
    used, late = node.code("Ventanilla 1"), node.code("Ventanilla 2")
    assert slug_of(node.browser(), used) == IN
    assert slug_of(node.browser(), used) == UNKNOWN
    clock.now += 15 * 60
    assert slug_of(node.browser(), late) == UNKNOWN
    assert slug_of(node.browser(), node.code("Ventanilla 2", again=True)) == IN


def test_the_fifth_wrong_try_in_a_row_ends_every_open_code(node: SoftNode) -> None:
    one, other, browser = node.code("Ventanilla 1"), node.code("Ventanilla 2"), node.browser()
    wrong = next(f"{n:08}" for n in range(3) if f"{n:08}" not in (one, other))
    for _ in range(4):
        assert slug_of(browser, wrong) == UNKNOWN
    assert slug_of(browser, one) == IN, "after four it still works, and they are in a row no more"
    for _ in range(4):
        assert slug_of(browser, wrong) == UNKNOWN
    third = node.code("Ventanilla 3")
    assert slug_of(browser, wrong) == UNKNOWN
    assert slug_of(browser, other) == UNKNOWN, "its fifth"
    assert slug_of(browser, third) == IN
    fourth = node.code("Ventanilla 4")
    for _ in range(5):
        assert slug_of(browser, wrong) == UNKNOWN
    assert slug_of(browser, fourth) == UNKNOWN


def test_what_is_no_code_is_told_so_and_counts_as_no_try(node: SoftNode) -> None:
    code, browser = node.code("Ventanilla 1"), node.browser()
    for typed in ("", "1234", "letters!", "1234 567x", "１２３４５６７８"):
        answer = ask(browser, "POST", COUNTER, {"code": typed})
        assert (answer.status_code, answer.json["errors"][0]["where"]) == (422, "code"), typed
    assert slug_of(browser, code) == IN


def test_a_withdrawn_counter_is_answered_nothing_from_then_on(node: SoftNode) -> None:
    lost, other = node.counter("Tableta"), node.counter("Ventanilla 1")
    for path in ("/api/v1/sealing-keys", NEAREST):
        assert ask(lost, "GET", path).status_code != 401
    with node.at_terminal() as ctx:
        actions.withdraw_counter(ctx, "Tableta")
    asked = [("GET", "/api/v1/sealing-keys"), ("GET", NEAREST), ("POST", "/api/v1/verifications")]
    asked += [("POST", f"/api/v1/verifications/{what}") for what in ("receipts", "uses", "sightings")]
    asked += [("POST", "/api/v1/verifiers/reports"), ("GET", "/api/v1/nothing")]
    for method, path in asked:
        answer = ask(lost, method, path, {} if method == "POST" else None)
        assert (path, answer.status_code, answer.json["type"]) == (path, 401, "/problems/not-logged-in")
    assert staff_of(lost) is None
    assert staff_of(other) is not None


def test_a_withdrawn_counters_open_code_lets_nobody_in(node: SoftNode) -> None:
    code = node.code("Tableta")
    with node.at_terminal() as ctx:
        actions.withdraw_counter(ctx, "Tableta")
        actions.withdraw_counter(ctx, "Tableta")  # as often as somebody likes
    assert slug_of(node.browser(), code) == UNKNOWN
    assert slug_of(node.browser(), node.code("Tableta")) == IN, "the name is free"


def test_a_new_code_ends_the_old_session_when_it_is_used(node: SoftNode) -> None:
    before = node.counter("Ventanilla 1")
    with node.at_terminal() as ctx, pytest.raises(Conflict, match="counter-exists"):
        actions.add_counter(ctx, " Ventanilla   1 ", again=False)
    code = node.code("Ventanilla 1", again=True)
    assert staff_of(before) is not None
    after = node.browser()
    assert slug_of(after, code) == IN
    assert (staff_of(before), staff_of(after) is None) == (None, False)
    with node.at_terminal() as ctx:
        assert [each.name for each in actions.counters(ctx)] == ["Ventanilla 1"]


def test_a_counter_that_leaves_is_out(node: SoftNode) -> None:
    browser = node.counter()
    secret = browser.get_cookie("amate_session", domain="nodo.local").value
    assert ask(browser, "DELETE", SESSION).status_code == 204
    assert staff_of(browser) is None
    browser.set_cookie("amate_session", secret, domain="nodo.local", secure=True)
    assert (staff_of(browser), ask(browser, "GET", NEAREST).status_code) == (None, 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://nodo.local:8443"},
        {"Origin": "https://nodo.local"},
        {"Origin": "https://192.168.7.5:8443"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_sites_page_acts_for_no_counter(node: SoftNode, headers: dict[str, str]) -> None:
    """Row J05."""
    browser, code = node.counter(), node.code("Ventanilla 2")
    asked = [("POST", "/api/v1/verifications/uses", {"cti": "0" * 24}), ("DELETE", SESSION, None)]
    for method, path, body in [*asked, ("POST", COUNTER, {"code": code})]:
        answer = browser.open(path, method=method, base_url=ORIGIN, json=body, headers=headers)
        assert (path, answer.status_code, answer.json["type"]) == (path, 403, "/problems/cross-origin")
    assert staff_of(browser) is not None
    assert slug_of(node.browser(), code) == IN


@pytest.mark.parametrize("name", [*NAMES, "NODO.local.", "nodo.local:443"])
def test_every_name_of_the_node_is_its_own_origin(node: SoftNode, name: str) -> None:
    here = f"https://{name}"
    headers = {"Host": name, "Origin": here.removesuffix(":443")}
    answer = node.browser().post(COUNTER, base_url=here, json={"code": node.code("Ventanilla 1")}, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("host", ["rebound.example", "192.168.7.6", "nodo.local.example", "localhost.example:8443"])
def test_a_name_that_was_made_to_lead_here_is_answered_nothing(node: SoftNode, host: str) -> None:
    """DNS rebinding: to the browser, a page of that name is of one origin with us."""
    browser = node.counter()
    for path in ("/", "/clinic/", SESSION, "/api/v1/sealing-keys", "/anchor.json", "/healthz"):
        answer = browser.get(path, headers={"Host": host})
        assert (path, answer.status_code, answer.json["type"]) == (path, 404, "/problems/unknown-host")


def test_behind_a_proxy_of_ours_the_browsers_scheme_counts(tmp_path: Path, settings: Settings, clock: Clock) -> None:
    (tmp_path / "pack").mkdir()
    body, told = {}, {"X-Forwarded-Proto": "https", "Origin": ORIGIN}
    for proxies, status in ((0, 403), (1, 200)):
        node = SoftNode(tmp_path / "pack", settings.model_copy(update={"proxies": proxies}), clock)
        body["code"] = node.code("Ventanilla 1", again=proxies == 1)
        here = ORIGIN.replace("https", "http")
        answer = node.browser().post(COUNTER, base_url=here, json=body, headers=told)
        assert (answer.status_code, "Secure" in answer.headers.get("Set-Cookie", "")) == (status, proxies == 1)
        node.close()


def test_the_packs_token_is_asked_of_programs_and_nothing_is_open_without_it(node: SoftNode) -> None:
    program, paired = node.browser(), node.counter()
    bearer = {"Authorization": "Bearer only this clinic"}
    assert [ask(program, "GET", NEAREST, **each).status_code for each in ({}, bearer)] == [401, 401]
    (node.folder / "access-token").write_text("only this clinic\n")
    assert [ask(program, "GET", NEAREST, **each).status_code for each in ({}, bearer)] == [401, 200]
    for wrong in ("Bearer another", "Bearer ", "Basic only this clinic", "only this clinic"):
        assert ask(paired, "GET", NEAREST, Authorization=wrong).status_code == 401, "a token goes before a cookie"
    assert program.post("/api/v1/verifications", base_url=ORIGIN, json={"text": "1"}, headers=bearer).status_code == 200


def test_names_of_counters(node: SoftNode) -> None:
    with node.at_terminal() as ctx:
        for name in ("", "  ", "x" * 41, "a\tb\x00"):
            with pytest.raises(Malformed, match="bad-counter-name"):
                actions.add_counter(ctx, name, again=False)
        with pytest.raises(Unknown, match="unknown-counter"):
            actions.withdraw_counter(ctx, "Ventanilla 9")
        with pytest.raises(Unknown, match="unknown-counter"):
            actions.add_counter(ctx, "Ventanilla 9", again=True)


def test_a_session_that_comes_again_is_kept_for_as_long_again(node: SoftNode) -> None:
    browser = node.counter()
    answer = ask(browser, "GET", SESSION)
    assert f"Max-Age={400 * 86_400}" in answer.headers["Set-Cookie"]
    assert "Set-Cookie" not in ask(node.browser(), "GET", SESSION).headers


def test_two_browsers_with_one_code_are_one_counter(node: SoftNode) -> None:
    from tests.api.issuing import at_once

    code = node.code("Ventanilla 1")
    answers = at_once(20, lambda _turn: slug_of(node.browser(), code))
    assert answers.count(IN) == 1


def test_what_the_node_holds_of_its_counters_is_nobodys_to_read(node: SoftNode) -> None:
    node.counter()
    for path in node.folder.glob("node.*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_log_has_a_code_a_cookie_or_a_pass(node: SoftNode, capfd: pytest.CaptureFixture[str]) -> None:
    code, browser = node.code("Ventanilla 1"), node.browser()
    ask(browser, "POST", COUNTER, {"code": code})
    secret = browser.get_cookie("amate_session", domain="nodo.local").value
    ask(browser, "POST", "/api/v1/verifications/uses", {"cti": "0123456789abcdef01234567"})
    ask(browser, "POST", COUNTER, {"code": "00000000"})
    said = "".join(capfd.readouterr())
    assert [each for each in (code, secret, "0123456789abcdef01234567", "00000000") if each in said] == []
