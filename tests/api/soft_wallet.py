"""A wallet in software: claims an offer and renews passes over the test client, and bends any message on the way."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from amate.core.encoding import base64url_encode
from tests.conftest import Clock
from tests.soft_jwt import jwk_of, jwt, new_key

ISSUER = "http://localhost:8000"
PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
CONFIGURATION = "mx.salud.credential"
TOKEN, NONCE, CREDENTIAL = "/oid4vci/token", "/oid4vci/nonce", "/oid4vci/credential"
PASSES, QR_TOKENS, CARD = "/api/v1/passes", "/api/v1/qr-tokens", "/api/v1/me/card"
Json = dict[str, Any]


@dataclass
class SoftWallet:
    """One phone: `key` signs DPoP proofs and key proofs alike."""

    client: FlaskClient
    clock: Clock
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    access_token: str = ""
    refresh_token: str = ""

    def dpop(
        self, path: str, method: str = "POST", *, header: Json | None = None, token: str | None = None, **claims: Any
    ) -> str:
        """A DPoP proof; with `token`, for that access token."""
        made = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(self.key)} | (header or {})
        body: Json = {"jti": secrets.token_hex(8), "htm": method, "htu": ISSUER + path, "iat": self.clock.now}
        if token is not None:
            body["ath"] = base64url_encode(hashlib.sha256(token.encode()).digest())
        return jwt(self.key, made, body | claims)

    def bound(self, path: str, method: str = "POST", **bent: Any) -> dict[str, str]:
        """The headers of a request with this wallet's access token."""
        token = bent.pop("access_token", self.access_token)
        return {"Authorization": f"DPoP {token}", "DPoP": self.dpop(path, method, token=token, **bent)}

    def token(self, form: Json, dpop: str | None = None) -> TestResponse:
        """What the token endpoint says; tokens are kept."""
        headers = {"DPoP": self.dpop(TOKEN) if dpop is None else dpop}
        answer = self.client.post(TOKEN, data=form, headers=headers)
        if answer.status_code == 200 and answer.json:
            self.access_token = answer.json["access_token"]
            self.refresh_token = answer.json.get("refresh_token", self.refresh_token)
        return answer

    def redeem(self, code: str, tx_code: str, dpop: str | None = None) -> TestResponse:
        return self.token({"grant_type": PRE_AUTHORISED, "pre-authorized_code": code, "tx_code": tx_code}, dpop)

    def refresh(self) -> TestResponse:
        return self.token({"grant_type": "refresh_token", "refresh_token": self.refresh_token})

    def nonce(self) -> str:
        answer = self.client.post(NONCE)
        assert answer.status_code == 200
        assert answer.json is not None
        nonce: str = answer.json["c_nonce"]
        return nonce

    def proof(
        self,
        nonce: str | None = None,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        header: Json | None = None,
        **claims: Any,
    ) -> str:
        """A key proof over a nonce; a fresh one when none is given."""
        key = key or self.key
        made = {"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": jwk_of(key)} | (header or {})
        body: Json = {"aud": ISSUER, "iat": self.clock.now, "nonce": nonce or self.nonce()}
        return jwt(key, made, body | claims)

    def credential(self, *proofs: str, body: Json | None = None, **bent: Any) -> TestResponse:
        sent = {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": list(proofs) or [self.proof()]}}
        return self.client.post(CREDENTIAL, json=sent | (body or {}), headers=self.bound(CREDENTIAL, **bent))

    def new_pass(self, proof: str | None = None, **bent: Any) -> TestResponse:
        body = {"proofs": {"jwt": [proof or self.proof()]}}
        return self.client.post(PASSES, json=body, headers=self.bound(PASSES, **bent))

    def qr_token(self, **bent: Any) -> TestResponse:
        return self.client.post(QR_TOKENS, json={}, headers=self.bound(QR_TOKENS, **bent))

    def card(self, query: str = "", **bent: Any) -> TestResponse:
        return self.client.get(CARD + query, headers=self.bound(CARD, "GET", **bent))


def json_of(answer: TestResponse, status: int = 200) -> Any:
    """The JSON of an answer that has this status."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def error_of(answer: TestResponse, status: int = 400) -> str:
    """The OAuth error of an answer, or the slug of its problem."""
    body = json_of(answer, status)
    said: str = body["error"] if "error" in body else body["type"].removeprefix("/problems/")
    return said
