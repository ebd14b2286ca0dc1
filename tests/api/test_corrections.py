"""Somebody who is registered already with another spelling: the desk is shown both, and corrects it only on purpose."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from amate.context import Context
from amate.core import curp, encoding
from amate.features.issuance import actions as issuance
from amate.features.register import actions as register
from tests.api.conftest import LoginAs
from tests.api.enrolling import CURP, body, child, open_module
from tests.api.issuing import at_once
from tests.api.soft_wallet import SoftWallet, json_of
from tests.api.test_enrolment import KEY, Desk, registered
from tests.api.test_passes import raw_pass, shown, verdict_on
from tests.conftest import Clock

MISSPELT = "Xóchilt"
RIGHT = "Xóchitl"
SEEN = {"given_names": MISSPELT}
OTHER_KEY = KEY[:-1] + "b"


def corrected(*names: str, seen: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """The application again, with what the desk decided about what it was shown."""
    return body(**changes) | {"correction": {"registered": SEEN if seen is None else seen, "correct": list(names)}}


def log_of(ctx: Context, person: str) -> list[tuple[str, dict[str, Any]]]:
    """What the log says was done to a person."""
    query = text("SELECT action, detail FROM audit_entry WHERE subject = :person ORDER BY at, lane, seq")
    rows = [(row.action, json.loads(row.detail)) for row in ctx.tx.execute(query, {"person": person})]
    ctx.tx.rollback()
    return rows


@pytest.fixture
def module(client: FlaskClient, login_as: LoginAs, ctx: Context, tmp_path: Path) -> Desk:
    """A module's worker, and where they send people."""
    open_module(ctx, tmp_path)
    return Desk(client, login_as("enrolment"))


@pytest.fixture
def person(module: Desk) -> str:
    """Somebody who was registered with two letters changed about."""
    made: str = module.enrol(body(given_names=MISSPELT))["person_id"]
    return made


def test_the_desk_is_shown_what_is_registered_beside_what_it_wrote(module: Desk, person: str, ctx: Context) -> None:
    answer = module.send(body())
    said = answer.get_json()
    assert (answer.status_code, said["type"]) == (409, "/problems/person-differs")
    assert said["registered"] == SEEN
    assert [fault["where"] for fault in said["errors"]] == ["given_names"]
    assert registered(ctx, person).given_names == MISSPELT
    assert ("person.shown", {"fields": ["given_names"]}) in log_of(ctx, person), "the log says who was shown to whom"


def test_the_name_is_corrected_on_purpose(module: Desk, person: str, ctx: Context) -> None:
    answer = module.send(corrected("given_names"))
    assert answer.status_code == 200
    assert (answer.get_json()["person_id"], answer.get_json()["changes"]) == (person, ["given_names"])
    assert registered(ctx, person).given_names == RIGHT
    assert ("person.corrected", {"fields": ["given_names"]}) in log_of(ctx, person)
    assert not any(name in str(log_of(ctx, person)) for name in (MISSPELT, RIGHT, CURP))


def test_the_name_is_left_as_it_was_on_purpose(module: Desk, person: str, ctx: Context) -> None:
    answer = module.send(corrected())
    assert (answer.status_code, answer.get_json()["changes"]) == (200, [])
    assert registered(ctx, person).given_names == MISSPELT


def test_the_same_correction_again_does_nothing_twice(module: Desk, person: str, ctx: Context) -> None:
    first, again = (module.send(corrected("given_names"), KEY) for _ in range(2))
    assert first.get_json() == again.get_json()
    without_key = module.send(corrected("given_names"))
    assert (without_key.status_code, without_key.get_json()["changes"]) == (200, [])
    assert [action for action, _ in log_of(ctx, person)].count("person.corrected") == 1


def test_many_desks_at_once_correct_a_name_once(module: Desk, person: str, app: Flask, ctx: Context) -> None:
    ctx.tx.rollback()

    def one(number: int) -> tuple[int, list[str]]:
        names = {"given_names": RIGHT if number % 2 else "Xóchil"}
        answer = Desk(app.test_client(), module.headers).send(corrected("given_names", **names))
        return answer.status_code, answer.get_json().get("changes", [])

    answers = at_once(12, one, threads=6)
    assert sum(bool(changes) for _, changes in answers) == 1, "whoever decided about a name that is no longer there"
    assert {status for status, _ in answers} == {200, 409}
    assert [action for action, _ in log_of(ctx, person)].count("person.corrected") == 1


