"""Who may call what: one table, one row for every route; a route without a row answers nobody.

`public` needs nobody; `wallet` is proven inside issuance (DPoP, RFC 9449); the others are roles of staff.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, g, request

from amate.context import Context
from amate.errors import Refused, Unauthenticated
from amate.web.request import context, settings

PUBLIC = frozenset({"public"})
WALLET = frozenset({"wallet"})
STAFF = frozenset({"enrolment", "clinic", "security", "auditor", "admin"})
ROLES = STAFF

ACCESS: dict[str, frozenset[str]] = {
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,
    "GET /": PUBLIC,
    "GET /<path:path>": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "GET /docs": PUBLIC,
    "GET /anchor.json": PUBLIC,
    "GET /trust/<path:path>": PUBLIC,
    "GET /status/<path:path>": PUBLIC,
    "GET /problems/": PUBLIC,
    "GET /problems/<slug>": PUBLIC,
    # clinics
    "GET /api/v1/clinics/nearest": PUBLIC,
    "GET /api/v1/clinics/<clues>": PUBLIC,
    "GET /api/v1/places": PUBLIC,
    # enrolment
    "POST /api/v1/enrolments": frozenset({"enrolment"}),
    "POST /api/v1/people/<person_id>/cards": frozenset({"enrolment"}),
    # issuance (OpenID4VCI 1.0; RFC 8414)
    "GET /.well-known/openid-credential-issuer": PUBLIC,
    "GET /.well-known/oauth-authorization-server": PUBLIC,
    "GET /.well-known/jwt-vc-issuer": PUBLIC,
    "GET /oid4vci/offers/<code>": PUBLIC,
    "POST /oid4vci/token": PUBLIC,
    "POST /oid4vci/nonce": PUBLIC,
    "POST /oid4vci/credential": WALLET,
    "POST /api/v1/passes": WALLET,
    "POST /api/v1/qr-tokens": WALLET,
    "GET /api/v1/me/card": WALLET,
    "GET /api/v1/me/looks": WALLET,
    # login
    "GET /api/v1/session": PUBLIC,
    "DELETE /api/v1/session": PUBLIC,
    "POST /api/v1/session/demo": PUBLIC,
    "POST /api/v1/passkeys/registration/options": PUBLIC,
    "POST /api/v1/passkeys/registration": PUBLIC,
    "POST /api/v1/passkeys/authentication/options": PUBLIC,
    "POST /api/v1/passkeys/authentication": PUBLIC,
    # trust
    "GET /api/v1/keys/alarms": frozenset({"security", "auditor", "admin"}),
    # rotation
    "GET /api/v1/keys": frozenset({"security", "auditor", "admin"}),
    "GET /api/v1/keys/proposals": frozenset({"security", "auditor", "admin"}),
    "POST /api/v1/keys/proposals": frozenset({"security"}),
    "DELETE /api/v1/keys/proposals/<proposal>": frozenset({"security"}),
    "POST /api/v1/keys/proposals/<proposal>/signature-options": frozenset({"security"}),
    "POST /api/v1/keys/proposals/<proposal>/signatures": frozenset({"security"}),
    "POST /api/v1/keys/proposals/<proposal>/done": frozenset({"security"}),
    "POST /api/v1/keys/<kid>/freeze": frozenset({"security"}),
    "GET /api/v1/keys/<kid>/renewals": frozenset({"security", "auditor", "admin"}),
    "GET /api/v1/decision-table": frozenset({"security", "auditor", "admin"}),
    # verification
    "POST /api/v1/verifications": frozenset({"clinic"}),
    "POST /api/v1/verifications/receipts": frozenset({"clinic"}),
    "POST /api/v1/verifications/uses": frozenset({"clinic"}),
    "GET /api/v1/sealing-keys": frozenset({"clinic"}),
    "POST /api/v1/verifiers/reports": frozenset({"clinic"}),
    "GET /api/v1/verifiers/ages": frozenset({"security", "auditor", "admin"}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, once proven.

    kind:   `staff` (a session cookie) or `integrator` (a bearer token)
    clinic: CLUES to which the caller is bound, if any
    """

    kind: str
    id: str
    role: str
    clinic: str | None = None

    @property
    def actor(self) -> str:
        """How the audit log names the caller."""
        return f"{self.kind}:{self.id}"

    def clinic_for(self, asked_for: str | None, *, where: str = "clinic") -> str | None:
        """The clinic for which the caller asks: its own when it has one.

        Raises: Refused("wrong-clinic") for another one than its own
        """
        if self.clinic is not None and asked_for not in (None, self.clinic):
            raise Refused("wrong-clinic", f"This login belongs to {self.clinic}.", where=where)
        return self.clinic or asked_for


Authenticate = Callable[[Context], Caller | None]


def caller() -> Caller:
    """Who is calling a route that needs somebody."""
    value: Caller = g.amate_caller
    return value


def rule_of_request() -> str:
    """The route that was matched, as it is named in ACCESS."""
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {request.url_rule.rule}" if request.url_rule else ""


def _guard() -> None:
    if request.url_rule is None or request.method == "OPTIONS":
        return  # 404, 405 or an empty answer: Flask's own
    allowed = ACCESS.get(rule_of_request(), frozenset())
    if "public" in allowed or "wallet" in allowed:
        return
    authenticate: Authenticate = current_app.extensions["amate.authenticate"]
    found = authenticate(context())
    if found is None:
        raise Unauthenticated("not-logged-in", "Log in, or send a token that is in force.")
    if found.role not in allowed:
        raise Refused("wrong-role", f"This needs one of: {', '.join(sorted(allowed))}.")
    if found.kind == "staff":
        check_same_origin()
    g.amate_caller = found
    g.amate_actor = context().actor = found.actor


def check_same_origin() -> None:
    """A cookie proves a session only for a request that our own pages made (row J05).

    Raises: Refused("cross-origin")
    """
    check_origin(settings().base_url)


def check_origin(expected: str) -> None:
    """The same where our own pages are at `expected`: scheme, host and port.

    Raises: Refused("cross-origin")
    """
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin") or (origin is not None and origin != expected):
        raise Refused("cross-origin", "This request did not come from our own pages.")


def register(app: Flask, authenticate: Authenticate) -> None:
    """Guard every route of `app` by the table."""
    app.extensions["amate.authenticate"] = authenticate
    app.before_request(_guard)
