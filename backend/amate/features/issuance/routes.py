"""OpenID4VCI and the wallet's own endpoints over HTTP; errors in OAuth's shape there, as problem documents here."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, request
from flask_smorest import Blueprint

from amate.core import encoding
from amate.errors import Malformed, Unauthenticated
from amate.features.issuance import actions, card_facts, credentials, metadata, model, passes, tokens
from amate.features.issuance.model import Grant
from amate.features.issuance.schemas import (
    CREDENTIAL_REQUEST,
    DPOP_HEADER,
    FORM,
    TOKEN_REQUEST,
    CardQuery,
    CardSchema,
    CredentialsSchema,
    IssuerMetadataSchema,
    JwtVcIssuerSchema,
    NonceSchema,
    OfferDocumentSchema,
    PassRequestSchema,
    PassSchema,
    QrTokenRequestSchema,
    QrTokenSchema,
    ServerMetadataSchema,
    TokensSchema,
)
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from amate.web import bodies, oauth_errors
from amate.web.request import context, settings

FRESH_FOR = "public, max-age=300"

discovery = Blueprint("discovery", __name__, description="What wallets and verifiers read first")
protocol = Blueprint("oid4vci", __name__, url_prefix="/oid4vci", description="OpenID4VCI 1.0, pre-authorised code")
offers = Blueprint("offers", __name__, url_prefix="/oid4vci", description="Offers by reference")
wallet = Blueprint("wallet", __name__, url_prefix="/api/v1", description="Passes for a phone that holds a credential")
BLUEPRINTS = (discovery, protocol, offers, wallet)

oauth_errors.register(protocol)
wallet.register_error_handler(Unauthenticated, oauth_errors.problem_with_challenge)


@discovery.get("/.well-known/openid-credential-issuer")
@discovery.response(200, IssuerMetadataSchema)
def credential_issuer() -> Response:
    """Metadata of the credential issuer (OpenID4VCI 1.0 §12.2)."""
    return _public(metadata.credential_issuer(settings().issuer))


@discovery.get("/.well-known/oauth-authorization-server")
@discovery.response(200, ServerMetadataSchema)
def authorization_server() -> Response:
    """Metadata of the authorisation server (RFC 8414)."""
    return _public(metadata.authorization_server(settings().issuer))


@discovery.get("/.well-known/jwt-vc-issuer")
@discovery.response(200, JwtVcIssuerSchema)
def jwt_vc_issuer() -> Response:
    """Keys of the credentials (SD-JWT VC §5)."""
    ctx = context()
    keys = [(key.kid, key.jwk) for key in trust.list_keys(ctx) if credentials.is_believed(key, ctx.now)]
    return _public(metadata.jwt_vc_issuer(settings().issuer, keys))


@offers.get("/offers/<code>")
@offers.response(200, OfferDocumentSchema)
def read_offer(code: str) -> Response:
    """A credential offer (OpenID4VCI 1.0 §4.1.3)."""
    return jsonify(actions.read_offer(context(), code))


@protocol.post("/token")
@protocol.doc(requestBody=TOKEN_REQUEST, parameters=[DPOP_HEADER])
@protocol.response(200, TokensSchema)
def token() -> Response:
    """Access and refresh tokens, bound to the key of the DPoP proof (§6)."""
    given = tokens.token(context(), _form(), _dpop())
    answer = {"access_token": given.access_token, "token_type": "DPoP", "expires_in": model.ACCESS_S}
    return jsonify(answer | ({"refresh_token": given.refresh_token} if given.refresh_token else {}))


@protocol.post("/nonce")
@protocol.response(200, NonceSchema)
def nonce() -> Response:
    """A nonce for a key proof (§7)."""
    return jsonify({"c_nonce": tokens.new_nonce(context())})


@protocol.post("/credential")
@protocol.doc(requestBody=CREDENTIAL_REQUEST)
@protocol.response(200, CredentialsSchema)
def credential() -> Response:
    """One credential for each key that is proven (§8)."""
    grant = _authorise()
    issued = credentials.issue(context(), grant, _json())
    return jsonify({"credentials": [{"credential": encoded} for encoded in issued]})


@wallet.before_request
def authorise_wallet() -> None:
    """Nobody reads anything here without a token bound to their key, not even what is wrong with their request."""
    g.amate_grant = _authorise()
    bodies.check()


@wallet.post("/passes")
@wallet.arguments(PassRequestSchema)
@wallet.response(200, PassSchema)
def new_pass(body: dict[str, Any]) -> dict[str, Any]:
    """A pass for a month, bound to the phone's key; ask again from `renew_at` on."""
    made = passes.device_pass(context(), _grant(), body["proofs"])
    return {
        "pass_": encoding.base64url_encode(made.raw),
        "renew_at": iso(made.renew_at),
        "expires_at": iso(made.expires_at),
    }


@wallet.post("/qr-tokens")
@wallet.arguments(QrTokenRequestSchema)
@wallet.response(200, QrTokenSchema)
def new_qr_token(_body: dict[str, Any]) -> dict[str, Any]:
    """A pass for one showing, for a relative or another screen."""
    made = passes.qr_token(context(), _grant())
    return {"text": made.text, "expires_at": iso(made.expires_at)}


@wallet.get("/me/card")
@wallet.arguments(CardQuery, location="query")
@wallet.response(200, CardSchema)
def my_card(query: dict[str, float]) -> dict[str, Any]:
    """What the card shows beside the QR code; the nearest clinics are those of home, or of where the person is."""
    return card_facts.card_of(context(), _grant(), here=(query["lat"], query["lon"]) if query else None)


def _authorise() -> Grant:
    return tokens.authorise(
        context(),
        method=request.method,
        path=request.path,
        authorization=request.headers.get("Authorization"),
        dpop=_dpop(),
    )


def _grant() -> Grant:
    grant: Grant = g.amate_grant
    return grant


def _dpop() -> str | None:
    """The one DPoP header (RFC 9449 §4.3 step 1)."""
    sent = request.headers.getlist("DPoP")
    return sent[0] if len(sent) == 1 else None


def _form() -> dict[str, str]:
    if request.mimetype != FORM:
        raise Malformed("invalid-request", f"send {FORM}")
    if any(len(values) != 1 for values in request.form.listvalues()):
        raise Malformed("invalid-request", "a parameter twice")  # RFC 6749 §3.2
    return request.form.to_dict()


def _json() -> credentials.Body:
    try:
        body = encoding.strict_json(request.get_data()) if request.is_json else None
    except Malformed as error:
        raise Malformed("invalid-credential-request", error.detail) from error
    if not isinstance(body, dict):
        raise Malformed("invalid-credential-request", "send a JSON object")
    return body


def _public(document: metadata.Document) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = FRESH_FOR
    return response
