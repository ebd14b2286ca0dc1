"""How often one address may call what needs no login: one table, counted in Redis when it is configured.

These slow down guessing and floods; nothing's single use rests on them. Redis down: each process counts for itself and
the answer still comes. Numbers are wide, because a whole town may come from one address of its telephone company.
"""

from __future__ import annotations

import weakref
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

from amate.config import Settings

LIMITS: dict[str, str] = {
    "POST /api/v1/session/demo": "120/minute",
    "POST /api/v1/passkeys/registration/options": "60/minute",
    "POST /api/v1/passkeys/registration": "60/minute",
    "POST /api/v1/passkeys/authentication/options": "120/minute",
    "POST /api/v1/passkeys/authentication": "120/minute",
    "GET /oid4vci/offers/<code>": "300/minute",
    "POST /oid4vci/token": "600/minute",
    "POST /oid4vci/nonce": "1200/minute",
}
REDIS_TIMEOUT_S = 1

_limiters: weakref.WeakKeyDictionary[Flask, Limiter] = weakref.WeakKeyDictionary()


def register(app: Flask, settings: Settings) -> None:
    """Hold every route of the table to its limit; called once the routes are there."""
    limiter = Limiter(
        lambda: caller_address(settings.proxies),
        strategy="fixed-window",
        storage_uri=settings.redis_url or "memory://",
        storage_options=_patience(settings),
        in_memory_fallback_enabled=True,
        key_prefix="amate-limit",
    )
    # A limited view asks by itself; the hooks would look at every request, for a tenth of a verdict's time.
    # So they go to an application that serves nobody.
    limiter.init_app(Flask("limits"))
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            limit = LIMITS.get(f"{method} {rule.rule}")
            if limit is not None:
                _hold(app, limiter, rule.endpoint, limit, method)
    _limiters[app] = limiter  # Flask-Limiter keeps only weak references to itself


def caller_address(proxies: int) -> str:
    """The address that called the outermost of our proxies.

    proxies: how many of ours added to X-Forwarded-For; what stands before that, the caller may have made up
    """
    route = request.access_route if proxies else ()
    return (route[-proxies] if len(route) >= proxies > 0 else request.remote_addr) or "unknown"


def _hold(app: Flask, limiter: Limiter, endpoint: str, limit: str, method: str) -> None:
    views: dict[str, Any] = app.view_functions  # Flask's type and the decorator's differ by async views, which we lack
    views[endpoint] = limiter.limit(limit, methods=[method])(views[endpoint])


def _patience(settings: Settings) -> dict[str, str | int]:
    if not settings.redis_url.startswith("redis"):
        return {}
    return {"socket_connect_timeout": REDIS_TIMEOUT_S, "socket_timeout": REDIS_TIMEOUT_S}
