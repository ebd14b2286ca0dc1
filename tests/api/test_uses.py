"""A counter asks whether a one-time code is shown for the first time, and tells its cti alone."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.qr_pass import Pass
from amate.features.audit import store as audit_store
from tests.api.conftest import LoginAs
from tests.api.issuing import NAME, at_once, claimed, enrol, offer_to
from tests.api.soft_wallet import json_of
from tests.conftest import Clock

ADDRESS = "/api/v1/verifications/uses"


@pytest.fixture
def code(client: FlaskClient, clock: Clock, ctx: Context) -> str:
    """The text of a one-time code."""
    text: str = json_of(claimed(client, clock, offer_to(ctx, enrol(ctx))).qr_token())["text"]
    return text


def cti_of(code: str) -> str:
    found = qr_pass.parse(encoding.bytes_from_text(code))
    assert isinstance(found, Pass)
    return found.claims.cti.hex()


def test_the_first_question_uses_it_up(client: FlaskClient, login_as: LoginAs, code: str) -> None:
    body, headers = {"cti": cti_of(code)}, login_as("clinic")
    answers = [json_of(client.post(ADDRESS, json=body, headers=headers)) for _ in range(2)]
    assert answers == [{"first_use": True}, {"first_use": False}]


def test_every_use_is_one_line_of_the_log_without_a_name(
    client: FlaskClient, login_as: LoginAs, code: str, engine: Engine
) -> None:
    json_of(client.post(ADDRESS, json={"cti": cti_of(code)}, headers=login_as("clinic")))
    with engine.connect() as tx:
        entry = tx.execute(select(audit_store.entries).where(audit_store.entries.c.action == "pass.used")).one()
    assert entry.subject == cti_of(code)
    assert NAME.split()[0].upper() not in str(entry.detail).upper()


def test_a_hundred_counters_that_ask_at_once_get_one_yes(client: FlaskClient, login_as: LoginAs, code: str) -> None:
    body, headers, app = {"cti": cti_of(code)}, login_as("clinic"), client.application

    def ask(_turn: int) -> object:
        return json_of(app.test_client().post(ADDRESS, json=body, headers=headers))["first_use"]

    answers = at_once(100, ask)
    assert (answers.count(True), answers.count(False)) == (1, 99)


def test_of_a_code_that_nobody_was_given_here_nothing_is_said_and_an_alarm_rings(
    client: FlaskClient, login_as: LoginAs, engine: Engine
) -> None:
    for _ in range(2):
        assert json_of(client.post(ADDRESS, json={"cti": "ab" * 12}, headers=login_as("clinic"))) == {"first_use": None}
    with engine.connect() as tx:
        alarms = tx.execute(select(audit_store.entries).where(audit_store.entries.c.action == "key.alarm")).all()
    assert [alarm.subject for alarm in alarms] == ["ab" * 12] * 2


@pytest.mark.parametrize(
    "body", [{}, {"cti": 7}, {"cti": "ab" * 11}, {"cti": "AB" * 12}, {"cti": "ab" * 12, "text": "1"}]
)
def test_a_question_that_tells_less_or_more_than_a_cti_is_refused(
    client: FlaskClient, login_as: LoginAs, body: object
) -> None:
    answer = client.post(ADDRESS, json=body, headers=login_as("clinic"))
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-input")
