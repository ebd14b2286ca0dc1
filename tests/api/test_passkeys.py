"""Passkeys: an invitation makes one, one logs in, and rows H01–H05 of the attack table get nowhere."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from amate.context import Context
from amate.features.audit import store as audit
from amate.features.login import actions
from tests.api.soft_passkey import BE, BS, UP, UV, SoftPasskey
from tests.conftest import Clock

BASE = "/api/v1/passkeys"


@pytest.fixture
def invitation(ctx: Context) -> str:
    link, *_ = actions.invite(ctx, role="clinic", clinic="HGIMB000011", name="Ana")
    ctx.commit()
    assert link.startswith("http://localhost:8000/clinic/#invitation=")
    return link.split("=", 1)[1]


@pytest.fixture
def passkey(client: FlaskClient, invitation: str) -> SoftPasskey:
    """A passkey that was registered; nobody is logged in."""
    made = SoftPasskey()
    answer = register(client, invitation, made)
    assert answer.status_code == 200, answer.json
    client.delete("/api/v1/session")
    return made


def options_of(client: FlaskClient, invitation: str) -> dict[str, Any]:
    answer = client.post(f"{BASE}/registration/options", json={"invitation": invitation})
    assert answer.status_code == 200, answer.json
    return answer.json


def register(client: FlaskClient, invitation: str, passkey: SoftPasskey, **bent: Any) -> Any:
    credential = passkey.create(options_of(client, invitation), **bent)
    return client.post(f"{BASE}/registration", json={"invitation": invitation, "credential": credential})


def challenge(client: FlaskClient) -> dict[str, Any]:
    return client.post(f"{BASE}/authentication/options", json={}).json


def log_in(client: FlaskClient, passkey: SoftPasskey, **bent: Any) -> Any:
    credential = passkey.get(challenge(client), **bent)
    return client.post(f"{BASE}/authentication", json={"credential": credential})


def assert_refused(answer: Any, client: FlaskClient) -> None:
    assert answer.status_code == 401
    assert answer.json["type"] == "/problems/passkey-refused"
    assert client.get("/api/v1/session").json["staff"] is None


def test_an_invitation_makes_a_passkey_and_logs_in(client: FlaskClient, invitation: str) -> None:
    answer = register(client, invitation, SoftPasskey())
    assert answer.json["staff"] == {"name": "Ana", "role": "clinic", "clinic": "HGIMB000011"}
    assert client.get("/api/v1/session").json["staff"]["name"] == "Ana"


def test_options_ask_for_verification_and_a_passkey_that_is_found_again(client: FlaskClient, invitation: str) -> None:
    options = options_of(client, invitation)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["rp"]["id"] == "localhost"
    assert challenge(client)["userVerification"] == "required"
    assert "allowCredentials" not in challenge(client) or challenge(client)["allowCredentials"] == []


def test_a_passkey_logs_in_again_and_again(client: FlaskClient, passkey: SoftPasskey) -> None:
    for counter in (0, 0, 1, 2):
        passkey.counter = counter
        assert log_in(client, passkey).status_code == 200
        assert client.delete("/api/v1/session").status_code == 204


def test_an_invitation_works_once(client: FlaskClient, invitation: str, passkey: SoftPasskey) -> None:
    answer = client.post(f"{BASE}/registration/options", json={"invitation": invitation})
    assert (answer.status_code, answer.json["type"]) == (404, "/problems/invitation-invalid")


def test_two_browsers_cannot_both_use_an_invitation(client: FlaskClient, invitation: str, app: Any) -> None:
    other = app.test_client()
    mine, theirs = SoftPasskey(), SoftPasskey()
    first, second = options_of(client, invitation), options_of(other, invitation)
    answers = [
        browser.post(
            f"{BASE}/registration", json={"invitation": invitation, "credential": key.create(options)}
        ).status_code
        for browser, key, options in ((client, mine, first), (other, theirs, second))
    ]
    assert answers == [200, 404]


def test_an_invitation_ends_after_three_days(client: FlaskClient, invitation: str, clock: Clock) -> None:
    clock.now += 72 * 3600
    answer = client.post(f"{BASE}/registration/options", json={"invitation": invitation})
    assert answer.status_code == 404


def test_a_made_up_invitation_is_unknown(client: FlaskClient) -> None:
    answer = client.post(f"{BASE}/registration/options", json={"invitation": "x" * 43})
    assert answer.status_code == 404


def test_a_passkey_registers_only_for_the_invitation_that_it_was_made_for(
    client: FlaskClient, invitation: str, ctx: Context
) -> None:
    link, *_ = actions.invite(ctx, role="admin")
    ctx.commit()
    credential = SoftPasskey().create(options_of(client, invitation))
    body = {"invitation": link.split("=", 1)[1], "credential": credential}
    assert_refused(client.post(f"{BASE}/registration", json=body), client)


def test_h01_a_challenge_is_used_once(client: FlaskClient, passkey: SoftPasskey) -> None:
    credential = passkey.get(challenge(client))
    body = {"credential": credential}
    assert client.post(f"{BASE}/authentication", json=body).status_code == 200
    client.delete("/api/v1/session")
    assert_refused(client.post(f"{BASE}/authentication", json=body), client)


def test_h01_a_failed_try_uses_its_challenge_up(client: FlaskClient, passkey: SoftPasskey) -> None:
    options = challenge(client)
    bad = passkey.get(options, flags=UP)
    assert_refused(client.post(f"{BASE}/authentication", json={"credential": bad}), client)
    good = passkey.get(options)
    assert_refused(client.post(f"{BASE}/authentication", json={"credential": good}), client)


def test_h01_a_challenge_ends_after_five_minutes(client: FlaskClient, passkey: SoftPasskey, clock: Clock) -> None:
    credential = passkey.get(challenge(client))
    clock.now += 300
    assert_refused(client.post(f"{BASE}/authentication", json={"credential": credential}), client)


def test_h01_a_challenge_of_another_browser_is_refused(client: FlaskClient, passkey: SoftPasskey, app: Any) -> None:
    attacker = app.test_client()
    credential = passkey.get(challenge(client))
    challenge(attacker)
    assert_refused(attacker.post(f"{BASE}/authentication", json={"credential": credential}), attacker)


def test_h01_a_challenge_that_we_never_gave_is_refused(client: FlaskClient, passkey: SoftPasskey) -> None:
    challenge(client)
    credential = passkey.get({"challenge": "A" * 43})
    assert_refused(client.post(f"{BASE}/authentication", json={"credential": credential}), client)


def test_h01_a_challenge_for_registering_does_not_log_in(
    client: FlaskClient, passkey: SoftPasskey, ctx: Context
) -> None:
    link, *_ = actions.invite(ctx, role="admin")
    ctx.commit()
    options = options_of(client, link.split("=", 1)[1])
    credential = passkey.get(options)
    assert_refused(client.post(f"{BASE}/authentication", json={"credential": credential}), client)


def test_h02_presence_without_verification_is_refused(client: FlaskClient, passkey: SoftPasskey, ctx: Context) -> None:
    assert_refused(log_in(client, passkey, flags=UP), client)
    link, *_ = actions.invite(ctx, role="admin")
    ctx.commit()
    assert_refused(register(client, link.split("=", 1)[1], SoftPasskey(), flags=UP), client)


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "http://localhost:8000.evil.example"},
        {"origin": "http://evil-localhost:8000"},
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost:8000/"},
        {"origin": ["http://localhost:8000"]},
        {"crossOrigin": True},
        {"crossOrigin": 1},
        {"crossOrigin": None},
        {"topOrigin": "https://evil.example"},
        {"topOrigin": "http://localhost:8000"},
        {"type": "webauthn.create"},
    ],
)
def test_h03_another_origin_or_a_frame_is_refused(
    client: FlaskClient, passkey: SoftPasskey, bent: dict[str, Any]
) -> None:
    assert_refused(log_in(client, passkey, **bent), client)


def test_h03_registering_in_a_foreign_frame_is_refused(client: FlaskClient, invitation: str) -> None:
    assert_refused(register(client, invitation, SoftPasskey(), crossOrigin=True), client)
    assert_refused(register(client, invitation, SoftPasskey(), origin="https://evil.example"), client)


def test_h03_another_relying_party_is_refused(client: FlaskClient, passkey: SoftPasskey) -> None:
    passkey.rp_id = "evil.example"
    assert_refused(log_in(client, passkey), client)


def test_h04_the_passkey_of_another_person_is_refused(client: FlaskClient, passkey: SoftPasskey, ctx: Context) -> None:
    link, *_ = actions.invite(ctx, role="admin")
    ctx.commit()
    other = SoftPasskey()
    assert register(client, link.split("=", 1)[1], other).status_code == 200
    client.delete("/api/v1/session")
    other.id = passkey.id  # the name of one, the key of the other
    assert_refused(log_in(client, other, user_handle=passkey.user_handle), client)
    assert_refused(log_in(client, passkey, user_handle=other.user_handle), client)
    assert_refused(log_in(client, passkey, user_handle=secrets.token_bytes(32)), client)


def test_h04_a_login_must_say_whose_it_is(client: FlaskClient, passkey: SoftPasskey) -> None:
    passkey.user_handle = b""
    assert_refused(log_in(client, passkey), client)


def test_h04_an_unknown_passkey_is_refused(client: FlaskClient, passkey: SoftPasskey) -> None:
    assert_refused(log_in(client, SoftPasskey(user_handle=passkey.user_handle)), client)


def test_h05_a_counter_that_runs_backwards_is_refused_and_written_down(
    client: FlaskClient, passkey: SoftPasskey, ctx: Context
) -> None:
    passkey.counter = 7
    assert log_in(client, passkey).status_code == 200
    client.delete("/api/v1/session")
    for counter in (7, 6, 0):
        passkey.counter = counter
        assert_refused(log_in(client, passkey), client)
    ctx.commit()
    actions_written = ctx.tx.execute(select(audit.entries.c.action)).scalars().all()
    assert actions_written.count("passkey.suspected-copy") == 3


def test_h05_another_kind_of_device_is_refused_and_a_new_backup_is_written_down(
    client: FlaskClient, invitation: str, ctx: Context
) -> None:
    passkey = SoftPasskey()
    assert register(client, invitation, passkey, flags=UP | UV | BE).status_code == 200
    assert log_in(client, passkey, flags=UP | UV | BE | BS).status_code == 200
    client.delete("/api/v1/session")
    assert_refused(log_in(client, passkey, flags=UP | UV), client)
    ctx.commit()
    written = ctx.tx.execute(select(audit.entries.c.action)).scalars().all()
    assert "passkey.backup-changed" in written
    assert "passkey.suspected-copy" in written


def test_disabled_staff_cannot_log_in(client: FlaskClient, passkey: SoftPasskey, ctx: Context) -> None:
    person = next(p for p in actions.list_staff(ctx) if p.name == "Ana")
    actions.disable_staff(ctx, person.id)
    ctx.commit()
    assert_refused(log_in(client, passkey), client)


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x"},
        {"response": 7},
        {"response": {"clientDataJSON": "%%%"}},
        {"response": {"clientDataJSON": "e30"}},
        {"response": {"clientDataJSON": "W10"}},
    ],
)
def test_rubbish_is_refused_not_a_crash(client: FlaskClient, credential: dict[str, Any]) -> None:
    assert_refused(client.post(f"{BASE}/authentication", json={"credential": credential}), client)


def test_a_bent_credential_is_refused_not_a_crash(client: FlaskClient, passkey: SoftPasskey) -> None:
    for member, value in (
        ("rawId", "AA"),
        ("type", "password"),
        ("id", 7),
        ("response", None),
    ):
        credential = passkey.get(challenge(client)) | {member: value}
        assert_refused(client.post(f"{BASE}/authentication", json={"credential": credential}), client)
    for member in ("authenticatorData", "signature"):
        for value in ("", "AAAA", 7, None):
            credential = passkey.get(challenge(client))
            credential["response"][member] = value
            answer = client.post(f"{BASE}/authentication", json={"credential": credential})
            assert_refused(answer, client)
