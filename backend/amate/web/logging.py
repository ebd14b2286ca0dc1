"""One JSON line an event, on stderr; what names a person or proves anything is masked before it is written."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g
from prometheus_client import Counter, Histogram

from amate.web.guards import rule_of_request

CURP = re.compile(r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|\b1\d{200,}\b")
REQUESTS = Counter("amate_requests_total", "Requests answered", ["route", "status"])
SECONDS = Histogram("amate_request_seconds", "Time to answer", ["route"])


def mask(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace CURPs, tokens and passes in any text of an event (row K06)."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKEN.sub("[token]", CURP.sub("[curp]", value))
    return event


def configure(level: str) -> None:
    """Set up structured logs."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def register(app: Flask) -> None:
    """Log and count every request by its route, never by its address."""

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
