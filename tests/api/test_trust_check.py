"""`amate trust check` tells what is wrong before verifiers do, and a demo's keys never serve real people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from amate.config import Settings, read_settings
from amate.context import Context
from amate.errors import Malformed, Refused, Unavailable
from amate.features.status import actions as status
from amate.features.trust import actions, commands
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.health import Ending, endings, reach
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import USES
from amate.serve import check_trust
from amate.signing.signer import open_signer
from amate.web.limits import caller_address
from tests.api.holders import People
from tests.api.rotating import stage

DAY_S = 86_400
PRODUCTION = {
    "AMATE_ENV": "production",
    "AMATE_BASE_URL": "https://salud.example",
    "AMATE_DATABASE_URL": "postgresql://amate@database/amate",
    "AMATE_PASSPHRASE_FILE": "/secrets/passphrase",
}


def found(ctx: Context, days: float = 0, env: str = "test") -> dict[str, Ending]:
    ctx.settings = ctx.settings.model_copy(update={"env": env})
    listed = endings(ctx, now=ctx.now + int(days * DAY_S))
    return {ending.what: ending for ending in listed}


def strict(monkeypatch: pytest.MonkeyPatch, home: Path, **changed: str) -> None:
    for name, value in {**PRODUCTION, "AMATE_HOME": str(home), **changed}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("days", "late"),
    [
        (0, set()),
        (3, set()),
        (4, {"timestamp metadata"}),
        (6, {"timestamp metadata"}),
        (7, {"timestamp metadata", "snapshot metadata", "sealing key"}),
        (44, {"timestamp metadata", "snapshot metadata", "sealing key"}),
        (45, {"timestamp metadata", "snapshot metadata", "sealing key", "targets metadata"}),
        (182, {"timestamp metadata", "snapshot metadata", "sealing key", "targets metadata"}),
        (183, {"timestamp metadata", "snapshot metadata", "sealing key", "targets metadata", "root metadata"}),
    ],
)
def test_what_should_have_been_renewed_is_told(ctx: Context, days: int, late: set[str]) -> None:
    actions.init(ctx)
    status.publish(ctx)
    told = found(ctx, days).keys() - {f"key for {use}" for use in USES}
    assert told - {"status lists"} == late
    assert ("status lists" in told) == (days >= 4)


def test_publishing_mends_all_of_it_where_the_keys_are_at_hand(ctx: Context) -> None:
    actions.init(ctx)
    ctx.now += 280 * DAY_S
    assert found(ctx).keys() >= {"root metadata", "targets metadata", "snapshot metadata", "sealing key"}
    assert actions.publish(ctx).release.root == 2
    mine = {f"key for {use}" for use in USES} | {"status lists"}
    assert found(ctx).keys() == mine, "two people change those, and lists have a command of their own"


def test_everything_is_renewed_before_the_alarm(ctx: Context) -> None:
    for role, rule in key_policy(ctx.settings.keys_dir)["roles"].items():
        assert rule["renew"] > rule["expires"] / 2, role


def test_a_key_without_a_successor_is_told_from_half_of_its_time_on(ctx: Context) -> None:
    actions.init(ctx)
    ends = actions.active_key(ctx, "pass").sign_until
    assert "key for pass" not in found(ctx, 199)
    assert found(ctx, 200)["key for pass"].until == ends
    assert found(ctx, 401)["key for pass"].until is None
    ctx.now += 321 * DAY_S
    for shard in range(4):
        stage(ctx, "pass", shard=shard)
    assert {"key for credential", "key for status"} == {what for what in found(ctx) if what.startswith("key")}


def test_what_does_not_verify_or_is_not_ours_has_no_health(ctx: Context) -> None:
    with pytest.raises(Unavailable, match="no-trust"):
        found(ctx)
    actions.init(ctx)
    with pytest.raises(Refused, match="wrong-environment"):
        found(ctx, env="production")
    (path,) = (ctx.settings.published / "trust" / "targets").glob("*.policy.json")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Malformed, match="trust-broken"):
        found(ctx)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AMATE_ENV", "demo")
    run = CliRunner()
    assert isinstance(run.invoke(commands.trust, ["check"]).exception, Unavailable)
    run.invoke(commands.trust, ["init"], catch_exceptions=False)
    good = run.invoke(commands.trust, ["check", "--json"], catch_exceptions=False)
    assert (good.exit_code, json.loads(good.output)) == (
        0,
        {"env": "demo", "endings": [], "untold": [], "weak": [], "away": {}, "unopened": {}, "signer_down": None},
    )
    later = Settings().published.stat().st_mtime + 5 * DAY_S
    monkeypatch.setattr(commands, "system_clock", lambda: int(later))
    late = run.invoke(commands.trust, ["check"])
    assert (late.exit_code, "amate trust publish" in late.output) == (1, True)
    assert run.invoke(commands.trust, ["check", "--allow-ending"]).exit_code == 0
    assert "timestamp metadata ends 20" in late.output
    monkeypatch.setattr(commands, "system_clock", lambda: int(later) + 3 * DAY_S)
    over = run.invoke(commands.trust, ["check"]).output
    assert "timestamp metadata ended 20" in over, "what is past is not announced"
    assert "snapshot metadata ends 20" in over


def test_a_holders_key_that_is_not_where_it_is_kept_is_named(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a dead on-line key is; a key that is there is not opened, and that is said."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    ctx.commit()
    settings = ctx.settings
    here = {"AMATE_HOME": settings.home, "AMATE_ENV": "staging", "AMATE_BASE_URL": settings.base_url}
    here |= {"AMATE_PASSPHRASE_FILE": settings.passphrase_file, "AMATE_DATABASE_URL": settings.database_url}
    for name, value in here.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(commands, "endings", lambda *_, **__: [])  # this one has no issuer's keys
    good = CliRunner().invoke(commands.trust, ["check"], catch_exceptions=False)
    assert good.exit_code == 0, good.output
    assert "root: present, not opened: Root 1, Root 2, Root 3, Root 4, Root 5" in good.output
    people["Root 2"].lose()
    lost = CliRunner().invoke(commands.trust, ["check"], catch_exceptions=False)
    assert lost.exit_code == 1
    assert "root: it can lose 1 more; gone: Root 2 (key-unavailable)" in lost.output
    assert "the repository holds" not in lost.output


def test_holders_who_never_had_a_key_here_are_said_to_have_it_elsewhere(ctx: Context, tmp_path: Path) -> None:
    """Their uri was left out of the ceremony's file; an answer without a word would sound as if all had been seen."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    people = People.of(ctx, tmp_path)
    public = people.public(*people.names("root", "targets"))
    some = [name for name in public if name != "Targets 2"]
    ceremonies.run(ctx, people.ceremony(public=public, elsewhere=some), may_wait=True)
    draft = drafts.export(ctx, drafts.waiting(ctx)[0].number)
    for name in ("Root 1", "Root 2", "Root 3"):
        draft = drafts.sign(draft, open_signer(people[name].uri, ctx.settings.passphrase_file))
    drafts.take(ctx, draft)
    (targets,) = [each.number for each in actions.publish(ctx).waiting if each.role == "targets"]
    draft = drafts.sign(drafts.export(ctx, targets), open_signer(people["Targets 1"].uri, ctx.settings.passphrase_file))
    drafts.take(ctx, drafts.sign(draft, open_signer(people["Targets 3"].uri, ctx.settings.passphrase_file)))
    actions.publish(ctx)
    looked = reach(ctx)
    assert looked.away == {"root": tuple(people.names("root"))}
    assert looked.unopened == {"targets": ("Targets 2",)}
    people["Targets 2"].lose()
    assert reach(ctx).away == {role: tuple(people.names(role)) for role in ("root", "targets")}


