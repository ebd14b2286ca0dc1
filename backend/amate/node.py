"""create_verifier_app(): a verifier on a pack, or a clinic's node, joined from the parts that need no deployment."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, render_template, request, send_from_directory
from flask_smorest import Api, Blueprint
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import NotFound

from amate import logs
from amate.config import Settings
from amate.context import system_clock
from amate.db.engine import is_outage
from amate.errors import Unauthenticated
from amate.features.clinics.routes import NearestQuery, NearestSchema, nearest_in
from amate.features.verification import actions
from amate.features.verification.node import actions as node
from amate.features.verification.node import door, folder, store
from amate.features.verification.node import routes as counters
from amate.features.verification.node.figures import ReceiptFigures
from amate.features.verification.node.model import Enrolment
from amate.features.verification.node.remote import FirstUses
from amate.features.verification.node.sightings import Sightings
from amate.features.verification.routes import AskedSchema, VerdictSchema, as_response, asked_of
from amate.web import addresses, bodies, metrics, problem_pages, problems, static
from amate.web.request import context
from amate.web.request import register as register_context

ACCESS_FILE = "access-token"
OPEN = ("/healthz", "/readyz", "/metrics")
PAGE = "node.html"
ITS_FILES = ("docs", "assets/", "icons/")
CONSOLE = ("console", "api/", "oid4vci/", ".")

blueprint = Blueprint("node", __name__, url_prefix="/api/v1", description="A clinic's own verifier")


def create_verifier_app(
    pack: Path, *, settings: Settings | None = None, clock: Callable[[], int] = system_clock
) -> Flask:
    """An application that answers from a pack alone; counters, too, where `amate node enrol` made it a clinic's node.

    pack: folder that `amate pack sync` fills; a file `access-token` in it is then asked of every caller
    """
    settings = settings or Settings()
    enrolment = folder.enrolment_in(pack)
    app = Flask("amate-node", static_folder=None)
    app.config.update(
        API_TITLE="Amate verifier",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=bodies.MAX_BYTES,
    )
    logs.configure(settings.log_level)
    metrics.register(app)
    app.extensions |= {"amate.pack": pack, "amate.env": settings.env, "amate.clock": clock}
    app.extensions["amate.access_file"] = pack / ACCESS_FILE
    if enrolment is None:
        app.before_request(_guard)
    else:
        _add_counters(app, enrolment, settings)
    bodies.register(app)
    _add_health(app)
    api = Api(app)
    api.register_blueprint(blueprint)
    if enrolment is not None:
        api.register_blueprint(counters.blueprint)
    api.register_blueprint(problem_pages.blueprint)
    problems.register(app)
    addresses.register(app, page=PAGE)
    _add_files(app, settings, ITS_FILES if enrolment is None else None)
    return app


def _add_counters(app: Flask, enrolment: Enrolment, settings: Settings) -> None:
    """What a clinic's node has besides: a store of its own, a door for counters, and a line to the centre."""
    pack = _pack_of(app)
    register_context(app, store.open_store(pack), settings, app.extensions["amate.clock"])
    app.extensions["amate.first-uses"] = FirstUses(pack, enrolment.source)
    # One process serves a node: another one would have sightings of its own.
    app.extensions["amate.sightings"] = Sightings(secrets.token_bytes, app.extensions["amate.clock"]())
    door.register(app, enrolment)


@blueprint.post("/verifications")
@blueprint.arguments(AskedSchema())
@blueprint.response(200, VerdictSchema)
def verify(body: dict[str, Any]) -> Response:
    """Is it real, who is it, what are they entitled to here, which clinic is theirs."""
    here = current_app.extensions
    pack, env, now = here["amate.pack"], here["amate.env"], here["amate.clock"]()
    asked, enrolment = asked_of(body), _enrolment()
    if asked.clinic is None and enrolment is not None:
        asked = replace(asked, clinic=enrolment.clinic)
    return as_response(actions.verify_with_pack(pack, asked, env=env, now=now))


@blueprint.get("/clinics/nearest")
@blueprint.arguments(NearestQuery(), location="query")
@blueprint.response(200, NearestSchema)
def nearest(query: dict[str, Any]) -> dict[str, Any]:
    """The nearest units, nearest first."""
    here = current_app.extensions
    return nearest_in(actions.directory_of_pack(_pack(), env=here["amate.env"]), query, here["amate.clock"]())


def _pack() -> Path:
    return _pack_of(current_app)


def _pack_of(app: Flask) -> Path:
    pack: Path = app.extensions["amate.pack"]
    return pack


def _enrolment() -> Enrolment | None:
    found: Enrolment | None = current_app.extensions.get("amate.enrolment")
    return found


def _guard() -> None:
    """On a shared network the node may ask for a token; without the file, who reaches it may ask it."""
    if request.path in OPEN or not request.path.startswith("/api/"):
        return
    expected = actions.node_token(current_app.extensions["amate.access_file"])
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if expected and not hmac.compare_digest(given.encode(), expected):
        raise Unauthenticated("not-logged-in", "Send the token that lies in this node's pack.")


def _add_health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        problem = actions.problem_of_pack(_pack(), env=app.extensions["amate.env"])
        return ({"status": "ready"}, 200) if problem is None else ({"status": problem}, 503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest() + _held_figures(), content_type=CONTENT_TYPE_LATEST)


def _held_figures() -> bytes:
    if _enrolment() is None:
        return b""
    try:
        return generate_latest(ReceiptFigures(node.standing(context())))
    except DBAPIError as error:
        if not is_outage(error):
            raise
        return b""  # without a database, a process's own figures are worth most


def _facts() -> dict[str, Any] | None:
    """What the page of a clinic's node tells besides, nothing of anybody; None where this is a pack's verifier."""
    if _enrolment() is None:
        return None
    now = current_app.extensions["amate.clock"]()
    signed = actions.signed_of_pack(_pack(), env=current_app.extensions["amate.env"])
    return {
        "held": node.standing(context()),
        "trust": _age(signed.trust_at, now),
        "revocations": _age(signed.revocations_at or signed.status_at, now),
    }


def _age(signed_at: int | None, now: int) -> str:
    if signed_at is None:
        return "no hay"
    hours = max(0, now - signed_at) // 3600
    if hours < 1:
        return "de hace menos de una hora"
    if hours < 48:
        return f"de hace {hours} h"
    return f"de hace {hours // 24} días"


def _add_files(app: Flask, settings: Settings, only: tuple[str, ...] | None) -> None:
    """The page of what this is, the pages of the API and of its problems, and the pack's own trust and status files.

    only: what is served of the built faces. A pack's verifier has no face: each begins with a login, or a claim, that
          only the central server has. None for a node's counters, all but the console's: the worker of the clinic's
          face keeps the others with it, and would keep none where one is missing
    """
    app.response_class = static.Answer
    current = app.extensions["amate.pack"] / "current"

    @app.get("/trust/<path:path>")
    def trust_file(path: str) -> Response:
        return static.serve_published(current / "published" / "trust", path)

    @app.get("/status/<path:path>")
    def status_file(path: str) -> Response:
        return static.serve_published(current / "published" / "status", path)

    @app.get("/anchor.json")
    def anchor() -> Response:
        return send_from_directory(current, "anchor.json", max_age=0)

    @app.get("/")
    def what_this_is() -> str:
        return render_template(PAGE)

    app.jinja_env.globals["node_facts"] = _facts

    @app.get(addresses.EVERYTHING)
    def file(path: str) -> Response:
        if (only is not None and not path.startswith(only)) or path.startswith(CONSOLE):
            raise NotFound
        return static.serve_face_or_recall(settings, path)
