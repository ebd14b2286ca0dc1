"""Row K04: whoever asks for more than a verdict is refused, and nobody's answer holds more than another's."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.qr_pass import Presentation
from tests.api.conftest import LoginAs
from tests.api.issuing import CURP, NAME, claimed, enrol, offer_to
from tests.api.soft_wallet import SoftWallet, json_of
from tests.conftest import Clock

ADDRESS = "/api/v1/verifications"
CLAIMS = [f"{name}_{n}" for name in ("curp", "nss", "address", "phone", "email") for n in range(4)]
# What DESIGN §3 lets a pass say of a person: short of these five nothing could be decided off line.
SAID = {"hint", "entitlements", "assigned_clinic", "status_index", "sealed"}


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context) -> SoftWallet:
    return claimed(client, clock, offer_to(ctx, enrol(ctx)))


def test_k04_twenty_claims_are_refused_and_the_answer_names_a_person_and_no_more(
    client: FlaskClient, login_as: LoginAs, wallet: SoftWallet
) -> None:
    headers = login_as("clinic")
    for member in ("claims", "scope", "dcql_query", "purpose"):
        text = json_of(wallet.qr_token())["text"]
        asked = client.post(ADDRESS, json={"text": text, member: CLAIMS}, headers=headers)
        assert (asked.status_code, asked.json["type"]) == (422, "/problems/invalid-input")
    said = json_of(client.post(ADDRESS, json={"text": json_of(wallet.qr_token())["text"]}, headers=headers))
    assert said["person"] in ({"name": NAME, "curp": CURP}, {"hint": "MHG0427"})


def test_k04_a_pass_holds_what_a_decision_needs_and_its_phone_adds_nothing_of_the_person(wallet: SoftWallet) -> None:
    found = qr_pass.parse(encoding.base64url_decode(json_of(wallet.new_pass())["pass"]))
    assert not isinstance(found, Presentation)
    of_the_pass = {"profile", "iat", "exp", "cti", "holder"}
    assert set(found.claims._fields) - of_the_pass - {"identity"} == SAID
    assert found.claims.identity is None


def test_e07_there_is_no_endpoint_that_an_answer_begun_elsewhere_could_come_back_to(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert "/oid4vci/token" in rules
    assert [
        rule for rule in rules if any(word in rule for word in ("authorize", "oid4vp", "callback", "response"))
    ] == []
