"""Verdicts, and the ages of verifiers' lists, over HTTP."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate

from amate.core.entitlement import GENERAL, SERVICES
from amate.core.trust import seconds_from_iso
from amate.errors import Malformed
from amate.features.clinics.model import ATTEND, CLUES, NEAREST_FIRST
from amate.features.verification import actions
from amate.features.verification.model import (
    EXIT_CODES,
    AgeCounts,
    Asked,
    VerifierReport,
)
from amate.web.guards import caller
from amate.web.request import context

blueprint = Blueprint("verification", __name__, url_prefix="/api/v1", description="Verdicts on passes")
MAX_SKEW_S = 10**10
IS_CHALLENGE = validate.Regexp(r"[0-9]{6}\Z", error="A challenge is six digits, as the counter showed them.")
IS_CTI = validate.Regexp(r"[0-9a-f]{24}\Z", error="A cti is twelve bytes in hexadecimal.")
IS_CLUES = validate.Regexp(CLUES, error="A CLUES is five letters and six digits.")


def is_instant(text: str) -> None:
    """That a text is a moment as the contract writes it."""
    try:
        seconds_from_iso(text)
    except Malformed as error:
        raise ValidationError("Write it YYYY-MM-DDTHH:MM:SSZ, in UTC.") from error


class ScanLocationSchema(Schema):
    """A place in degrees."""

    lat = fields.Float(required=True, validate=validate.Range(-90, 90))
    lon = fields.Float(required=True, validate=validate.Range(-180, 180))


class AskedSchema(Schema):
    """A scanned text, and where it was scanned."""

    text = fields.String(required=True, metadata={"description": "the QR's text, whatever it is"})
    clinic = fields.String(validate=IS_CLUES, allow_none=True, load_default=None)
    location = fields.Nested(ScanLocationSchema, allow_none=True, load_default=None)
    service = fields.String(validate=validate.OneOf(SERVICES), load_default=GENERAL)
    challenge = fields.String(
        validate=IS_CHALLENGE,
        allow_none=True,
        load_default=None,
        metadata={
            "description": "what the counter asked the phone to answer with: it proves possession without a clock"
        },
    )


class VerdictPersonSchema(Schema):
    """Name and CURP, or only a hint for the look at an identity document."""

    name = fields.String()
    curp = fields.String()
    hint = fields.String()


class VerdictEntitlementSchema(Schema):
    """What the person is entitled to at this clinic today; `until` is the first day without it."""

    status = fields.String(required=True)
    payer = fields.Integer(required=True, allow_none=True)
    payer_label = fields.String(required=True)
    attend = fields.String(required=True)
    services = fields.List(fields.String(), required=True)
    until = fields.String(required=True, allow_none=True)
    rule = fields.String(required=True)
    rule_version = fields.String(required=True)


class VerdictUnitSchema(Schema):
    """A clinic, the way to it and how this person is attended there; what is not known of it is null."""

    clues = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    institution = fields.String(required=True, allow_none=True)
    level = fields.Integer(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    distance_m = fields.Integer(required=True, allow_none=True)
    attend = fields.String(required=True, allow_none=True, metadata={"description": ATTEND})


class VerdictSchema(Schema):
    """The verdict: a negative one is an answer, not an error."""

    verdict = fields.String(required=True, validate=validate.OneOf(list(EXIT_CODES)))
    reasons = fields.List(fields.String(), required=True)
    demo = fields.Boolean(required=True)
    person = fields.Nested(VerdictPersonSchema, required=True, allow_none=True)
    entitlement = fields.Nested(VerdictEntitlementSchema, required=True, allow_none=True)
    assigned_clinic = fields.Nested(VerdictUnitSchema, required=True, allow_none=True)
    nearest_clinics = fields.List(
        fields.Nested(VerdictUnitSchema), required=True, metadata={"description": NEAREST_FIRST}
    )
    trust_age_s = fields.Integer(required=True, allow_none=True)
    status_age_s = fields.Integer(required=True, allow_none=True)
    clock_skew_s = fields.Integer(required=True, allow_none=True)


class UseSchema(Schema):
    """An ephemeral pass that a counter judged by itself, by its cti and nothing else of it."""

    cti = fields.String(required=True, validate=IS_CTI)


class FirstUseSchema(Schema):
    """Whether that was its first use, which it then was; null of a pass that nobody was given here."""

    first_use = fields.Boolean(required=True, allow_none=True)


class VerifierReportSchema(Schema):
    """How old a verifier's lists are; nothing in it names a clinic, a person or a scan."""

    device = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Za-z0-9_-]{16,64}\Z"),
        metadata={"description": "made by chance on the device, and kept there"},
    )
    trust_signed_at = fields.String(
        required=True, allow_none=True, validate=is_instant, metadata={"description": "YYYY-MM-DDTHH:MM:SSZ"}
    )
    status_signed_at = fields.String(
        required=True,
        allow_none=True,
        validate=is_instant,
        metadata={"description": "of the oldest status list that it holds"},
    )
    clock_skew_s = fields.Integer(
        required=True,
        allow_none=True,
        strict=True,
        validate=validate.Range(-MAX_SKEW_S, MAX_SKEW_S),
        metadata={"description": "its clock minus the server's"},
    )


