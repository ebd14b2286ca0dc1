"""create_app(): the only place where the parts are joined."""

from __future__ import annotations

from collections.abc import Callable
from wsgiref.types import WSGIApplication

from flask import Flask, Response
from flask_smorest import Blueprint
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from amate import logs
from amate.config import NodeSettings, Settings
from amate.context import Context
from amate.db.belonging import env_of
from amate.db.engine import is_outage, open_engine
from amate.db.migrate import is_current
from amate.errors import Malformed, Unavailable
from amate.features.clinics import routes as clinics
from amate.features.enrolment import routes as enrolment
from amate.features.issuance import routes as issuance
from amate.features.login import routes as login
from amate.features.rotation import routes as rotation
from amate.features.rotation.table import routes as decision_table
from amate.features.trust import actions as trust_actions
from amate.features.trust import routes as trust
from amate.features.trust.figures import SigningFigures
from amate.features.verification import routes as verification
from amate.features.verification.looks import routes as looks
from amate.features.verification.receipts import routes as receipts
from amate.node import create_verifier_app
from amate.signing.allowed import uses_on_line
from amate.signing.keyring import keyring
from amate.web import addresses, bodies, document, guards, limits, metrics, problem_pages, problems, request, static
from amate.web.request import context

BLUEPRINTS: tuple[Blueprint, ...] = (
    login.blueprint,
    clinics.blueprint,
    enrolment.blueprint,
    *issuance.BLUEPRINTS,
    trust.blueprint,
    rotation.blueprint,
    decision_table.blueprint,
    verification.blueprint,
    receipts.blueprint,
    looks.blueprint,
    problem_pages.blueprint,
)


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], int] | None = None,
) -> Flask:
    """The whole API and the faces, on the database that `settings` names."""
    app = Flask("amate", static_folder=None)
    configure(app, settings)
    request.register(app, open_engine(settings.database_url), settings, clock)
    uses = uses_on_line(is_demo=settings.is_demo)
    keys = keyring(
        settings.passphrase_file, settings.signer_socket, listed_in=settings.signers, uses=uses, env=settings.env
    )
    app.extensions |= {"amate.signer": keys.signer, "amate.unwrap": keys.unwrap, "amate.rewrap": keys.rewrap}
    metrics.register(app)
    guards.register(app, login.authenticate)
    bodies.register(app)
    add_health(app)
    served = document.Document(app)
    for blueprint in BLUEPRINTS:
        served.register_blueprint(blueprint)
    limits.register(app, settings)
    problems.register(app)  # after Api, which brings its own handler
    addresses.register(app)
    static.register(app, settings)
    return app


def app() -> WSGIApplication:
    """What `amate serve` runs in each worker, which holds no key.

    Raises: Unavailable("no-signer") where no signing process would be asked
    """
    settings = Settings()
    if settings.signer_socket is None:
        raise Unavailable("no-signer", "a worker opens no keys: name a signing process with AMATE_SIGNER_SOCKET")
    return create_app(settings)


def verifier_app() -> WSGIApplication:
    """What `amate serve --role verifier` runs.

    Raises: Malformed("no-pack")
    """
    settings = NodeSettings()
    if settings.pack is None:
        raise Malformed("no-pack", "name the pack's folder with --pack")
    return create_verifier_app(settings.pack, settings=settings)


def configure(app: Flask, settings: Settings) -> None:
    """Flask's and flask-smorest's own settings."""
    app.config.update(
        API_TITLE="Amate",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=bodies.MAX_BYTES,
    )
    logs.configure(settings.log_level)


def add_health(app: Flask) -> None:
    """Liveness, readiness and metrics."""

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        """That nothing can be signed is told, and no reason to take the server away: it still verifies."""
        tx = context().tx
        tx.execute(text("SELECT 1"))
        if not is_current(tx):
            return {"status": "schema-behind"}, 503
        if env_of(tx) not in (None, context().settings.env):
            return {"status": "wrong-environment"}, 503
        return {"status": "ready"} | _signing_trouble(context()), 200

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest() + _signing_figures(), content_type=CONTENT_TYPE_LATEST)


def _signing_trouble(ctx: Context) -> dict[str, str]:
    """Whether a wrong signature halted a key, or no key at all is left to sign for some use."""
    if trust_actions.halted_kids(ctx):
        return {"signing": "halted"}
    is_stopped = 0 in trust_actions.signing_counts(ctx).values() and bool(trust_actions.list_keys(ctx))
    return {"signing": "stopped"} if is_stopped else {}


def _signing_figures() -> bytes:
    try:
        ctx = context()
        return generate_latest(SigningFigures(trust_actions.halts(ctx), trust_actions.signing_counts(ctx)))
    except DBAPIError as error:
        if not is_outage(error):
            raise
        return b""  # without a database, a process's own figures are worth most
