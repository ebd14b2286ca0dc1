"""`amate staff …` on a real data folder: tokens and invitations are shown once, listed without text, revocable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from amate.app import create_app
from amate.config import Settings
from amate.context import Context
from amate.errors import Malformed, Unknown
from amate.features.clinics import actions as clinics
from amate.features.login import actions, model, store
from tests.api.conftest import Amate
from tests.api.test_clinics import NEW, OLD, as_csv
from tests.conftest import Clock


def guarded(client: FlaskClient, token: str) -> int:
    return client.get("/api/v1/sealing-keys", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_listed_and_revoked(amate: Amate) -> None:
    given = amate.json("staff", "token", "--role", "clinic", "--clinic", "HGIMB000011", "--expires-days", "30")
    assert given["token"].startswith("amate_")
    assert given["expires_at"].endswith("Z")
    (listed,) = amate.json("staff", "tokens")["tokens"]
    assert (listed["id"], listed["role"], listed["clinic"]) == (given["id"], "clinic", "HGIMB000011")
    assert listed["state"] == "in force"
    assert given["token"] not in json.dumps(listed)
    amate.json("staff", "revoke-token", given["id"])
    assert amate.json("staff", "tokens")["tokens"][0]["state"] == "revoked"


def test_a_token_of_the_command_line_opens_the_api(amate: Amate, settings: Settings, engine: Engine) -> None:
    app = create_app(settings)  # the command line uses the machine's clock
    given = amate.json("staff", "token", "--role", "clinic")
    assert guarded(app.test_client(), given["token"]) == 200
    amate.json("staff", "revoke-token", given["id"])
    assert guarded(app.test_client(), given["token"]) == 401
    app.extensions["amate.engine"].dispose()


def test_an_invitation_of_the_command_line_is_a_link_with_a_fragment(amate: Amate) -> None:
    given = amate.json("staff", "invite", "--role", "enrolment", "--name", "Ana")
    assert given["link"].startswith("http://localhost:8000/enrolment/#invitation=")


@pytest.mark.parametrize("verb", ["invite", "token"])
def test_staff_are_bound_to_a_unit_that_there_is(amate: Amate, ctx: Context, tmp_path: Path, verb: str) -> None:
    clinics.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [NEW, OLD]))
    ctx.commit()
    refused = amate("staff", verb, "--role", "clinic", "--clinic", "XXIMS999999").exception
    assert isinstance(refused, Malformed)
    assert (refused.slug, refused.where) == ("unknown-clinic", "clinic")
    assert '"XXIMS999999"' in refused.detail
    assert "amate clinics import" in refused.detail
    assert amate.json("staff", verb, "--role", "clinic", "--clinic", "HGIMB900011")["clinic"] == "HGIMB900011"
    assert amate.json("staff", verb, "--role", "clinic")["clinic"] is None


@pytest.mark.parametrize("verb", ["invite", "token"])
def test_a_closed_unit_stands_for_its_successor(amate: Amate, ctx: Context, tmp_path: Path, verb: str) -> None:
    clinics.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [NEW, OLD]))
    ctx.commit()
    assert amate.json("staff", verb, "--role", "clinic", "--clinic", "HGSSA900016")["clinic"] == "HGIMB900011"
    said = amate("staff", verb, "--role", "clinic", "--clinic", "HGSSA900016").stdout
    assert "HGSSA900016 is closed: bound to HGIMB900011, which took its place." in said


def test_staff_are_listed_and_disabled(amate: Amate, ctx: Context) -> None:
    actions.demo_staff(ctx, "auditor")
    ctx.commit()
    assert [p["id"] for p in amate.json("staff", "list")["staff"]] == ["demo-auditor"]
    amate.json("staff", "disable", "demo-auditor")
    assert amate.json("staff", "list")["staff"][0]["active"] is False


def test_a_token_works_at_every_worker_until_it_ends(client: FlaskClient, ctx: Context, clock: Clock) -> None:
    secret, token = actions.give_token(ctx, role="clinic", days=1)
    ctx.commit()
    assert [guarded(client, secret) for _ in range(2)] == [200, 200]
    clock.now = token.expires_at
    assert [guarded(client, secret) for _ in range(2)] == [401, 401]


def test_a_revoked_token_ends_at_once_everywhere(client: FlaskClient, ctx: Context) -> None:
    secret, token = actions.give_token(ctx, role="clinic")
    ctx.commit()
    assert guarded(client, secret) == 200
    actions.revoke_token(ctx, token.id)
    ctx.commit()
    assert [guarded(client, secret) for _ in range(2)] == [401, 401]
    with pytest.raises(Unknown, match="unknown-token"):
        actions.revoke_token(ctx, token.id)


@pytest.mark.parametrize("role", ["enrolment", "auditor", "security", "admin"])
def test_a_token_of_another_role_is_refused(client: FlaskClient, ctx: Context, role: str) -> None:
    secret, _ = actions.give_token(ctx, role=role)
    ctx.commit()
    assert guarded(client, secret) == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "bearer amate_x", "DPoP x"])
def test_a_failed_login_is_401_and_reads_nothing(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/sealing-keys", headers={"Authorization": header})
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/not-logged-in")


def test_a_bad_token_is_not_saved_by_a_good_cookie(client: FlaskClient) -> None:
    client.post("/api/v1/session/demo", json={"role": "clinic"})
    assert guarded(client, "amate_wrong") == 401


def test_only_the_hash_of_a_token_is_stored(ctx: Context) -> None:
    secret, _ = actions.give_token(ctx, role="clinic")
    row = ctx.tx.execute(select(store.tokens)).one()
    assert secret not in str(tuple(row))
    assert row.secret_hash == model.fingerprint(secret)


@pytest.mark.parametrize(
    ("role", "clinic", "days", "slug"),
    [
        ("root", None, 1, "unknown-role"),
        ("clinic", "hgimb000011", 1, "bad-clues"),
        ("clinic", "HGIMB00001", 1, "bad-clues"),
        ("clinic", None, 0, "bad-lifetime"),
        ("clinic", None, 401, "bad-lifetime"),
    ],
)
def test_a_token_is_not_given_for_nonsense(ctx: Context, role: str, clinic: str | None, days: int, slug: str) -> None:
    with pytest.raises(Malformed, match=slug):
        actions.give_token(ctx, role=role, clinic=clinic, days=days)
