"""A body is small, is JSON where the API takes one, and is text: else 413, 415 or 400, before any schema sees it."""

from __future__ import annotations

import json

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from amate.web.guards import ACCESS, WALLET, rule_of_request

MAX_BYTES = 64 * 1024
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


def check() -> None:
    """Refuse a body that no view of ours takes.

    Raises: RequestEntityTooLarge, UnsupportedMediaType, BadRequest
    """
    if request.method in WITHOUT_BODY or request.url_rule is None:
        return
    size, most = request.content_length, current_app.config["MAX_CONTENT_LENGTH"]
    if size is None:
        # A body in chunks tells its size when it has ended: the library would cut it off at the bound, unsaid.
        request.max_content_length = most + 1
        size = len(request.get_data(cache=True))
    if size > most:
        raise RequestEntityTooLarge
    if request.path.startswith("/api/") and size and (body := request.get_data(cache=True)):
        check_json(body)


def check_json(body: bytes) -> None:
    """Refuse what is not JSON, what is nested beyond all use, and text that no encoding can carry."""
    if not request.is_json:
        raise UnsupportedMediaType
    if body.count(b"[") + body.count(b"{") > 100 or b"\\u" in body:  # few have either
        try:
            json.dumps(json.loads(body), ensure_ascii=False).encode()
        except (RecursionError, ValueError) as error:
            raise Unreadable from error


class Unreadable(BadRequest):
    """A body that cannot be read, told as webargs tells it."""

    def __init__(self) -> None:
        super().__init__()
        self.data = {"messages": {"json": ["Invalid JSON body."]}}


def _check_all_but_wallets() -> None:
    # A wallet is told nothing of its request before it has proven itself: its blueprint checks then.
    if not ACCESS.get(rule_of_request(), frozenset()) & WALLET:
        check()


def register(app: Flask) -> None:
    """Check the body of every request of `app`, once the guards have let it in."""
    app.before_request(_check_all_but_wallets)
