"""The decision table as people read it: the rules in order, since when they are in force, and what is announced."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.core.decision_table import STANDINGS
from amate.features.rotation.table import saying
from amate.web.request import context

blueprint = Blueprint(
    "decision-table", __name__, url_prefix="/api/v1/decision-table", description="The rules of entitlement in force"
)


class RetentionSchema(Schema):
    """So long after its end a right goes on, for these roles, once it has lasted after_days."""

    months = fields.Integer(required=True)
    days = fields.Integer(required=True)
    roles = fields.List(fields.Integer(), required=True)
    after_days = fields.Integer(required=True)


class InstitutionSchema(Schema):
    """An institution that the rules speak of; code as DGIS has it (AFILIACION), clues as the keys of its clinics do.

    child_age and student_age are the ages in years that end a child's right and a student's, null where none does;
    retention is null where nothing is retained, basis and source where the table in force does not tell them.
    """

    code = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["insured", "closed", "open"]))
    clues = fields.List(fields.String(), required=True)
    retention = fields.Nested(RetentionSchema, required=True, allow_none=True)
    child_age = fields.Integer(required=True, allow_none=True)
    student_age = fields.Integer(required=True, allow_none=True)
    basis = fields.String(required=True, allow_none=True, validate=validate.OneOf(["law", "announcement", "policy"]))
    source = fields.String(required=True, allow_none=True)


class WhenSchema(Schema):
    """What must hold of a person, a clinic and a service for a rule to answer; what is left out may be anything."""

    service = fields.List(fields.String())
    standing = fields.List(fields.String(validate=validate.OneOf(STANDINGS)))
    kind = fields.List(fields.String())
    clinic = fields.List(fields.String())
    state = fields.List(fields.String())
    institution = fields.List(fields.Integer())
    level = fields.List(fields.Integer())
    minor = fields.List(fields.Boolean())
    assigned = fields.List(fields.Boolean())


class ThenSchema(Schema):
    """The answer of a rule."""

    payer = fields.String(required=True)
    attend = fields.String(required=True)
    services = fields.List(fields.String(), required=True)


class RuleSchema(Schema):
    """A rule; the first one that holds answers. Days as YYYY-MM-DD; `until` is the first one without it."""

    id = fields.String(required=True)
    from_ = fields.String(required=True, allow_none=True, data_key="from", attribute="from")
    until = fields.String(required=True, allow_none=True)
    when = fields.Nested(WhenSchema, required=True)
    then = fields.Nested(ThenSchema, required=True)
    basis = fields.String(required=True, validate=validate.OneOf(["law", "announcement", "policy"]))
    source = fields.String(required=True)


class PhaseSchema(Schema):
    """A change that was announced and drafted; nobody has it before it is adopted."""

    version = fields.String(required=True)
    on = fields.String(required=True)
    adds = fields.Integer(required=True)
    ends = fields.List(fields.String(), required=True)
    is_adopted = fields.Boolean(required=True)


class VersionSchema(Schema):
    """A table that was adopted; published_at is since when it is in force, null while its targets wait to be signed."""

    version = fields.String(required=True)
    kid = fields.String(required=True)
    changed_by = fields.String(required=True, allow_none=True)
    adopted_at = fields.String(required=True)
    published_at = fields.String(required=True, allow_none=True)
    is_in_force = fields.Boolean(required=True)


class TableSchema(Schema):
    """The decision table in force.

    release_table names the version that the release brings, where it was never adopted; else it is null.
    """

    version = fields.String(required=True)
    adult_age = fields.Integer(required=True)
    institutions = fields.List(fields.Nested(InstitutionSchema), required=True)
    payers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    rules = fields.List(fields.Nested(RuleSchema), required=True)
    phases = fields.List(fields.Nested(PhaseSchema), required=True)
    versions = fields.List(fields.Nested(VersionSchema), required=True)
    release_table = fields.String(required=True, allow_none=True)


@blueprint.get("")
@blueprint.response(200, TableSchema)
def read_table() -> dict[str, Any]:
    """The decision table in force, the tables before it, and the announced phases."""
    return saying.table(context())
