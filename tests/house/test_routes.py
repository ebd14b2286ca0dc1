"""Every route has its row in the table of who may call it, and every row its route; refusals are problem documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import MetaData, create_engine, inspect

from amate.app import create_app
from amate.config import Settings
from amate.db import metadata
from amate.db.migrate import migrate
from amate.web.guards import ACCESS, PUBLIC, WALLET


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = create_app(Settings(home=tmp_path, env="test"))
    migrate(app.extensions["amate.engine"])
    return app


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_has_its_row(app: Flask) -> None:
    assert routes(app) - set(ACCESS) == set()


def test_every_row_has_its_route(app: Flask) -> None:
    assert set(ACCESS) - routes(app) == set()


def test_a_route_that_needs_somebody_answers_nobody(app: Flask) -> None:
    client = app.test_client()
    for row, roles in ACCESS.items():
        if roles & (PUBLIC | WALLET):
            continue
        method, path = row.split(" ")
        answer = client.open(path.replace("<", "x").replace(">", "x"), method=method, json={})
        assert (row, answer.status_code, answer.content_type) == (row, 401, "application/problem+json")


def test_a_401_says_how_to_prove_who_calls(app: Flask) -> None:
    """RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1: the error only of what was sent."""
    client = app.test_client()
    for row, roles in ACCESS.items():
        if roles & PUBLIC:
            continue
        scheme, plain = ("DPoP", 'DPoP algs="ES256"') if roles & WALLET else ("Bearer", 'Bearer realm="amate"')
        for sent, challenge in ({}, plain), ({"Authorization": f"{scheme} amate_x"}, f'{plain}, error="invalid_'):
            method, path = row.split(" ")
            answer = client.open(path.replace("<", "x").replace(">", "x"), method=method, json={}, headers=sent)
            said = answer.headers.get("WWW-Authenticate", "")
            assert (row, answer.status_code, said.partition("token")[0].partition("dpop")[0]) == (row, 401, challenge)


def test_a_refused_passkey_is_challenged_as_any_401(app: Flask) -> None:
    answer = app.test_client().post("/api/v1/passkeys/authentication", json={"credential": {}})
    assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (401, 'Bearer realm="amate"')


def test_migrations_make_exactly_the_tables_that_the_stores_use(app: Flask) -> None:
    found = inspect(app.extensions["amate.engine"])
    names = set(found.get_table_names()) - {"alembic_version"}
    assert names == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
        assert columns == {c.name: bool(c.nullable) for c in table.columns}, name


def test_migrations_make_the_constraints_that_single_use_rests_on(app: Flask) -> None:
    made = MetaData()
    made.reflect(app.extensions["amate.engine"])
    declared = create_engine("sqlite://")
    metadata.create_all(declared)
    wanted = MetaData()
    wanted.reflect(declared)
    for name in metadata.tables:
        assert uniques(made, name) == uniques(wanted, name), name


def uniques(schema: MetaData, table: str) -> set[frozenset[str]]:
    found = inspect_table(schema, table)
    return {frozenset(columns) for columns in found}


def inspect_table(schema: MetaData, table: str) -> list[list[str]]:
    indexes = [[c.name for c in index.columns] for index in schema.tables[table].indexes if index.unique]
    constraints = [
        [c.name for c in constraint.columns]
        for constraint in schema.tables[table].constraints
        if type(constraint).__name__ == "UniqueConstraint"
    ]
    return indexes + constraints
