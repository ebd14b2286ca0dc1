"""Nothing that names a person or proves anything reaches a log (row K06): a canary goes through a whole life.

The deployment is a real one, its log is all that its processes write; every step is taken rightly and wrongly.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from amate.app import create_app
from amate.config import Settings
from amate.context import Context, system_clock
from amate.core import curp, encoding
from amate.demo.phone import Phone
from amate.errors import Unavailable
from tests.api.conftest import LoginAs
from tests.live import LiveServer

BORN = date(1979, 8, 17)
GIVEN, FIRST, SECOND, PHONE = "Canarina", "Ocultini", "Silenciosa", "7719876543"
CURP = curp.build(GIVEN, FIRST, SECOND, birth_date=BORN, sex="M", state="HG")
PEOPLE = (GIVEN, FIRST, SECOND, CURP, PHONE)
ENROLMENTS, VERIFICATIONS = "/api/v1/enrolments", "/api/v1/verifications"
APPLICATION = {
    "curp": CURP,
    "given_names": GIVEN,
    "first_surname": FIRST,
    "second_surname": SECOND,
    "sex": "M",
    "birth_date": BORN.isoformat(),
    "birth_state": "HG",
    "nationality": "MEX",
    "organ_donation": "yes",
    "location": {"lat": 20.123456, "lon": -98.734567},
    "phone": PHONE,
}


class Life(NamedTuple):
    """What was said aloud in it, and what the deployment wrote meanwhile."""

    secrets: dict[str, str]
    log: str
    folder: Path


def token_of(server: LiveServer, role: str) -> str:
    token: str = json.loads(server.amate("staff", "token", "--role", role, "--json").stdout)["token"]
    return token


def go_wrong(server: LiveServer, said: dict[str, str]) -> None:
    """Whatever a client may send where it does not belong."""
    desk = {"Authorization": f"Bearer {said['desk token']}"}
    server.request("POST", ENROLMENTS, APPLICATION | {"birth_date": "1980-01-01", "sex": "H"}, desk)
    server.request("POST", ENROLMENTS, APPLICATION | {"given_names": f"{GIVEN} 7", CURP: FIRST}, desk)
    server.request("POST", ENROLMENTS, [APPLICATION], desk)
    server.request("POST", ENROLMENTS, APPLICATION, desk | {"Content-Type": "text/plain"})
    server.request("POST", ENROLMENTS, APPLICATION, {"Authorization": f"Bearer {said['desk token']}x"})
    for address in (CURP, f"{GIVEN}-{FIRST}", said["desk token"], said["offer code"], said["presentation"][:900]):
        server.request("GET", f"/api/v1/clinics/{quote(address)}?{quote(address)}")
        server.request("POST", f"/{quote(address)}", {address: address}, desk | {"User-Agent": address[:200]})
        server.request("POST", VERIFICATIONS, {"text": address, "clinic": address}, desk)


def live(server: LiveServer) -> dict[str, str]:
    """Enrol, claim, show, lend, verify, print; once as it should be, and in every wrong way."""
    said = {"desk token": token_of(server, "enrolment"), "clinic token": token_of(server, "clinic")}
    desk, clinic = ({"Authorization": f"Bearer {said[f'{who} token']}"} for who in ("desk", "clinic"))
    status, enrolled = server.request("POST", ENROLMENTS, APPLICATION, desk | {"Idempotency-Key": "canary-0001"})
    assert status == 201, enrolled
    said |= {"offer code": enrolled["offer"]["code"], "transaction code": f'"{enrolled["tx_code"]}"'}
    phone = Phone(server.send, server.url, system_clock, secrets.token_bytes)
    with pytest.raises(Unavailable):
        phone.claim(enrolled["offer"]["uri"], "000000" if enrolled["tx_code"] != "000000" else "111111")
    phone.claim(enrolled["offer"]["uri"], enrolled["tx_code"])
    said |= {"access token": phone.access_token, "first refresh token": phone.refresh_token}
    phone.refresh()
    said |= {"refresh token": phone.refresh_token, "credential": phone.credential}
    said |= {"pass": encoding.base64url_encode(phone.pass_bytes), "presentation": phone.show()}
    said |= {"one-time code": phone.one_time_code()}
    for text in (said["presentation"], said["one-time code"], said["presentation"][:-1], said["presentation"]):
        status, verdict = server.request("POST", VERIFICATIONS, {"text": text}, clinic)
        assert status == 200, verdict
    status, card = server.request("POST", f"/api/v1/people/{enrolled['person_id']}/cards", {}, desk)
    assert status == 201, card
    said |= {"printed card": card["text"]}
    assert server.request("POST", VERIFICATIONS, {"text": card["text"]}, clinic)[1]["person"]["curp"] == CURP
    go_wrong(server, said)
    return said


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    server = LiveServer(tmp_path_factory.mktemp("canary") / "home", extra={"AMATE_LOG_LEVEL": "debug"})
    server.seed()
    server.start()
    try:
        said = live(server)
    finally:
        server.stop()
    return Life(said, (server.home / "serve.log").read_text(), server.home)


def test_the_log_was_kept(life: Life) -> None:
    assert "issuance.wrong_tx_code" in life.log


@pytest.mark.parametrize("canary", PEOPLE)
def test_no_log_line_names_a_person(life: Life, canary: str) -> None:
    assert canary.casefold() not in life.log.casefold()
    assert "20.123456" not in life.log


def test_no_log_line_proves_anything(life: Life) -> None:
    found = {
        name
        for name, value in life.secrets.items()
        for piece in (value, value[:60], value[-60:], quote(value))
        if piece in life.log
    }
    assert found == set()


def test_the_log_of_who_did_what_names_nobody_either(life: Life) -> None:
    with closing(sqlite3.connect(life.folder / "amate.db")) as database:
        rows = database.execute("SELECT actor, action, subject, detail FROM audit_entry").fetchall()
    said = json.dumps(rows, ensure_ascii=False)
    assert "person.enrolled" in said
    assert [canary for canary in (*PEOPLE, *life.secrets.values()) if canary in said] == []


def test_a_defect_of_ours_is_told_without_anybodys_data(
    settings: Settings, ctx: Context, login_as: LoginAs, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(settings)

    def broken(_ctx: Context) -> None:
        try:
            raise KeyError(CURP)
        except KeyError as error:
            raise ValueError(f"{GIVEN} {FIRST}: {CURP} Bearer amate_{'x' * 43}") from error

    app.extensions["amate.authenticate"] = broken
    client: FlaskClient = app.test_client()
    answer = client.post(ENROLMENTS, json=APPLICATION)
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.json is not None
    logged = capfd.readouterr().err
    assert answer.json["incident"] in logged
    assert "ValueError" in logged
    assert "KeyError" in logged
    assert "broken" in logged
    seen = logged + answer.get_data(as_text=True)
    assert [canary for canary in (*PEOPLE, "amate_x") if canary in seen] == []
    app.extensions["amate.engine"].dispose()
