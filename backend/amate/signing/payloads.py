"""Nothing is signed that is not exactly one of the things that keys are for, read as strictly as a verifier would.

Rows A10 and A15: a key signs one kind of message (one for status lists, those and the token that names the file of
revocations), and no message is of two kinds (a COSE Sig_structure begins with 0x84, a JWS signing input with `eyJ` and
has its `typ`, TUF metadata begins with `{` and has its `_type`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeAlias

from amate.core import cose, encoding, qr_pass, sd_jwt, status_list
from amate.core.encoding import JsonValue, base64url_decode
from amate.errors import Malformed, Refused
from amate.signing.allowed import Allowed

_NO_SIGNATURE: Final = bytes(cose.SIGNATURE_BYTES)
_CREDENTIAL: Final = frozenset(("iss", "vct", "iat", "exp", "cnf", "status", "_sd", "_sd_alg"))
_STATUS: Final = frozenset(("sub", "iat", "exp", "ttl", "status_list"))
_REVOCATIONS: Final = frozenset(("sub", "iat", "exp", "ttl", "lists", "file", "deltas"))
_DIGEST_BYTES: Final = 32
Claims: TypeAlias = dict[str, JsonValue]


def check(message: bytes, key: Allowed) -> None:
    """That this is what the key signs, complete and naming this key.

    Raises: Refused("signing-refused")
    """
    try:
        _CHECKS[key.use](message, key.kid)
    except Malformed as error:
        raise Refused("signing-refused", f"not what a key for {key.use} signs: {error.detail}") from error


def _check_pass(message: bytes, kid: str) -> None:
    """A Sig_structure over the claims of a pass, its header naming this key; put together again, it is a pass."""
    kid8 = base64url_decode(kid)[: qr_pass.KID_BYTES]
    head = cose.to_be_signed(qr_pass.protected_bytes_of(kid8), b"")[:-1]  # without the head of its empty payload
    if not message.startswith(head):
        _refuse("no Sig_structure of a pass by this key")
    payload, end = encoding.bytes_at(message, len(head))
    if end != len(message):
        _refuse("cut short, or followed by more")
    whole = cose.sign_sign1({cose.ALG: cose.ES256, cose.KID: kid8}, payload, lambda _message: _NO_SIGNATURE)
    parsed = qr_pass.parse(whole)
    if not isinstance(parsed, qr_pass.Pass) or parsed.sign1.message != message:
        _refuse("not a pass")


def _check_credential(message: bytes, kid: str) -> None:
    """The signing input of an SD-JWT VC: the claims that make it valid in clear, everything personal as digests."""
    claims = _claims_of(message, typ=sd_jwt.TYP, kid=kid)
    if claims.keys() != _CREDENTIAL or claims["_sd_alg"] != sd_jwt.HASH:
        _refuse("claims other than a credential's")
    _check_texts(claims["iss"], claims["vct"])
    _check_times(claims["iat"], claims["exp"])
    cnf = claims["cnf"]
    if not isinstance(cnf, dict) or cnf.keys() != {"jwk"}:
        _refuse("cnf")
    sd_jwt.holder_key(cnf)
    place = _only_member(claims["status"], "status_list")
    if not isinstance(place, dict) or place.keys() != {"idx", "uri"} or type(place["idx"]) is not int:
        _refuse("status")
    digests = claims["_sd"]
    if not isinstance(digests, list) or not all(isinstance(each, str) for each in digests):
        _refuse("_sd")
    if any(len(base64url_decode(str(each))) != _DIGEST_BYTES for each in digests):
        _refuse("a digest")


def _check_status(message: bytes, kid: str) -> None:
    """The signing input of a status list token, or of the token of revocations."""
    header, claims = _parts_of(message)
    check_claims = _STATUS_KINDS.get(str(header.get("typ")))
    if check_claims is None:
        _refuse("another typ")
    _check_header(header, typ=str(header["typ"]), kid=kid)
    check_claims(claims)


def _check_status_list(claims: Claims) -> None:
    """Its list packed, and of the right size."""
    if claims.keys() != _STATUS:
        _refuse("claims other than a status list's")
    _check_texts(claims["sub"])
    _check_times(claims["iat"], claims["exp"])
    packed = claims["status_list"]
    if type(claims["ttl"]) is not int or not isinstance(packed, dict) or packed.keys() != {"bits", "lst"}:
        _refuse("ttl or status_list")
    lst = packed["lst"]
    if packed["bits"] != 1 or not isinstance(lst, str):
        _refuse("bits or lst")
    if len(status_list.unpack(base64url_decode(lst))) != status_list.LIST_SIZE // 8:
        _refuse("not a list of 2^20")


def _check_revocations(claims: Claims) -> None:
    """As its reader takes it, and nothing besides."""
    from amate.core import revocations  # its arithmetic takes a moment to load, which few who sign need

    if claims.keys() != _REVOCATIONS:
        _refuse("claims other than those of revocations")
    if not isinstance(claims["sub"], str) or not claims["sub"].endswith("/revocations"):
        _refuse("sub")
    _check_times(claims["iat"], claims["exp"])
    revocations.read_claims(claims, claims["sub"])
    file, deltas = claims["file"], claims["deltas"]
    if not isinstance(file, dict) or file.keys() != {"sha256", "size"} or not isinstance(deltas, list):
        _refuse("file or deltas")
    if any(not isinstance(each, dict) or each.keys() != {"from", "sha256", "size"} for each in deltas):
        _refuse("a delta")


_STATUS_KINDS: Final[Mapping[str, Callable[[Claims], None]]] = {
    status_list.TYP: _check_status_list,
    "revocations+jwt": _check_revocations,
}


def _metadata_of(role: str) -> Callable[[bytes, str], None]:
    def check_metadata(message: bytes, _kid: str) -> None:
        """The canonical JSON of one role's TUF metadata, to the letter (TUF §4.2)."""
        from tuf.api.exceptions import RepositoryError
        from tuf.api.metadata import Root, Snapshot, Targets, Timestamp
        from tuf.api.serialization.json import CanonicalJSONSerializer

        kinds: dict[str, Any] = {"root": Root, "targets": Targets, "snapshot": Snapshot, "timestamp": Timestamp}
        try:
            # Not strict: canonical JSON leaves line ends inside texts as they are; the comparison is the strict part.
            parsed = kinds[role].from_dict(json.loads(message, strict=False))
            if CanonicalJSONSerializer().serialize(parsed) != message:
                _refuse("not canonical")
        except (ValueError, KeyError, TypeError, AttributeError, RepositoryError) as error:
            raise Malformed("malformed", f"not {role} metadata") from error

    return check_metadata


