"""What the OpenAPI document says beyond the schemas: who may call what, how a refusal looks, and the plain files.

Security comes from web/guards.ACCESS and rate limits from web/limits.LIMITS, so that the document cannot differ from
what is enforced. Errors are problem documents (RFC 9457) but where a specification has its own shape (RFC 6749 §5.2).
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from apispec import APISpec, BasePlugin
from flask import Flask, Response, jsonify
from flask_smorest import Api, Blueprint
from werkzeug.routing import Map, Rule

from amate.web.guards import ACCESS, PUBLIC, WALLET
from amate.web.limits import LIMITS

Operation = dict[str, Any]

INFO: Final = {
    "description": "Open wallet, issuer and off-line verifier for Mexico's universal health credential. "
    "An independent project.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
SECURITY_SCHEMES: Final[dict[str, dict[str, str]]] = {
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "amate_session",
        "description": "Session of staff, in our own pages only: made by a passkey, or by one click in a demo",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "Token of an integrator or a clinic: `amate staff token --role clinic --clinic CLUES`",
    },
    "dpop": {"type": "http", "scheme": "DPoP", "description": "Access token of a wallet (RFC 9449 §7.1)"},
    "dpop_proof": {
        "type": "apiKey",
        "in": "header",
        "name": "DPoP",
        "description": "Proof of the phone's key for this very request (RFC 9449 §4)",
    },
}
_TEXT: Final = {"type": "string"}
FAULT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["where", "slug", "detail"],
    "properties": {
        "where": {
            "type": "string",
            "description": "dotted path of a field of the body (`location.lat`, `receipts.1.id`), `body` for all of "
            "it; for what stands elsewhere `query.`, `path.` or `header.` and its name",
        },
        "slug": {"type": "string", "description": "what is wrong, in a word that does not change"},
        "detail": {
            "type": "string",
            "description": "what is wrong or what is wanted, in English (people: the page of the slug)",
        },
    },
}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457)",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "its page: /problems/ and a slug that does not change"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {
            "type": "string",
            "description": "what was wrong and what to do, in English (people: the page of `type`)",
        },
        "errors": {"type": "array", "description": "every place at fault, where there is one", "items": FAULT},
        "incident": {"type": "string", "description": "with a 500: finds the line in the log"},
        "registered": {
            "allOf": [{"$ref": "#/components/schemas/Registered"}],
            "description": "with `person-differs`, where the desk may decide: what the register holds instead",
        },
    },
}
OAUTH_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "description": "An error in OAuth's own shape (RFC 6749 §5.2)",
    "required": ["error"],
    "properties": {"error": _TEXT, "error_description": _TEXT},
}
SHAPES: Final = {
    "Problem": ("application/problem+json", PROBLEM, "A problem document"),
    "OAuthError": ("application/json", OAUTH_ERROR, "An error in OAuth's shape"),
}
UNUSED: Final = ("Error", "PaginationMetadata")  # flask-smorest's own
JSON: Final = "application/json"
FILES: Final[dict[str, tuple[str, str, str]]] = {
    "/healthz": ("health", "Whether the process answers", JSON),
    "/readyz": ("health", "Whether the database answers and has the newest schema; a halted key is told", JSON),
    "/metrics": ("health", "Figures for Prometheus", "text/plain"),
    "/anchor.json": ("published", "The root of trust that verifiers pin, as TUF metadata", JSON),
    "/trust/<path:path>": ("published", "A file of the TUF repository: 1.root.json, timestamp.json, targets/…", JSON),
    "/status/<path:path>": (
        "published",
        "A status list (IETF Token Status List) or index.json; revocations/token, and the files that it names",
        "application/statuslist+jwt",
    ),
}


def row_of(method: str, path: str) -> str:
    """The row of ACCESS for an operation of the document."""
    rule = path.replace("/{path}", "/<path:path>").replace("{", "<").replace("}", ">")
    return f"{method.upper()} {rule}"


def security_of(roles: frozenset[str]) -> list[dict[str, list[str]]]:
    """Which of the schemes an operation asks for; none for what is public."""
    if roles & PUBLIC:
        return []
    if roles & WALLET:
        return [{"dpop": [], "dpop_proof": []}]
    return [{"cookie": []}, {"bearer": []}]


def refusals_of(row: str, operation: Operation) -> list[int]:
    """The statuses with which an operation refuses, as far as its shape tells; `default` stands for the others."""
    roles, problem_shape = ACCESS.get(row, frozenset()), not is_oauth(row)
    found = set() if roles & PUBLIC else {401}
    if roles.isdisjoint(PUBLIC | WALLET) or (roles & WALLET and problem_shape):
        found.add(403)
    if "<" in row:
        found.add(404)
    if "requestBody" in operation:
        found |= {400, 413, 415} if problem_shape else {400, 413}
    if row in LIMITS:
        found.add(429)
    return sorted(found)


def is_oauth(row: str) -> bool:
    """Whether errors of this row have OAuth's shape."""
    return " /oid4vci/" in row and "/offers/" not in row


