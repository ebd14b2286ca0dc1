"""Sessions and demo logins: a cookie that no script sees, ended at once, and nothing of the demo outside a demo."""

from __future__ import annotations

import logging
import tomllib

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from amate.app import create_app
from amate.config import Settings
from amate.context import Context
from amate.features.login import actions, model, store
from amate.web import guards
from tests.conftest import NOW, Clock
from tests.live import ROOT

DEMO = "/api/v1/session/demo"


def open_demo(client: FlaskClient, role: str = "clinic") -> str:
    answer = client.post(DEMO, json={"role": role})
    assert answer.status_code == 200
    return answer.headers["Set-Cookie"]


def test_nobody_is_logged_in_at_first(client: FlaskClient) -> None:
    assert client.get("/api/v1/session").json == {"staff": None, "env": "test", "withdrawn": False}


def test_a_demo_login_opens_a_session_that_every_worker_knows(client: FlaskClient) -> None:
    cookie = open_demo(client)
    for flag in ("HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={model.REMEMBERED_S}"):
        assert flag in cookie
    assert "Secure" not in cookie  # plain http on localhost
    for _ in range(2):
        staff = client.get("/api/v1/session").json["staff"]
        assert staff == {"name": "Recepción de demostración", "role": "clinic", "clinic": None}


def test_the_demo_clinic_is_the_one_that_the_seed_chose(client: FlaskClient, ctx: Context) -> None:
    actions.demo_staff(ctx, "clinic", "HGIMB000011")
    ctx.commit()
    open_demo(client)
    assert client.get("/api/v1/session").json["staff"]["clinic"] == "HGIMB000011"


def test_a_demo_has_a_second_person_for_what_needs_two(client: FlaskClient) -> None:
    open_demo(client, "security")
    first = client.get("/api/v1/session").json["staff"]
    assert client.post(DEMO, json={"role": "security", "second": True}).status_code == 200
    second = client.get("/api/v1/session").json["staff"]
    assert second["role"] == "security"
    assert model.fingerprint(second["name"].casefold()) != model.fingerprint(first["name"].casefold())


def test_an_invitation_opens_the_face_of_its_role() -> None:
    faces = {"enrolment": "enrolment", "clinic": "clinic"} | dict.fromkeys(("security", "auditor", "admin"), "console")
    for role in model.ROLES:
        assert model.invitation_link("https://a", role, "s") == f"https://a/{faces[role]}/#invitation=s"


def test_the_cookie_is_secure_on_https(settings: Settings, engine: Engine, clock: Clock) -> None:
    app = create_app(settings.model_copy(update={"base_url": "https://salud.example"}), clock=clock)
    assert "Secure" in open_demo(app.test_client())
    app.extensions["amate.engine"].dispose()


def test_a_demo_login_does_not_exist_in_production(settings: Settings, engine: Engine, clock: Clock) -> None:
    for env in ("production", "staging"):
        app = create_app(settings.model_copy(update={"env": env}), clock=clock)
        answer = app.test_client().post(DEMO, json={"role": "admin"})
        assert answer.status_code == 404
        assert answer.json["type"] == "/problems/not-found"
        assert "Set-Cookie" not in answer.headers
        app.extensions["amate.engine"].dispose()


def test_logging_out_ends_the_session_at_once(client: FlaskClient) -> None:
    secret = open_demo(client).split("=", 1)[1].split(";")[0]
    assert client.delete("/api/v1/session").status_code == 204
    client.set_cookie("amate_session", secret)  # the cookie, kept by a thief
    for _ in range(2):
        assert client.get("/api/v1/session").json["staff"] is None
        assert client.get("/api/v1/sealing-keys").status_code == 401


def test_logging_out_twice_does_no_harm(client: FlaskClient) -> None:
    assert client.delete("/api/v1/session").status_code == 204
    assert client.delete("/api/v1/session").status_code == 204


def test_a_session_ends_after_twelve_hours(client: FlaskClient, clock: Clock) -> None:
    open_demo(client)
    clock.now += model.SESSION_S - 1
    assert client.get("/api/v1/session").json["staff"] is not None
    clock.now += 1
    assert client.get("/api/v1/session").json["staff"] is None


def test_a_session_of_disabled_staff_ends_at_once(client: FlaskClient, ctx: Context) -> None:
    open_demo(client)
    assert client.get("/api/v1/session").json["withdrawn"] is False
    actions.disable_staff(ctx, "demo-clinic")
    ctx.commit()
    said = client.get("/api/v1/session").json
    assert (said["staff"], said["withdrawn"]) == (None, True)


