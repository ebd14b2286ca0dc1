"""The application on a real database, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from amate.app import create_app
from amate.config import Settings
from amate.context import Context
from amate.web.guards import Caller
from tests.conftest import Clock

LoginAs = Callable[..., dict[str, str]]


@pytest.fixture
def app(engine: Engine, settings: Settings, clock: Clock) -> Flask:
    return create_app(settings, clock=clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def login_as(app: Flask) -> LoginAs:
    """Headers that make the next requests come from an integrator of `role`, by the real guard."""
    known: dict[str, Caller] = {}
    real = app.extensions["amate.authenticate"]

    def authenticate(ctx: Context) -> Caller | None:
        from flask import request

        return known.get(request.headers.get("Authorization", "")) or real(ctx)

    app.extensions["amate.authenticate"] = authenticate

    def login(role: str, clinic: str | None = None) -> dict[str, str]:
        token = f"Bearer test-{role}-{clinic}"
        known[token] = Caller("integrator", f"test-{role}", role, clinic)
        return {"Authorization": token}

    return login
