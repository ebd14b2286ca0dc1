"""How a credential stands by what a verifier holds: its status list, and the revocations of the whole country.

Either of them is believed when it says that the credential is revoked, however old it is. That it is not revoked is as
fresh as the better of the two that speak of it, and no fresher: one that is missing, too old or past its own end does
not stand in the way of the other.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from amate.core import revocations, status_list
from amate.core.revocations import Revocations, RevocationsToken
from amate.core.status_list import StatusList
from amate.core.trust import Staleness
from amate.errors import Malformed

MISSING, AGING, STALE, EXPIRED = "status-missing", "status-aging", "status-stale", "status-expired"
_BY_WEIGHT: Final = (None, AGING, STALE, EXPIRED)


class SignedRevocations(NamedTuple):
    """A file of revocations, and the verified token that names it."""

    token: RevocationsToken
    file: Revocations


class Standing(NamedTuple):
    """What is known of one credential.

    fault: the slug that says why it does not hold, or None
    doubt: the slug that says why this is not known as well as it should be, or None
    age_s: since what this rests on was signed, in whole seconds; None when nothing speaks of it
    """

    fault: str | None
    doubt: str | None
    age_s: int | None


def open_signed(token: RevocationsToken, encoded: bytes) -> SignedRevocations:
    """The file that a verified token names.

    Raises: as revocations.open_revocations and check_agrees
    """
    file = revocations.open_revocations(encoded, expected_sha256=token.sha256)
    revocations.check_agrees(token, file)
    return SignedRevocations(token, file)


def standing_of(
    status_index: int,
    *,
    listed: StatusList | None,
    filed: SignedRevocations | None,
    limits: Staleness,
    now: int,
) -> Standing:
    """How the credential with this status index stands at `now`, in seconds since 1970.

    listed: the list that the index is in
    filed:  the revocations of the country, which may not have that list
    """
    number, index = divmod(status_index, status_list.LIST_SIZE)
    if filed is not None and number >= len(filed.file.lists):
        filed = None
    is_filed = filed is not None and revocations.is_revoked(filed.file, status_index)
    fault = "revoked" if is_filed else _list_fault(listed, index)
    said = []
    if listed is not None:
        said.append(_weighed(listed.iat, listed.exp, limits, now))
    if filed is not None:
        said.append(_weighed(filed.token.iat, filed.token.exp, limits, now))
    if not said:
        return Standing(fault, MISSING, None)
    weight, age_s = min(said)
    return Standing(fault, _BY_WEIGHT[weight], age_s)


def _list_fault(listed: StatusList | None, index: int) -> str | None:
    if listed is None:
        return None
    try:
        return "revoked" if status_list.status_at(listed, index) else None
    except Malformed as error:
        return error.slug


def _weighed(iat: int, exp: int | None, limits: Staleness, now: int) -> tuple[int, int]:
    """How much is wrong with the age of what was signed then, as a place in _BY_WEIGHT; and the age itself."""
    age_s = max(0, now - iat)
    if age_s > limits.refuse_s:
        return 3, age_s
    # A token past its own end is not relied on (draft-ietf-oauth-status-list §8.3), whatever its age.
    if age_s > limits.stale_s or (exp is not None and now >= exp):
        return 2, age_s
    return int(age_s > limits.warn_s), age_s
