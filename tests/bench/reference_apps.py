"""What the verifiers are measured against: the same framework, schemas, server and settings, and none of the work.

`python -m tests.bench.reference_apps NAME PORT` serves one of them by the product's own way of serving.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint

from amate.app import configure
from amate.config import Settings
from amate.db.engine import open_engine
from amate.features.audit import actions as audit
from amate.features.verification.routes import AskedSchema, VerdictSchema
from amate.serve import run
from amate.web import request
from amate.web.request import context

ANSWER: dict[str, Any] = {
    "verdict": "valid",
    "reasons": [],
    "demo": True,
    "person": None,
    "entitlement": None,
    "assigned_clinic": None,
    "nearest_clinics": [],
    "trust_age_s": 0,
    "status_age_s": 0,
    "clock_skew_s": 0,
}
CTI = "00" * 12


def empty() -> Flask:
    """An endpoint of flask-smorest that takes and gives the schemas of a verification, and does nothing else."""
    return _app(Blueprint("empty", __name__, url_prefix="/api/v1"), lambda: None)


def audit_only() -> Flask:
    """One that validates and commits one audit row as a verification's, on the database of the settings."""
    app = _app(
        Blueprint("audit-only", __name__, url_prefix="/api/v1"),
        lambda: audit.record(context(), "pass.verified", CTI, verdict="valid", reason=None, clinic=None),
    )
    settings = Settings()
    request.register(app, open_engine(settings.database_url), settings)
    app.extensions |= {"amate.signer": None, "amate.unwrap": None, "amate.rewrap": None}  # nothing is signed here
    return app


def _app(blueprint: Blueprint, work: Callable[[], object]) -> Flask:
    def verify(body: dict[str, Any]) -> dict[str, Any]:
        work()
        return ANSWER

    schemas = blueprint.arguments(AskedSchema())(blueprint.response(200, VerdictSchema)(verify))
    blueprint.post("/verifications")(schemas)
    app = Flask(blueprint.name, static_folder=None)
    configure(app, Settings())
    Api(app).register_blueprint(blueprint)
    app.add_url_rule("/readyz", view_func=lambda: {"status": "ready"})
    return app


if __name__ == "__main__":
    run(f"tests.bench.reference_apps:{sys.argv[1]}", "127.0.0.1", int(sys.argv[2]), 1, None)
