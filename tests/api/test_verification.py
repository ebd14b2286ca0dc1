"""The central server, a clinic's node and the terminal give one answer; each ephemeral pass is good for one scan."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, func, select

from amate.config import Settings
from amate.context import Context, open_context
from amate.errors import Malformed
from amate.features.audit import store as audit_store
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import Clinic
from amate.features.entitlement import actions as entitlement
from amate.features.trust import store as trust_store
from amate.features.trust.model import SealingKey, iso
from amate.features.verification import commands, store
from amate.features.verification.model import EXIT_CODES
from amate.features.verification.receipts import store as receipt_store
from amate.features.verification.routes import VerdictSchema
from amate.node import create_verifier_app
from amate.signing import sealing
from tests.api.conftest import LoginAs
from tests.conftest import Clock
from tests.published import VECTORS, can_be_published, publish

CASES = {case["id"]: case for case in VECTORS["cases"]}
WORLDS = [name for name in VECTORS["worlds"] if can_be_published(name)]
HERE = {"lat": 20.1011, "lon": -98.7591}
ADDRESS = "/api/v1/verifications"
Json = dict[str, Any]


def unit(clues: str, lat: float, level: int) -> Clinic:
    return Clinic(
        clues=clues,
        name=f"CENTRO {clues}",
        institution=clues[2:5],
        state=clues[:2],
        municipality_key="001",
        municipality="UNO",
        locality_key="0001",
        locality="UNO",
        level=level,
        lat=lat,
        lon=-98.7,
        typology="RS",
        status=1,
        closing=None,
        counts_for_nearest=True,
        address="",
        phone="",
        opened_on=None,
        closed_on=None,
    )


UNITS = [unit("VZIMB002210", 20.1, 1), unit("DFIMS000123", 19.4, 2), unit("HGIMB000011", 20.2, 1)]


@pytest.fixture
def pack_clinics(engine: Engine, settings: Settings) -> Json:
    with open_context(engine, settings) as ctx:
        clinics.save(ctx, {each.clues: each for each in UNITS}, clinics.Imported())
        return clinics.all_for_pack(ctx)


@pytest.fixture
def pack(tmp_path: Path, settings: Settings) -> Path:
    """A pack whose newest set is the very files that the central server publishes."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "current").symlink_to(settings.home)
    return folder


@pytest.fixture
def node(pack: Path, settings: Settings, clock: Clock) -> FlaskClient:
    return create_verifier_app(pack, settings=settings, clock=clock).test_client()


def stand_on(name: str, settings: Settings, engine: Engine, pack_clinics: Json) -> None:
    """Publish a world of the vectors, and hold its sealing keys."""
    world = VECTORS["worlds"][name]
    publish(world, settings.home, pack_clinics)
    with open_context(engine, settings) as ctx:
        for number, key in world["sealing"].items():
            wrapped = sealing.wrap(
                bytes.fromhex(key), salt_and_nonce=ctx.random(28), passphrase_file=settings.passphrase_file
            )
            trust_store.add_sealing_key(ctx.tx, SealingKey(int(number), wrapped, 0, 2**40, 2**40))


@pytest.fixture
def usual(settings: Settings, engine: Engine, pack_clinics: Json, clock: Clock) -> None:
    stand_on("usual", settings, engine, pack_clinics)
    clock.now = CASES["device"]["now"]


def body_of(case: Json) -> Json:
    asked = case["input"]
    body = {"text": asked["text"], "clinic": asked["clinic"]["clues"] if asked["clinic"] else None}
    return body | {name: asked[name] for name in ("service", "challenge") if asked.get(name)}


def in_terminal(case: Json, pack: Path) -> tuple[int, Json]:
    body = body_of(case)
    options = ["--clinic", body["clinic"]] if body["clinic"] else []
    for name in body.keys() & {"service", "challenge"}:
        options += [f"--{name}", body[name]]
    options += ["--pack", str(pack), "--at", iso(case["now"]), "-"]
    result = CliRunner().invoke(commands.verify, options, input=body["text"])
    return result.exit_code, json.loads(result.stdout)


def core_part(answer: Json) -> Json:
    """What the vectors say of an answer, in their words."""
    names = ("verdict", "reasons", "demo", "person", "trust_age_s", "status_age_s", "clock_skew_s")
    part = {name: answer[name] for name in names}
    clinic, entitlement = answer["assigned_clinic"], answer["entitlement"]
    part["assigned_clinic"] = clinic["clues"] if isinstance(clinic, dict) else clinic
    part["entitlement"] = entitlement and {k: v for k, v in entitlement.items() if not k.startswith("until")}
    return part


