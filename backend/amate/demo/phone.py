"""A phone in software: claims a credential by OpenID4VCI with DPoP, fetches passes, and shows them.

For the demonstration and for tests that must not depend on a browser; the wallet for people is pwa/src/wallet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from amate.core import encoding, qr_pass
from amate.errors import Unavailable

PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
CONFIGURATION = "mx.salud.credential"
FORM = "application/x-www-form-urlencoded"
Json = dict[str, Any]
# (method, path, body, headers) → (status, JSON); the body is JSON text or a form
Send = Callable[[str, str, str, dict[str, str]], tuple[int, Json]]


@dataclass
class Phone:
    """One phone with one key; `now` gives its clock in seconds since 1970."""

    send: Send
    issuer: str
    now: Callable[[], int]
    random: Callable[[int], bytes]
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    access_token: str = ""
    refresh_token: str = ""
    credential: str = ""
    pass_bytes: bytes = b""

    def claim(self, offer_uri: str, tx_code: str) -> None:
        """Take the offer, and fetch the credential and a first pass."""
        (address,) = parse_qs(urlsplit(offer_uri).query)["credential_offer_uri"]
        offer = self._ask("GET", urlsplit(address).path)
        grant = offer["grants"][PRE_AUTHORISED]
        form = {"grant_type": PRE_AUTHORISED, "pre-authorized_code": grant["pre-authorized_code"], "tx_code": tx_code}
        self._take_tokens(form)
        body = {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": [self._key_proof()]}}
        answer = self._ask_with_token("/oid4vci/credential", body)
        self.credential = answer["credentials"][0]["credential"]
        self.renew()

    def refresh(self) -> None:
        """A new access token from the refresh token."""
        self._take_tokens({"grant_type": "refresh_token", "refresh_token": self.refresh_token})

    def renew(self) -> None:
        """Fetch a new pass."""
        answer = self._ask_with_token("/api/v1/passes", {"proofs": {"jwt": [self._key_proof()]}})
        self.pass_bytes = encoding.base64url_decode(answer["pass"])

    def renew_if_asked(self) -> bool:
        """Fetch the credential and a pass anew when the issuer asks for it; whether it did."""
        if not self._ask_with_token("/api/v1/me/card", None)["renew"]:
            return False
        body = {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": [self._key_proof()]}}
        self.credential = self._ask_with_token("/oid4vci/credential", body)["credentials"][0]["credential"]
        self.renew()
        return True

    def show(self, *, ahead_s: int = 0, clock_quality_s: int | None = 5, challenge: str | None = None) -> str:
        """The digits that the phone shows now, by a clock that may be ahead, or for six digits of a counter."""
        raw = qr_pass.present(
            self.pass_bytes,
            shown_at=self.now() + ahead_s,
            clock_quality_s=clock_quality_s,
            challenge=challenge,
            sign=self._sign,
        )
        return encoding.text_from_bytes(raw)

    def one_time_code(self) -> str:
        """The digits of a pass for one showing, minted by the server."""
        text: str = self._ask_with_token("/api/v1/qr-tokens", {})["text"]
        return text

    def _take_tokens(self, form: dict[str, str]) -> None:
        path = "/oid4vci/token"
        headers = {"Content-Type": FORM, "DPoP": self._dpop("POST", path)}
        answer = self._checked(*self.send("POST", path, urlencode(form), headers))
        self.access_token = answer["access_token"]
        self.refresh_token = answer.get("refresh_token", self.refresh_token)

    def _ask(self, method: str, path: str) -> Json:
        return self._checked(*self.send(method, path, "", {}))

    def _ask_with_token(self, path: str, body: Json | None) -> Json:
        method = "GET" if body is None else "POST"
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"DPoP {self.access_token}",
            "DPoP": self._dpop(method, path, self.access_token),
        }
        return self._checked(*self.send(method, path, "" if body is None else json.dumps(body), headers))

    @staticmethod
    def _checked(status: int, answer: Json) -> Json:
        if status >= 400:
            raise Unavailable("phone-refused", f"the server answered {status}: {answer.get('error') or answer}")
        return answer

    def _key_proof(self) -> str:
        nonce = self._ask("POST", "/oid4vci/nonce")["c_nonce"]
        return self._jwt("openid4vci-proof+jwt", {"aud": self.issuer, "iat": self.now(), "nonce": nonce})

    def _dpop(self, method: str, path: str, access_token: str = "") -> str:
        claims: Json = {"jti": self.random(12).hex(), "htm": method, "htu": self.issuer + path, "iat": self.now()}
        if access_token:
            digest = hashlib.sha256(access_token.encode()).digest()
            claims["ath"] = encoding.base64url_encode(digest)
        return self._jwt("dpop+jwt", claims)

    def _jwt(self, kind: str, claims: Json) -> str:
        numbers = self.key.public_key().public_numbers()
        x, y = (encoding.base64url_encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        header = {"typ": kind, "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}
        message = ".".join(encoding.base64url_encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{message}.{encoding.base64url_encode(self._sign(message.encode()))}"

    def _sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
