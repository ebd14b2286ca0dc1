"""What wallets and verifiers read about this issuer before they talk to it.

Source: OpenID4VCI 1.0 §4.1, §12.2; RFC 8414; RFC 9449 §5.1; SD-JWT VC §5 (jwt-vc-issuer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from amate.features.issuance.model import BATCH_SIZE, CONFIGURATION, PRE_AUTHORISED, REFRESH

FORMAT: Final = "dc+sd-jwt"
SCOPE: Final = "mx.salud.credential"
CLAIMS: Final = (
    ("name", "Nombre", "Name"),
    ("given_names", "Nombres", "Given names"),
    ("first_surname", "Primer apellido", "First surname"),
    ("second_surname", "Segundo apellido", "Second surname"),
    ("curp", "CURP", "CURP"),
    ("birth_date", "Fecha de nacimiento", "Date of birth"),
    ("birth_state", "Entidad de nacimiento", "State of birth"),
    ("sex", "Sexo", "Sex"),
    ("nationality", "Nacionalidad", "Nationality"),
    ("entitlements", "Derechohabiencia", "Entitlements"),
    ("assigned_clinic", "Clínica asignada", "Assigned clinic"),
    ("organ_donation", "Donación de órganos", "Organ donation"),
)
Document = dict[str, Any]


def vct(issuer: str) -> str:
    """The type of our credential: a name under the issuer's own address, so it collides with nobody's."""
    return f"{issuer}/credentials/salud/1"


def credential_issuer(issuer: str) -> Document:
    """`/.well-known/openid-credential-issuer`."""
    return {
        "credential_issuer": issuer,
        "authorization_servers": [issuer],
        "credential_endpoint": f"{issuer}/oid4vci/credential",
        "nonce_endpoint": f"{issuer}/oid4vci/nonce",
        "batch_credential_issuance": {"batch_size": BATCH_SIZE},
        "display": _display("Amate", "Amate"),
        "credential_configurations_supported": {CONFIGURATION: _configuration(issuer)},
    }


def authorization_server(issuer: str) -> Document:
    """`/.well-known/oauth-authorization-server`."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oid4vci/token",
        "grant_types_supported": [PRE_AUTHORISED, REFRESH],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "scopes_supported": [SCOPE],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


def jwt_vc_issuer(issuer: str, keys: Iterable[tuple[str, Mapping[str, str]]]) -> Document:
    """`/.well-known/jwt-vc-issuer`; keys as (kid, JWK)."""
    listed = [{**jwk, "kid": kid, "use": "sig", "alg": "ES256"} for kid, jwk in keys]
    return {"issuer": issuer, "jwks": {"keys": listed}}


def credential_offer(issuer: str, configurations: Iterable[str], code: str) -> Document:
    """What an offer's address gives (§4.1.1)."""
    tx_code = {
        "input_mode": "numeric",
        "length": 6,
        "description": "Escriba los 6 números que le dieron en el módulo.",
    }
    return {
        "credential_issuer": issuer,
        "credential_configuration_ids": list(configurations),
        "grants": {PRE_AUTHORISED: {"pre-authorized_code": code, "tx_code": tx_code}},
    }


def _configuration(issuer: str) -> Document:
    return {
        "format": FORMAT,
        "vct": vct(issuer),
        "scope": SCOPE,
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        "credential_metadata": {
            "display": _display("Credencial del Servicio Universal de Salud", "Universal health credential"),
            "claims": [{"path": [name], "display": _display(spanish, english)} for name, spanish, english in CLAIMS],
        },
    }


def _display(spanish: str, english: str) -> list[dict[str, str]]:
    return [{"name": spanish, "locale": "es-MX"}, {"name": english, "locale": "en"}]
