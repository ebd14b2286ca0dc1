"""What stands at the address of a problem's type, of a slug of `errors` or of a verdict's reason: a page, or JSON.

Made from the table in web/problems.py and its texts; public, the same for everybody, cacheable.
Source: RFC 9457 §3.1.1.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Response, jsonify, render_template, request
from flask_smorest import Blueprint
from markupsafe import Markup, escape
from marshmallow import Schema, fields

from amate.errors import Unknown
from amate.web.problems import EXPLAINED, texts_of

HTML: Final = "text/html"
HTML_UTF8: Final = f"{HTML}; charset=utf-8"
AS_DATA: Final = ("application/json", "application/problem+json")
FRESH_FOR: Final = "public, max-age=3600"

blueprint = Blueprint(
    "problems", __name__, url_prefix="/problems", template_folder="templates", description="What errors mean"
)


class ProblemTextSchema(Schema):
    """A type of problem in one language: its title, what it means, and what to do."""

    title = fields.String(required=True)
    meaning = fields.String(required=True)
    remedy = fields.String(required=True)


class ProblemTypeSchema(Schema):
    """A type of problem: the `type` and `title` of its documents, and the statuses that they come with."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    statuses = fields.List(fields.Integer(), required=True)
    es = fields.Nested(ProblemTextSchema, required=True)
    en = fields.Nested(ProblemTextSchema, required=True)


class ProblemTypesSchema(Schema):
    """Every type of problem, by status."""

    problems = fields.List(fields.Nested(ProblemTypeSchema), required=True)


def type_of(slug: str) -> dict[str, Any]:
    """A type of problem, as ProblemTypeSchema has it."""
    texts = texts_of(slug)
    return {"type": f"/problems/{slug}", "title": texts["en"]["title"], "statuses": list(EXPLAINED[slug]), **texts}


@blueprint.get("/")
@blueprint.response(200, ProblemTypesSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, success=True)
def every_type() -> Response:
    """Every type of problem: a page, or JSON for `Accept: application/json`."""
    types = sorted(map(type_of, EXPLAINED), key=lambda each: (each["statuses"], each["type"]))
    return _answer("problems.html", {"problems": types})


@blueprint.get("/<slug>")
@blueprint.response(200, ProblemTypeSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=HTML, success=True)
def one_type(slug: str) -> Response:
    """What a type of problem means and what to do: a page, or JSON for `Accept: application/json`."""
    if slug not in EXPLAINED:
        raise Unknown("not-found", "No problem has this name: /problems/ lists them all.", where="path.slug")
    return _answer("problem.html", type_of(slug))


@blueprint.app_template_filter()
def with_code(text: str) -> Markup:
    """Text for a page, with what stands between backquotes as code."""
    parts = [
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def _answer(template: str, said: dict[str, Any]) -> Response:
    wants_data = request.accept_mimetypes.best_match([HTML, *AS_DATA]) in AS_DATA
    response = jsonify(said) if wants_data else Response(render_template(template, **said), content_type=HTML_UTF8)
    response.headers["Cache-Control"] = FRESH_FOR
    response.headers["Vary"] = "Accept"
    return response