def forget_uses(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(delete(store.pass_use))


@pytest.mark.parametrize("world", WORLDS)
def test_all_three_agree_on_every_vector(
    world: str,
    settings: Settings,
    engine: Engine,
    client: FlaskClient,
    node: FlaskClient,
    login_as: LoginAs,
    clock: Clock,
    pack: Path,
    pack_clinics: Json,
) -> None:
    stand_on(world, settings, engine, pack_clinics)
    clinic_login = login_as("clinic")
    for case in (case for case in CASES.values() if case["input"]["world"] == world):
        clock.now = case["now"]
        forget_uses(engine)
        on_line = client.post(ADDRESS, json=body_of(case), headers=clinic_login)
        at_the_clinic = node.post(ADDRESS, json=body_of(case))
        exit_code, said = in_terminal(case, pack)
        assert on_line.status_code == at_the_clinic.status_code == 200, case["id"]
        assert at_the_clinic.json == said, case["id"]
        assert VerdictSchema().validate(said) == {}, case["id"]
        assert said.keys() == VerdictSchema().fields.keys()
        assert exit_code == EXIT_CODES[said["verdict"]], case["id"]
        if "single-use-unproven" in said["reasons"]:
            assert "single-use-unproven" not in on_line.json["reasons"], case["id"]
        else:
            assert on_line.json == said, case["id"]
        scanned = case["input"]["text"]
        if case["input"].get("single_use") is None and scanned == scanned.strip():  # the edges strip
            assert core_part(said) == core_part(case["output"]), case["id"]


def test_an_ephemeral_pass_is_valid_once(usual: None, client: FlaskClient, login_as: LoginAs) -> None:
    body, headers = body_of(CASES["ephemeral-off-line"]), login_as("clinic")
    first = client.post(ADDRESS, json=body, headers=headers).json
    again = client.post(ADDRESS, json=body, headers=headers).json
    assert (first["verdict"], first["reasons"]) == ("valid", [])
    assert (again["verdict"], again["reasons"], again["person"]) == ("not_valid", ["already-used"], None)


def test_a_hundred_scans_of_one_ephemeral_pass_give_one_valid(
    usual: None, client: FlaskClient, login_as: LoginAs
) -> None:
    body, headers = body_of(CASES["ephemeral-off-line"]), login_as("clinic")
    app = client.application

    def scan(_turn: int) -> str:
        verdict: str = app.test_client().post(ADDRESS, json=body, headers=headers).json["verdict"]
        return verdict

    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(scan, range(100)))
    assert (verdicts.count("valid"), verdicts.count("not_valid")) == (1, 99)


def test_the_answer_names_clinics_and_their_distance(usual: None, client: FlaskClient, login_as: LoginAs) -> None:
    body = {**body_of(CASES["device"]), "location": HERE}
    answer = client.post(ADDRESS, json=body, headers=login_as("clinic")).json
    near = answer["nearest_clinics"]
    assert set(near[0]) == {"clues", "name", "institution", "level", "lat", "lon", "distance_m", "attend"}
    assert near[0] == answer["assigned_clinic"]
    assert near[0]["distance_m"] == pytest.approx(6180, abs=20)
    assert [each["clues"] for each in near] == ["VZIMB002210", "HGIMB000011", "DFIMS000123"]  # by exchange, here
    assert answer["person"]["curp"] == "HEGM560427MVZRRL04"


def test_a_person_is_sent_to_their_institution_and_told_where_only_urgent_care_is_given(
    usual: None, settings: Settings, pack_clinics: Json, client: FlaskClient, login_as: LoginAs, pack: Path
) -> None:
    """The nearest unit is of another institution, and is named last: under the decision table in force."""
    case, world = CASES["device"], VECTORS["worlds"]["usual"]  # a person of the IMSS
    policy = {**world["policy"], "table": entitlement.shipped()}
    publish({**world, "policy": policy}, settings.home, pack_clinics)
    body = {**body_of(case), "location": HERE}
    near = client.post(ADDRESS, json=body, headers=login_as("clinic")).json["nearest_clinics"]
    assert [(each["clues"], each["attend"]) for each in near] == [("DFIMS000123", "here"), ("VZIMB002210", "refer")]
    urgent = client.post(ADDRESS, json={**body, "service": "urgent"}, headers=login_as("clinic")).json
    assert [each["clues"] for each in urgent["nearest_clinics"]] == ["VZIMB002210", "HGIMB000011", "DFIMS000123"]
    assert {each["attend"] for each in urgent["nearest_clinics"]} == {"here"}
    said = in_terminal(case, pack)[1]["nearest_clinics"]
    on_line = client.post(ADDRESS, json=body_of(case), headers=login_as("clinic")).json["nearest_clinics"]
    assert said == on_line != []


