"""The application on a real database, with a clock that the test moves, answered by two workers in turn.

The client hands each request to the other of two applications that share nothing but the database, Redis and the data
folder; so every API test also shows that no request depends on which worker answered the one before.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.exceptions import default_exceptions

from amate.app import create_app
from amate.cli import cli
from amate.config import Settings
from amate.context import Context
from amate.web.guards import Caller
from amate.web.problems import EXPLAINED, MEDIA_TYPE, PROBLEMS, texts_of
from tests.conftest import Clock

LoginAs = Callable[..., dict[str, str]]

# Faults of PostgreSQL and Redis are shown where these run: `python -m tests.cluster pytest tests/api`. What is stopped
# at each of its steps is stopped on SQLite, once.
collect_ignore = (
    ["test_trust_crash.py", "test_keys_crash.py"] if "AMATE_TEST_DATABASE_URL" in os.environ else ["test_faults.py"]
)


class TurnTaking(FlaskClient):
    """A client whose requests go to each of several workers in turn."""

    workers: Iterator[Flask]

    def open(self, *args: Any, **kwargs: Any) -> Any:
        self.application = next(self.workers)
        answer = super().open(*args, **kwargs)
        if answer.content_type == MEDIA_TYPE:
            hold_to_its_schema(answer.get_json(), answer.status_code)
        return answer


def hold_to_its_schema(problem: dict[str, Any], status: int) -> None:
    """Every problem that any test meets has its page, and says where in the one shape."""
    slug = problem["type"].removeprefix("/problems/")
    assert status == problem["status"]
    assert status in PROBLEMS[slug]
    assert problem["title"] == texts_of(slug)["en"]["title"]
    assert problem.keys() <= {"type", "title", "status", "detail", "errors", "incident", "registered"}
    assert "registered" not in problem or slug == "person-differs"
    assert problem.get("errors", True), "left out when nothing in the request is at fault"
    for fault in problem.get("errors", []):
        assert fault.keys() == {"where", "slug", "detail"}
        assert all(fault.values()), fault
        assert fault["slug"] in EXPLAINED, fault
        assert is_ours(fault["detail"]), fault
    assert is_ours(problem.get("detail", "")), problem


# What libraries say when nobody else speaks.
LIBRARIES = {error.description for error in default_exceptions.values()} | {"Invalid input type.", "Invalid JSON body."}
LIBRARIAN = re.compile(r"Not a valid|Missing data|Unknown field|may not be null\.|per \d+ |JSON object:|^Invalid ")
SPANISH = re.compile(r"[áéíóúñ¿¡«]|\b(?:el|la|los|las|una?|debe|falta|este|esta|no es)\b", re.I)


def is_ours(detail: str) -> bool:
    """A `detail` is an English sentence of ours, but for what it quotes."""
    plain = re.sub(r'"[^"]*"', "", detail)
    return detail not in LIBRARIES and not LIBRARIAN.search(detail) and not SPANISH.search(plain)


@pytest.fixture
def apps(engine: Engine, settings: Settings, clock: Clock) -> Iterator[list[Flask]]:
    """Two workers."""
    apps = [create_app(settings, clock=clock) for _ in range(2)]
    yield apps
    for app in apps:
        app.extensions["amate.engine"].dispose()


@pytest.fixture
def app(apps: list[Flask]) -> Flask:
    """One of the workers."""
    return apps[0]


@pytest.fixture
def client(apps: list[Flask]) -> FlaskClient:
    client = TurnTaking(apps[0])
    client.workers = itertools.cycle(apps)
    return client


@pytest.fixture
def login_as(apps: list[Flask]) -> LoginAs:
    """Headers that make the next requests come from an integrator of a role, past the real guard."""
    known: dict[str, Caller] = {}

    for app in apps:
        real = app.extensions["amate.authenticate"]

        def authenticate(ctx: Context, real: Any = real) -> Caller | None:
            return known.get(request.headers.get("Authorization", "")) or real(ctx)

        app.extensions["amate.authenticate"] = authenticate

    def login(role: str, clinic: str | None = None) -> dict[str, str]:
        token = f"Bearer test-{role}-{clinic}"
        known[token] = Caller("integrator", f"test-{role}", role, clinic)
        return {"Authorization": token}

    return login


@dataclass(frozen=True)
class Amate:
    """The command line on the test's database, in this process."""

    env: dict[str, str]

    def __call__(self, *args: str) -> Result:
        """How `amate …` ended, and what it printed."""
        return CliRunner().invoke(cli, args, env=self.env)

    def json(self, *args: str) -> Any:
        """What `amate … --json` said.

        Raises: the command's own error
        """
        result = CliRunner().invoke(cli, [*args, "--json"], env=self.env, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.output)


@pytest.fixture
def amate(settings: Settings, engine: Engine) -> Amate:
    names = ("home", "env", "base_url", "passphrase_file", "database_url")
    return Amate({f"AMATE_{name.upper()}": str(getattr(settings, name)) for name in names})
