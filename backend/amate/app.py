"""create_app(): the only place where the parts are joined."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response
from flask_smorest import Api, Blueprint
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from amate import logs
from amate.config import Settings
from amate.db.engine import open_engine
from amate.db.migrate import is_current
from amate.errors import Malformed
from amate.features.clinics import routes as clinics
from amate.features.enrolment import routes as enrolment
from amate.features.issuance import routes as issuance
from amate.features.login import routes as login
from amate.features.rotation import routes as rotation
from amate.features.trust import routes as trust
from amate.features.verification import routes as verification
from amate.node import create_verifier_app
from amate.signing.signer import Signer, open_signer
from amate.web import addresses, bodies, document, guards, limits, metrics, problem_pages, problems, request, static
from amate.web.request import context

MAX_BODY_BYTES = 64 * 1024
BLUEPRINTS: tuple[Blueprint, ...] = (
    login.blueprint,
    clinics.blueprint,
    enrolment.blueprint,
    *issuance.BLUEPRINTS,
    trust.blueprint,
    rotation.blueprint,
    verification.blueprint,
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
    app.extensions["amate.signer"] = cached_signer(settings)
    metrics.register(app)
    guards.register(app, login.authenticate)
    bodies.register(app)
    add_health(app)
    api = Api(app, spec_kwargs=document.options())
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    document.finish(api.spec)
    limits.register(app, settings)
    problems.register(app)  # after Api, which brings its own handler
    addresses.register(app)
    static.register(app, settings)
    return app


def app() -> Flask:
    """What `amate serve` runs in each worker."""
    return create_app(Settings())


def verifier_app() -> Flask:
    """What `amate serve --role verifier` runs.

    Raises: Malformed("no-pack")
    """
    settings = Settings()
    if settings.pack is None:
        raise Malformed("no-pack", "name the pack's folder with --pack")
    return create_verifier_app(settings.pack, settings=settings)


def configure(app: Flask, settings: Settings) -> None:
    """Flask's and flask-smorest's own settings."""
    app.config.update(
        API_TITLE="Amate",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
    )
    logs.configure(settings.log_level)


def cached_signer(settings: Settings) -> Callable[[str], Signer]:
    """Opens each key once a process: scrypt is slow on purpose."""
    opened: dict[str, Signer] = {}

    def signer(uri: str) -> Signer:
        if uri not in opened:
            opened[uri] = open_signer(uri, settings.passphrase_file)
        return opened[uri]

    return signer


def add_health(app: Flask) -> None:
    """Liveness, readiness and metrics."""

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        tx = context().tx
        tx.execute(text("SELECT 1"))
        return ({"status": "ready"}, 200) if is_current(tx) else ({"status": "schema-behind"}, 503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
