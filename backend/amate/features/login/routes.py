"""Login over HTTP: sessions in a cookie that no script sees, passkeys, one-click logins of a demo."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.context import Context
from amate.features.login import actions, model, passkeys
from amate.features.login.model import SESSION_COOKIE, Staff
from amate.web.ceremony import COOKIE as CEREMONY_COOKIE
from amate.web.ceremony import ceremony, set_cookie
from amate.web.guards import Caller, check_same_origin
from amate.web.request import context, settings

BEARER = "Bearer "

blueprint = Blueprint("login", __name__, url_prefix="/api/v1", description="Sessions and passkeys of staff")


class StaffSchema(Schema):
    """Who is logged in."""

    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(model.ROLES))
    clinic = fields.String(allow_none=True, required=True)


class SessionSchema(Schema):
    """The session of this browser."""

    staff = fields.Nested(StaffSchema, allow_none=True, required=True)
    env = fields.String(required=True)
    withdrawn = fields.Boolean(
        required=True, metadata={"description": "its staff may log in no more: forget what reads names"}
    )


class DemoSchema(Schema):
    """A one-click login."""

    role = fields.String(required=True, validate=validate.OneOf(model.ROLES))
    second = fields.Boolean(
        load_default=False, metadata={"description": "the other person of this role, where a change needs two"}
    )


class InvitationSchema(Schema):
    """An invitation, as it stands in the link."""

    invitation = fields.String(required=True, validate=validate.Length(20, 200))


class AuthenticationSchema(Schema):
    """What navigator.credentials.get() gave, as AuthenticationResponseJSON."""

    credential = fields.Dict(required=True)


class RegistrationSchema(InvitationSchema):
    """What navigator.credentials.create() gave for an invitation, as RegistrationResponseJSON."""

    credential = fields.Dict(required=True)


def authenticate(ctx: Context) -> Caller | None:
    """Who sends this request, by its bearer token or its session cookie."""
    authorization = request.headers.get("Authorization")
    bearer = None
    if authorization is not None:
        bearer = authorization[len(BEARER) :] if authorization.startswith(BEARER) else ""
    found = actions.caller_of(ctx, session=request.cookies.get(SESSION_COOKIE), bearer=bearer)
    return Caller(found.kind, found.id, found.role, found.clinic) if found else None


@blueprint.route("/session", methods=["GET"])
@blueprint.response(200, SessionSchema)
def read_session() -> dict[str, Any]:
    """Who is logged in, if anybody."""
    ctx, secret = context(), request.cookies.get(SESSION_COOKIE)
    return _session(actions.staff_of_session(ctx, secret), withdrawn=actions.is_withdrawn(ctx, secret))


@blueprint.route("/session", methods=["DELETE"])
@blueprint.response(204)
def end_session() -> Response:
    """Log out."""
    check_same_origin()
    actions.end_session(context(), request.cookies.get(SESSION_COOKIE))
    response = Response(status=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@blueprint.route("/session/demo", methods=["POST"])
@blueprint.arguments(DemoSchema)
@blueprint.response(200, SessionSchema)
def open_demo_session(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Log in with one click; exists in a demo only."""
    check_same_origin()
    person, secret = actions.open_demo_session(context(), body["role"], second=body["second"])
    return _logged_in(person, secret)


@blueprint.route("/passkeys/registration/options", methods=["POST"])
@blueprint.arguments(InvitationSchema)
@blueprint.response(200, description="Options, as WebAuthn spells them in JSON")
def registration_options(body: dict[str, str]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Options for navigator.credentials.create()."""
    check_same_origin()
    secret = actions.new_secret(context())
    options = passkeys.registration_options(context(), body["invitation"], secret)
    return options, 200, {"Set-Cookie": set_cookie(CEREMONY_COOKIE, secret, model.CHALLENGE_S)}


@blueprint.route("/passkeys/registration", methods=["POST"])
@blueprint.arguments(RegistrationSchema)
@blueprint.response(200, SessionSchema)
def register(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Accept the invitation with a new passkey; logs in."""
    check_same_origin()
    person = passkeys.register(context(), body["invitation"], body["credential"], ceremony())
    return _logged_in(person, actions.open_session(context(), person))


@blueprint.route("/passkeys/authentication/options", methods=["POST"])
@blueprint.response(200, description="Options, as WebAuthn spells them in JSON")
def authentication_options() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Options for navigator.credentials.get()."""
    check_same_origin()
    secret = actions.new_secret(context())
    options = passkeys.authentication_options(context(), secret)
    return options, 200, {"Set-Cookie": set_cookie(CEREMONY_COOKIE, secret, model.CHALLENGE_S)}


@blueprint.route("/passkeys/authentication", methods=["POST"])
@blueprint.arguments(AuthenticationSchema)
@blueprint.response(200, SessionSchema)
def log_in(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Log in with a passkey."""
    check_same_origin()
    person = passkeys.authenticate(context(), body["credential"], ceremony())
    return _logged_in(person, actions.open_session(context(), person))


def _session(person: Staff | None, *, withdrawn: bool = False) -> dict[str, Any]:
    return {"staff": person, "env": settings().env, "withdrawn": withdrawn}


def _logged_in(person: Staff, secret: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    return _session(person), 200, {"Set-Cookie": set_cookie(SESSION_COOKIE, secret, model.REMEMBERED_S)}