def test_every_scan_is_one_line_of_the_log_without_a_name(
    usual: None, client: FlaskClient, login_as: LoginAs, engine: Engine
) -> None:
    client.post(ADDRESS, json=body_of(CASES["device"]), headers=login_as("clinic"))
    with engine.connect() as tx:
        rows = tx.execute(select(audit_store.entries).where(audit_store.entries.c.action == "pass.verified")).all()
    assert len(rows) == 1
    said = f"{rows[0].subject} {rows[0].detail}"
    assert "HEGM" not in said
    assert "GUADALUPE" not in said


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({}, 422, "invalid-input"),
        ({"text": 7}, 422, "invalid-input"),
        ({"text": "1", "clinic": "not a clinic"}, 422, "invalid-input"),
        ({"text": "1", "clinic": "HGIMB999999"}, 422, "unknown-clinic"),
        ({"text": "1", "location": {"lat": 91, "lon": 0}}, 422, "invalid-input"),
        ({"text": "1", "service": "wizardry"}, 422, "invalid-input"),
        ({"text": "1", "challenge": 493_027}, 422, "invalid-input"),
        ({"text": "1", "challenge": ""}, 422, "invalid-input"),
        ({"text": "1", "challenge": "49302"}, 422, "invalid-input"),
        ({"text": "1", "challenge": "4930270"}, 422, "invalid-input"),
        ({"text": "1", "challenge": "493 027"}, 422, "invalid-input"),
        ({"text": "1", "challenge": "493027\n"}, 422, "invalid-input"),
        ({"text": "1", "challenge": "\u0664\u0669\u0663\u0660\u0662\u0667"}, 422, "invalid-input"),
        ({"text": "1", "more": 1}, 422, "invalid-input"),
        ({"text": "1" * 70_000}, 413, "too-large"),
    ],
)
def test_bad_questions_are_problems(
    body: Json, status: int, slug: str, usual: None, client: FlaskClient, node: FlaskClient, login_as: LoginAs
) -> None:
    for answer in (client.post(ADDRESS, json=body, headers=login_as("clinic")), node.post(ADDRESS, json=body)):
        assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{slug}")


def test_a_wrong_challenge_is_told_where_it_is_and_what_it_should_be(
    usual: None, client: FlaskClient, node: FlaskClient, login_as: LoginAs
) -> None:
    body = {"text": "1", "challenge": "49302"}
    for answer in (client.post(ADDRESS, json=body, headers=login_as("clinic")), node.post(ADDRESS, json=body)):
        (fault,) = answer.json["errors"]
        assert (fault["where"], fault["slug"]) == ("challenge", "invalid-value")
        assert fault["detail"] == "A challenge is six digits, as the counter showed them."


def test_e01_an_answer_is_good_for_the_question_it_was_made_for_and_never_again(
    usual: None, client: FlaskClient, node: FlaskClient, login_as: LoginAs, clock: Clock
) -> None:
    """The phone's clock is two hours ahead, so that no time makes its code green."""
    headers, text = login_as("clinic"), CASES["challenge-met-shown-two-hours-ahead"]["input"]["text"]

    def said(challenge: str | None) -> list[Json]:
        body = {"text": text, "challenge": challenge}
        answers = client.post(ADDRESS, json=body, headers=headers).json, node.post(ADDRESS, json=body).json
        return [{name: answer[name] for name in ("verdict", "reasons")} for answer in answers]

    assert said("493027") == [{"verdict": "valid", "reasons": ["challenge-met"]}] * 2
    for later in (0, 60, 3_600):  # the same picture at the next question, and where nobody asks
        clock.now += later
        wrong = ["challenge-unanswered", "clock-skewed"]
        assert said("493028") == [{"verdict": "check_identity", "reasons": wrong}] * 2
        assert said(None) == [{"verdict": "check_identity", "reasons": ["clock-skewed"]}] * 2


@pytest.mark.parametrize("challenge", ["", "49302", "4930270", "493 027", "49302a"])
def test_the_terminal_takes_six_digits(challenge: str) -> None:
    result = CliRunner().invoke(commands.verify, ["1", "--challenge", challenge])
    assert isinstance(result.exception, Malformed)
    assert (result.exception.slug, result.exception.where) == ("bad-challenge", "--challenge")


