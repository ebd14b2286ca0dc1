"""Which key may sign what: `signers.json`, written where keys are made and read where they sign.

The signing process asks no database. A key that is not listed here signs nothing, and a listed one only what it is for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from amate.core.encoding import JsonValue, base64url_encode, strict_json
from amate.core.trust import jwk_from_key, thumbprint
from amate.errors import Conflict, Malformed

ISSUER_USES: Final = ("pass", "credential", "status")
ONLINE_ROLES: Final = ("snapshot", "timestamp")
OFFLINE_ROLES: Final = ("root", "targets")
ONLINE: Final = frozenset((*ISSUER_USES, *ONLINE_ROLES))
EVERYTHING: Final = frozenset((*ONLINE, *OFFLINE_ROLES))


class Allowed(NamedTuple):
    """A key and the one thing that it signs.

    use: pass, credential, status, or the role of the trust repository that it holds
    kid: how verifiers name it: JWK thumbprint (base64url) of an issuer's key, keyid (hex) of a role's
    """

    uri: str
    use: str
    kid: str


def kid_of(public_key: EllipticCurvePublicKey, use: str) -> str:
    """How verifiers name a key that is for this use."""
    if use in ISSUER_USES:
        return base64url_encode(thumbprint(jwk_from_key(public_key)))
    from amate.signing.repository import metadata_key  # takes a moment to load, and issuers' keys do without

    return metadata_key(public_key).keyid


def read(raw: bytes) -> dict[str, Allowed]:
    """The keys of a `signers.json`, by URI.

    Raises: Malformed("bad-signers") for anything that encode() would not have written
    """
    try:
        document = strict_json(raw)
    except Malformed as error:
        raise Malformed("bad-signers", error.detail) from error
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Malformed("bad-signers", "no list of keys")
    keys = [_allowed_of(each) for each in listed]
    found = {key.uri: key for key in keys}
    if len(found) != len(keys) or len({key.kid for key in keys}) != len(keys):
        raise Malformed("bad-signers", "the same key twice")
    return found


def merge(known: Mapping[str, Allowed], more: Iterable[Allowed]) -> dict[str, Allowed]:
    """`known` with `more`; a key may move, and a place may get another key, but the use of either stays for ever.

    Raises: Conflict("key-use-taken") for a key or a place that is there for another use (row A15)
    """
    merged = dict(known)
    for key in more:
        same = [each for each in merged.values() if key.uri == each.uri or key.kid == each.kid]
        for each in same:
            if each.use != key.use:
                raise Conflict("key-use-taken", f"{each.uri} holds {each.kid}, which is for {each.use}")
            del merged[each.uri]
        merged[key.uri] = key
    return merged


def uses_on_line(*, is_demo: bool) -> frozenset[str]:
    """What a signing process signs: a deployment's root and targets keys stay off line, a demo's have no other home."""
    return EVERYTHING if is_demo else ONLINE


def encode(keys: Mapping[str, Allowed]) -> bytes:
    """The text of `signers.json`."""
    return json.dumps({"keys": [key._asdict() for key in keys.values()]}, indent=1).encode()


def _allowed_of(listed: JsonValue) -> Allowed:
    if not isinstance(listed, dict) or listed.keys() != set(Allowed._fields):
        raise Malformed("bad-signers", "members of a key")
    key = Allowed(*(str(listed[name]) for name in Allowed._fields))
    if key._asdict() != listed or key.use not in EVERYTHING:
        raise Malformed("bad-signers", "a key of an unknown use")
    return key
