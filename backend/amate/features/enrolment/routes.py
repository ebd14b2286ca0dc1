"""The desk over HTTP: only for staff of a module."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.exceptions import NotAcceptable

from amate.features.clinics.model import ATTEND, NEAREST_FIRST
from amate.features.enrolment import actions
from amate.features.enrolment.differences import DECIDABLE
from amate.features.enrolment.model import faults_in, refuse, tidy
from amate.features.register.model import today
from amate.web import faults
from amate.web.request import context

blueprint = Blueprint("enrolment", __name__, url_prefix="/api/v1", description="The module's desk")
JSON, PDF = "application/json", "application/pdf"
SHEETS = ("a4", "cr80")
CHANGES = (
    "facts of somebody registered before that became others: corrected, or a decision on organ donation; location when "
    "they moved, and assigned_clinic when another is theirs now"
)
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key gives the same answer, so that a request may be sent again",
    "schema": {"type": "string"},
}


class HomeSchema(Schema):
    """Where a person lives, in degrees."""

    lat = fields.Float(required=True, validate=validate.Range(-90, 90))
    lon = fields.Float(required=True, validate=validate.Range(-180, 180))


class AffiliationSchema(Schema):
    """What a person says that they belong to; kept as declared, never as proven: that is for an extract to do.

    institution: DGIS catalogue AFILIACION; role: 1 titular, 2 beneficiary, 3 pensioner; until: first day without it
    """

    institution = fields.Integer(required=True, strict=True)
    role = fields.Integer(required=True, strict=True)
    relation = fields.String(validate=validate.Length(max=20))
    clinic = fields.String()
    since = fields.Date()
    until = fields.Date()


class RegisteredSchema(Schema):
    """What the register holds, where that differs from what was sent; the rest is left out."""

    given_names = fields.String()
    first_surname = fields.String()
    second_surname = fields.String()
    nationality = fields.String()
    organ_donation = fields.String()


class CorrectionSchema(Schema):
    """What the desk decided about somebody who is registered with other facts.

    registered: as the refusal `person-differs` told it; correct: which of these become what this request says, the
    others stay as they are
    """

    registered = fields.Nested(RegisteredSchema, required=True)
    correct = fields.List(fields.String(validate=validate.OneOf(DECIDABLE)), required=True)


class ApplicationSchema(Schema):
    """The facts asked at the desk; whatever is wrong with any of them is told at once."""

    curp = fields.String(required=True, validate=validate.Length(max=40))
    given_names = fields.String(required=True)
    first_surname = fields.String(required=True)
    second_surname = fields.String(load_default="", allow_none=True)
    sex = fields.String(required=True, metadata={"enum": ["H", "M", "X"]})
    birth_date = fields.Date(required=True)
    birth_state = fields.String(required=True)
    nationality = fields.String(required=True)
    organ_donation = fields.String(required=True, metadata={"enum": ["not_stated", "yes", "yes_limited", "no"]})
    location = fields.Nested(HomeSchema, required=True)
    phone = fields.String(allow_none=True)
    guardian_curp = fields.String(allow_none=True, validate=validate.Length(max=40))
    guardian_change = fields.Boolean(
        metadata={"description": "the desk has seen that somebody else is responsible now"}
    )
    affiliations = fields.List(fields.Nested(AffiliationSchema))
    correction = fields.Nested(CorrectionSchema)

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Joins what is wrong in form with what is wrong in the facts that have theirs."""
        messages = error.messages if isinstance(error.messages, dict) else {}
        valid: dict[str, Any] = error.valid_data if isinstance(error.valid_data, dict) else {}
        sound = {name: value for name, value in valid.items() if name not in messages}
        formal = list(faults.of_messages(messages))
        named = {fault.where.split(".")[0] for fault in formal}
        others = faults_in(tidy(sound), today(context().now))
        refuse([*formal, *(fault for fault in others if fault.where not in named)])


class DeskOfferSchema(Schema):
    """An offer for the person's phone: for any wallet, as a link into ours, and as a code to type."""

    uri = fields.String(required=True)
    link = fields.String(required=True)
    code = fields.String(required=True)
    expires_at = fields.String(required=True)


class PersonsClinicSchema(Schema):
    """A unit, the way to it, and how this person is attended there."""

    clues = fields.String(required=True)
    name = fields.String(required=True)
    institution = fields.String(required=True)
    level = fields.Integer(required=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    distance_m = fields.Integer(required=True)
    attend = fields.String(required=True, metadata={"description": ATTEND})


class EnrolledSchema(Schema):
    """What the desk hands over; `tx_code` goes to the person by another way than the offer."""

    person_id = fields.String(required=True)
    assigned_clinic = fields.Nested(PersonsClinicSchema, required=True, allow_none=True)
    nearest_clinics = fields.List(
        fields.Nested(PersonsClinicSchema), required=True, metadata={"description": NEAREST_FIRST}
    )
    offer = fields.Nested(DeskOfferSchema, required=True)
    tx_code = fields.String(required=True)
    tries = fields.Integer(required=True, metadata={"description": "how often `tx_code` may be tried"})
    changes = fields.List(fields.String(), required=True, metadata={"description": CHANGES})


class PrintedCardQuery(Schema):
    """The sheet to print on."""

    sheet = fields.String(load_default="a4", validate=validate.OneOf(SHEETS))


class PrintedCardSchema(Schema):
    """A card that was signed, as the digits of its QR."""

    id = fields.String(required=True)
    text = fields.String(required=True)
    expires_at = fields.String(required=True)


@blueprint.post("/enrolments")
@blueprint.doc(parameters=[IDEMPOTENCY_KEY])
@blueprint.arguments(ApplicationSchema)
@blueprint.response(201, EnrolledSchema)
@blueprint.alt_response(200, schema=EnrolledSchema, description="Registered before: a new offer")
def enrol(application: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Register a person once, assign their clinic, and make an offer for their phone (header Idempotency-Key)."""
    enrolled = actions.enrol(context(), application, key=request.headers.get("Idempotency-Key"))
    return enrolled.answer, 201 if enrolled.created else 200


@blueprint.post("/people/<person_id>/cards")
@blueprint.arguments(PrintedCardQuery, location="query")
@blueprint.response(201, PrintedCardSchema)
@blueprint.alt_response(201, schema={"type": "string", "format": "binary"}, content_type=PDF)
def print_card(query: dict[str, Any], person_id: str) -> Response:
    """A card to print: its QR's digits as JSON, or the card itself for `Accept: application/pdf`."""
    accepted = request.accept_mimetypes
    kind = accepted.best_match([JSON, PDF]) if accepted else JSON
    if kind is None:
        raise NotAcceptable
    card = actions.print_card(context(), person_id)
    if kind == PDF:
        return Response(card.pdf[query["sheet"]], content_type=PDF, status=201)
    answer = jsonify({"id": card.id, "text": card.text, "expires_at": actions.iso(card.expires_at)})
    answer.status_code = 201
    return answer