def test_a_machine_whose_session_is_over_is_told_of_it_for_sixty_days(
    client: FlaskClient, clock: Clock, ctx: Context
) -> None:
    """A lost tablet comes on line when its finder lets it, and until then no new key reaches it."""
    open_demo(client)
    actions.disable_staff(ctx, "demo-clinic")
    ctx.commit()
    other = client.application.test_client()
    for days, is_told in ((59, True), (60, False)):
        ctx.now = clock.now = NOW + days * model.DAY_S + (model.SESSION_S if days == 60 else 0)
        other.post(DEMO, json={"role": "enrolment"})  # somebody else logs in: what ended long ago is dropped
        said = client.get("/api/v1/session").json
        assert (said["staff"], said["withdrawn"]) == (None, is_told)
        assert client.get("/api/v1/sealing-keys").status_code == 401


def test_no_sealing_key_opens_names_for_longer_than_a_machine_is_known() -> None:
    policy = tomllib.loads((ROOT / "keys" / "policy.toml").read_text(encoding="utf-8"))
    assert policy["sealing"]["open"] * model.DAY_S < model.REMEMBERED_S


def test_a_session_that_merely_ended_is_not_withdrawn(client: FlaskClient, clock: Clock) -> None:
    open_demo(client)
    clock.now += model.SESSION_S
    said = client.get("/api/v1/session").json
    assert (said["staff"], said["withdrawn"]) == (None, False)


@pytest.mark.parametrize("cookie", ["", "x", "a" * 3000, "' OR 1=1 --", "../../etc/passwd"])
def test_a_made_up_cookie_is_nobody(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("amate_session", cookie)
    assert client.get("/api/v1/session").json["staff"] is None
    assert client.get("/api/v1/sealing-keys").status_code == 401


def test_only_hashes_of_sessions_are_stored(client: FlaskClient, ctx: Context) -> None:
    secret = open_demo(client).split("=", 1)[1].split(";")[0]
    row = ctx.tx.execute(select(store.sessions.c.secret_hash)).one()
    assert row.secret_hash == model.fingerprint(secret) != secret


@pytest.mark.parametrize("role", ["", "root", "Admin", 7, None])
def test_an_unknown_role_is_a_problem_document(client: FlaskClient, role: object) -> None:
    answer = client.post(DEMO, json={"role": role})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_j05_no_foreign_page_logs_anybody_in_or_out(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post(DEMO, json={"role": "clinic"}, headers=headers).status_code == 403
    open_demo(client)
    assert client.delete("/api/v1/session", headers=headers).status_code == 403
    assert client.get("/api/v1/session").json["staff"] is not None


def test_j05_a_form_cannot_log_in(client: FlaskClient) -> None:
    answer = client.post(DEMO, data="role=clinic", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415
    assert client.post(DEMO, data='{"role":"clinic"}', content_type="text/plain").status_code in (415, 422)


def test_a_flood_from_one_address_is_slowed_down(client: FlaskClient) -> None:
    statuses = [client.post(DEMO, json={"role": "x"}).status_code for _ in range(241)]  # two workers, 120 each
    assert statuses[-1] == 429
    assert client.post(DEMO, json={"role": "x"}).json["type"] == "/problems/too-many-requests"
    assert client.get("/api/v1/session").status_code == 200


def test_limits_still_answer_while_redis_is_down(settings: Settings, engine: Engine, clock: Clock) -> None:
    app = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}), clock=clock)
    client = app.test_client()
    assert [client.post(DEMO, json={"role": "clinic"}).status_code for _ in range(3)] == [200, 200, 200]
    statuses = [client.post(DEMO, json={"role": "x"}).status_code for _ in range(121)]
    assert statuses[-1] == 429
    app.extensions["amate.engine"].dispose()


def test_k06_no_secret_reaches_the_log(
    client: FlaskClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        secret = open_demo(client).split("=", 1)[1].split(";")[0]
        client.get("/api/v1/session")
        client.get("/api/v1/sealing-keys", headers={"Authorization": "Bearer amate_canary"})
    said = "".join(capfd.readouterr()) + caplog.text
    assert secret not in said
    assert "amate_canary" not in said


def test_roles_are_the_guards_roles() -> None:
    assert set(model.ROLES) == guards.ROLES


def test_the_log_of_who_did_what_names_nobody(client: FlaskClient, ctx: Context) -> None:
    open_demo(client)
    from amate.features.audit import store as audit

    rows = ctx.tx.execute(select(audit.entries.c.action, audit.entries.c.actor)).all()
    assert ("session.opened", "staff:demo-clinic") in [tuple(row) for row in rows]
