"""The application on a real database, with a clock that the test moves, answered by two workers in turn.

The client hands each request to the other of two applications that share nothing but the database, Redis and the data
folder; so every API test also shows that no request depends on which worker answered the one before.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine

from amate.app import create_app
from amate.config import Settings
from amate.context import Context
from amate.web.guards import Caller
from amate.web.problems import MEDIA_TYPE, PROBLEMS, texts_of
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
    assert problem.keys() <= {"type", "title", "status", "detail", "errors", "incident"}
    for fault in problem.get("errors", [{"where": "-", "slug": "-", "detail": "-"}]):
        assert fault.keys() == {"where", "slug", "detail"}
        assert all(fault.values()), fault


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
