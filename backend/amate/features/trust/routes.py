"""What clinics fetch of the keys (the sealing keys; nothing else is secret), and the alarms of who watches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.core.encoding import base64url_encode
from amate.features.trust import actions, health, repository
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.folder import reader_of
from amate.features.trust.model import ROLES, iso
from amate.features.trust.publication import Waiting
from amate.web.guards import caller
from amate.web.request import context

blueprint = Blueprint("trust", __name__, description="Keys of clinics, and what ends soon")


class SealingKeySchema(Schema):
    """One key that opens the identities in passes."""

    number = fields.Integer(required=True)
    key = fields.String(required=True, metadata={"description": "32 bytes, base64url"})
    until = fields.String(required=True, metadata={"description": "last instant at which it is needed"})


class ReceiptsKeySchema(Schema):
    """The public key (P-256) to which a counter seals its receipts: JWE, ECDH-ES with A256GCM, this `kid`."""

    kid = fields.String(required=True, metadata={"description": "JWK thumbprint"})
    x = fields.String(required=True, metadata={"description": "base64url"})
    y = fields.String(required=True, metadata={"description": "base64url"})


class SealingKeysSchema(Schema):
    """All that a clinic holds."""

    keys = fields.List(fields.Nested(SealingKeySchema), required=True)
    receipts_key = fields.Nested(
        ReceiptsKeySchema, required=True, allow_none=True, metadata={"description": "null before one was made"}
    )
    clinic = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "CLUES to which the token or the login is bound, if any"},
    )


class AlarmSchema(Schema):
    """Something that should have been renewed by now; `until` is null where there is none, or none any more."""

    kind = fields.String(required=True, validate=validate.OneOf(health.KINDS))
    name = fields.String(
        required=True, metadata={"description": "the role, or what the keys sign; else the kind: `sealing`, `lists`"}
    )
    shards = fields.List(fields.Integer(), required=True, metadata={"description": "of issuer keys, whose"})
    until = fields.String(required=True, allow_none=True)
    do = fields.String(required=True)


class RoleEndSchema(Schema):
    """When what a role has signed ends."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    ends_at = fields.String(required=True)


class HaltedSchema(Schema):
    """A key that gave a wrong signature and signs nothing until somebody has looked."""

    kid = fields.String(required=True)
    use = fields.String(required=True)
    at = fields.String(required=True)


class ElsewhereSchema(Schema):
    """What a key signed and was not to sign here, as far as it was found; `unknown` where only reports came."""

    kid = fields.String(required=True)
    use = fields.String(required=True)
    count = fields.Integer(required=True)
    at = fields.String(required=True)


class SignatureNeedSchema(Schema):
    """Signatures that a draft lacks: how many, by the keys of which root, and who can give them."""

    role = fields.String(required=True)
    root = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    holders = fields.List(fields.String(), required=True)


class WaitingSchema(Schema):
    """A root or targets that cannot be published before people sign it, or before what holds it up."""

    number = fields.Integer(required=True)
    role = fields.String(required=True)
    version = fields.Integer(required=True)
    needs = fields.List(fields.Nested(SignatureNeedSchema), required=True)
    held_by = fields.String(required=True)


class GoneSchema(Schema):
    """A key of a role that did not answer when it was last called."""

    holder = fields.String(required=True)
    since = fields.String(required=True, allow_none=True)


class WeakSchema(Schema):
    """A role some of whose keys do not answer, and how many more it can lose; below 0 nobody can sign for it."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    gone = fields.List(fields.Nested(GoneSchema), required=True)
    spare = fields.Integer(required=True)


class AlarmsSchema(Schema):
    """What rings, was halted, was signed elsewhere or waits for signatures; whose keys are gone; when roles end.

    An alarm rings from half of a life on: of an issuer key unless another is known for its use and shard.
    """

    alarms = fields.List(fields.Nested(AlarmSchema), required=True)
    halted = fields.List(fields.Nested(HaltedSchema), required=True)
    elsewhere = fields.List(fields.Nested(ElsewhereSchema), required=True)
    waiting = fields.List(fields.Nested(WaitingSchema), required=True)
    weak = fields.List(fields.Nested(WeakSchema), required=True)
    roles = fields.List(fields.Nested(RoleEndSchema), required=True)


@blueprint.get("/api/v1/sealing-keys")
@blueprint.response(200, SealingKeysSchema)
def sealing_keys() -> dict[str, Any]:
    """The keys with which an enrolled clinic reads who a pass is about, and the one that its receipts are sealed to."""
    held = actions.sealing_keys_until(context())
    return {
        "keys": [{"number": number, "key": base64url_encode(key), "until": iso(until)} for number, key, until in held],
        "receipts_key": actions.key_for_counters(context()),
        "clinic": caller().clinic,
    }


@blueprint.get("/api/v1/keys/alarms")
@blueprint.response(200, AlarmsSchema)
def read_alarms() -> dict[str, Any]:
    """What should have been renewed by now; a problem when the published repository does not verify."""
    ctx = context()
    settings = ctx.settings
    found = health.endings(ctx, now=ctx.now)
    ends = _ends(settings.home)
    halts = actions.halts(ctx)
    return {
        "alarms": [_alarm(ending) for ending in found],
        "halted": [
            {"kid": halt.kid, "use": halt.use, "at": iso(halt.halted_at)}
            for halt in halts
            if halt.halted_at is not None
        ],
        "elsewhere": [
            {"kid": halt.kid, "use": halt.use, "count": halt.elsewhere, "at": iso(halt.elsewhere_at)}
            for halt in halts
            if halt.elsewhere_at is not None
        ],
        "waiting": [_waiting(each) for each in drafts.waiting(ctx)],
        "weak": [_weak(each) for each in health.weaknesses(ctx, tries=False)],
        "roles": [{"role": role, "ends_at": iso(ends[role])} for role in ROLES],
    }


def _ends(home: Path) -> Mapping[str, int]:
    return repository.verify(actions.read_file(home / "anchor.json") or b"", reader_of(home)).ends


def _waiting(each: Waiting) -> dict[str, Any]:
    return {**asdict(each), "needs": [need._asdict() for need in each.needs]}


def _weak(each: health.Weakness) -> dict[str, Any]:
    gone = [{"holder": key.holder, "since": None if key.since is None else iso(key.since)} for key in each.gone]
    return {"role": each.role, "gone": gone, "spare": each.spare}


def _alarm(ending: health.Ending) -> dict[str, Any]:
    until = None if ending.until is None else iso(ending.until)
    said = {"kind": ending.kind, "name": ending.name, "shards": list(ending.shards)}
    return {**said, "until": until, "do": ending.remedy}
