"""The credential: an SD-JWT whose claims are disclosed one by one; what makes it valid never hides.

Source: RFC 9901 (SD-JWT, key binding), draft-ietf-oauth-sd-jwt-vc (typ, vct, claims that may not be disclosable).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple, NoReturn, TypeAlias

from amate.core import cose, encoding
from amate.core.cose import PublicKey, Sign
from amate.core.encoding import JsonValue
from amate.errors import Malformed

TYP: Final = "dc+sd-jwt"  # draft-ietf-oauth-sd-jwt-vc §3.2.1
KEY_BINDING_TYP: Final = "kb+jwt"  # RFC 9901 §4.3
ALG: Final = "ES256"
HASH: Final = "sha-256"  # the IANA name, as `_sd_alg` spells it
MIN_SALT_BYTES: Final = 16  # RFC 9901 §9.3
MAX_BYTES: Final = 32_768
MAX_DISCLOSURES: Final = 100
MAX_DEPTH: Final = 16
SKEW_S: Final = 60
REQUIRED: Final = ("iss", "vct", "exp")
# RFC 9901 §9.7, SD-JWT VC §3.2.2: a verifier could be misled by their absence; with all that is inside them.
UNDISCLOSABLE: Final = frozenset(
    ("iss", "aud", "exp", "nbf", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd_alg")
)
_VISIBLE: Final = re.compile("[!-~]*")
_RESERVED: Final = frozenset(("_sd", "...", "_sd_alg"))

JsonObject: TypeAlias = Mapping[str, JsonValue]
FindKey: TypeAlias = Callable[[str | None], PublicKey | None]


class Binding(NamedTuple):
    """What a presentation must be bound to; max_age_s: how old its proof may be."""

    audience: str
    nonce: str
    max_age_s: int = 300


class Disclosure(NamedTuple):
    """One hidden claim as its holder keeps it; name: None for an element of an array."""

    encoded: str
    name: str | None
    value: JsonValue


class Verified(NamedTuple):
    """What holds: the claims with everything disclosed in its place, and the disclosures that came along."""

    claims: dict[str, JsonValue]
    kid: str | None
    disclosures: tuple[Disclosure, ...]


def issue(
    claims: JsonObject,
    *,
    disclosable: Collection[str],
    salts: Iterable[bytes],
    kid: str,
    sign: Sign,
    decoys: int = 0,
) -> str:
    """An SD-JWT VC with all its disclosures.

    claims:      iss, vct, exp and cnf at least
    disclosable: names of top-level claims to hide; one that is not among the claims is passed over
    salts:       one for each claim hidden and each decoy, 16 bytes or more, never twice
    sign:        signing input → raw 64-byte r‖s
    Raises:      Malformed for a claim missing, reserved or undisclosable, or a weak salt
    """
    _check_claims(claims, disclosable)
    hidden = [name for name in claims if name in disclosable]
    fresh = list(salts)[: len(hidden) + decoys]
    if len(set(fresh)) != len(hidden) + decoys or any(len(salt) < MIN_SALT_BYTES for salt in fresh):
        raise Malformed("weak-salt", "too few, too short, or twice")
    disclosures = [
        encoding.base64url_encode(_json([encoding.base64url_encode(salt), name, claims[name]]))
        for name, salt in zip(hidden, fresh, strict=False)
    ]
    # Sorted, so that the order tells nothing of the claims, nor which digests are decoys (RFC 9901 §4.2.4.1).
    decoy_digests = [digest_of(encoding.base64url_encode(salt)) for salt in fresh[len(hidden) :]]
    digests = sorted([*map(digest_of, disclosures), *decoy_digests])
    payload: dict[str, JsonValue] = {name: value for name, value in claims.items() if name not in disclosable}
    payload |= {"_sd": list(digests), "_sd_alg": HASH} if digests else {}
    header = {"alg": ALG, "typ": TYP, "kid": kid}
    signing_input = ".".join(encoding.base64url_encode(_json(part)) for part in (header, payload))
    signature = encoding.base64url_encode(sign(signing_input.encode("ascii")))
    return "~".join((f"{signing_input}.{signature}", *disclosures, ""))


def verify(
    encoded: str,
    *,
    find_key: FindKey,
    now: int,
    binding: Binding | None = None,
    expected_typ: str = TYP,
    required: Collection[str] = REQUIRED,
) -> Verified:
    """What an SD-JWT, or with `binding` an SD-JWT with key binding, says and proves.

    find_key: the issuer's key by its `kid`, None when that is no key of a trusted issuer
    binding:  decides alone whether a key binding must come or must not (RFC 9901 §9.5: never what was sent)
    Raises:   Malformed, with a slug for each way to fail
    Source:   RFC 9901 §7.1, §7.3
    """
    if len(encoded) > MAX_BYTES or "~" not in encoded or not _VISIBLE.fullmatch(encoded):
        _malformed("too long, or no SD-JWT")
    encoded_jwt, *encoded_disclosures, encoded_binding = encoded.split("~")
    jws = _jws(encoded_jwt, expected_typ)
    key = find_key(jws.kid)
    if key is None:
        raise Malformed("unknown-issuer", "no trusted key of this kid")
    if not cose.verify_raw(jws.signature, jws.message, key):
        raise Malformed("bad-signature", "issuer's signature")
    disclosures = _disclosures(encoded_disclosures)
    claims = _Unpacking(disclosures).claims_of(jws.payload)
    _check_validity(claims, now, required)
    if binding is None and encoded_binding:
        raise Malformed("key-binding-unexpected", "the last part must be empty")
    if binding is not None:
        if not encoded_binding:
            raise Malformed("key-binding-missing", "the holder's proof is required")
        presented = encoded[: len(encoded) - len(encoded_binding)]
        _check_binding(encoded_binding, claims.get("cnf"), digest_of(presented), binding, now)
    return Verified(claims, jws.kid, tuple(disclosures.values()))


def digest_of(text: str) -> str:
    """The digest of a disclosure, or of a presentation up to its last tilde.

    text: ASCII; the characters as sent count, never what they decode to (RFC 9901 §4.2.3)
    """
    return encoding.base64url_encode(hashlib.sha256(text.encode("ascii")).digest())


def holder_key(cnf: JsonValue) -> PublicKey:
    """The P-256 key that a `cnf` claim names as a JWK.

    Raises: Malformed("bad-key-binding") for any other way to name a key, or a point off the curve
    """
    jwk = cnf.get("jwk") if isinstance(cnf, dict) else None
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256") or "d" in jwk:
        raise Malformed("bad-key-binding", "no P-256 key of a holder")
    x, y = jwk.get("x"), jwk.get("y")
    try:
        if isinstance(x, str) and isinstance(y, str):
            return cose.key_from_point(encoding.base64url_decode(x), encoding.base64url_decode(y))
    except Malformed:
        pass
    raise Malformed("bad-key-binding", "not a point of the curve")


class _Jws(NamedTuple):
    kid: str | None
    payload: dict[str, JsonValue]
    message: bytes
    signature: bytes


class _Unpacking:
    """Puts disclosed values where their digests stand, and sees that every digest and disclosure counts once."""

    def __init__(self, disclosures: Mapping[str, Disclosure]) -> None:
        self._disclosures = disclosures
        self._seen: set[str] = set()

    def claims_of(self, payload: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """The claims, of which those that make the credential valid came in clear."""
        if payload.get("_sd_alg", HASH) != HASH:
            raise Malformed("unknown-hash", "_sd_alg")
        if any(_hides(value) for name, value in payload.items() if name in UNDISCLOSABLE):
            raise Malformed("undisclosable-claim", "something is hidden inside")
        body = {name: value for name, value in payload.items() if name != "_sd_alg"}
        claims = self._object(body, MAX_DEPTH)
        if UNDISCLOSABLE & (claims.keys() - payload.keys()):
            raise Malformed("undisclosable-claim", "hidden by its issuer")
        if not self._disclosures.keys() <= self._seen:
            raise Malformed("unreferenced-disclosure", "no digest leads to it")
        return claims

    def _value(self, value: JsonValue, depth: int) -> JsonValue:
        if depth == 0:
            _malformed("too deep")
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return self._array(value, depth)
        return value

    def _object(self, members: dict[str, JsonValue], depth: int) -> dict[str, JsonValue]:
        if "_sd_alg" in members:
            raise Malformed("unknown-hash", "_sd_alg inside")
        if "..." in members:
            _malformed("an array's digest outside an array")
        digests = members.get("_sd", [])
        if not isinstance(digests, list):
            _malformed("_sd")
        opened = {name: self._value(value, depth - 1) for name, value in members.items() if name != "_sd"}
        for digest in digests:
            disclosure = self._take(digest)
            if disclosure is None:
                continue
            if disclosure.name is None:
                _malformed("an array's element in an object")
            if disclosure.name in opened:
                raise Malformed("claim-exists", "a disclosure of a claim that is there")
            opened[disclosure.name] = self._value(disclosure.value, depth - 1)
        return opened

    def _array(self, elements: list[JsonValue], depth: int) -> list[JsonValue]:
        opened = []
        for element in elements:
            if not (isinstance(element, dict) and "..." in element):
                opened.append(self._value(element, depth - 1))
                continue
            disclosure = self._take(element["..."] if len(element) == 1 else None)
            if disclosure is not None:
                if disclosure.name is not None:
                    _malformed("a claim in an array")
                opened.append(self._value(disclosure.value, depth - 1))
        return opened

    def _take(self, digest: JsonValue) -> Disclosure | None:
        """The disclosure behind a digest; None for one withheld, and for a decoy."""
        if not isinstance(digest, str):
            _malformed("a digest")
        if digest in self._seen:
            raise Malformed("duplicate-digest", "in two places")
        self._seen.add(digest)
        return self._disclosures.get(digest)


def _malformed(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _check_claims(claims: JsonObject, disclosable: Collection[str]) -> None:
    for name in (*REQUIRED, "cnf"):
        if name not in claims:
            raise Malformed("missing-claim", name)
    if UNDISCLOSABLE & set(disclosable):
        raise Malformed("undisclosable-claim", "must stay in clear")
    if _hides(encoding.strict_json(_json(claims))):
        raise Malformed("reserved-claim-name", "in the claims")


def _hides(value: JsonValue) -> bool:
    """Whether a value holds digests, or members named like theirs."""
    if isinstance(value, dict):
        return bool(_RESERVED & value.keys()) or any(map(_hides, value.values()))
    return isinstance(value, list) and any(map(_hides, value))


def _jws(encoded: str, expected_typ: str) -> _Jws:
    parts = encoded.split(".")
    if len(parts) != 3:
        _malformed("not a compact JWS")
    raw_header, raw_payload, signature = (encoding.base64url_decode(part) for part in parts)
    header, payload = encoding.strict_json(raw_header), encoding.strict_json(raw_payload)
    # Only these members: nothing in a header (jwk, jku, x5c, crit, b64) may choose how it is checked.
    if not isinstance(header, dict) or not isinstance(payload, dict) or not header.keys() <= {"alg", "typ", "kid"}:
        _malformed("header or payload")
    if header.get("alg") != ALG or not isinstance(header.get("kid", ""), str):
        _malformed("alg or kid")
    if header.get("typ") != expected_typ:
        raise Malformed("wrong-type", "typ")
    kid = header.get("kid")
    return _Jws(kid if isinstance(kid, str) else None, payload, encoded.rpartition(".")[0].encode("ascii"), signature)


def _disclosures(encoded: list[str]) -> dict[str, Disclosure]:
    if len(encoded) > MAX_DISCLOSURES:
        _malformed("too many disclosures")
    found = {digest_of(one): _disclosure(one) for one in encoded}
    if len(found) != len(encoded):
        raise Malformed("duplicate-digest", "the same disclosure twice")
    return found


def _disclosure(encoded: str) -> Disclosure:
    parts = encoding.strict_json(encoding.base64url_decode(encoded))
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
        _malformed("a disclosure")
    if len(parts) == 2:
        return Disclosure(encoded, None, parts[1])
    name = parts[1]
    if not isinstance(name, str):
        _malformed("a disclosure's name")
    if name in _RESERVED:
        raise Malformed("reserved-claim-name", "in a disclosure")
    return Disclosure(encoded, name, parts[2])


def _check_validity(claims: JsonObject, now: int, required: Collection[str]) -> None:
    for name in required:
        if name not in claims:
            raise Malformed("missing-claim", name)
    if _time_of(claims, "exp", now + 1) <= now:
        raise Malformed("expired", "exp")
    if max(_time_of(claims, "nbf", now), _time_of(claims, "iat", now)) > now + SKEW_S:
        raise Malformed("not-yet-valid", "nbf or iat")


def _time_of(claims: JsonObject, name: str, default: int) -> int:
    time = claims.get(name, default)
    if type(time) is not int:
        _malformed(name)
    return time


def _check_binding(encoded: str, cnf: JsonValue, sd_hash: str, binding: Binding, now: int) -> None:
    jws = _jws(encoded, KEY_BINDING_TYP)
    if not cose.verify_raw(jws.signature, jws.message, holder_key(cnf)):
        raise Malformed("bad-key-binding", "not signed by the holder's key")
    proof, iat = jws.payload, jws.payload.get("iat")
    if proof.get("aud") != binding.audience:  # one text: a list is another value
        raise Malformed("wrong-audience", "aud")
    if proof.get("nonce") != binding.nonce:
        raise Malformed("wrong-nonce", "nonce")
    if type(iat) is not int or not now - binding.max_age_s <= iat <= now + SKEW_S:
        raise Malformed("stale-key-binding", "iat")
    if proof.get("sd_hash") != sd_hash:
        raise Malformed("wrong-sd-hash", "made for other disclosures")
