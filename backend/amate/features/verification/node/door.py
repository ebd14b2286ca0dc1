"""Whom an enrolled node answers: under its own names, its paired counters and who holds its access token."""

from __future__ import annotations

import hmac

from flask import Flask, current_app, request

from amate.errors import Unauthenticated, Unknown
from amate.features.login.model import SESSION_COOKIE
from amate.features.verification import actions as verification
from amate.features.verification.node import actions
from amate.features.verification.node.model import Enrolment, host_of
from amate.web.guards import check_origin, rule_of_request
from amate.web.request import context, settings

BEARER = "Bearer "
# By these a browser asks who it is, becomes a counter, and is one no more.
EXEMPT = frozenset({"GET /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/session/counter"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def register(app: Flask, enrolment: Enrolment) -> None:
    """Guard every address of `app`."""
    app.extensions["amate.enrolment"] = enrolment
    app.before_request(_check_host)
    app.before_request(_guard)


def is_tls() -> bool:
    """Whether the browser came over TLS, here or up to a proxy of ours."""
    told = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip() if settings().proxies else ""
    return request.is_secure or told == "https"


def _check_host() -> None:
    """A page of somebody else whose name was made to lead here, by DNS, is not answered: to the browser it is ours."""
    enrolment: Enrolment = current_app.extensions["amate.enrolment"]
    if host_of(request.headers.get("Host", "")) not in enrolment.names:
        said = "This node has other names: `amate node status` lists them, `amate node enrol --name` changes them."
        raise Unknown("unknown-host", said, where="header.Host")


def _guard() -> None:
    if not request.path.startswith("/api/"):
        return
    given = request.headers.get("Authorization")
    if given is not None:  # a token goes before a cookie
        _check_token(given)
        return
    if request.method not in SAFE:
        check_origin(f"{'https' if is_tls() else 'http'}://{request.host}")
    if rule_of_request() in EXEMPT:
        return
    if actions.counter_of(context(), request.cookies.get(SESSION_COOKIE)) is None:
        raise Unauthenticated("not-logged-in", "Let this browser in with a code of `amate node counter add`.")


def _check_token(given: str) -> None:
    """That this is the token that lies in the pack; without that file no token is one."""
    expected = verification.node_token(current_app.extensions["amate.access_file"])
    token = given.removeprefix(BEARER) if given.startswith(BEARER) else ""
    if not expected or not hmac.compare_digest(token.encode(), expected):
        raise Unauthenticated("not-logged-in", "Send the token that lies in this node's pack.")
