"""The worlds of verdict.json, and how one of its cases is made: what is expected is said by hand."""

from __future__ import annotations

from typing import Any

from amate.core import encoding

from . import _filed_worlds, _judge
from ._material import DAY, NOW, Case, case, kid, kid8, made_bytes, made_key
from ._world import (
    CREDENTIAL,
    ISSUER,
    STATUS,
    iso,
    issuers,
    key_entry,
    status_entry,
    world,
)

TWIN = made_key("twin")
ENDED, NEXT = made_key("ended"), made_key("next")
STOLEN, RETIRED = made_key("stolen"), made_key("retired")
REFRESHED = NOW - 600
LIMITS = {"warn": DAY, "stale": 7 * DAY, "refuse": 30 * DAY}
OFF_CURVE = bytes(31) + b"\x01"  # no point of P-256 has x = 1

Expected = tuple[str, tuple[str, ...]]
VALID: Expected = ("valid", ())


def worlds() -> dict[str, Any]:
    """Every world that a case is judged in, by name; the device of `none` has never had any trust."""
    listed = issuers(
        key_entry(ISSUER, ["pass"]),
        key_entry(STATUS, ["status"]),
        key_entry(CREDENTIAL, ["credential"]),
        key_entry(TWIN, ["pass"]),
        key_entry(ENDED, ["pass"], sign_from="2025-01-01T00:00:00Z", sign_until="2026-01-01T00:00:00Z"),
        key_entry(NEXT, ["pass"], state="next", sign_from="2026-12-01T00:00:00Z"),
        key_entry(STOLEN, ["pass"], distrust={"mode": "iat_after", "at": iso(NOW - DAY), "reason": "stolen"}),
        key_entry(made_key("revoked"), ["pass"], state="revoked"),
        key_entry(RETIRED, ["pass"], state="retired", accept_until=iso(NOW + 60)),
    )
    keys = {"issuers": listed}
    collision = {kid8(ISSUER).hex(): [kid(TWIN), kid(ISSUER)]}
    made: dict[str, Any] = {
        "usual": world(**keys),
        "demo": world(env="demo"),
        "no-sealing-key": world(sealing={}),
        "another-sealing-key": world(sealing={"7": made_bytes("another sealing", 32).hex()}),
        "no-status-list": world(status={}),
        "short-status-list": world(status={"0": status_entry(size=8_192)}),
        "two-status-lists": world(status={"0": status_entry(), "3": status_entry(3)}),
        "two-keys-under-one-kid": world(**keys, aliases=collision),
        "status-with-an-end": world(status={"0": status_entry(exp=NOW + 60)}),
        "floor-ahead": world(floor=NOW + 301),
        "no-issuers": world(issuers=issuers() | {"issuers": []}),
        "none": None,
    }
    for name, limit_s in LIMITS.items():
        for extra in (0, 1):
            since = NOW - limit_s - extra
            made[f"trust-{name}{'-and-one' * extra}"] = world(refreshed_at=since)
            made[f"status-{name}{'-and-one' * extra}"] = world(status={"0": status_entry(iat=since)})
    made["everything-old"] = world(refreshed_at=NOW - 8 * DAY, status={"0": status_entry(iat=NOW - 31 * DAY)})
    return made | _filed_worlds.worlds()


class Cases:
    """Collects cases; each says by hand what is expected, and the full output is what the core answers."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.ready = {name: _judge.ready(one) for name, one in described.items()}
        self.cases: list[Case] = []

    def add(
        self,
        name: str,
        scanned: bytes | str,
        expected: Expected,
        *,
        world: str = "usual",
        now: int = NOW,
        comment: str = "",
        **options: Any,
    ) -> None:
        text = scanned if isinstance(scanned, str) else encoding.text_from_bytes(scanned)
        given = {"text": text, "world": world, "clinic": _judge.CLINIC_FACTS} | options
        made = _judge.judge(self.ready[world], given, now)
        if (made.verdict, made.reasons) != expected:
            raise SystemExit(f"verdict/{name}: {made.verdict} {made.reasons} instead of {expected}")
        output = _judge.verdict_json(made)
        self.cases.append(case(name, "verdict", given, expect=expected[0], output=output, comment=comment, now=now))


def not_valid(slug: str) -> Expected:
    return "not_valid", (slug,)


def check(*slugs: str) -> Expected:
    return "check_identity", slugs


def stale(*slugs: str) -> Expected:
    return "stale", slugs


MALFORMED: Expected = ("not_a_pass", ("malformed",))
NOT_A_PASS: Expected = ("not_a_pass", ("not-a-pass",))
BAD_SIGNATURE = not_valid("bad-signature")
BAD_PRESENTATION = not_valid("bad-presentation")
