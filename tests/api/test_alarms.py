"""Whoever watches the keys is told what should have been renewed by now, and what no longer verifies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.errors import Unknown
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust import commands, store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.model import ROLES, USES, iso
from tests.api.conftest import Amate, LoginAs
from tests.api.holders import People
from tests.api.rotating import change, stage, stage_unpublished
from tests.conftest import Clock

ALARMS = "/api/v1/keys/alarms"
DAY_S = 86_400
SHARDS = {"pass": 4, "credential": 4, "status": 1}
REMEDIES = {
    "role": "amate trust publish",
    "key": "amate keys propose stage --use",
    "sealing": "amate trust publish",
    "lists": "amate status publish",
}
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


def names_at(client: FlaskClient, security: Headers) -> set[tuple[str, str]]:
    """What rings."""
    return {(each["kind"], each["name"]) for each in client.get(ALARMS, headers=security).json["alarms"]}


@pytest.mark.parametrize(
    ("kind", "name", "half"),
    [
        ("role", "timestamp", 4),  # of 7 days
        ("role", "snapshot", 7),
        ("role", "targets", 45),
        ("role", "root", 183),  # of 365
        *(("key", use, 200) for use in USES),
        ("sealing", "sealing", 7),
        ("lists", "lists", 4),  # of 7
    ],
)
def test_everything_rings_on_the_day_of_its_half_and_not_the_day_before(
    client: FlaskClient, ctx: Context, security: Headers, clock: Clock, amate: Amate, kind: str, name: str, half: int
) -> None:
    trust.init(ctx)
    status.publish(ctx)
    ctx.commit()
    words = {"role": f"{name} metadata", "key": f"key for {name}", "sealing": "sealing key", "lists": "status lists"}
    for days, rings in ((half - 1, False), (half, True)):
        clock.now = ctx.now + days * DAY_S
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(commands, "system_clock", clock)
            checked = amate("trust", "check", "--json")
        assert ((kind, name) in names_at(client, security)) == rings, days
        listed = {each["what"]: each for each in json.loads(checked.output)["endings"]}
        assert (words[kind] in listed) == rings, "the command says the same"
        assert checked.exit_code == (1 if listed else 0)
    rung = {(each["kind"], each["name"]): each for each in client.get(ALARMS, headers=security).json["alarms"]}
    alarm = rung[kind, name]
    assert alarm["do"].startswith(REMEDIES[kind])
    assert (alarm["until"], alarm["do"]) == (listed[words[kind]]["until"], listed[words[kind]]["do"])
    assert alarm["shards"] == listed[words[kind]]["shards"] == ([*range(SHARDS[name])] if kind == "key" else [])


def test_what_has_ended_has_no_end_any_more(client: FlaskClient, ctx: Context, security: Headers, clock: Clock) -> None:
    trust.init(ctx)
    ctx.commit()
    clock.now += 400 * DAY_S
    rung = {(a["kind"], a["name"]): a for a in client.get(ALARMS, headers=security).json["alarms"]}
    assert set(rung) == {
        *(("role", role) for role in ROLES),
        *(("key", use) for use in USES),
        ("sealing", "sealing"),
        ("lists", "lists"),
    }
    assert rung["key", "pass"]["until"] is None, "nothing will sign"
    assert rung["lists", "lists"]["until"] is None, "none was ever published"


def test_a_share_whose_successor_is_known_is_quiet_and_the_others_are_named(
    client: FlaskClient, ctx: Context, security: Headers, clock: Clock
) -> None:
    trust.init(ctx)
    ctx.now = clock.now = ctx.now + 321 * DAY_S
    trust.publish(ctx)
    for shard in (0, 2):
        stage(ctx, "pass", shard=shard)
    stage_unpublished(ctx, "status", trust.make_file_key(ctx, "status"))
    ctx.commit()
    rung = {a["name"]: a for a in client.get(ALARMS, headers=security).json["alarms"] if a["kind"] == "key"}
    assert {name: each["shards"] for name, each in rung.items()} == {
        "pass": [1, 3],
        "credential": [0, 1, 2, 3],
        "status": [0],
    }, "verifiers know nothing yet of the one for status lists"
    assert "--use pass --shard 1" in rung["pass"]["do"]
    trust.publish(ctx)
    for use, shards in (("pass", (1, 3)), ("credential", range(4))):
        for shard in shards:
            stage(ctx, use, shard=shard)
    status.publish(ctx)
    ctx.commit()
    assert names_at(client, security) == set()


def test_a_share_whose_only_key_nobody_believes_any_more_rings(
    client: FlaskClient, ctx: Context, security: Headers
) -> None:
    trust.init(ctx)
    stolen = next(key for key in trust.list_keys(ctx) if (key.use, key.shard) == ("pass", 2))
    trust.freeze_key(ctx, stolen.kid, reason="stolen")
    change(ctx, "revoke", stolen.kid, reason="stolen")
    ctx.commit()
    (alarm,) = client.get(ALARMS, headers=security).json["alarms"]
    assert (alarm["name"], alarm["shards"], alarm["until"]) == ("pass", [2], None)


def test_lists_that_no_key_of_ours_signed_are_as_if_there_were_none(
    client: FlaskClient, ctx: Context, security: Headers
) -> None:
    trust.init(ctx)
    status.publish(ctx)
    ctx.commit()
    assert names_at(client, security) == set()
    (ctx.settings.published / "status" / "revocations" / "token").write_bytes(b"\xff")
    assert names_at(client, security) == {("lists", "lists")}


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
