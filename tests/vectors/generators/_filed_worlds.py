"""Worlds of verdict.json that hold the revocations of the whole country, with status lists beside them or without."""

from __future__ import annotations

from typing import Any

from ._material import DAY, NOW, made_key
from ._revocations_token import URI, held
from ._world import CREDENTIAL, ISSUER, REVOKED_INDEX, STATUS, iso, issuers, key_entry, status_entry, world

FILED_INDEX = 4_242  # of every list that the file has; the list says REVOKED_INDEX
LISTED, FILED = NOW - 600, NOW - 300  # when they were signed on a usual day
ENDS = NOW + 60
LIMITS = {"warn": DAY, "stale": 7 * DAY, "refuse": 30 * DAY}
STOLEN, REVOKED = made_key("status stolen"), made_key("status revoked")


def worlds() -> dict[str, Any]:
    """By name; in those of `-only` there is no list."""
    old = NOW - 31 * DAY
    made = {
        "filed": _world(_listed(LISTED), iat=FILED),
        "filed-before-the-list": _world(_listed(LISTED), iat=LISTED - 1),
        "filed-only": _world({}, iat=FILED),
        "filed-and-the-list-old": _world(_listed(old), iat=FILED),
        "filed-long-ago": _world(_listed(LISTED), iat=old),
        "filed-and-both-old": _world(_listed(old - 1), iat=old),
        "filed-and-the-list-ends": _world(_listed(LISTED, exp=ENDS), iat=LISTED - 1),
        "filed-and-the-file-ends": _world(_listed(LISTED - DAY), iat=FILED, exp=ENDS),
        "filed-only-and-ends": _world({}, iat=FILED, exp=ENDS),
        "filed-and-both-end": _world(_listed(LISTED, exp=ENDS), iat=FILED, exp=ENDS),
        "filed-long-ago-and-the-list-ends": _world(_listed(LISTED, exp=ENDS), iat=old),
        "filed-beside-a-short-list": _world({"0": status_entry(size=4_096)}, iat=FILED),
        "filed-nothing": _world({}, lists=[]),
    }
    for name, limit_s in LIMITS.items():
        for extra in (0, 1):
            made[f"filed-{name}{'-and-one' * extra}"] = _world({}, iat=NOW - limit_s - extra)
    return made | {f"unfiled-{name}": _world({}, **({"iat": FILED} | wrong)) for name, wrong in _wrong().items()}


def _wrong() -> dict[str, dict[str, Any]]:
    """What is not believed: it is as if it were not there."""
    return {
        "by-a-revoked-key": {"key": REVOKED},
        "by-a-distrusted-key": {"key": STOLEN},
        "by-a-pass-key": {"key": ISSUER},
        "before-its-key": {"iat": NOW - 400 * DAY},
        "of-another-place": {"sub": f"{URI}/other"},
        "with-a-byte-more": {"more": b"\0"},
        "of-another-size": {"size": 5},
    }


def _listed(iat: int, *, exp: int | None = None) -> dict[str, Any]:
    return {"0": status_entry(iat=iat, exp=exp)}


def _world(status: dict[str, Any], *, lists: Any = ((FILED_INDEX,), (REVOKED_INDEX, FILED_INDEX)), **how: Any) -> Any:
    listed = issuers(
        key_entry(ISSUER, ["pass"]),
        key_entry(STATUS, ["status"]),
        key_entry(CREDENTIAL, ["credential"]),
        key_entry(STOLEN, ["status"], distrust={"mode": "iat_after", "at": iso(NOW - DAY), "reason": "stolen"}),
        key_entry(REVOKED, ["status"], state="revoked"),
    )
    return world(issuers=listed, status=status, revocations=held(lists, **how))
