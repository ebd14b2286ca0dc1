"""What the counters of a clinic ask their node, at the centre's addresses and in its shapes: their face is one."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.errors import Malformed, Unauthenticated
from amate.features.login.model import SESSION_COOKIE
from amate.features.verification.node import actions, door, sightings
from amate.features.verification.node.model import COOKIE_S, Counter, Enrolment, JsonObject
from amate.features.verification.receipts.model import Sealed
from amate.features.verification.receipts.routes import ReceiptsSchema, ReceiptStatesSchema
from amate.features.verification.routes import FirstUseSchema, UseSchema, VerifierReportSchema
from amate.web.ceremony import set_cookie
from amate.web.problems import problem
from amate.web.request import context, settings

ENTRY = "counter-code"
IS_PLACE = validate.Regexp(r"[0-9a-f]{16}\Z", error="It is `last` of the answer before, or sixteen zeros.")
IS_SIGHTING = validate.Regexp(r"[A-Za-z0-9_-]{24}\Z", error="It is a tag of 16 bytes and an age of two, in base64url.")
IS_CODE = validate.Regexp(r"[0-9 ]{8,24}\Z", error="A code is eight digits; spaces between them do not matter.")

blueprint = Blueprint(
    "counters", __name__, url_prefix="/api/v1", description="What a clinic's node does for its counters"
)


class PairedSchema(Schema):
    """A counter that is let in."""

    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(["clinic"]))
    clinic = fields.String(required=True)


class CounterSessionSchema(Schema):
    """The session of this browser, and how one is begun here."""

    staff = fields.Nested(PairedSchema, allow_none=True, required=True)
    env = fields.String(required=True)
    entry = fields.String(required=True, validate=validate.OneOf([ENTRY]))


class CodeSchema(Schema):
    """The code that `amate node counter add` shows."""

    code = fields.String(required=True, validate=IS_CODE)


class SentSightingsSchema(Schema):
    """What a counter saw, padded to as many slots as ever, and which of the others' it has heard of."""

    after = fields.String(required=True, validate=IS_PLACE)
    sightings = fields.List(
        fields.String(validate=IS_SIGHTING), required=True, validate=validate.Length(equal=sightings.SENT_SLOTS)
    )


class HeardSightingsSchema(Schema):
    """What the other counters saw, padded to as many slots as ever; fillers are of an age that is none."""

    keys = fields.List(fields.String(), required=True, validate=validate.Length(equal=2))
    last = fields.String(required=True, validate=IS_PLACE)
    sightings = fields.List(
        fields.String(validate=IS_SIGHTING), required=True, validate=validate.Length(equal=sightings.HEARD_SLOTS)
    )


@blueprint.route("/session", methods=["GET"])
@blueprint.response(200, CounterSessionSchema)
def read_session() -> tuple[JsonObject, int, dict[str, str]]:
    """Which counter this is, if any; a browser that comes again keeps its session for as long again."""
    secret = request.cookies.get(SESSION_COOKIE)
    found = actions.counter_of(context(), secret)
    return _session(found), 200, {} if found is None or secret is None else {"Set-Cookie": _cookie(secret)}


@blueprint.route("/session", methods=["DELETE"])
@blueprint.response(204)
def end_session() -> Response:
    """Leave: this browser needs another code to come back."""
    actions.leave(context(), request.cookies.get(SESSION_COOKIE))
    response = Response(status=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@blueprint.route("/session/counter", methods=["POST"])
@blueprint.arguments(CodeSchema)
@blueprint.response(200, CounterSessionSchema)
def let_in(body: dict[str, str]) -> tuple[JsonObject, int, dict[str, str]]:
    """Let this browser in as the counter whose code it is; a code does so once, and for 15 minutes."""
    found, secret = actions.let_in(context(), body["code"])
    return _session(found), 200, {"Set-Cookie": _cookie(secret)}


@blueprint.get("/sealing-keys")
@blueprint.response(200, description="As the centre answers: keys, receipts_key and clinic")
def sealing_keys() -> JsonObject:
    """The keys with which this clinic reads who a pass is about, and the one that its receipts are sealed to."""
    return {**actions.keys_for_counters(current_app.extensions["amate.pack"]), "clinic": _enrolment().clinic}


@blueprint.post("/verifications/receipts")
@blueprint.arguments(ReceiptsSchema())
@blueprint.response(200, ReceiptStatesSchema)
def hold_receipts(body: dict[str, Any]) -> JsonObject | Response:
    """Hold what a counter signed and sealed until the centre has it; `known` is what is here already."""
    if "sealed" not in body:
        said = "A node opens and judges no receipts: an integrator's go to the centre."
        raise Malformed("receipts-for-the-centre", said, where="receipts")
    sealed = [Sealed(each["id"], each["receipt"]) for each in body["sealed"]["receipts"]]
    if not actions.has_room(context(), len(sealed)):
        said = "This node holds as many receipts for the centre as it may: keep yours, and see `amate node status`."
        return problem(507, "node-full", said)  # RFC 4918 §11.5
    states = actions.hold(context(), body["sealed"]["device"], sealed)
    return {"receipts": [{"id": id_, "state": state} for id_, state in states]}


@blueprint.post("/verifications/uses")
@blueprint.arguments(UseSchema())
@blueprint.response(200, FirstUseSchema)
def use(body: dict[str, str]) -> JsonObject:
    """Use an ephemeral pass up for all counters here, told by its cti alone; null where the centre does not say."""
    return {"first_use": actions.use(context(), body["cti"], current_app.extensions["amate.first-uses"].ask)}


@blueprint.post("/verifications/sightings")
@blueprint.arguments(SentSightingsSchema())
@blueprint.response(200, HeardSightingsSchema)
def exchange_sightings(body: dict[str, Any]) -> JsonObject:
    """Exchange with the other counters what was shown in the last minutes, by the clock and always in one size."""
    found = actions.counter_of(context(), request.cookies.get(SESSION_COOKIE))
    if found is None:
        raise Unauthenticated("not-logged-in", "A token is no counter: `amate node counter add` lets a browser in.")
    shared: sightings.Sightings = current_app.extensions["amate.sightings"]
    return shared.exchange(found.id, body["sightings"], body["after"], context().now)._asdict()


@blueprint.post("/verifiers/reports")
@blueprint.arguments(VerifierReportSchema())
@blueprint.response(204)
def keep_report(body: JsonObject) -> None:
    """Tell how old this counter's lists are; the centre hears of it with the node's next synchronisation."""
    actions.keep_report(context(), body)


def _enrolment() -> Enrolment:
    found: Enrolment = current_app.extensions["amate.enrolment"]
    return found


def _session(found: Counter | None) -> JsonObject:
    staff = None if found is None else {"name": found.name, "role": "clinic", "clinic": _enrolment().clinic}
    return {"staff": staff, "env": settings().env, "entry": ENTRY}


def _cookie(secret: str) -> str:
    return set_cookie(SESSION_COOKIE, secret, COOKIE_S, secure=door.is_tls())
