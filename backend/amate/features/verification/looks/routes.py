"""Who looked at my card, over HTTP."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from amate.errors import Unauthenticated
from amate.features.issuance import actions as issuance
from amate.features.verification.looks import actions
from amate.web import oauth_errors
from amate.web.request import context

blueprint = Blueprint("looks", __name__, url_prefix="/api/v1", description="Who looked at a person's card")
blueprint.register_error_handler(Unauthenticated, oauth_errors.problem_with_challenge)


class LookSchema(Schema):
    """A clinic that was given a verdict on something of this person; what is not known of it is null."""

    at = fields.String(required=True, metadata={"description": "YYYY-MM-DDTHH:MM:SSZ"})
    clues = fields.String(required=True, allow_none=True)
    clinic = fields.String(required=True, allow_none=True, metadata={"description": "its name"})
    institution = fields.String(required=True, allow_none=True)
    is_online = fields.Boolean(
        required=True, metadata={"description": "false for a scan off line, of which the clinic told later"}
    )


class LooksSchema(Schema):
    """Who looked, newest first."""

    looks = fields.List(fields.Nested(LookSchema), required=True)


@blueprint.before_request
def authorise() -> None:
    """Nobody reads anything here without a token bound to their key."""
    sent = request.headers.getlist("DPoP")
    g.amate_grant = issuance.authorise(
        context(),
        method=request.method,
        path=request.path,
        authorization=request.headers.get("Authorization"),
        dpop=sent[0] if len(sent) == 1 else None,
    )


@blueprint.get("/me/looks")
@blueprint.response(200, LooksSchema)
def my_looks() -> dict[str, Any]:
    """Which clinics looked at this person's card in the last 90 days, 50 at most."""
    return {"looks": actions.looks(context(), g.amate_grant)}
