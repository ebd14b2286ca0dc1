"""Cases of verdict.json in which the counter asked for six digits, or might have: no clock proves possession then."""

from __future__ import annotations

from typing import Any

from amate.core.qr_pass import Sealed

from ._material import DAY, NOW, made_bytes
from ._verdict_worlds import BAD_PRESENTATION, NOT_A_PASS, REFRESHED, VALID, Cases, check, not_valid, stale
from ._world import OTHER_PHONE, REVOKED_INDEX, STRANGER, claims, pass_of, shown

ASKED, OTHER = "493027", "720394"
MET = ("valid", ("challenge-met",))
UNANSWERED = "challenge-unanswered"
TIMES = {
    "now": NOW,
    "an-hour-ago": NOW - 3_600,
    "two-hours-ahead": NOW + 7_200,
    "in-1970": 0,
    "in-the-last-second": 2**40 - 1,
}
BY_TIME = {
    "now": (),
    "an-hour-ago": ("presentation-stale",),
    "two-hours-ahead": ("clock-skewed",),
    "in-1970": ("presentation-stale",),
    "in-the-last-second": ("clock-skewed",),
}


def answered(cases: Cases) -> None:
    """The right answer at any time, whatever the phone says of its clock."""
    for name, at in TIMES.items():
        cases.add(f"challenge-met-shown-{name}", shown(at=at, challenge=ASKED), MET, challenge=ASKED)
    for name, quality_s in {"unknown": None, "zero": 0, "of-a-day": 86_400}.items():
        raw = shown(at=NOW - 3_600, quality_s=quality_s, challenge=ASKED)
        cases.add(f"challenge-met-quality-{name}", raw, MET, challenge=ASKED)
    cases.add("challenge-met-of-zeros", shown(at=0, challenge="000000"), MET, challenge="000000")


def unanswered(cases: Cases) -> None:
    """Another answer, or none: never green, though the time were right."""
    for name, at in TIMES.items():
        expected = check(UNANSWERED, *BY_TIME[name])
        other = shown(at=at, challenge=OTHER)
        cases.add(f"e01-challenge-of-another-shown-{name}", other, expected, challenge=ASKED)
        cases.add(f"challenge-not-answered-shown-{name}", shown(at=at), expected, challenge=ASKED)
    for name, wrong in {"first": "593027", "last": "493028", "turned": "720394"}.items():
        cases.add(f"challenge-wrong-{name}", shown(challenge=wrong), check(UNANSWERED), challenge=ASKED)


def unasked(cases: Cases) -> None:
    """An answer that nobody asked for is judged by its time, as any code is: also a used one that is shown again."""
    for name, at in TIMES.items():
        reasons = BY_TIME[name]
        cases.add(
            f"e01-challenge-unasked-shown-{name}", shown(at=at, challenge=ASKED), check(*reasons) if reasons else VALID
        )
    for extra, expected in ((0, VALID), (1, check("presentation-stale"))):
        raw = shown(at=NOW - 95 - extra, challenge=ASKED)
        cases.add(f"challenge-unasked-shown-ago{'-and-one' * extra}", raw, expected)
        raw = shown(at=NOW + 35 + extra, challenge=ASKED)
        cases.add(f"challenge-unasked-shown-ahead{'-and-one' * extra}", raw, check("clock-skewed") if extra else VALID)


def all_else(cases: Cases) -> None:
    """An answer proves who holds the phone, and nothing besides."""
    right = shown(challenge=ASKED)
    by_another = shown(challenge=ASKED, phone=OTHER_PHONE)
    cases.add("e04-challenge-met-by-another-phone", by_another, BAD_PRESENTATION, challenge=ASKED)
    grafted = shown(challenge=OTHER)[:-64] + right[-64:]
    cases.add("e04-challenge-met-by-another-signature", grafted, BAD_PRESENTATION, challenge=ASKED)
    written_over = right.replace(ASKED.encode(), OTHER.encode())
    cases.add("e04-challenge-written-over", written_over, BAD_PRESENTATION, challenge=OTHER)
    cases.add("challenge-met-expired", _right(exp=NOW), not_valid("expired"), challenge=ASKED)
    revoked = _right(status_index=REVOKED_INDEX)
    cases.add("challenge-met-revoked", revoked, not_valid("revoked"), challenge=ASKED)
    other = claims(cti=made_bytes("other cti", 12)).sealed
    cases.add("challenge-met-sealed-for-another-pass", _right(sealed=other), not_valid("bad-identity"), challenge=ASKED)
    too_long = _right(exp=NOW + 32 * DAY)
    cases.add("challenge-met-lifetime-too-long", too_long, not_valid("lifetime-too-long"), challenge=ASKED)
    unknown = shown(pass_of(key=STRANGER), challenge=ASKED)
    cases.add("challenge-met-unknown-issuer", unknown, not_valid("unknown-issuer"), challenge=ASKED)
    cases.add("challenge-alone-device-pass", pass_of(), not_valid("presentation-missing"), challenge=ASKED)
    cases.add("challenge-alone-as-text", ASKED, NOT_A_PASS, challenge=ASKED)


def worlds_too_old(cases: Cases) -> None:
    """What is too old to say "verified" stays so; what merely ages is said after the answer."""
    right, wrong, met = shown(challenge=ASKED), shown(challenge=OTHER), "challenge-met"
    asked = {"challenge": ASKED}
    old = {"world": "everything-old", **asked}
    both = ("trust-stale", "status-expired")
    cases.add("challenge-met-everything-old", right, stale(*both, met), **old)
    cases.add("challenge-unanswered-everything-old", wrong, stale(*both, UNANSWERED), **old)
    aging = {"world": "trust-warn-and-one", **asked}
    cases.add("challenge-met-trust-aging", right, ("valid", (met, "trust-aging")), **aging)
    cases.add("challenge-unanswered-trust-aging", wrong, check(UNANSWERED, "trust-aging"), **aging)
    sealed = _right(sealed=Sealed(8, bytes(60)))
    cases.add("challenge-met-identity-sealed", sealed, ("valid", (met, "identity-sealed")), **asked)
    missing = {"world": "no-status-list", **asked}
    cases.add("challenge-met-status-missing", right, stale("status-missing", met), **missing)
    cases.add("challenge-met-without-trust", right, stale("no-trust"), world="none", **asked)
    behind = REFRESHED - 301
    early = shown(pass_of(iat=behind - 60, exp=NOW + DAY), at=behind, challenge=ASKED)
    cases.add("challenge-met-clock-behind", early, stale("clock-behind", met), now=behind, **asked)
    ahead = shown(pass_of(iat=NOW + 301, exp=NOW + DAY), challenge=ASKED)
    cases.add("challenge-met-issued-301-seconds-ahead", ahead, stale("clock-behind", met), **asked)


def cannot_answer(cases: Cases) -> None:
    """Codes without a key: what held of them before, and that they did not answer."""
    asked = {"challenge": ASKED}
    cases.add("challenge-printed", pass_of(3), check(UNANSWERED, "printed"), **asked)
    cases.add("challenge-ephemeral", pass_of(2), check(UNANSWERED, "single-use-unproven"), **asked)
    cases.add("challenge-ephemeral-first-use", pass_of(2), check(UNANSWERED), single_use=True, **asked)
    cases.add("challenge-ephemeral-used", pass_of(2), not_valid("already-used"), single_use=False, **asked)


def _right(**changes: Any) -> bytes:
    """The answer that was asked for, of a pass that is changed like this."""
    return shown(pass_of(**changes), challenge=ASKED)


ALL = (answered, unanswered, unasked, all_else, worlds_too_old, cannot_answer)
