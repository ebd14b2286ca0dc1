"""Counts and times every request by its route, never by its address."""

from __future__ import annotations

import time
from functools import lru_cache

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
        requests, seconds = _of_route(rule_of_request() or "unmatched", response.status_code)
        requests.inc()
        if (started := g.get("amate_started")) is not None:
            seconds.observe(time.perf_counter() - started)
        return response


@lru_cache(maxsize=1024)  # there are as many as routes × statuses; finding a child by its labels takes a lock
def _of_route(route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, status), SECONDS.labels(route)
