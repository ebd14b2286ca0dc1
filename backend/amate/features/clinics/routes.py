"""Medical units over HTTP: public facts, answered from the catalogue in force."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.context import Context
from amate.errors import Malformed, Unknown
from amate.features.clinics import actions
from amate.features.clinics.model import CLUES, STATES, Clinic, Directory
from amate.web.request import context

blueprint = Blueprint("clinics", __name__, url_prefix="/api/v1", description="Medical units (CLUES)")
FRESH_FOR = "public, max-age=60"  # as long as what is open now may have closed meanwhile
IS_INSTITUTIONS = validate.Regexp(
    r"[A-Z]{3}(,[A-Z]{3}){0,9}\Z", error="One to ten keys of three letters with commas between them, such as IMS,IMB."
)


IS_OPEN = "now; null where its hours are not known"


class PointSchema(Schema):
    """A place in degrees."""

    lat = fields.Float(required=True, validate=validate.Range(-90, 90))
    lon = fields.Float(required=True, validate=validate.Range(-180, 180))


class NearestQuery(PointSchema):
    """Where, how many, and which units."""

    limit = fields.Integer(load_default=5, validate=validate.Range(1, 50))
    institution = fields.String(validate=IS_INSTITUTIONS)
    level = fields.Integer(validate=validate.OneOf([1, 2, 3]))
    open_now = fields.Boolean(
        load_default=False, metadata={"description": "without the units that are known to be closed now"}
    )


class NearSchema(Schema):
    """A unit and its distance."""

    clues = fields.String(required=True)
    name = fields.String(required=True)
    institution = fields.String(required=True)
    level = fields.Integer(required=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    distance_m = fields.Integer(required=True)
    is_open = fields.Boolean(required=True, allow_none=True, metadata={"description": IS_OPEN})


class NearestSchema(Schema):
    """Units, nearest first."""

    clinics = fields.List(fields.Nested(NearSchema), required=True)


class StretchSchema(Schema):
    """Some hours of a day."""

    day = fields.Integer(required=True, metadata={"description": "1 (Monday) to 7"})
    opens = fields.String(required=True, metadata={"description": "HH:MM on the clocks of where the unit stands"})
    closes = fields.String(required=True, metadata={"description": "24:00 at the latest"})


class ClinicSchema(Schema):
    """A unit; `asked_for` is the old key, when an old key was asked for."""

    clues = fields.String(required=True)
    name = fields.String(required=True)
    institution = fields.String(required=True)
    state = fields.String(required=True)
    municipality = fields.String(required=True)
    locality = fields.String(required=True)
    address = fields.String(required=True)
    phone = fields.String(required=True)
    level = fields.Integer(required=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    in_operation = fields.Boolean(required=True)
    counts_for_nearest = fields.Boolean(required=True)
    is_open = fields.Boolean(required=True, allow_none=True, metadata={"description": IS_OPEN})
    hours = fields.List(
        fields.Nested(StretchSchema), required=True, allow_none=True, metadata={"description": "null = not known"}
    )
    asked_for = fields.String(allow_none=True)


class PlacesQuery(Schema):
    """Which state; none = the list of states."""

    state = fields.String(validate=validate.OneOf(list(STATES)))


class StateSchema(Schema):
    """A state that has units."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class LocalitySchema(Schema):
    """A locality and the middle of its units."""

    name = fields.String(required=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)


class MunicipalitySchema(LocalitySchema):
    """A municipality and its localities."""

    key = fields.String(required=True)
    localities = fields.List(fields.Nested(LocalitySchema), required=True)


class PlacesSchema(Schema):
    """States, or the municipalities of one."""

    states = fields.List(fields.Nested(StateSchema))
    municipalities = fields.List(fields.Nested(MunicipalitySchema))


@blueprint.get("/clinics/nearest")
@blueprint.arguments(NearestQuery, location="query")
@blueprint.response(200, NearestSchema)
def nearest(query: dict[str, Any]) -> dict[str, Any]:
    """The nearest public units in operation, nearest first."""
    ctx = context()
    return nearest_in(actions.directory(ctx), query, ctx.now)


def nearest_in(directory: Directory, query: dict[str, Any], now: int) -> dict[str, Any]:
    """What every server answers to a NearestQuery: the centre from its database, a node from its pack."""
    codes = query.get("institution")
    wanted = {
        "limit": query["limit"],
        "institutions": frozenset(codes.split(",")) if codes else None,
        "level": query.get("level"),
    }
    place = query["lat"], query["lon"]
    found = (
        directory.nearest_open(*place, now=now, **wanted) if query["open_now"] else directory.nearest(*place, **wanted)
    )
    return {"clinics": [{**near.shown(), "is_open": directory.is_open(near.clinic.clues, now)} for near in found]}


@blueprint.get("/clinics/<clues>")
@blueprint.response(200, ClinicSchema)
def clinic(clues: str) -> dict[str, Any]:
    """One unit; an old key answers with the unit that took its place."""
    wanted = clues.upper()
    if not CLUES.fullmatch(wanted):
        raise Malformed("clues-malformed", "A CLUES is five letters and six digits.", where="path.clues")
    ctx = context()
    found = actions.find(ctx, wanted)
    if found is None:
        raise Unknown("unknown-clinic", "No medical unit has this CLUES.", where="path.clues")
    return _clinic_view(ctx, found, wanted)


def _clinic_view(ctx: Context, clinic: Clinic, wanted: str) -> dict[str, Any]:
    opening = actions.hours_of(ctx, clinic.clues)
    shown = clinic._asdict()
    shown["is_open"] = None if opening is None else opening.at(ctx.now).is_open
    shown["hours"] = None if opening is None else [each._asdict() for each in actions.by_day(opening.week)]
    shown["in_operation"] = clinic.status == 1
    shown["asked_for"] = wanted if wanted != clinic.clues else None
    return shown


@blueprint.get("/places")
@blueprint.arguments(PlacesQuery, location="query")
@blueprint.response(200, PlacesSchema)
def places(query: dict[str, Any]) -> dict[str, Any]:
    """The states that have units; with ?state= its municipalities and localities with their places on the map."""
    if "state" in query:
        return {"municipalities": actions.places(context(), query["state"])}
    return {"states": actions.states(context())}


@blueprint.after_request
def keep_for_a_while(response: Response) -> Response:
    """Public facts may be kept for some minutes."""
    if response.status_code == 200:
        response.headers["Cache-Control"] = FRESH_FOR
    return response
