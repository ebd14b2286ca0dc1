"""Errors as RFC 9457 problem documents: the only place that knows every type there is, and which has which status.

Each type, each slug of `errors` and each reason of a verdict has a page (web/problem_pages.py); what it says stands in
problem_texts.json.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import structlog
from flask import Flask, Response, json, request
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from amate.db.engine import is_outage
from amate.errors import AmateError, Conflict, Fault, Malformed, Refused, Unauthenticated, Unavailable, Unknown
from amate.web import bodies, faults
from amate.web.request import keep_writes

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
DEPTH_OF_FRAMES = 12

FAMILIES: dict[type[AmateError], HTTPStatus] = {
    Malformed: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Refused: HTTPStatus.FORBIDDEN,
    Unknown: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
HTTP_SLUGS = {
    400: "bad-request",
    401: "not-logged-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "wrong-content-type",
    416: "range-not-there",
    422: "invalid-input",
    429: "too-many-requests",
    503: "unavailable",
}
# Our own, by the status of the family that raises them; `api-unavailable` is said by the proxy (docker/proxy).
OWN_SLUGS: Final[dict[int, tuple[str, ...]]] = {
    401: ("counter-code-unknown", "invalid-dpop-proof", "invalid-token", "passkey-refused"),
    403: (
        *("already-revoked", "another-address", "credential-revoked", "cross-origin", "key-in-use", "key-known"),
        "key-of-another-environment",
        *("kid-collision", "last-key", "not-active", "not-frozen", "not-next", "not-published", "proposal-changed"),
        *("day-passed", "name-too-like", "next-key-waits"),
        *("published-too-late", "same-person", "short-overlap", "signatures-missing", "somebody-elses-passkey"),
        *("too-early", "wrong-clinic", "wrong-environment", "wrong-role"),
    ),
    404: (
        *("invitation-invalid", "offer-invalid", "unknown-clinic", "unknown-host", "unknown-key", "unknown-person"),
        "unknown-proposal",
    ),
    409: (
        *("guardian-differs", "idempotency-key-reused", "key-changed", "key-use-taken", "no-credential"),
        "passkey-known",
        *("person-differs", "proposal-ended", "proposal-open", "publication-in-progress", "table-superseded"),
    ),
    422: (
        *("clues-malformed", "dates-out-of-order", "idempotency-key-malformed", "invalid-credential-request"),
        *("invalid-nonce", "invalid-proof", "malformed-date", "receipts-for-the-centre"),
        *("signature-needed", "trust-broken", "unknown-clinic"),
    ),
    500: ("internal-error",),
    503: (
        *("api-unavailable", "cache-unavailable", "database-unavailable", "issuance-interrupted", "key-unavailable"),
        *("no-key-policy", "no-sealing-key", "no-signing-key", "no-status-index", "no-trust"),
        *("no-trust-keys", "signature-corrupted", "signing-halted", "signing-refused", "storage-unavailable"),
    ),
    507: ("node-full",),
}
SLUGS: Final = (*HTTP_SLUGS.values(), *(slug for slugs in OWN_SLUGS.values() for slug in slugs))
# What `errors` says of one field: no types of documents, but each has its page, too.
FAULT_SLUGS: Final = (
    *faults.SLUGS,
    *("affiliation-dates", "affiliation-unknown", "birth-date-future", "birth-date-too-old", "birth-state-unknown"),
    *("curp-characters", "curp-check-digit", "curp-consonants", "curp-date", "curp-inconvenient-word", "curp-length"),
    *("curp-sex", "curp-state", "curp-unknown-patient", "curp-vowel", "guardian-minor", "guardian-required"),
    *("guardian-same-person", "guardian-unknown", "location-outside-mexico", "mismatch-birth-date"),
    *("mismatch-birth-state", "mismatch-consonant", "mismatch-first-surname", "mismatch-given-names"),
    *("mismatch-second-surname", "mismatch-sex", "name-malformed", "nationality-unknown", "organ-donation-minor"),
    *("organ-donation-unknown", "phone-malformed", "sex-unknown", "too-many"),
)
# What `reasons` says of a pass: a verdict is an answer and no problem, and still somebody asks what its word means.
REASON_SLUGS: Final = (
    *("already-used", "bad-identity", "bad-presentation", "bad-signature", "challenge-met", "challenge-unanswered"),
    *("clock-behind", "clock-skewed", "expired"),
    *("identity-sealed", "key-not-in-force", "key-retired", "key-revoked", "lifetime-too-long", "malformed"),
    *("no-trust", "not-a-pass", "presentation-missing", "presentation-stale", "printed", "revoked"),
    *("single-use-unproven", "status-aging", "status-expired", "status-missing", "status-out-of-range"),
    *("status-stale", "trust-aging", "trust-expired", "trust-stale", "unknown-issuer", "wrong-key-use"),
)
# What `why` says of a receipt that was refused, or kept with what it contradicts.
RECEIPT_SLUGS: Final = ("receipt-fork", "receipt-gap", "receipt-unreadable")
PROBLEMS: Final[dict[str, tuple[int, ...]]] = {
    slug: tuple(
        status
        for status in sorted({*HTTP_SLUGS, *OWN_SLUGS})
        if slug in (HTTP_SLUGS.get(status), *OWN_SLUGS.get(status, ()))
    )
    for slug in SLUGS
}
EXPLAINED: Final[dict[str, tuple[int, ...]]] = {
    **dict.fromkeys((*REASON_SLUGS, *RECEIPT_SLUGS), (200,)),
    **dict.fromkeys(FAULT_SLUGS, (422,)),
    **PROBLEMS,
    "no-trust": (200, *PROBLEMS["no-trust"]),
}
_TEXTS: Final[dict[str, dict[str, dict[str, str]]]] = json.loads(
    Path(__file__).with_name("problem_texts.json").read_text(encoding="utf-8")
)


# Said instead of the libraries' own words: a `detail` is one English sentence of ours, that says what to mend. What is
# for people's eyes is said by the slug, in Spanish and English: on its page, and in each face's own messages.
HTTP_DETAILS: Final[dict[int, str]] = {
    400: "The request cannot be read; what the API takes is JSON in UTF-8.",
    401: "Nobody is logged in: log in, or send a token.",
    403: "The caller may not do this.",
    404: "There is nothing at this address: /docs shows all that there are.",
    405: "This address does not take this method: `Allow` names those that it takes.",
    406: "`Accept` names no type that this address can answer in.",
    409: "The state has changed meanwhile: look again.",
    413: f"A body has at most {bodies.MAX_BYTES // 1024} KiB.",
    415: "Send application/json.",
    422: "Some fields are missing or wrong: `errors` names each, and what it should be.",
    429: "Too many requests from this address: wait a minute.",
    503: "Something that this needs does not answer: try again in a moment.",
}


def status_of(error: AmateError) -> HTTPStatus:
    """The HTTP status of an error's family."""
    return next(status for family, status in FAMILIES.items() if isinstance(error, family))