def test_a_decision_about_another_spelling_decides_nothing(module: Desk, person: str, ctx: Context) -> None:
    answer = module.send(corrected("given_names", seen={"given_names": "Xochilt"}))
    assert (answer.status_code, answer.get_json()["registered"]) == (409, SEEN)
    assert registered(ctx, person).given_names == MISSPELT


def test_a_question_does_not_use_the_key_up(module: Desk, person: str) -> None:
    assert module.send(body(), KEY).status_code == 409
    assert module.send(body(), KEY).status_code == 409
    assert module.send(corrected("given_names"), KEY).status_code == 200
    assert module.send(corrected(), KEY).get_json()["type"] == "/problems/idempotency-key-reused"
    assert module.send(corrected(), OTHER_KEY).status_code == 200


@pytest.mark.parametrize("name", ["Xicoténcatl", "Xicalli Ocelotl"])
def test_whoever_knows_only_the_curp_is_not_told_the_name(
    module: Desk,
    person: str,
    ctx: Context,
    name: str,
) -> None:
    answer = module.send(body(given_names=name, organ_donation="no"))
    assert answer.status_code == 409
    assert "registered" not in answer.get_json()
    assert [fault["where"] for fault in answer.get_json()["errors"]] == ["given_names"]
    assert MISSPELT not in answer.text
    assert module.send(corrected("given_names", given_names=name)).status_code == 409
    assert registered(ctx, person).given_names == MISSPELT


def test_whoever_names_another_guardian_is_not_shown_a_childs_name(module: Desk) -> None:
    module.enrol(body())
    module.enrol(child(given_names="Citlalli"))
    assert module.send(child()).get_json()["registered"] == {"given_names": "Citlalli"}
    petra = {"given_names": "Petra", "first_surname": "Olvera", "second_surname": "", "birth_date": "1970-01-02"}
    other = curp.build("Petra", "Olvera", "", birth_date=date(1970, 1, 2), sex="M", state="HG")
    module.enrol(body(curp=other, **petra))
    answer = module.send(child(guardian_curp=other))
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/guardian-differs")
    assert "Citlalli" not in answer.text


def test_a_correction_that_does_not_fit_the_curp_is_refused(module: Desk, person: str, ctx: Context) -> None:
    assert module.faults(corrected("given_names", given_names="Xitlali")) == {"given_names": "mismatch-consonant"}
    assert registered(ctx, person).given_names == MISSPELT


@pytest.mark.parametrize(
    ("kept", "typed", "is_asked"),
    [
        ("Xóchitl", "XOCHITL", False),
        ("XOCHITL", "Xóchitl", True),
        ("Xochitl", "Xóchitl", True),
        ("Xóchitl", "Xochítl", True),
        ("Xóchitl", "Xóchitl Guadalupe", True),
        ("Xóchitl Guadalupe", "Xóchitl", True),
    ],
)
def test_capitals_without_accents_are_the_same_name_and_an_accent_that_is_missing_is_not(
    module: Desk,
    kept: str,
    typed: str,
    is_asked: bool,
) -> None:
    module.enrol(body(given_names=kept))
    answer = module.send(body(given_names=typed))
    assert answer.get_json().get("registered") == ({"given_names": kept} if is_asked else None)
    assert answer.status_code == (409 if is_asked else 200)


def test_a_nationality_is_corrected_the_same_way(module: Desk, person: str, ctx: Context) -> None:
    said = module.send(body(nationality="GTM")).get_json()
    assert said["registered"] == {**SEEN, "nationality": "MEX"}
    module.enrol(corrected("nationality", seen=said["registered"], nationality="GTM"))
    assert (registered(ctx, person).nationality, registered(ctx, person).given_names) == ("GTM", MISSPELT)


