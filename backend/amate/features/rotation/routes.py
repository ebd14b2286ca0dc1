"""The console's view of the keys: what is due, what hangs on each, proposals to sign, the emergency button."""

from __future__ import annotations

import json
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.core.trust import seconds_from_iso
from amate.errors import Malformed, Refused
from amate.features.login import actions as login
from amate.features.login.model import CHALLENGE_S
from amate.features.rotation import actions, model, planning, saying, saying_plan
from amate.features.rotation.people import StaffSignature
from amate.features.trust import actions as trust
from amate.web import ceremony
from amate.web.guards import caller
from amate.web.request import context, settings

blueprint = Blueprint(
    "rotation", __name__, url_prefix="/api/v1/keys", description="Keys of the issuers, and who changes them"
)

INSTANT = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", error="Write it YYYY-MM-DDTHH:MM:SSZ, in UTC.")


class HangingSchema(Schema):
    """What a key has signed that is in force."""

    credentials = fields.Integer(required=True)
    cards = fields.Integer(required=True)
    passes = fields.Integer(required=True)
    lists = fields.Integer(required=True)
    until = fields.String(required=True, allow_none=True)


class KeySchema(Schema):
    """A key: when verifiers were told of it, when it signs, until when what it signed is believed.

    hand_over_at is when its successor is to sign in its place; sign_until the latest that it may, if none comes.
    told is false of a key whose distrust was decided while verifiers believe it still: the alarms say what of targets
    waits, and for whom.
    """

    kid = fields.String(required=True)
    iss = fields.String(required=True)
    use = fields.String(required=True)
    shard = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["next", "active", "retired", "revoked"]))
    uri = fields.String(required=True)
    sign_from = fields.String(required=True)
    hand_over_at = fields.String(required=True, allow_none=True)
    sign_until = fields.String(required=True)
    accept_until = fields.String(required=True)
    published_at = fields.String(required=True, allow_none=True)
    frozen_at = fields.String(required=True, allow_none=True)
    distrust = fields.Dict(required=True, allow_none=True)
    told = fields.Boolean(required=True)
    hanging = fields.Nested(HangingSchema, required=True)


class StepSchema(Schema):
    """Something to do: by when, what, how, and by whom."""

    due_at = fields.String(required=True)
    is_due = fields.Boolean(required=True)
    what = fields.String(required=True)
    use = fields.String(required=True)
    shard = fields.Integer(required=True)
    kid = fields.String(required=True)
    command = fields.String(required=True)
    by = fields.String(required=True)


class SignersSchema(Schema):
    """Who signs targets metadata."""

    threshold = fields.Integer(required=True)
    holders = fields.List(fields.String(), required=True)


class PlanSchema(Schema):
    """Everything that is due, and what hangs on it; nothing of it has happened."""

    now = fields.String(required=True)
    keys = fields.List(fields.Nested(KeySchema), required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)
    diff = fields.List(fields.String(), required=True)
    targets_signers = fields.Nested(SignersSchema, required=True)
    lead_days = fields.Integer(required=True)
    people = fields.Integer(required=True)
    backdated_days = fields.Integer(required=True)


class SignedBySchema(Schema):
    """One person's yes; their name as it is spelt where they were invited, or hold a key."""

    person = fields.String(required=True)
    means = fields.String(required=True, validate=validate.OneOf(["key", "passkey", "demo"]))
    at = fields.String(required=True)


class StandingSchema(Schema):
    """A proposal and who has signed it.

    difference says what a change of the decision table changes, rule by rule: from and to (versions), added, removed,
    changed, moved, other; it is null for a change of a key.
    """

    proposal = fields.String(required=True)
    action = fields.String(required=True, validate=validate.OneOf(model.ACTIONS))
    kid = fields.String(required=True)
    content = fields.Dict(required=True)
    digest = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(model.STATES))
    expires_at = fields.String(required=True)
    signed_by = fields.List(fields.Nested(SignedBySchema), required=True)
    missing = fields.Integer(required=True)
    difference = fields.Dict(required=True, allow_none=True)


class StandingsSchema(Schema):
    """Proposals, newest first."""

    proposals = fields.List(fields.Nested(StandingSchema), required=True)


class ProposeSchema(Schema):
    """A change of one key; two people sign it afterwards."""

    action = fields.String(required=True, validate=validate.OneOf([a for a in model.OF_KEYS if a != model.STAGE]))
    kid = fields.String(required=True, validate=validate.Length(8, 43))
    reason = fields.String(validate=validate.OneOf(model.REASONS))
    sign_from = fields.String(validate=INSTANT)
    sign_until = fields.String(validate=INSTANT)


class SignSchema(Schema):
    """What navigator.credentials.get() gave; left out in a demonstration, where one click signs."""

    credential = fields.Dict(load_default=None, allow_none=True)


class FreezeSchema(Schema):
    """Why a key is to sign nothing more."""

    reason = fields.String(required=True, validate=validate.OneOf(model.REASONS))


