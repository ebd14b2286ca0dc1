"""The file of revocations in a pack: fetched whole, or what was added to it, and taken only as it was signed.

Whatever is wrong with what a source has, the one that is held stays: what is revoked is not forgotten again (row C04),
and neither trust nor status lists wait for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import structlog

from amate.core.revocations import (
    MAX_TOKEN,
    Revocations,
    RevocationsToken,
    apply_delta,
    check_agrees,
    open_revocations,
    parse_revocations_token,
)
from amate.core.standing import SignedRevocations, open_signed
from amate.core.trust import Trust
from amate.errors import AmateError, Malformed, Unavailable
from amate.features.trust import actions as trust
from amate.features.verification.model import keys_of

log = structlog.get_logger(__name__)
FOLDER: Final = "published/status/revocations"
NEWEST: Final = "token"

# A part of the folder of revocations by its name, of at most so many bytes; None when there is none.
Fetch: TypeAlias = Callable[[str, int], bytes | None]


class Held(NamedTuple):
    """A verified token as it came, and with it the file that it names."""

    raw_token: bytes
    signed: SignedRevocations

    @property
    def token(self) -> RevocationsToken:
        """What is said of the file."""
        return self.signed.token

    @property
    def file(self) -> Revocations:
        """What is revoked."""
        return self.signed.file

    @property
    def revoked(self) -> int:
        """How many there are in the whole country."""
        return sum(listed.revoked for listed in self.file.lists)


def held_in(set_: Path, issuers: Trust) -> Held | None:
    """What a set of a pack holds; what cannot be verified is not there."""
    folder = set_ / FOLDER
    raw_token = trust.read_file(folder / NEWEST)
    if raw_token is None:
        return None
    try:
        token = _token_of(raw_token, issuers, None)
        signed = open_signed(token, trust.read_file(folder / token.sha256) or b"")
    except Malformed as error:
        log.error("revocations.not-loaded", slug=error.slug, detail=error.detail)
        return None
    return Held(raw_token, signed)


def newest(fetch: Fetch, held: Held | None, issuers: Trust) -> tuple[Held | None, str | None]:
    """The newest revocations; and why the source's were not taken, if they were not."""
    try:
        raw_token = fetch(NEWEST, MAX_TOKEN)
        if raw_token is None:
            return held, None if held is None else "revocations-missing"
        token = _token_of(raw_token, issuers, held)
        file = _file_of(fetch, held, token)
        check_agrees(token, file)
    except AmateError as error:
        log.warning("revocations.not-taken", slug=error.slug, detail=error.detail)
        return held, error.slug
    return Held(raw_token, SignedRevocations(token, file)), None


def keep(set_: Path, held: Held) -> None:
    """Put them into a set that is being made."""
    trust.publish_file(set_ / FOLDER / held.token.sha256, held.file.encoded)
    trust.publish_file(set_ / FOLDER / NEWEST, held.raw_token)


def _token_of(raw: bytes, issuers: Trust, held: Held | None) -> RevocationsToken:
    return parse_revocations_token(
        raw.decode("ascii", "replace"),
        keys=keys_of(issuers),
        expected_uri=f"{issuers.policy.status_base}/revocations",
        held=None if held is None else held.token,
    )


def _file_of(fetch: Fetch, held: Held | None, token: RevocationsToken) -> Revocations:
    if held is not None and held.token.sha256 == token.sha256:
        return held.file
    made = None if held is None else _by_delta(fetch, held, token)
    if made is not None:
        return made
    encoded = fetch(token.sha256, token.size)
    if encoded is None:
        raise Unavailable("source-unavailable", f"the file of revocations {token.sha256} is not there")
    return open_revocations(encoded, expected_sha256=token.sha256)


def _by_delta(fetch: Fetch, held: Held, token: RevocationsToken) -> Revocations | None:
    """The newest file from the one that is held; None when no delta leads there, and the whole is to be fetched."""
    delta = next((each for each in token.deltas if each.base == held.token.sha256), None)
    if delta is None or delta.size >= token.size:
        return None
    try:
        encoded = fetch(f"{delta.base}-{token.sha256}", delta.size)
        if encoded is None:  # a pack that is carried in a file has none
            return None
        if hashlib.sha256(encoded).hexdigest() != delta.sha256:
            raise Malformed("malformed", "not the delta that was signed")
        return apply_delta(held.file, encoded, expected_sha256=token.sha256)
    except AmateError as error:
        log.warning("revocations.delta-not-taken", slug=error.slug, detail=error.detail)
        return None
