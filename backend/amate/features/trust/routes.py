"""What clinics fetch of the keys: the sealing keys, nothing else is secret."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from amate.core.encoding import base64url_encode
from amate.features.trust import actions
from amate.features.trust.model import iso
from amate.web.request import context

blueprint = Blueprint("trust", __name__, description="Keys of clinics")


class SealingKeySchema(Schema):
    """One key that opens the identities in passes."""

    number = fields.Integer(required=True)
    key = fields.String(required=True, metadata={"description": "32 bytes, base64url"})
    until = fields.String(required=True, metadata={"description": "last instant at which it is needed"})


class SealingKeysSchema(Schema):
    """All that a clinic holds."""

    keys = fields.List(fields.Nested(SealingKeySchema), required=True)


@blueprint.get("/api/v1/sealing-keys")
@blueprint.response(200, SealingKeysSchema)
def sealing_keys() -> dict[str, Any]:
    """The keys with which an enrolled clinic reads who a pass is about."""
    held = actions.sealing_keys_until(context())
    return {
        "keys": [{"number": number, "key": base64url_encode(key), "until": iso(until)} for number, key, until in held]
    }
