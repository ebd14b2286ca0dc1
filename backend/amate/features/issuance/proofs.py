"""Two proofs that a wallet signs: that a request comes from its key (DPoP), and that it holds a key (key proof).

Each carries its public key in its own header, so the signature shows only that the sender holds that key; what ties it
to this request are the other claims, and what ties it to a person is the token that the key is bound to.
Source: RFC 9449 §4.3; OpenID4VCI 1.0 §8.2, appendix F.1, F.4.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.core import encoding
from amate.errors import Malformed
from amate.web import strict_jwt
from amate.web.strict_jwt import Header, PublicJwk, Token

DPOP_TYPE: Final = "dpop+jwt"
KEY_PROOF_TYPE: Final = "openid4vci-proof+jwt"
MAX_AGE_S: Final = 300
MAX_AHEAD_S: Final = 60  # FAPI 2.0: a server should allow a minute
MAX_JTI: Final = 200
_DPOP_CLAIMS: Final = frozenset(("jti", "htm", "htu", "iat"))
_KEY_PROOF_CLAIMS: Final = frozenset(("aud", "iat", "nonce"))


class Dpop(NamedTuple):
    """A DPoP proof that fits its request.

    jkt:       thumbprint of the key
    proof_id:  what must not come twice while the proof is fresh: key and `jti`
    fresh_until: second from which its `iat` is too old, so that `proof_id` may be forgotten
    """

    jkt: str
    proof_id: str
    fresh_until: int


class KeyProof(NamedTuple):
    """A proof of a key over a nonce of ours."""

    key: PublicJwk
    nonce: str


def check_dpop(encoded: str | None, *, method: str, url: str, now: int, access_token: str | None = None) -> Dpop:
    """The DPoP proof of a request.

    url:          of the request, without query
    access_token: the token that came with it, where one must (§7.1)
    Raises:       Malformed("invalid-dpop-proof")
    """
    try:
        token, key = _self_signed(encoded or "", DPOP_TYPE, _DPOP_CLAIMS)
        _check_age(token, now)
    except Malformed as error:
        raise _invalid_dpop(error.detail) from error
    claims = token.claims
    jti, htu = claims["jti"], claims["htu"]
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise _invalid_dpop("jti")
    if claims["htm"] != method or not isinstance(htu, str) or _without_query(htu) != url:
        raise _invalid_dpop("made for another request")
    if access_token is not None and not _is_hash_of(claims.get("ath"), access_token):
        raise _invalid_dpop("made for another token")
    return Dpop(key.thumbprint, _digest(f"{key.thumbprint}.{jti}"), now + MAX_AGE_S + MAX_AHEAD_S)


def check_key_proof(encoded: str, *, audience: str, now: int, client_id: str | None) -> KeyProof:
    """The key proof in a credential request; whether its nonce is one of ours is not yet known.

    audience:  the issuer identifier
    client_id: of the wallet, None when it came anonymously: then `iss` must be absent (F.1)
    Raises:    Malformed("invalid-proof"), Malformed("invalid-nonce")
    """
    try:
        token, key = _self_signed(encoded, KEY_PROOF_TYPE, _KEY_PROOF_CLAIMS - {"nonce"})
        _check_age(token, now)
    except Malformed as error:
        raise Malformed("invalid-proof", error.detail, where="proofs") from error
    claims = token.claims
    if claims["aud"] != audience:
        raise Malformed("invalid-proof", "made for another issuer", where="proofs")
    if "iss" in claims and (client_id is None or claims["iss"] != client_id):
        raise Malformed("invalid-proof", "iss is not the client", where="proofs")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str):
        raise Malformed("invalid-nonce", "fetch one from the nonce endpoint", where="proofs")
    return KeyProof(key, nonce)


def _self_signed(encoded: str, expected_type: str, required: frozenset[str]) -> tuple[Token, PublicJwk]:
    found: list[PublicJwk] = []

    def key_of(header: Header) -> EllipticCurvePublicKey:
        found.append(strict_jwt.public_jwk(header.get("jwk")))
        return found[0].key

    token = strict_jwt.decode(encoded, expected_type=expected_type, key_of=key_of, required=required)
    return token, found[0]


def _check_age(token: Token, now: int) -> None:
    """That the proof was made a moment ago, by its own word; `exp` and `nbf` hold too where they are."""
    issued_at, expires, not_before = (token.claims.get(name) for name in ("iat", "exp", "nbf"))
    if not isinstance(issued_at, int) or not now - MAX_AGE_S <= issued_at <= now + MAX_AHEAD_S:
        raise Malformed("bad-token", "iat is too old or in the future")
    if isinstance(expires, int) and expires <= now:
        raise Malformed("bad-token", "expired")
    if isinstance(not_before, int) and not_before > now + MAX_AHEAD_S:
        raise Malformed("bad-token", "not yet valid")


def _invalid_dpop(detail: str) -> Malformed:
    return Malformed("invalid-dpop-proof", detail)


def _without_query(url: str) -> str:
    """`htu` without query and fragment (§4.3 step 9)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _is_hash_of(ath: object, access_token: str) -> bool:
    digest = encoding.base64url_encode(hashlib.sha256(access_token.encode()).digest())
    return isinstance(ath, str) and hmac.compare_digest(ath.encode(), digest.encode())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