class AgeBucketSchema(Schema):
    """Devices whose list is older than the bucket before says, and at most this old; null is without end."""

    up_to_s = fields.Integer(required=True, allow_none=True)
    devices = fields.Integer(required=True)


class AgeCountsSchema(Schema):
    """Devices by age, youngest first."""

    buckets = fields.List(fields.Nested(AgeBucketSchema), required=True)
    never = fields.Integer(required=True, metadata={"description": "devices that had no such list yet"})


class ClockOffSchema(Schema):
    """Devices whose clock is further off than a verdict allows for."""

    beyond_s = fields.Integer(required=True)
    devices = fields.Integer(required=True)


class AgesSchema(Schema):
    """How old verifiers' lists are, as each last told."""

    devices = fields.Integer(required=True)
    reported_last_day = fields.Integer(required=True)
    clock_off = fields.Nested(ClockOffSchema, required=True)
    trust = fields.Nested(AgeCountsSchema, required=True)
    status = fields.Nested(AgeCountsSchema, required=True)


def asked_of(body: dict[str, Any]) -> Asked:
    """The question in a body that the schema has checked."""
    place = body["location"]
    location = None if place is None else (place["lat"], place["lon"])
    return Asked(body["text"], body["clinic"], location, body["service"], body["challenge"])


def as_response(said: dict[str, Any]) -> Response:
    """The answer as JSON. It is plain data already: dumping it through the schema would take a third of the time.

    A test holds every answer against VerdictSchema instead.
    """
    return Response(json.dumps(said, ensure_ascii=False, separators=(",", ":")), content_type="application/json")


@blueprint.post("/verifications")
@blueprint.arguments(AskedSchema())
@blueprint.response(200, VerdictSchema)
def verify(body: dict[str, Any]) -> Response:
    """Is it real, who is it, what are they entitled to here, which clinic is theirs."""
    return as_response(actions.verify(context(), asked_of(body), caller()))


@blueprint.post("/verifications/uses")
@blueprint.arguments(UseSchema())
@blueprint.response(200, FirstUseSchema)
def use(body: dict[str, str]) -> dict[str, bool | None]:
    """Use an ephemeral pass up, told by its cti alone: is this its first use?"""
    return {"first_use": actions.use(context(), body["cti"], caller())}


@blueprint.post("/verifiers/reports")
@blueprint.arguments(VerifierReportSchema())
@blueprint.response(204)
def take_report(body: dict[str, Any]) -> None:
    """Tell how old this verifier's lists are; sent after a sync, never because of a scan."""
    trust_at, status_at = (_seconds(body[name]) for name in ("trust_signed_at", "status_signed_at"))
    actions.take_report(context(), VerifierReport(body["device"], trust_at, status_at, body["clock_skew_s"]))


@blueprint.get("/verifiers/ages")
@blueprint.response(200, AgesSchema)
def read_ages() -> dict[str, Any]:
    """How many verifiers have lists of which age, as each last told."""
    found = actions.ages(context())
    return {
        "devices": found.devices,
        "reported_last_day": found.recent,
        "clock_off": {"beyond_s": found.skew_s, "devices": found.skewed},
        "trust": _counts(found.trust, found.bounds_s),
        "status": _counts(found.status, found.bounds_s),
    }


def _counts(counted: AgeCounts, bounds_s: tuple[int, ...]) -> dict[str, Any]:
    listed = zip((*bounds_s, None), counted.buckets, strict=True)
    return {"buckets": [{"up_to_s": bound, "devices": n} for bound, n in listed], "never": counted.never}


def _seconds(text: str | None) -> int | None:
    return None if text is None else seconds_from_iso(text)
