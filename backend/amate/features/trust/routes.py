"""What clinics fetch of the keys (the sealing keys; nothing else is secret), and the alarms of who watches them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from amate.core.encoding import base64url_encode
from amate.features.trust import actions, health, repository
from amate.features.trust.model import ROLES, iso
from amate.web.request import context

blueprint = Blueprint("trust", __name__, description="Keys of clinics, and what ends soon")
ROLE, KEY = "role", "key"


class SealingKeySchema(Schema):
    """One key that opens the identities in passes."""

    number = fields.Integer(required=True)
    key = fields.String(required=True, metadata={"description": "32 bytes, base64url"})
    until = fields.String(required=True, metadata={"description": "last instant at which it is needed"})


class SealingKeysSchema(Schema):
    """All that a clinic holds."""

    keys = fields.List(fields.Nested(SealingKeySchema), required=True)


class AlarmSchema(Schema):
    """Something that should have been renewed by now; `until` is null where there is none any more."""

    kind = fields.String(required=True, validate=validate.OneOf([ROLE, KEY]))
    name = fields.String(required=True, metadata={"description": "the role, or what the key signs"})
    until = fields.String(required=True, allow_none=True)
    do = fields.String(required=True)


class RoleEndSchema(Schema):
    """When what a role has signed ends."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    ends_at = fields.String(required=True)


class AlarmsSchema(Schema):
    """What rings, and when the metadata of each role ends. An alarm rings when half of a life is gone."""

    alarms = fields.List(fields.Nested(AlarmSchema), required=True)
    roles = fields.List(fields.Nested(RoleEndSchema), required=True)


@blueprint.get("/api/v1/sealing-keys")
@blueprint.response(200, SealingKeysSchema)
def sealing_keys() -> dict[str, Any]:
    """The keys with which an enrolled clinic reads who a pass is about."""
    held = actions.sealing_keys_until(context())
    return {
        "keys": [{"number": number, "key": base64url_encode(key), "until": iso(until)} for number, key, until in held]
    }


@blueprint.get("/api/v1/keys/alarms")
@blueprint.response(200, AlarmsSchema)
def read_alarms() -> dict[str, Any]:
    """What of the published repository should have been renewed by now; a problem when it does not verify."""
    ctx = context()
    settings = ctx.settings
    found = health.endings(settings.home, env=settings.env, keys_dir=settings.keys_dir, now=ctx.now)
    ends = _ends(settings.home)
    return {
        "alarms": [_alarm(ending) for ending in found],
        "roles": [{"role": role, "ends_at": iso(ends[role])} for role in ROLES],
    }


def _ends(home: Path) -> Mapping[str, int]:
    folder = home / "published" / "trust"
    read = actions.read_file
    return repository.verify(read(home / "anchor.json") or b"", lambda path: read(folder / path)).ends


def _alarm(ending: health.Ending) -> dict[str, Any]:
    kind, name = named(ending.what)
    until = None if ending.until is None else iso(ending.until)
    return {"kind": kind, "name": name, "until": until, "do": ending.remedy}


def named(what: str) -> tuple[str, str]:
    """What an ending is about, for programs: a role's metadata, or the key for a use."""
    words = what.split()
    return (ROLE, words[0]) if words[-1] == "metadata" else (KEY, words[-1])
