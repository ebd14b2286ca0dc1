"""Whoever watches the keys is told what should have been renewed by now, and what no longer verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.errors import Unknown
from amate.features.trust import actions as trust
from amate.features.trust import store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.model import ROLES, USES, iso
from amate.features.trust.routes import named
from tests.api.conftest import LoginAs
from tests.api.holders import People
from tests.api.rotating import stage_unpublished
from tests.conftest import Clock

ALARMS = "/api/v1/keys/alarms"
DAY_S = 86_400
Headers = dict[str, str]


@pytest.fixture
def security(login_as: LoginAs) -> Headers:
    return login_as("security")


def test_nothing_rings_after_a_publication_and_each_role_says_when_it_ends(
    client: FlaskClient, ctx: Context, security: Headers
) -> None:
    trust.init(ctx)
    ctx.commit()
    said = client.get(ALARMS, headers=security).json
    assert (said["alarms"], said["halted"], said["waiting"]) == ([], [], [])
    assert [role["role"] for role in said["roles"]] == list(ROLES)
    assert all(role["ends_at"].endswith("Z") for role in said["roles"])


def test_what_lost_half_of_its_life_rings_with_what_to_do(
    client: FlaskClient, ctx: Context, security: Headers, clock: Clock
) -> None:
    trust.init(ctx)
    ctx.commit()
    clock.now += 4 * DAY_S
    (alarm,) = client.get(ALARMS, headers=security).json["alarms"]
    assert (alarm["kind"], alarm["name"]) == ("role", "timestamp")
    assert alarm["do"].startswith("amate trust publish")
    clock.now += 396 * DAY_S
    rung = {(a["kind"], a["name"]): a for a in client.get(ALARMS, headers=security).json["alarms"]}
    assert set(rung) == {("role", role) for role in ROLES} | {("key", use) for use in USES}
    assert rung["key", "pass"]["until"] is None, "it has ended: nothing will sign"


def test_a_repository_that_does_not_verify_has_no_health(client: FlaskClient, ctx: Context, security: Headers) -> None:
    answer = client.get(ALARMS, headers=security)
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/no-trust")
    trust.init(ctx)
    ctx.commit()
    (path,) = (ctx.settings.published / "trust" / "targets").glob("*.policy.json")
    path.write_bytes(path.read_bytes() + b" ")
    answer = client.get(ALARMS, headers=security)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/trust-broken")


def test_g08_what_somebody_else_signed_is_told_until_somebody_has_looked(
    client: FlaskClient, security: Headers, ctx: Context
) -> None:
    trust.init(ctx)
    ctx.commit()
    kid = trust.list_keys(ctx)[0].kid
    assert client.get(ALARMS, headers=security).json["elsewhere"] == []
    for each in (kid, kid, "unknown"):
        trust.alarm_foreign(ctx, each, "pass", subject="ab")
    ctx.commit()
    said = client.get(ALARMS, headers=security).json
    rings = {"use": "pass", "at": iso(ctx.now)}
    assert sorted(said["elsewhere"], key=lambda each: each["count"]) == [
        {"kid": "unknown", "count": 1, **rings},
        {"kid": kid, "count": 2, **rings},
    ]
    assert said["halted"] == [], "nothing is halted by it"
    assert trust.acknowledge(ctx, kid[:8]) == kid
    assert trust.acknowledge(ctx, kid) == kid, "twice is once"
    ctx.commit()
    assert [each["kid"] for each in client.get(ALARMS, headers=security).json["elsewhere"]] == ["unknown"]
    trust.alarm_foreign(ctx, kid, "pass", subject="cd")
    ctx.commit()
    assert {each["kid"]: each["count"] for each in client.get(ALARMS, headers=security).json["elsewhere"]}[kid] == 1
    with pytest.raises(Unknown, match="unknown-key"):
        trust.acknowledge(ctx, "nobody")
    halted = trust.list_keys(ctx)[1]
    store.halt_key(ctx.tx, halted.kid, halted.use, ctx.now)
    with pytest.raises(Unknown, match="unknown-key"):
        trust.acknowledge(ctx, halted.kid)  # it gave a wrong signature, and rang for nobody else's


def test_a_key_that_was_halted_is_told_until_it_signs_again(
    client: FlaskClient, ctx: Context, security: Headers
) -> None:
    trust.init(ctx)
    kid = trust.list_keys(ctx)[0].kid
    store.halt_key(ctx.tx, kid, "pass", ctx.now)
    ctx.commit()
    assert client.get(ALARMS, headers=security).json["halted"] == [{"kid": kid, "use": "pass", "at": iso(ctx.now)}]
    trust.unhalt(ctx, kid)
    ctx.commit()
    assert client.get(ALARMS, headers=security).json["halted"] == []


def test_what_waits_for_signatures_says_whose(
    client: FlaskClient, ctx: Context, security: Headers, tmp_path: Path
) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    stage_unpublished(ctx, "pass", people.joined("issuer", "New")["New"].uri)
    trust.publish(ctx)
    (waiting,) = client.get(ALARMS, headers=security).json["waiting"]
    assert (waiting["role"], waiting["version"], waiting["held_by"]) == ("targets", 2, "")
    (need,) = waiting["needs"]
    assert (need["missing"], need["holders"]) == (2, ["Targets 1", "Targets 2", "Targets 3"])


def test_who_reads_alarms(client: FlaskClient, ctx: Context, login_as: LoginAs) -> None:
    trust.init(ctx)
    ctx.commit()
    roles = ("clinic", "enrolment", "security", "auditor", "admin")
    read = {role: client.get(ALARMS, headers=login_as(role)).status_code for role in roles}
    assert read == {"clinic": 403, "enrolment": 403, "security": 200, "auditor": 200, "admin": 200}


def test_what_an_ending_is_about_is_read_from_its_words() -> None:
    assert [named(f"{role} metadata") for role in ROLES] == [("role", role) for role in ROLES]
    assert [named(f"key for {use}") for use in USES] == [("key", use) for use in USES]


def test_whose_keys_do_not_answer_is_told_with_how_many_more_may_go(
    client: FlaskClient, ctx: Context, security: Headers
) -> None:
    """Told from when they were last called: reading calls none, so that a dead token holds up no page."""
    trust.init(ctx)
    ctx.commit()
    assert client.get(ALARMS, headers=security).json["weak"] == []
    lost = [key for key in store.role_keys(ctx.tx) if key.role == "targets"][:2]
    for count, spare in ((1, 0), (2, -1)):
        store.note_role_keys(ctx.tx, signed=[], missing=[key.keyid for key in lost[:count]], now=ctx.now)
        ctx.commit()
        gone = [{"holder": key.holder, "since": iso(ctx.now)} for key in lost[:count]]
        weak = client.get(ALARMS, headers=security).json["weak"]
        assert weak == [{"role": "targets", "gone": gone, "spare": spare}]


def test_a_holder_who_did_not_answer_at_the_ceremony_is_told(
    client: FlaskClient, ctx: Context, security: Headers, tmp_path: Path
) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    people = People.of(ctx, tmp_path)
    public = people.public(*people.names(*ROLES))
    people["Root 4"].lose()
    ceremonies.run(ctx, people.ceremony(public=public))
    ctx.commit()
    gone = [{"holder": "Root 4", "since": iso(ctx.now)}]
    assert client.get(ALARMS, headers=security).json["weak"] == [{"role": "root", "gone": gone, "spare": 1}]