def test_a_clinics_login_asks_for_no_other_clinic(usual: None, client: FlaskClient, login_as: LoginAs) -> None:
    headers = login_as("clinic", "HGIMB000011")
    other = client.post(ADDRESS, json=body_of(CASES["device"]), headers=headers)
    assert (other.status_code, other.json["type"]) == (403, "/problems/wrong-clinic")
    own = client.post(ADDRESS, json={"text": CASES["device"]["input"]["text"]}, headers=headers)
    assert own.json["nearest_clinics"][0]["clues"] == "HGIMB000011"


def test_before_anything_is_published_nothing_is_called_verified(client: FlaskClient, login_as: LoginAs) -> None:
    answer = client.post(ADDRESS, json=body_of(CASES["device"]) | {"clinic": None}, headers=login_as("clinic"))
    assert (answer.json["verdict"], answer.json["reasons"]) == ("stale", ["no-trust"])


def test_trust_whose_root_has_ended_is_not_trust(
    usual: None, node: FlaskClient, clock: Clock, settings: Settings, engine: Engine, pack_clinics: Json
) -> None:
    case = CASES["printed"]
    clock.now = case["now"] + 366 * 86_400
    answer = node.post(ADDRESS, json=body_of(case)).json
    assert answer["verdict"] == "stale"
    assert answer["reasons"][0] == "trust-expired"


def test_a_new_publication_is_seen_by_every_worker_at_once(
    usual: None,
    client: FlaskClient,
    login_as: LoginAs,
    settings: Settings,
    engine: Engine,
    pack_clinics: Json,
) -> None:
    headers, body = login_as("clinic"), body_of(CASES["device"])
    for _ in range(2):
        assert not client.post(ADDRESS, json=body, headers=headers).json["demo"]
    publish(VECTORS["worlds"]["demo"], settings.home, pack_clinics)
    for _ in range(2):
        assert client.post(ADDRESS, json=body, headers=headers).json["demo"]


def receipt(number: int, **changes: Any) -> Json:
    return {
        "id": f"receipt-{number:04}",
        "cti": f"{number:024x}",
        "verdict": "valid",
        "at": "2026-11-18T10:00:00Z",
        "clinic": "HGIMB000011",
        **changes,
    }


def test_receipts_are_kept_once(client: FlaskClient, login_as: LoginAs, engine: Engine) -> None:
    headers = login_as("clinic", "HGIMB000011")
    address = f"{ADDRESS}/receipts"
    first = client.post(address, json={"receipts": [receipt(1), receipt(2)]}, headers=headers)
    again = client.post(address, json={"receipts": [receipt(2), receipt(3)]}, headers=headers)
    assert [each["state"] for each in first.json["receipts"]] == ["stored", "stored"]
    assert again.json["receipts"] == [
        {"id": "receipt-0002", "state": "known"},
        {"id": "receipt-0003", "state": "stored"},
    ]
    with engine.connect() as tx:
        assert tx.execute(select(func.count()).select_from(receipt_store.scan_receipt)).scalar_one() == 3


def test_one_bad_receipt_spoils_none_of_the_others_silently(
    client: FlaskClient, login_as: LoginAs, engine: Engine
) -> None:
    headers = login_as("clinic", "HGIMB000011")
    for wrong in (receipt(2, clinic="VZIMB002210"), receipt(2, at="yesterday"), receipt(2, verdict="fine")):
        answer = client.post(f"{ADDRESS}/receipts", json={"receipts": [receipt(1), wrong]}, headers=headers)
        assert answer.status_code in (403, 422)
    with engine.connect() as tx:
        assert tx.execute(select(func.count()).select_from(receipt_store.scan_receipt)).scalar_one() == 0


def test_the_terminal_looks_without_using_a_pass_up(
    usual: None, ctx: Context, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx.commit()
    for name in ("home", "env", "base_url", "passphrase_file", "database_url"):
        monkeypatch.setenv(f"AMATE_{name.upper()}", str(getattr(settings, name)))
    case = CASES["ephemeral-off-line"]
    for _ in range(2):
        options = ["--at", iso(case["now"]), "--json", case["input"]["text"]]
        result = CliRunner().invoke(commands.verify, options, catch_exceptions=False)
        assert result.exit_code == 3
        assert json.loads(result.stdout)["reasons"] == ["single-use-unproven"]
