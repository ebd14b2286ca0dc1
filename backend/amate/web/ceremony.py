"""The cookie that ties a WebAuthn challenge to the browser that asked for it."""

from __future__ import annotations

from flask import Response, request

from amate.web.request import settings

COOKIE = "amate_ceremony"


def set_cookie(name: str, value: str, seconds: int, *, secure: bool | None = None) -> str:
    """A Set-Cookie header for a secret that no script sees and that no other site makes a browser send.

    secure: whether it travels over TLS alone; None = where the public origin is reached by it
    """
    response = Response()
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=settings().base_url.startswith("https:") if secure is None else secure,
    )
    return response.headers["Set-Cookie"]


def ceremony() -> str:
    """The ceremony that this browser began; empty when it began none."""
    return request.cookies.get(COOKIE, "")
