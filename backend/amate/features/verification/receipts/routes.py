"""What clinics scanned off line, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from amate.core.trust import seconds_from_iso
from amate.features.verification.model import EXIT_CODES
from amate.features.verification.receipts import actions
from amate.features.verification.receipts.model import CONFLICT, KNOWN, REFUSED, STORED, Scan, Sealed, Taken
from amate.features.verification.routes import IS_CLUES, is_instant
from amate.signing.centre import MAX_SEALED
from amate.web.guards import caller
from amate.web.request import context

blueprint = Blueprint(
    "receipts", __name__, url_prefix="/api/v1/verifications/receipts", description="What clinics scanned off line"
)
MAX_RECEIPTS = 200
MAX_SEALED_RECEIPTS = 50  # of 1 kB or less: beside a body's 64 KiB
IS_ID = validate.Regexp(r"[A-Za-z0-9_-]{8,64}\Z", error="8 to 64 letters, digits, - or _.")
IS_DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z", error="64 hexadecimal digits in small letters.")
IS_COORDINATE = validate.Regexp(r"[A-Za-z0-9_-]{43}\Z", error="32 bytes, base64url.")
IS_CTI = validate.Regexp(r"[0-9a-f]{24}\Z", error="24 hexadecimal digits in small letters.")


class ReceiptSchema(Schema):
    """One scan that was made off line."""

    id = fields.String(required=True, validate=IS_ID)
    cti = fields.String(validate=IS_CTI, allow_none=True, load_default=None)
    verdict = fields.String(required=True, validate=validate.OneOf(list(EXIT_CODES)))
    at = fields.String(required=True, validate=is_instant, metadata={"description": "YYYY-MM-DDTHH:MM:SSZ"})
    clinic = fields.String(validate=IS_CLUES, allow_none=True, load_default=None)


class CounterKeySchema(Schema):
    """The public key (P-256) with which a counter signs its receipts; registered when it is first met."""

    x = fields.String(required=True, validate=IS_COORDINATE)
    y = fields.String(required=True, validate=IS_COORDINATE)


class SealedReceiptSchema(Schema):
    """A receipt that a counter signed (COSE_Sign1), sealed to the centre's key (JWE)."""

    id = fields.String(
        required=True, validate=IS_DIGEST, metadata={"description": "SHA-256 of the receipt inside, in hex"}
    )
    receipt = fields.String(
        required=True,
        validate=validate.Length(1, MAX_SEALED),
        metadata={"description": "JWE in compact form: ECDH-ES, A256GCM, the `kid` of `receipts_key`"},
    )


class SealedReceiptsSchema(Schema):
    """A counter's signed receipts, in the order of its chain."""

    device = fields.Nested(CounterKeySchema, required=True)
    receipts = fields.List(
        fields.Nested(SealedReceiptSchema), required=True, validate=validate.Length(1, MAX_SEALED_RECEIPTS)
    )


class ReceiptsSchema(Schema):
    """What a clinic scanned off line; sending it again changes nothing. A counter signs and seals, an integrator tells.

    One of the two members is there, not both.
    """

    receipts = fields.List(
        fields.Nested(ReceiptSchema),
        validate=validate.Length(1, MAX_RECEIPTS),
        metadata={"description": "of an integrator, in any order"},
    )
    sealed = fields.Nested(SealedReceiptsSchema)

    @validates_schema
    def _has_one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError("Send `receipts` or `sealed`.", "receipts")


class ReceiptStateSchema(Schema):
    """What became of a receipt; those that are signed can also contradict their chain, or be refused."""

    id = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([STORED, KNOWN, CONFLICT, REFUSED]),
        metadata={
            "description": "`stored` now; `known` from before; `conflict`: kept, with what contradicts it; "
            "`refused`: not kept"
        },
    )
    why = fields.String(metadata={"description": "a slug, of the last two"})


class ReceiptStatesSchema(Schema):
    """One state for each receipt, in the order sent."""

    receipts = fields.List(fields.Nested(ReceiptStateSchema), required=True)


@blueprint.post("")
@blueprint.arguments(ReceiptsSchema())
@blueprint.response(200, ReceiptStatesSchema)
def accept_receipts(body: dict[str, Any]) -> dict[str, Any]:
    """Keep what a clinic scanned while it was off line."""
    if "sealed" in body:
        sealed = [Sealed(each["id"], each["receipt"]) for each in body["sealed"]["receipts"]]
        taken = actions.take(context(), body["sealed"]["device"], sealed, caller())
        return {"receipts": [_taken(each) for each in taken]}
    scans = [
        Scan(each["id"], each["cti"], each["verdict"], seconds_from_iso(each["at"]), each["clinic"])
        for each in body["receipts"]
    ]
    states = actions.accept(context(), scans, caller())
    return {"receipts": [{"id": id_, "state": state} for id_, state in states]}


def _taken(each: Taken) -> dict[str, Any]:
    return {"id": each.id, "state": each.state, **({} if each.why is None else {"why": each.why})}
