"""create_verifier_app(): a clinic's own node, joined from the parts that need no database and no upstream."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, render_template, request, send_from_directory
from flask_smorest import Api, Blueprint
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import NotFound

from amate import logs
from amate.config import Settings
from amate.context import system_clock
from amate.errors import Unauthenticated
from amate.features.clinics.routes import NearestQuery, NearestSchema
from amate.features.verification import actions
from amate.features.verification.routes import AskedSchema, VerdictSchema, as_response, asked_of
from amate.web import addresses, bodies, metrics, problem_pages, problems, static

ACCESS_FILE = "access-token"
OPEN = ("/healthz", "/readyz", "/metrics")
PAGE = "node.html"
FILES = ("docs", "assets/", "icons/")

blueprint = Blueprint("node", __name__, url_prefix="/api/v1", description="A clinic's own verifier")


def create_verifier_app(
    pack: Path, *, settings: Settings | None = None, clock: Callable[[], int] = system_clock
) -> Flask:
    """An application that answers from a pack alone.

    pack: folder that `amate pack sync` fills; a file `access-token` in it is then asked of every caller
    """
    settings = settings or Settings()
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
    app.before_request(_guard)
    bodies.register(app)
    _add_health(app)
    api = Api(app)
    api.register_blueprint(blueprint)
    api.register_blueprint(problem_pages.blueprint)
    problems.register(app)
    addresses.register(app, page=PAGE)
    _add_files(app, settings.pwa_dir)
    return app


@blueprint.post("/verifications")
@blueprint.arguments(AskedSchema())
@blueprint.response(200, VerdictSchema)
def verify(body: dict[str, Any]) -> Response:
    """Is it real, who is it, what are they entitled to here, which clinic is theirs."""
    here = current_app.extensions
    pack, env, now = here["amate.pack"], here["amate.env"], here["amate.clock"]()
    return as_response(actions.verify_with_pack(pack, asked_of(body), env=env, now=now))


@blueprint.get("/clinics/nearest")
@blueprint.arguments(NearestQuery(), location="query")
@blueprint.response(200, NearestSchema)
def nearest(query: dict[str, Any]) -> dict[str, Any]:
    """The nearest units, nearest first."""
    chosen = query.get("institution")
    near = actions.directory_of_pack(_pack(), env=current_app.extensions["amate.env"]).nearest(
        query["lat"],
        query["lon"],
        limit=query["limit"],
        institutions=frozenset(chosen.split(",")) if chosen else None,
        level=query.get("level"),
    )
    return {"clinics": [{**each.clinic._asdict(), "distance_m": each.distance_m} for each in near]}


def _pack() -> Path:
    pack: Path = current_app.extensions["amate.pack"]
    return pack


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
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _add_files(app: Flask, faces: Path) -> None:
    """The page of what this is, the pages of the API and of its problems, and the pack's own trust and status files.

    No face: each begins with a login, or a claim, that only the central server has.
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

    @app.get(addresses.EVERYTHING)
    def file(path: str) -> Response:
        if not path.startswith(FILES):
            raise NotFound
        return static.serve_face(faces, path)