_CHECKS: Final[Mapping[str, Callable[[bytes, str], None]]] = {
    "pass": _check_pass,
    "credential": _check_credential,
    "status": _check_status,
    **{role: _metadata_of(role) for role in ("root", "targets", "snapshot", "timestamp")},
}


def _claims_of(message: bytes, *, typ: str, kid: str) -> Claims:
    """The claims of a JWS signing input whose header has exactly these values and no other member."""
    header, claims = _parts_of(message)
    _check_header(header, typ=typ, kid=kid)
    return claims


def _parts_of(message: bytes) -> tuple[Claims, Claims]:
    try:
        header, payload = (encoding.strict_json(base64url_decode(part)) for part in message.decode("ascii").split("."))
    except ValueError as error:  # not ASCII, or not two parts
        raise Malformed("malformed", "no JWS signing input") from error
    if not isinstance(header, dict) or not isinstance(payload, dict):
        _refuse("header or claims")
    return header, payload


def _check_header(header: Claims, *, typ: str, kid: str) -> None:
    if header != {"alg": sd_jwt.ALG, "typ": typ, "kid": kid}:
        _refuse("another typ, alg or kid")


def _check_texts(*values: JsonValue) -> None:
    if not all(isinstance(value, str) and value for value in values):
        _refuse("a text is missing")


def _check_times(begins: JsonValue, ends: JsonValue) -> None:
    if type(begins) is not int or type(ends) is not int or not 0 <= begins < ends:
        _refuse("iat or exp")


def _only_member(value: JsonValue, name: str) -> JsonValue:
    if not isinstance(value, dict) or value.keys() != {name}:
        _refuse(name)
    return value[name]


def _refuse(detail: str) -> NoReturn:
    raise Malformed("malformed", detail)