class WhoAndHow(BasePlugin):
    """Adds to each operation who may call it and how it refuses."""

    def init_spec(self, spec: APISpec) -> None:
        """Name the shapes and schemes that operations refer to."""
        for name, scheme in SECURITY_SCHEMES.items():
            spec.components.security_scheme(name, scheme)
        for name, (media, schema, said) in SHAPES.items():
            spec.components.schema(name, schema)
            content = {media: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
            spec.components.response(name, {"description": said, "content": content})

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Operation] | None = None, **kwargs: Any
    ) -> None:
        """Complete the operations of one path."""
        rule = kwargs.get("rule")
        for method, operation in (operations or {}).items():
            complete(operation, row_of(method, path or ""))
            if rule is not None:
                operation["operationId"] = rule.endpoint.replace(".", "_")


def complete(operation: Operation, row: str) -> None:
    """Write into `operation` what the tables say of its row."""
    roles = ACCESS.get(row, frozenset())
    operation["security"] = security_of(roles)
    if roles.isdisjoint(PUBLIC | WALLET):
        operation["x-roles"] = sorted(roles)
    shape = "OAuthError" if is_oauth(row) else "Problem"
    responses = operation.setdefault("responses", {})
    known = [status for status in responses if str(status) == "422"]
    for status in [*known, *refusals_of(row, operation), "default"]:
        responses[status] = shape


class Document:
    """Serves blueprints, and describes them once somebody asks, so that no worker's start waits for it."""

    def __init__(self, app: Flask) -> None:
        self._app, self._lock, self._waiting = app, Lock(), list[Blueprint]()
        self._api = Api(app, spec_kwargs={"extra_plugins": [WhoAndHow()], "info": INFO})
        app.add_url_rule("/openapi.json", "openapi", self._answer)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """As flask_smorest.Api does, but for the description."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self._api
        self._app.register_blueprint(blueprint)
        self._waiting.append(blueprint)

    def _answer(self) -> Response:
        with self._lock:
            if self._waiting:
                self._describe()
            return jsonify(self._api.spec.to_dict())

    def _describe(self) -> None:
        spec = self._api.spec
        for blueprint in self._waiting:
            blueprint.register_views_in_doc(self._api, self._app, spec, name=blueprint.name, parameters=None)
            spec.tag({"name": blueprint.name, "description": blueprint.description})
        finish(spec)
        self._waiting.clear()


def finish(spec: APISpec) -> None:
    """Name what is served as it is: health, and the published files; leave out shapes that nothing of ours has."""
    rules = [Rule(path, endpoint=f"{FILES[path][0]}.{path.split('/')[1]}", defaults={}) for path in FILES]
    Map(rules)  # binds them
    for rule in rules:
        tag, summary, media = FILES[rule.rule]
        answer = {"description": "OK", "content": {media: {}}}
        operation = {"summary": summary, "tags": [tag], "responses": {"200": answer}}
        spec.path(rule=rule, operations={"get": operation}, parameters=[])
    spec.tag({"name": "health", "description": "For the platform"})
    spec.tag({"name": "published", "description": "Signed files, for anybody and any cache"})
    for name in UNUSED:
        spec.components.schemas.pop(name, None)
