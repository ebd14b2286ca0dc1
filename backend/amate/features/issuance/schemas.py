"""The shapes of what wallets send and are answered; other wallets know those of OpenID4VCI from its own pages."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from amate.features.clinics.model import ATTEND, NEAREST_FIRST
from amate.features.issuance.model import CONFIGURATION, PRE_AUTHORISED, REFRESH

FORM: Final = "application/x-www-form-urlencoded"


class ProofsSchema(Schema):
    """Proofs of the phone's key, as in OpenID4VCI."""

    jwt = fields.List(fields.String(), required=True, validate=validate.Length(1, 1))


class PassRequestSchema(Schema):
    """For which key a pass is asked."""

    proofs = fields.Nested(ProofsSchema, required=True)


class PassSchema(Schema):
    """A device pass."""

    pass_ = fields.String(required=True, data_key="pass", metadata={"description": "base64url of the COSE bytes"})
    renew_at = fields.String(required=True)
    expires_at = fields.String(required=True)


class QrTokenRequestSchema(Schema):
    """Nothing needs to be said."""


class QrTokenSchema(Schema):
    """A pass for one showing."""

    text = fields.String(required=True)
    expires_at = fields.String(required=True)


class CardClinicSchema(Schema):
    """A clinic, the way to it, and how this person is attended there."""

    clues = fields.String(required=True)
    name = fields.String(required=True)
    institution = fields.String(required=True)
    level = fields.Integer(required=True, allow_none=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    distance_m = fields.Integer(required=True, allow_none=True)
    attend = fields.String(required=True, metadata={"description": ATTEND})


class CardQuery(Schema):
    """Where the person is, when the clinics nearest to their home are not meant; both or neither."""

    lat = fields.Float(validate=validate.Range(-90, 90))
    lon = fields.Float(validate=validate.Range(-180, 180))

    @validates_schema
    def check_both(self, data: dict[str, float], **_: Any) -> None:
        """Half a position is none."""
        if len(data) == 1:
            given = next(iter(data))
            raise ValidationError("Missing data for required field.", "lon" if given == "lat" else "lat")


class CardEntitlementSchema(Schema):
    """A right, in words."""

    institution = fields.Integer(required=True)
    label = fields.String(required=True)
    role = fields.Integer(required=True)
    until = fields.String(required=True, allow_none=True)


class CardSchema(Schema):
    """What the card shows beside the QR code."""

    name = fields.String(required=True)
    curp = fields.String(required=True)
    assigned_clinic = fields.Nested(CardClinicSchema, required=True, allow_none=True)
    nearest_clinics = fields.List(
        fields.Nested(CardClinicSchema), required=True, metadata={"description": NEAREST_FIRST}
    )
    entitlements = fields.List(fields.Nested(CardEntitlementSchema), required=True)
    renew = fields.Boolean(
        required=True,
        metadata={
            "description": "fetch the credential anew, then a pass: what signed them is about to be believed no more"
        },
    )


class OfferDocumentSchema(Schema):
    """A credential offer (OpenID4VCI 1.0 §4.1.1)."""

    credential_issuer = fields.String(required=True)
    credential_configuration_ids = fields.List(fields.String(), required=True)
    grants = fields.Dict(required=True)


class TokensSchema(Schema):
    """Tokens bound to the phone's key (RFC 6749 §5.1, RFC 9449 §5)."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("DPoP"))
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
    refresh_token = fields.String()


class NonceSchema(Schema):
    """A nonce for one key proof."""

    c_nonce = fields.String(required=True)


class IssuedCredentialSchema(Schema):
    """One SD-JWT VC."""

    credential = fields.String(required=True)


class CredentialsSchema(Schema):
    """One credential for each key that was proven."""

    credentials = fields.List(fields.Nested(IssuedCredentialSchema), required=True)


class IssuerMetadataSchema(Schema):
    """Metadata of the credential issuer; the rest is as OpenID4VCI 1.0 §12.2.4 has it."""

    credential_issuer = fields.String(required=True)
    authorization_servers = fields.List(fields.String(), required=True)
    credential_endpoint = fields.String(required=True)
    nonce_endpoint = fields.String(required=True)
    credential_configurations_supported = fields.Dict(required=True)


class ServerMetadataSchema(Schema):
    """Metadata of the authorisation server (RFC 8414 §2)."""

    issuer = fields.String(required=True)
    token_endpoint = fields.String(required=True)
    grant_types_supported = fields.List(fields.String(), required=True)
    dpop_signing_alg_values_supported = fields.List(fields.String(), required=True)


class JwtVcIssuerSchema(Schema):
    """Keys of the credentials (SD-JWT VC §5)."""

    issuer = fields.String(required=True)
    jwks = fields.Dict(required=True)


# Bodies that are read by the rules of their specification, not by a schema: here only to be shown.
DPOP_HEADER: Final[dict[str, Any]] = {
    "in": "header",
    "name": "DPoP",
    "required": True,
    "description": "Proof of the phone's key for this request (RFC 9449 §4)",
    "schema": {"type": "string"},
}
_TEXT: Final = {"type": "string"}
TOKEN_REQUEST: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "enum": [PRE_AUTHORISED, REFRESH]},
                    "pre-authorized_code": _TEXT,
                    "tx_code": _TEXT | {"description": "the 6 numbers that the module gave"},
                    "refresh_token": _TEXT,
                },
            }
        }
    },
}
CREDENTIAL_REQUEST: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["proofs"],
                "properties": {
                    "credential_configuration_id": {"type": "string", "enum": [CONFIGURATION]},
                    "credential_identifier": _TEXT,
                    "proofs": {"type": "object", "properties": {"jwt": {"type": "array", "items": _TEXT}}},
                },
            }
        }
    },
}
