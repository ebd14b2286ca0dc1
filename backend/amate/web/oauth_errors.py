"""Errors of OAuth endpoints in OAuth's own shape: {"error": …, "error_description": …}, never cached.

Source: RFC 6749 §5.2, RFC 6750 §3, RFC 9449 §5 and §7.1, OpenID4VCI 1.0 §6.3 and §8.3.1.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, json
from werkzeug.exceptions import HTTPException

from amate.errors import AmateError, Unauthenticated, Unavailable
from amate.web import problems
from amate.web.request import keep_writes

# Our slugs that are these specifications' words; everything else is an invalid request.
CODES: Final = frozenset(
    (
        "invalid-request",
        "invalid-grant",
        "unsupported-grant-type",
        "invalid-dpop-proof",
        "invalid-token",
        "invalid-proof",
        "invalid-nonce",
        "invalid-credential-request",
        "unknown-credential-configuration",
        "unknown-credential-identifier",
        "invalid-encryption-parameters",
        "credential-request-denied",
    )
)


def from_error(error: AmateError) -> Response:
    """One of our own errors."""
    keep_writes(error)
    if isinstance(error, Unavailable):
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", error.detail)
    code = error.slug.replace("-", "_") if error.slug in CODES else "invalid_request"
    if isinstance(error, Unauthenticated):
        return challenged(_answer(HTTPStatus.UNAUTHORIZED, code, error.detail), error)
    return _answer(HTTPStatus.BAD_REQUEST, code, error.detail)


def from_http(error: HTTPException) -> Response:
    """An error that Flask or webargs raised: too large, not JSON, unknown fields, too many requests."""
    status = error.code or 500
    if status in (400, 415, 422):
        return _answer(HTTPStatus.BAD_REQUEST, "invalid_request", problems.detail_of(error))
    code = {413: "invalid_request", 429: "slow_down"}.get(status, "server_error")
    return _answer(status, code, problems.detail_of(error))


def problem_with_challenge(error: Unauthenticated) -> Response:
    """A problem document that tells a wallet how to prove itself (RFC 9449 §7.1)."""
    return challenged(problems.from_error(error), error)


def challenged(response: Response, error: Unauthenticated) -> Response:
    """`response` with the challenge of a 401."""
    code = error.slug.replace("-", "_")
    response.headers["WWW-Authenticate"] = problems.challenge('DPoP algs="ES256"', code)
    return response


def _answer(status: int, code: str, description: str) -> Response:
    body = {"error": code} | ({"error_description": description} if description else {})
    response = Response(json.dumps(body), status=int(status), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response.headers["Retry-After"] = "5"
    return response


def register(blueprint: Blueprint) -> None:
    """Answer every error of `blueprint` in OAuth's shape; a blueprint's handler goes before the application's."""
    blueprint.register_error_handler(AmateError, from_error)
    blueprint.register_error_handler(HTTPException, from_http)
