"""One line an event, on stderr, as JSON or for people; what names a person or proves anything is masked before that."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

CURP = re.compile(r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|\b1\d{200,}\b|\bamate_[\w-]{20,}")


def mask(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace CURPs, tokens and passes in any text of an event (row K06)."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKEN.sub("[token]", CURP.sub("[curp]", value))
    return event


def plainly(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    """An event as whoever typed a command reads it: `amate: slug: detail`."""
    said = event.pop("event")
    what, detail = event.pop("slug", said), event.pop("detail", "")
    others = " ".join(f"{key}={value}" for key, value in event.items() if key not in ("level", "timestamp"))
    return ": ".join(filter(None, ("amate", str(what), str(detail), others)))


def configure(level: str, *, at_terminal: bool = False) -> None:
    """Set up structured logs; a command tells its events in plain text."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            plainly if at_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