def test_a_decision_on_donation_is_changed_on_purpose_and_can_be_withdrawn(module: Desk, ctx: Context) -> None:
    first = module.enrol(body())
    stated = module.send(body(organ_donation="yes"))
    assert (stated.status_code, stated.get_json()["changes"]) == (200, ["organ_donation"])
    for choice in ("no", "not_stated"):
        answer = module.send(body(organ_donation=choice))
        assert answer.status_code == 409
        before = answer.get_json()["registered"]
        assert before.keys() == {"organ_donation"}
        kept = module.enrol(corrected(seen=before, organ_donation=choice))
        assert (kept["changes"], registered(ctx, first["person_id"]).organ_donation) == ([], before["organ_donation"])
        changed = module.enrol(corrected("organ_donation", seen=before, organ_donation=choice))
        assert changed["changes"] == ["organ_donation"]
    ctx.tx.rollback()
    history = register.organ_donation_history(ctx, first["person_id"])
    assert [said.choice for said in history] == ["not_stated", "yes", "no", "not_stated"]


def test_a_correction_is_checked_in_form(module: Desk) -> None:
    assert module.faults(corrected("curp", seen={})) == {"correction.correct.0": "invalid-value"}
    assert module.faults(body(correction={"registered": {"curp": CURP}})) == {
        "correction.correct": "missing",
        "correction.registered.curp": "unknown-field",
    }


def test_the_phone_brings_the_corrected_name_at_its_next_renewal(
    module: Desk,
    person: str,
    client: FlaskClient,
    clock: Clock,
    ctx: Context,
) -> None:
    wallet = SoftWallet(client, clock)
    offer = module.enrol(body(given_names=MISSPELT))
    code = json_of(client.get(f"/oid4vci/offers/{offer['offer']['code']}"))["grants"]
    json_of(wallet.redeem(next(iter(code.values()))["pre-authorized_code"], offer["tx_code"]))
    json_of(wallet.credential())
    before = shown(wallet, raw_pass(wallet))
    assert json_of(wallet.card())["renew"] is False
    module.enrol(corrected("given_names"))
    clock.now += 86_400
    json_of(wallet.refresh())
    card = json_of(wallet.card())
    assert (card["name"], card["renew"]) == (f"{RIGHT} Ñúñez Olvera", True), "the phone is asked for a new credential"
    encoded = json_of(wallet.credential())["credentials"][0]["credential"]
    assert claims_of(encoded)["given_names"] == RIGHT
    ctx.tx.rollback()
    renewed = shown(wallet, raw_pass(wallet))
    said = verdict_on(ctx, renewed, now=clock.now)
    assert (said.verdict, said.person) == ("valid", {"name": f"{RIGHT} Ñúñez Olvera", "curp": CURP})
    assert verdict_on(ctx, before, now=clock.now).reasons[0] == "revoked", "what bore the misspelt name has ended"
    assert json_of(wallet.card())["renew"] is False


def test_a_printed_card_says_what_it_said_until_it_is_printed_again(module: Desk, person: str, ctx: Context) -> None:
    card = issuance.printed_card(ctx, person)
    ctx.commit()
    module.enrol(corrected("given_names"))
    said = verdict_on(ctx, card.text, now=ctx.now)
    assert said.person == {"name": f"{MISSPELT} Ñúñez Olvera", "curp": CURP}
    again = issuance.printed_card(ctx, person)
    ctx.commit()
    assert verdict_on(ctx, again.text, now=ctx.now).person == {"name": f"{RIGHT} Ñúñez Olvera", "curp": CURP}
    assert verdict_on(ctx, card.text, now=ctx.now).verdict == "not_valid"


def test_only_the_desk_is_shown_anything(client: FlaskClient, login_as: LoginAs, module: Desk, person: str) -> None:
    for role in ("clinic", "security", "auditor", "admin"):
        answer = client.post("/api/v1/enrolments", json=body(), headers=login_as(role))
        assert (answer.status_code, MISSPELT in answer.text) == (403, False)


def claims_of(encoded: str) -> dict[str, Any]:
    """What an SD-JWT VC discloses, without a look at its signature."""
    disclosures = [json.loads(encoding.base64url_decode(part)) for part in encoded.split("~")[1:-1]]
    return {name: value for _, name, value in disclosures}