class RenewalsSchema(Schema):
    """How far the renewal of what relied on a key has come.

    phones_until and cards_until say when the last of each ends by itself.
    """

    kid = fields.String(required=True)
    asked = fields.Integer(required=True)
    renewed = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    cards = fields.Integer(required=True)
    unasked = fields.Integer(required=True)
    phones_until = fields.String(required=True, allow_none=True)
    cards_until = fields.String(required=True, allow_none=True)
    waits_for = fields.String(required=True, validate=validate.OneOf(["asking", "phones", "cards", "nothing"]))


@blueprint.get("")
@blueprint.response(200, PlanSchema)
def read_plan() -> dict[str, Any]:
    """The keys, what hangs on each, what is due, and what would change in the published list."""
    return saying_plan.plan(planning.plan(context()))


@blueprint.get("/proposals")
@blueprint.response(200, StandingsSchema)
def read_proposals() -> dict[str, Any]:
    """Every proposal, newest first."""
    return {"proposals": [saying.standing(each) for each in actions.standings(context())]}


@blueprint.post("/proposals")
@blueprint.arguments(ProposeSchema)
@blueprint.response(201, StandingSchema)
def propose(body: dict[str, Any]) -> dict[str, Any]:
    """Propose a change; the same one twice is the same proposal."""
    details: dict[str, object] = {
        name: _seconds(body[name], name) for name in ("sign_from", "sign_until") if name in body
    }
    details |= {"reason": body["reason"]} if "reason" in body else {}
    return saying.standing(actions.propose(context(), body["action"], body["kid"], None, details=details))


@blueprint.delete("/proposals/<proposal>")
@blueprint.response(200, StandingSchema)
def withdraw(proposal: str) -> dict[str, Any]:
    """Close a proposal without doing it."""
    return saying.standing(actions.withdraw(context(), proposal))


@blueprint.post("/proposals/<proposal>/signature-options")
@blueprint.response(200, description="Options, as WebAuthn spells them in JSON")
def signature_options(proposal: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Options for navigator.credentials.get(): the challenge ends with the proposal's digest."""
    ctx = context()
    found = actions.standing(ctx, proposal).proposal
    secret = login.new_secret(ctx)
    options = login.approval_options(ctx, secret, found.digest)
    return options, 200, {"Set-Cookie": ceremony.set_cookie(ceremony.COOKIE, secret, CHALLENGE_S)}


@blueprint.post("/proposals/<proposal>/signatures")
@blueprint.arguments(SignSchema)
@blueprint.response(200, StandingSchema)
def sign(body: dict[str, Any], proposal: str) -> dict[str, Any]:
    """Sign a proposal with one's own passkey; nobody counts twice."""
    ctx = context()
    digest = actions.standing(ctx, proposal).proposal.digest
    signature = _demo_signature() if body["credential"] is None else _passkey_signature(body["credential"], digest)
    return saying.standing(actions.approve(ctx, proposal, actions.people.with_passkey(ctx, signature)))


@blueprint.post("/proposals/<proposal>/done")
@blueprint.response(200, StandingSchema)
def carry_out(proposal: str) -> dict[str, Any]:
    """Do what a signed proposal says, and publish it; a second time changes nothing."""
    ctx = context()
    done = actions.carry_out(ctx, proposal)
    ctx.commit()
    trust.publish(ctx)
    return saying.standing(done)


@blueprint.post("/<kid>/freeze")
@blueprint.arguments(FreezeSchema)
@blueprint.response(200, KeySchema)
def freeze(body: dict[str, str], kid: str) -> dict[str, Any]:
    """Let a key sign nothing from now on, in every worker; what it signed is believed as before."""
    key = actions.freeze(context(), kid, reason=body["reason"])
    return saying.key(key, actions.hanging_on(context(), key), untold=trust.untold(context()).get(key.kid))


@blueprint.get("/<kid>/renewals")
@blueprint.response(200, RenewalsSchema)
def read_renewals(kid: str) -> dict[str, Any]:
    """How far the renewal of what relied on a key has come."""
    key = trust.find_key(context(), kid)
    return saying.renewals(key, actions.renewals(context(), key.kid))


def _passkey_signature(credential: dict[str, Any], digest: str) -> StaffSignature:
    """Raises: Unauthenticated("passkey-refused"), Refused("somebody-elses-passkey")"""
    person = login.approve(context(), credential, ceremony.ceremony(), digest)
    if caller().kind != "staff" or person.id != caller().id:
        raise Refused("somebody-elses-passkey", "Sign with the passkey of whoever is logged in here.")
    return StaffSignature(person.id, person.name, "passkey", json.dumps(credential, sort_keys=True))


def _demo_signature() -> StaffSignature:
    """Raises: Malformed("signature-needed") outside a demonstration"""
    person = login.find_staff(context(), caller().id) if caller().kind == "staff" else None
    if not settings().is_demo or person is None:
        raise Malformed("signature-needed", "Sign with your passkey.", where="credential")
    return StaffSignature(person.id, person.name, "demo", "")


def _seconds(text: str, where: str) -> int:
    try:
        return seconds_from_iso(text)
    except Malformed as error:
        raise Malformed("malformed-date", "No such instant.", where=where) from error
