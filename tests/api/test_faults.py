"""When PostgreSQL or Redis go away in the middle of work: told at once, nothing half-done, all well once they are back.

These tests stop a cluster of their own, and take nothing from others; tests/api/conftest.py says when they run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, Engine, event, text
from werkzeug.test import TestResponse

from amate.config import Settings
from amate.context import Context
from amate.features.audit import actions as audit
from tests.api.conftest import LoginAs
from tests.api.enrolling import CURP, body, open_module
from tests.cluster import Cluster, beside, recreate, started
from tests.conftest import migrated

pytestmark = pytest.mark.cluster
ENROLMENTS = "/api/v1/enrolments"
DEMO_LOGIN = "/api/v1/session/demo"
PATIENCE_S = 12


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with started() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def empty_database(cluster: Cluster) -> URL:
    url = beside(cluster.database_url, "empty")
    recreate(url)
    return migrated(url)


@pytest.fixture
def settings(settings: Settings, cluster: Cluster) -> Settings:
    database_url = f"{beside(cluster.database_url, 'faults')}?connect_timeout=2"
    return settings.model_copy(update={"database_url": database_url, "redis_url": cluster.redis_url})


@pytest.fixture
def module(ctx: Context, tmp_path: Path, login_as: LoginAs) -> dict[str, str]:
    """A module's desk in a deployment that is ready."""
    open_module(ctx, tmp_path)
    return login_as("enrolment")


def enrolled(engine: Engine) -> tuple[int, int, int]:
    """People, offers, and lines of the audit log about them."""
    with engine.connect() as tx:
        people = tx.execute(text("SELECT count(*) FROM person")).scalar_one()
        offers = tx.execute(text("SELECT count(*) FROM issuance_offer")).scalar_one()
        told = tx.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'person.enrolled'")).scalar_one()
        return people, offers, told


def expect_outage(answer: TestResponse) -> None:
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json is not None
    assert answer.json["type"] == "/problems/database-unavailable"
    assert answer.headers["Retry-After"] == "5"
    assert CURP not in answer.get_data(as_text=True)


def expect_whole(engine: Engine, settings: Settings) -> None:
    with engine.connect() as tx:
        assert audit.verify(Context(tx=tx, now=0, settings=settings))[1] == []


def test_no_database_is_told_and_forgotten_once_it_is_back(
    client: FlaskClient, module: dict[str, str], engine: Engine, settings: Settings, cluster: Cluster
) -> None:
    assert client.get("/readyz").status_code == 200
    cluster.stop_database()
    try:
        begun = time.monotonic()
        expect_outage(client.post(ENROLMENTS, json=body(), headers=module))
        expect_outage(client.get("/readyz"))
        assert client.get("/healthz").status_code == 200
        assert time.monotonic() - begun < PATIENCE_S
    finally:
        cluster.start_database()
    assert [client.get("/readyz").status_code for _ in range(4)] == [200] * 4
    assert client.post(ENROLMENTS, json=body(), headers=module).status_code == 201
    assert enrolled(engine) == (1, 1, 1)
    expect_whole(engine, settings)


@pytest.mark.parametrize(
    "moment",
    [
        "before INSERT INTO person",
        "before INSERT INTO issuance_offer",
        "after INSERT INTO issuance_offer",  # the log of who did what comes next, by its own way to the driver
        "before commit",
    ],
)
def test_a_database_that_dies_in_the_middle_leaves_nothing_half_done(
    apps: list[Flask], client: FlaskClient, module: dict[str, str], engine: Engine, cluster: Cluster, moment: str
) -> None:
    died: list[str] = []

    def die(now: str) -> None:
        if not died and now.startswith(moment):
            died.append(now)
            cluster.stop_database()

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        die(f"before {statement}")

    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        die(f"after {statement}")

    for app in apps:
        event.listen(app.extensions["amate.engine"], "before_cursor_execute", before)
        event.listen(app.extensions["amate.engine"], "after_cursor_execute", after)
        event.listen(app.extensions["amate.engine"], "commit", lambda _connection: die("before commit"))
    headers = module | {"Idempotency-Key": "the-first-attempt"}
    try:
        expect_outage(client.post(ENROLMENTS, json=body(), headers=headers))
        assert died
    finally:
        cluster.start_database()
    assert enrolled(engine) == (0, 0, 0)
    again = client.post(ENROLMENTS, json=body(), headers=headers)
    assert again.status_code == 201
    assert enrolled(engine) == (1, 1, 1)


def test_without_redis_it_is_slower_and_still_right(
    client: FlaskClient, module: dict[str, str], engine: Engine, cluster: Cluster
) -> None:
    assert client.post(DEMO_LOGIN, json={"role": "clinic"}).status_code == 200
    cluster.stop_redis()
    try:
        begun = time.monotonic()
        assert [client.post(DEMO_LOGIN, json={"role": "clinic"}).status_code for _ in range(6)] == [200] * 6
        assert client.post(ENROLMENTS, json=body(), headers=module).status_code == 201
        assert time.monotonic() - begun < PATIENCE_S
        statuses = {client.post(DEMO_LOGIN, json={"role": "clinic"}).status_code for _ in range(250)}
        assert statuses == {200, 429}, "each process counts for itself"
    finally:
        cluster.start_redis()
    assert enrolled(engine) == (1, 1, 1)
    assert client.post(ENROLMENTS, json=body(), headers=module).status_code == 200