@pytest.mark.parametrize("env", ["production", "staging"])
def test_settings_for_real_people_refuse_a_demos_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: str
) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path))
    monkeypatch.setenv("AMATE_ENV", "demo")
    CliRunner().invoke(commands.trust, ["init"], catch_exceptions=False)
    strict(monkeypatch, tmp_path, AMATE_ENV=env)
    with pytest.raises(Malformed, match="demo's keys"):
        read_settings()
    assert isinstance(CliRunner().invoke(commands.trust, ["publish"]).exception, Malformed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMATE_BASE_URL", "http://salud.example"),
        ("AMATE_DATABASE_URL", "sqlite:////data/amate.db"),
    ],
)
def test_production_needs_what_production_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    strict(monkeypatch, tmp_path)
    assert read_settings().env == "production"
    monkeypatch.setenv(name, value)
    with pytest.raises(Malformed, match=name):
        read_settings()


def test_nobody_is_served_from_a_repository_of_another_environment(ctx: Context) -> None:
    actions.init(ctx)
    with pytest.raises(Refused, match="wrong-environment"):
        check_trust(ctx.settings.model_copy(update={"env": "production"}))


def test_a_repository_is_never_published_as_that_of_another_environment(ctx: Context) -> None:
    actions.init(ctx)
    for env in ("production", "demo"):
        ctx.settings = ctx.settings.model_copy(update={"env": env})
        with pytest.raises(Refused, match="wrong-environment"):
            actions.publish(ctx)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_limits_count_by_the_address_that_our_proxies_saw(
    app: Flask, proxies: int, forwarded: str, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert caller_address(proxies) == address