def texts_of(slug: str) -> dict[str, dict[str, str]]:
    """What a type of problem means and what to do: {es, en} of {title, meaning, remedy}."""
    return _TEXTS[slug]


def problem(status: int, slug: str, detail: str = "", *, errors: Iterable[Fault] = (), **members: Any) -> Response:
    """A problem document; `errors` says where in the request, when anything there is at fault."""
    body = {"type": f"/problems/{slug}", "title": texts_of(slug)["en"]["title"], "status": int(status)}
    body |= {"detail": detail} if detail else {}
    places = [fault._asdict() for fault in errors]
    body |= ({"errors": places} if places else {}) | members
    response = Response(json.dumps(body), status=int(status), content_type=MEDIA_TYPE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = challenge('Bearer realm="amate"', "invalid_token")
    return response


def challenge(scheme: str, error: str) -> str:
    """What a 401 asks for; what is wrong only to whoever sent something (RFC 9110 §11.6.1, RFC 6750 §3.1)."""
    return f'{scheme}, error="{error}"' if request.headers.get("Authorization") else scheme


def from_error(error: AmateError) -> Response:
    """The problem document of one of our own errors; a slug that no page explains is told as what its status is."""
    keep_writes(error)
    status = status_of(error)
    slug = error.slug if error.slug in PROBLEMS else HTTP_SLUGS[status]
    return problem(status, slug, error.detail, errors=faults.of_error(error), **error.members)


def detail_of(error: HTTPException) -> str:
    """What is said of an error that a library raised, by its status; nothing of one that we do not know."""
    return HTTP_DETAILS.get(error.code or 500, "")


def from_http(error: HTTPException) -> Response:
    """The problem document of an error that Flask, Werkzeug or webargs raised."""
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    slug = HTTP_SLUGS.get(status, "internal-error" if status >= 500 else "bad-request")
    detail = detail_of(error)
    response = problem(status, slug, detail, errors=faults.of_http(error, slug, detail))
    for name, value in (data.get("headers") or {}).items():
        response.headers[name] = value
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    return response


def from_storage(error: DBAPIError | PoolTimeout) -> Response:
    """503 when the database does not answer or is full; anything else it says is a defect of ours."""
    if isinstance(error, PoolTimeout) or is_outage(error):
        log.warning("database.unavailable", error=type(error).__name__)
        return problem(503, "database-unavailable", "The database does not answer: try again in a moment.")
    return from_defect(error)


def from_defect(error: Exception) -> Response:
    """500 without detail; the incident number finds the log line, which says where, not with whose data (row K06)."""
    incident = secrets.token_hex(6)
    log.error("request.failed", incident=incident, error=_kinds_of(error), at=_frames_of(error))
    return problem(500, "internal-error", "This is our fault.", incident=incident)


def _kinds_of(error: BaseException | None) -> list[str]:
    """The types of an error and of what caused it; what they say in words may name a person."""
    kinds: list[str] = []
    while error is not None and len(kinds) < 5:
        kinds.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return kinds


def _frames_of(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-DEPTH_OF_FRAMES:]]


def register(app: Flask) -> None:
    """Answer every error of `app` with a problem document."""
    app.register_error_handler(AmateError, from_error)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(DBAPIError, from_storage)
    app.register_error_handler(PoolTimeout, from_storage)
    app.register_error_handler(RedisError, lambda _error: problem(503, "cache-unavailable", "Try again in a moment."))
    app.register_error_handler(Exception, from_defect)
