"""Counts and times every request by its route, never by its address."""

from __future__ import annotations

import time

from flask import Flask, Response, g
from prometheus_client import Counter, Histogram

from amate.web.guards import rule_of_request

REQUESTS = Counter("amate_requests_total", "Requests answered", ["route", "status"])
SECONDS = Histogram("amate_request_seconds", "Time to answer", ["route"])


def register(app: Flask) -> None:
    """Count the requests of `app`."""

    @app.before_request
    def _start() -> None:
        g.amate_started = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = rule_of_request() or "unmatched"
        REQUESTS.labels(route, response.status_code).inc()
        if (started := g.get("amate_started")) is not None:
            SECONDS.labels(route).observe(time.perf_counter() - started)
        return response
