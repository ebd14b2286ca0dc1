"""404 where nothing is at an address, as a page for whoever typed it; 405 where something does not take this method.

The faces stand behind one rule for every path with GET; without this, that rule would make every unknown address look
like one that only takes GET, and every address that takes only POST look unknown to GET.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter

from amate.web.problems import from_http

EVERYTHING = "/<path:path>"
FOR_PROGRAMS = ("/api/", "/oid4vci/", "/.well-known/", "/trust/", "/status/")
HTML = "text/html"
PAGE = "NOT_FOUND_PAGE"


def methods_here() -> list[str]:
    """The methods that the address of this request takes, but for those of the rule for every path."""
    adapter: MapAdapter | None = current_app.create_url_adapter(request)
    if adapter is None:
        return []
    methods = set(adapter.allowed_methods()) - {"OPTIONS"}
    if "GET" in methods and adapter.match(method="GET", return_rule=True)[0].rule == EVERYTHING:
        methods -= {"GET", "HEAD"}
    return sorted(methods)


def not_allowed(_error: MethodNotAllowed) -> Response:
    """The address is known by another method, or by none."""
    methods = methods_here()
    return from_http(MethodNotAllowed(methods) if methods else NotFound())


def not_found(error: NotFound) -> Response:
    """Nothing is here; or nothing is here for GET, where the rule for every path looked for a face."""
    if request.url_rule is None or request.url_rule.rule != EVERYTHING:
        return from_http(error)
    if methods := methods_here():
        return from_http(MethodNotAllowed(methods))
    if not is_for_people():
        return from_http(error)
    return Response(render_template(current_app.config[PAGE]), 404, {"Vary": "Accept"})


def is_for_people() -> bool:
    """Whether a browser went to this address, of its own or by a person's hand; a program does not name HTML."""
    named = {kind for kind, _quality in request.accept_mimetypes}
    return HTML in named and not request.path.startswith(FOR_PROGRAMS)


def register(app: Flask, *, page: str = "not_found.html") -> None:
    """Answer requests of `app` that no rule, or only the rule for every path, takes.

    page: the template for whoever typed the address
    """
    app.config[PAGE] = page
    app.register_error_handler(MethodNotAllowed, not_allowed)
    app.register_error_handler(NotFound, not_found)
