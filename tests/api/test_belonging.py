"""A database belongs to one environment: whoever comes with the settings of another is told so, whatever they type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from amate.config import Settings
from amate.context import Context
from amate.db import belonging
from amate.db.engine import connect
from amate.errors import Refused
from amate.features.rotation import actions
from amate.features.trust import actions as trust
from amate.features.trust.ceremonies import actions as ceremonies
from tests.api.conftest import Amate
from tests.api.holders import People
from tests.api.rotating import holder
from tests.live import LiveServer

COMMANDS = [
    ["credentials", "list"],
    ["staff", "list"],
    ["staff", "token", "--role", "clinic", "--clinic", "HGIMS900110"],
    ["audit", "verify"],
    ["receipts", "doubles"],
    ["entitlement", "proposals"],
    ["status", "publish"],
    ["trust", "publish"],
    ["trust", "drafts"],
    ["trust", "init"],
    ["keys", "list"],
    ["demo", "--no-serve"],
]


def test_a_server_that_something_else_started_on_it_is_not_ready(client: FlaskClient, engine: Engine) -> None:
    assert client.get("/readyz").status_code == 200
    with connect(engine, writes=True) as tx:
        tx.execute(text("INSERT INTO deployment (number, env) VALUES (1, 'demo')"))
        tx.commit()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "wrong-environment"})


def env_of(engine: Engine) -> str | None:
    with connect(engine, writes=False) as tx:
        found = tx.execute(text("SELECT env FROM deployment")).scalar_one_or_none()
    return None if found is None else str(found)


def elsewhere(amate: Amate, env: str, home: Path) -> Amate:
    """The same database under the settings of another environment, with a home of its own."""
    return Amate(amate.env | {"AMATE_ENV": env, "AMATE_HOME": str(home)})


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_d09_no_command_works_on_the_database_of_another_environment(
    ctx: Context, amate: Amate, engine: Engine, tmp_path: Path, command: list[str]
) -> None:
    trust.init(ctx)
    ctx.commit()
    done = elsewhere(amate, "staging" if command[0] != "demo" else "demo", tmp_path / "other")(*command)
    assert isinstance(done.exception, Refused), done.output
    assert (done.exception.slug, done.exception.where) == ("wrong-environment", "AMATE_ENV")
    assert "the database belongs to test: set AMATE_ENV=test" in done.exception.detail
    assert done.stdout == "" or command[0] == "demo"
    assert env_of(engine) == "test"


def test_what_is_new_belongs_to_whoever_opens_it_and_then_does_something(
    amate: Amate, engine: Engine, tmp_path: Path
) -> None:
    staging = elsewhere(amate, "staging", tmp_path / "other")
    assert amate("staff", "list").exit_code == 0
    assert env_of(engine) == "test"
    assert staging("staff", "list").exit_code == 0, "a variable that was forgotten once spoils nothing"
    assert env_of(engine) == "staging"
    assert staging("staff", "token", "--role", "security").exit_code == 0
    assert isinstance(amate("staff", "list").exception, Refused)
    assert staging("staff", "list").exit_code == 0


def test_one_of_before_belongs_to_what_it_published(ctx: Context, engine: Engine) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "demo"})
    trust.init(ctx)
    ctx.commit()
    with pytest.raises(Refused, match="belongs to demo"):
        belonging.check_environment(engine, "staging")
    belonging.check_environment(engine, "demo")


def test_one_of_before_belongs_to_what_its_first_ceremony_is_for(ctx: Context, engine: Engine, tmp_path: Path) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    people = People.of(ctx, tmp_path)
    away = people.names("root")
    ceremonies.run(ctx, people.ceremony(elsewhere=away, public=people.public(*away)), may_wait=True)
    ctx.commit()
    with pytest.raises(Refused, match="belongs to staging"):
        belonging.check_environment(engine, "test")


def test_one_of_before_with_nothing_published_belongs_to_what_was_proposed(ctx: Context, engine: Engine) -> None:
    trust.init(ctx)
    kid = next(key.kid for key in trust.list_keys(ctx) if key.use == "pass")
    actions.propose(ctx, "retire", kid, holder(ctx, 0))
    ctx.tx.execute(text("DELETE FROM trust_file"))
    ctx.tx.execute(text("DELETE FROM trust_draft"))
    ctx.commit()
    with pytest.raises(Refused, match="belongs to test"):
        belonging.check_environment(engine, "demo")


def test_one_of_before_that_says_nothing_belongs_to_whoever_opens_it_first(
    ctx: Context, engine: Engine, settings: Settings, amate: Amate
) -> None:
    amate("staff", "token", "--role", "security")
    ctx.tx.execute(text("DELETE FROM deployment"))
    ctx.commit()
    belonging.check_environment(engine, "staging")
    with pytest.raises(Refused, match="belongs to staging"):
        belonging.check_environment(engine, settings.env)


def test_a_server_does_not_start_on_it_and_says_so_once_for_people_and_for_programs(tmp_path: Path) -> None:
    demo = LiveServer(tmp_path / "home")
    demo.seed()
    database = {"AMATE_DATABASE_URL": f"sqlite:///{demo.home / 'amate.db'}"}
    staging = LiveServer(tmp_path / "staging", extra={**database, "AMATE_ENV": "staging"})
    for command in (["serve"], ["audit", "verify"]):
        done = staging.amate(*command, check=False)
        assert (done.returncode, done.stdout) == (1, ""), command
        (line,) = done.stderr.strip().splitlines()
        assert line.startswith(
            "amate: wrong-environment (AMATE_ENV): this is staging, and the database belongs to demo"
        )
        assert "set AMATE_ENV=demo to work on it, or AMATE_HOME" in line
    done = staging.amate("credentials", "list", "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"] == "wrong-environment"
    assert not (staging.home / "secrets").exists()
