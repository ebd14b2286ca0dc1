"""Offers, grants and what was issued on them; codes that people can type.

Source: OpenID4VCI 1.0 §3.5, §4.1, §13.6 (pre-authorised code and transaction code); Crockford's base 32.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from amate.core import encoding

CONFIGURATION: Final = "mx.salud.credential"
PRE_AUTHORISED: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
REFRESH: Final = "refresh_token"

DAY_S: Final = 86_400
OFFER_S: Final = DAY_S
MAX_TRIES: Final = 5
ACCESS_S: Final = 300  # OpenID4VCI 1.0 §13.9: longer ones are long-lived
GRANT_S: Final = 400 * DAY_S
NONCE_S: Final = 300
CREDENTIAL_S: Final = 400 * DAY_S
DEVICE_PASS_S: Final = 30 * DAY_S
RENEW_AFTER_S: Final = DAY_S
EPHEMERAL_PASS_S: Final = 90
PRINTED_PASS_S: Final = 10 * 365 * DAY_S
STALE_INTENT_S: Final = 60
BATCH_SIZE: Final = 8

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_CHARACTERS: Final = 12
_MISREAD: Final = str.maketrans("ILO", "110", "- ")

# What became of something that was to be signed.
INTENT, ISSUED, BURNED, REVOKED = "intent", "issued", "burned", "revoked"
# What an intent is for.
CREDENTIAL, CARD = "credential", "card"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the desk hands over; `code` and `tx_code` are kept nowhere.

    uri:     for wallets (openid-credential-offer://…)
    link:    opens our own wallet; the offer stands in the fragment
    code:    the same offer to type, XXXX-XXXX-XXXX
    tx_code: six digits that go to the person by another way than the offer
    """

    uri: str
    link: str
    code: str
    tx_code: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """An offer as it is kept: hashes only."""

    id: str
    person_id: str
    configurations: tuple[str, ...]
    tx_hash: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What one phone may do for one person; everything is bound to its DPoP key `jkt` (RFC 7638 thumbprint)."""

    id: str
    person_id: str
    configurations: tuple[str, ...]
    client_id: str | None
    jkt: str
    expires_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gives; no refresh token when one was just used."""

    access_token: str
    refresh_token: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """By what a scan is known to have been of a person.

    status_indexes: of their credentials and printed cards
    ctis:           hex, of their passes
    """

    status_indexes: tuple[int, ...]
    ctis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential or a printed card, from the moment it was going to be signed.

    status_index:   list · 2^20 + index
    key_thumbprint: of the holder's key; None for a printed card
    state:          intent | issued | burned | revoked
    """

    id: str
    kind: str
    person_id: str
    grant_id: str | None
    key_thumbprint: str | None
    status_index: int
    state: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    reason: str | None

    @property
    def is_revoked(self) -> bool:
        """Whether its index is revoked: it was, or it was given up half signed."""
        return self.revoked_at is not None


def fingerprint(secret: str) -> str:
    """What is stored of a secret: hex SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_from(random: bytes) -> str:
    """An offer's code of 60 random bits, XXXX-XXXX-XXXX; 12 bytes in, 5 bits of each are used."""
    letters = "".join(ALPHABET[byte & 31] for byte in random[:CODE_CHARACTERS])
    return "-".join(letters[start : start + 4] for start in (0, 4, 8))


def plain_code(typed: str) -> str | None:
    """The 12 characters of a code as somebody typed it (small letters, I or L for 1, O for 0), or None."""
    plain = typed.upper().translate(_MISREAD)
    return plain if len(plain) == CODE_CHARACTERS and all(c in ALPHABET for c in plain) else None


def pre_authorised_code(plain: str) -> str:
    """The pre-authorised code of an offer; it follows from the offer's code, so that an offer can be fetched again."""
    digest = hashlib.sha256(b"amate pre-authorized_code " + plain.encode()).digest()
    return encoding.base64url_encode(digest)


def tx_code_from(random: bytes) -> str:
    """Six digits; 8 random bytes in."""
    return f"{int.from_bytes(random, 'big') % 1_000_000:06d}"


def tx_hash(code: str, tx_code: str) -> str:
    """What is stored of a transaction code.

    Salted with the pre-authorised code, which is not stored: a copy of the database does not yield six digits by trial.
    """
    return hmac.new(code.encode(), tx_code.encode(), hashlib.sha256).hexdigest()


def offer_uri(offer_address: str) -> str:
    """The offer as a QR code shows it to any wallet (OpenID4VCI 1.0 §4.1.3)."""
    return f"openid-credential-offer://?credential_offer_uri={quote(offer_address, safe='')}"


def offer_link(base_url: str, offer_address: str) -> str:
    """The offer as a link into our own wallet; the fragment is not sent to any server."""
    return f"{base_url}/wallet/#credential_offer_uri={quote(offer_address, safe='')}"


def day_start(now: int) -> int:
    """Midnight (UTC) before `now`: dates that do not tell one credential from another (RFC 9901 §10.1)."""
    return now - now % DAY_S
