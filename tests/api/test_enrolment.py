"""The desk: nobody is registered twice, every fault is told at once, and each person gets their clinic and an offer."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text
from werkzeug.test import TestResponse

from amate.context import Context
from amate.core import curp
from amate.features.audit import store as audit
from amate.features.clinics import actions as clinics
from amate.features.enrolment import store
from amate.features.register import actions as register
from amate.features.register.model import Person, today
from tests.api.conftest import LoginAs
from tests.api.enrolling import CHILD, CURP, body, child, open_module, padron
from tests.api.test_clinics import as_csv
from tests.conftest import Clock
from tests.unit.features.clinics.units import row

KEY = "3f1c2b9a-0000-4000-8000-00000000000a"
OTHER = curp.build("Petra", "Olvera", "", birth_date=date(1970, 1, 2), sex="M", state="HG")
OTHER_NAMES = {"given_names": "Petra", "first_surname": "Olvera", "second_surname": ""}
OTHER_ADULT = body(curp=OTHER, birth_date="1970-01-02", **OTHER_NAMES)


class Desk:
    """A module's worker."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def send(self, application: dict[str, Any], key: str | None = None) -> TestResponse:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post("/api/v1/enrolments", json=application, headers=headers)

    def enrol(self, application: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        answer = self.send(application, key)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def faults(self, application: dict[str, Any]) -> dict[str, str]:
        answer = self.send(application)
        assert answer.status_code == 422, answer.text
        assert answer.get_json()["type"] == "/problems/invalid-input"
        return {fault["where"]: fault["slug"] for fault in answer.get_json()["errors"]}


@pytest.fixture
def desk(client: FlaskClient, login_as: LoginAs, ctx: Context, tmp_path: Path) -> Desk:
    open_module(ctx, tmp_path)
    return Desk(client, login_as("enrolment"))


def people(ctx: Context) -> int:
    count = register.count(ctx)
    ctx.tx.rollback()  # a test's own transaction must not keep the desk waiting
    return count


def registered(ctx: Context, person_id: str) -> Person:
    person = register.person(ctx, person_id)
    ctx.tx.rollback()
    assert person is not None
    return person


def test_a_person_is_registered_with_a_clinic_and_an_offer(desk: Desk, ctx: Context) -> None:
    answer = desk.send(body())
    assert answer.status_code == 201
    said = answer.get_json()
    assert said["assigned_clinic"]["clues"] == "HGIMB900011"
    assert said["assigned_clinic"]["distance_m"] > 2000
    assert [(c["clues"], c["attend"]) for c in said["nearest_clinics"]] == [("HGIMB900011", "here")]
    assert said["offer"]["uri"].startswith("openid-credential-offer://?credential_offer_uri=")
    assert "/wallet/#" in said["offer"]["link"]
    assert len(said["offer"]["code"]) == 14
    assert said["offer"]["expires_at"].endswith("Z")
    assert (len(said["tx_code"]), said["tries"]) == (6, 5)
    assert said["tx_code"] not in said["offer"]["uri"]
    person = registered(ctx, said["person_id"])
    assert (person.curp, person.assigned_clinic) == (CURP, "HGIMB900011")


def test_nobody_is_sent_where_they_are_not_attended(desk: Desk, ctx: Context, tmp_path: Path) -> None:
    """The nearest unit is IMSS-Bienestar's; this person is of the IMSS, another of the ISSSTE."""
    sent = {}
    for institution in (2, 3):
        padron(ctx, tmp_path, institution, f"{CURP},titular,,,,")
        sent[institution] = [(c["clues"], c["attend"]) for c in desk.enrol(body())["nearest_clinics"]]
    assert sent[2] == [("HGIMS900023", "here"), ("HGIMS900035", "here"), ("HGIMB900011", "refer")]
    assert {clues for clues, attend in sent[3] if attend == "here"} == {"HGIMS900023", "HGIMS900035", "HGIST900011"}
    assert sent[3][-1] == ("HGIMB900011", "refer")
    assert desk.enrol(body())["assigned_clinic"]["attend"] == "here"


def test_the_same_person_again_is_the_same_person_with_a_new_offer(desk: Desk, ctx: Context) -> None:
    first = desk.enrol(body())
    answer = desk.send(body(given_names="XOCHITL", first_surname="ñúñez"))
    assert answer.status_code == 200
    again = answer.get_json()
    assert again["person_id"] == first["person_id"]
    assert again["offer"]["code"] != first["offer"]["code"]
    person = registered(ctx, first["person_id"])
    assert person.given_names == "Xóchitl"


def test_somebody_who_moved_gets_the_clinic_of_their_new_place(desk: Desk, ctx: Context) -> None:
    first = desk.enrol(body())
    assert first["changes"] == []
    assert desk.enrol(body(location=body()["location"] | {"lon": -98.741}))["changes"] == ["location"]
    moved = desk.enrol(body(location={"lat": 20.3, "lon": -98.74}, phone="771 123 4567", organ_donation="yes"))
    assert moved["changes"] == ["organ_donation", "location"]
    person = registered(ctx, first["person_id"])
    assert (person.lat, person.phone, person.organ_donation) == (20.3, "7711234567", "yes")
    assert desk.enrol(body(location={"lat": 20.3, "lon": -98.74}, organ_donation="yes"))["changes"] == []
    ctx.tx.rollback()
    assert [s.choice for s in register.organ_donation_history(ctx, first["person_id"])] == ["not_stated", "yes"]


def test_a_registered_curp_with_other_identity_is_a_conflict(desk: Desk) -> None:
    desk.enrol(body())
    answer = desk.send(body(nationality="USA"))
    assert answer.status_code == 409
    assert (answer.get_json()["type"], answer.get_json()["errors"][0]["where"]) == (
        "/problems/person-differs",
        "nationality",
    )


def test_the_same_key_and_facts_give_the_same_answer(desk: Desk, ctx: Context) -> None:
    first, again = desk.send(body(), KEY), desk.send(body(), KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()


def test_the_same_key_with_other_facts_is_a_conflict(desk: Desk, ctx: Context) -> None:
    desk.enrol(body(), KEY)
    answer = desk.send(body(phone="7711234567"), KEY)
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/idempotency-key-reused"
    assert people(ctx) == 1


def test_a_key_is_forgotten_after_a_day(desk: Desk, clock: Clock) -> None:
    first = desk.enrol(body(), KEY)
    clock.now += 86_401
    again = desk.send(body(), KEY)
    assert again.status_code == 200
    assert again.get_json()["offer"] != first["offer"]


def test_a_key_that_is_no_key_is_refused(desk: Desk) -> None:
    answer = desk.send(body(), "short")
    assert (answer.status_code, answer.get_json()["errors"][0]["where"]) == (422, "header.Idempotency-Key")


def test_kept_answers_tell_nothing_without_their_key(desk: Desk, ctx: Context) -> None:
    said = desk.enrol(body(), KEY)
    row = ctx.tx.execute(select(store.answers)).one()
    ctx.tx.rollback()
    kept = f"{row.key_hash} {row.body_hash} {bytes(row.sealed)!r}"
    assert not any(secret in kept for secret in (KEY, CURP, said["tx_code"], said["offer"]["code"], "person_id"))


@pytest.mark.parametrize("key", [None, KEY])
def test_forty_at_the_same_moment_make_one_person(
    desk: Desk, app: Flask, ctx: Context, engine: Engine, key: str | None
) -> None:
    ctx.tx.rollback()

    def one(_: int) -> tuple[int, str]:
        answer = Desk(app.test_client(), desk.headers).send(body(), key)
        return answer.status_code, answer.get_json()["person_id"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(40)))
    statuses = Counter(status for status, _ in answers)
    assert len({person for _, person in answers}) == 1
    assert people(ctx) == 1
    assert statuses == ({201: 40} if key else {201: 1, 200: 39})


def test_all_faults_are_told_at_once(desk: Desk, ctx: Context) -> None:
    wrong = body(sex="H", location={"lat": 40.7, "lon": -74}, phone="12", nationality="MX", surprise=1)
    del wrong["birth_state"]
    assert desk.faults(wrong | {"birth_date": "1984-02-31"}) == {
        "birth_state": "missing",
        "birth_date": "invalid-value",
        "surprise": "unknown-field",
        "location": "location-outside-mexico",
        "phone": "phone-malformed",
        "nationality": "nationality-unknown",
    }
    assert people(ctx) == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"curp": CURP[:-1] + str((int(CURP[-1]) + 1) % 10)}, {"curp": "curp-check-digit"}),
        ({"curp": CURP[:11] + "ZZ" + CURP[13:]}, {"curp": "curp-state"}),
        ({"sex": "H"}, {"sex": "mismatch-sex"}),
        ({"location": {"lat": "x"}}, {"location.lat": "invalid-value", "location.lon": "missing"}),
        ({"location": {"lat": float("nan"), "lon": 1}}, {"location.lat": "invalid-value"}),
        ({"affiliations": [{"institution": 2}]}, {"affiliations.0.role": "missing"}),
        ({"given_names": None}, {"given_names": "invalid-value"}),
        ({"guardian_curp": CHILD}, {"guardian_curp": "guardian-unknown"}),
    ],
)
def test_each_fault_has_its_field_and_its_slug(desk: Desk, changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert desk.faults(body(**changes)) == expected


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b"null"])
def test_what_is_no_object_is_a_problem(desk: Desk, raw: bytes) -> None:
    answer = desk.client.post("/api/v1/enrolments", data=raw, headers=desk.headers, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.content_type == "application/problem+json"


def test_a_minor_is_registered_under_an_adult_who_is_registered(desk: Desk, ctx: Context) -> None:
    assert desk.faults(child()) == {"guardian_curp": "guardian-unknown"}
    adult = desk.enrol(body())
    minor = desk.enrol(child())
    person = registered(ctx, minor["person_id"])
    assert person.guardian_id == adult["person_id"]
    assert desk.faults(body(guardian_curp=CHILD)) == {"guardian_curp": "guardian-minor"}
    assert desk.faults(child(guardian_curp=None)) == {"guardian_curp": "guardian-required"}


def test_another_adult_does_not_become_the_guardian(desk: Desk) -> None:
    desk.enrol(body())
    desk.enrol(child())
    desk.enrol(OTHER_ADULT)
    answer = desk.send(child(guardian_curp=OTHER))
    assert (answer.status_code, answer.get_json()["errors"][0]["where"]) == (409, "guardian_curp")


def test_another_guardian_takes_over_only_on_purpose_and_it_is_written_down(desk: Desk, ctx: Context) -> None:
    desk.enrol(body())
    minor = desk.enrol(child())["person_id"]
    petra = desk.enrol(OTHER_ADULT)["person_id"]
    for refused in (child(guardian_curp=OTHER), child(guardian_curp=OTHER, guardian_change=False)):
        assert desk.send(refused).status_code == 409
    desk.enrol(child(guardian_curp=OTHER, guardian_change=True))
    assert registered(ctx, minor).guardian_id == petra
    assert guardians_changed(ctx) == [minor]


def test_a_guardian_who_was_not_changed_is_not_written_down_as_changed(desk: Desk, ctx: Context) -> None:
    """The desk changes the guardian and misspells the child's name: it is asked about the name, and nothing is done."""
    desk.enrol(body())
    minor = desk.enrol(child())["person_id"]
    desk.enrol(OTHER_ADULT)
    before = registered(ctx, minor).guardian_id
    answer = desk.send(child(guardian_curp=OTHER, guardian_change=True, given_names="Citlaly"))
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/person-differs")
    assert registered(ctx, minor).guardian_id == before
    assert guardians_changed(ctx) == []


def guardians_changed(ctx: Context) -> list[str]:
    """Whose guardians changed, by the log."""
    changed = select(audit.entries.c.subject).where(audit.entries.c.action == "person.guardian-changed")
    subjects = list(ctx.tx.execute(changed).scalars())
    ctx.commit()
    return subjects


def test_the_clinic_is_of_the_persons_own_institution(desk: Desk, ctx: Context, tmp_path: Path) -> None:
    padron(ctx, tmp_path, 2, f"{CURP},titular,,,2020-01-01,")
    assert desk.enrol(body())["assigned_clinic"]["clues"] == "HGIMS900023"


def test_the_clinic_that_the_institution_names_is_the_one(desk: Desk, ctx: Context, tmp_path: Path) -> None:
    padron(ctx, tmp_path, 2, f"{CURP},titular,,HGIMS900035,2020-01-01,")
    said = desk.enrol(body())["assigned_clinic"]
    assert (said["clues"], said["distance_m"] > 19_000) == ("HGIMS900035", True)


def test_an_old_key_that_the_institution_names_stands_for_its_successor(
    desk: Desk, ctx: Context, tmp_path: Path
) -> None:
    padron(ctx, tmp_path, 14, f"{CURP},titular,,HGSSA900016,2020-01-01,")
    assert desk.enrol(body())["assigned_clinic"]["clues"] == "HGIMB900011"


def test_what_is_only_declared_sends_nobody_where_they_would_be_sent_away(
    desk: Desk, ctx: Context, tmp_path: Path
) -> None:
    declared = body(affiliations=[{"institution": 3, "role": 1, "since": "2024-01-01"}])
    assigned = desk.enrol(declared)["assigned_clinic"]
    assert (assigned["clues"], assigned["attend"]) == ("HGIMB900011", "here")
    padron(ctx, tmp_path, 2, f"{CURP},titular,,,2020-01-01,")
    assert desk.enrol(declared)["assigned_clinic"]["clues"] == "HGIMS900023"


def test_what_is_declared_guides_among_those_who_attend_them_anyway(desk: Desk, ctx: Context, tmp_path: Path) -> None:
    """Jalisco attends everybody in units of its own; who says that they go to IMSS-Bienestar is left to go there."""
    nearest = row(CLUES="JCSSA900015", CLAVE_DE_LA_INSTITUCION="SSA", CLAVE_DE_LA_ENTIDAD="14", LATITUD="20.12")
    clinics.import_catalogue(ctx, as_csv(tmp_path / "state.csv", [nearest]))
    ctx.commit()
    assert desk.enrol(body())["assigned_clinic"]["clues"] == "JCSSA900015"
    day = today(ctx.now)
    for since, until, goes_to in (
        (day + timedelta(days=2), None, "JCSSA900015"),
        (None, day - timedelta(days=2), "JCSSA900015"),
        (None, None, "HGIMB900011"),
    ):
        said = {"institution": 14, "role": 1, "since": since and f"{since}", "until": until and f"{until}"}
        declared = body(affiliations=[{name: value for name, value in said.items() if value is not None}])
        assert desk.enrol(declared)["assigned_clinic"]["clues"] == goes_to, said


def test_only_the_desk_enrols(client: FlaskClient, login_as: LoginAs) -> None:
    for path in ("/api/v1/enrolments", "/api/v1/people/p-1/cards"):
        assert client.post(path, json=body()).status_code == 401
        for role in ("clinic", "security", "auditor", "admin"):
            assert client.post(path, json=body(), headers=login_as(role)).status_code == 403


def test_a_card_is_printed_as_digits_or_as_a_sheet(desk: Desk) -> None:
    person = desk.enrol(body())["person_id"]
    digits = desk.client.post(f"/api/v1/people/{person}/cards", headers=desk.headers)
    assert digits.status_code == 201
    assert digits.get_json()["text"].isdigit()
    assert digits.get_json()["expires_at"].endswith("Z")
    headers = desk.headers | {"Accept": "application/pdf"}
    for sheet in ("", "?sheet=cr80"):
        sheet_answer = desk.client.post(f"/api/v1/people/{person}/cards{sheet}", headers=headers)
        assert sheet_answer.data.startswith(b"%PDF")
        assert sheet_answer.content_type == "application/pdf"


def test_a_card_for_nobody_is_not_printed(desk: Desk) -> None:
    answer = desk.client.post("/api/v1/people/p-none/cards", headers=desk.headers)
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/unknown-person")


def test_the_log_holds_no_name_and_no_curp(desk: Desk, ctx: Context) -> None:
    desk.enrol(body(phone="7711234567"))
    ctx.tx.rollback()
    log = " ".join(str(row) for row in ctx.tx.execute(text("SELECT action, subject, detail FROM audit_entry")))
    assert "person.enrolled" in log
    assert not any(secret in log for secret in (CURP, "Xóchitl", "Olvera", "7711234567"))
