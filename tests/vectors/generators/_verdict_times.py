"""Cases of verdict.json about identities, dates, status, ages and ill-formed passes."""

from __future__ import annotations

from typing import Any

from amate.core import qr_pass, status_list
from amate.core.qr_pass import Identity, Sealed

from ._material import DAY, NOW, kid8, made_bytes
from ._verdict_worlds import (
    BAD_SIGNATURE,
    MALFORMED,
    REFRESHED,
    TWIN,
    VALID,
    Cases,
    Expected,
    check,
    not_valid,
    stale,
)
from ._world import (
    ISSUER,
    LIFETIMES,
    PERSON,
    REVOKED_INDEX,
    SEALING,
    STATUS,
    STATUS_BASE,
    STRANGER,
    claims,
    claims_map,
    encode,
    pass_from_map,
    pass_of,
    seconds,
    shown,
    shown_from,
    sign1,
)


def identity(cases: Cases) -> None:
    """A sealed identity belongs to one pass."""
    other = claims(cti=made_bytes("other cti", 12)).sealed
    cases.add("sealed-for-another-pass", shown(pass_of(sealed=other)), not_valid("bad-identity"))
    protected = qr_pass.protected_bytes_of(kid8(TWIN))
    moved = qr_pass.seal(PERSON, key=SEALING, number=7, cti=made_bytes("cti 1", 12), protected_bytes=protected)
    cases.add("sealed-under-another-issuer", shown(pass_of(sealed=moved)), not_valid("bad-identity"))
    unknown = ("valid", ("identity-sealed",))
    cases.add("sealed-under-an-unknown-number", shown(pass_of(sealed=Sealed(8, bytes(60)))), unknown)
    no_curp = Identity("XXXX000000XXXXXX00", "SIN CURP")
    cases.add("printed-with-a-curp-without-a-date", pass_of(3, identity=no_curp), check("printed"))
    cases.add("bad-identity-before-expired", shown(pass_of(sealed=other, exp=NOW)), not_valid("bad-identity"))


def dates(cases: Cases) -> None:
    """The second before and after each end."""
    for name, exp, expected in (
        ("last-second", NOW + 1, VALID),
        ("this-second", NOW, not_valid("expired")),
        ("one-second-ago", NOW - 1, not_valid("expired")),
    ):
        cases.add(f"expires-{name}", shown(pass_of(exp=exp)), expected)
    cases.add("expired-by-the-floor", shown(pass_of(exp=NOW + 301)), not_valid("expired"), world="floor-ahead")
    for profile, name in {1: "device", 2: "ephemeral", 3: "printed"}.items():
        longest = claims(profile).iat + LIFETIMES[profile]
        best = {1: VALID, 2: check("single-use-unproven"), 3: check("printed")}[profile]
        for extra, expected in ((0, best), (1, not_valid("lifetime-too-long"))):
            raw = pass_of(profile, exp=longest + extra)
            cases.add(f"lifetime-{name}{'-and-one' * extra}", shown(raw) if profile == 1 else raw, expected)
    year_9999 = shown(pass_of(exp=253_402_300_799))
    cases.add("a12-year-9999", year_9999, not_valid("lifetime-too-long"))
    cases.add("expired-before-lifetime", pass_of(2, iat=NOW - 400, exp=NOW), not_valid("expired"))
    cases.add("signature-before-expired", _forged(exp=NOW), BAD_SIGNATURE)
    for ahead, expected in ((300, VALID), (301, stale("clock-behind"))):
        raw = pass_of(iat=NOW + ahead, exp=NOW + 400)
        cases.add(f"issued-{ahead}-seconds-ahead", shown(raw), expected)


def _forged(**changes: Any) -> bytes:
    return sign1({1: -7, 4: kid8(ISSUER)}, qr_pass.pass_claims(claims(3, **changes)), STRANGER)


def status(cases: Cases) -> None:
    revoked = not_valid("revoked")
    for profile, name in {1: "device", 2: "ephemeral", 3: "printed"}.items():
        raw = pass_of(profile, status_index=REVOKED_INDEX)
        cases.add(f"revoked-{name}", shown(raw) if profile == 1 else raw, revoked)
    for step in (-1, 1):
        cases.add(f"beside-the-revoked-{step}", shown(pass_of(status_index=REVOKED_INDEX + step)), VALID)
    in_three = shown(pass_of(status_index=3 * 2**20 + REVOKED_INDEX))
    cases.add("revoked-in-list-3", in_three, revoked, world="two-status-lists")
    cases.add("status-list-3-missing", in_three, stale("status-missing"))
    cases.add("last-entry", shown(pass_of(status_index=2**20 - 1)), VALID)
    beyond = shown(pass_of(status_index=8_192))
    cases.add("c02-status-out-of-range", beyond, not_valid("status-out-of-range"), world="short-status-list")
    cases.add("c02-last-of-a-short-list", shown(pass_of(status_index=8_191)), VALID, world="short-status-list")
    cases.add("status-missing", shown(), stale("status-missing"), world="no-status-list")
    cases.add("status-missing-printed", pass_of(3), stale("status-missing", "printed"), world="no-status-list")
    used = pass_of(2, status_index=REVOKED_INDEX)
    cases.add("revoked-before-used", used, revoked, single_use=False)
    cases.add("revoked-by-an-old-list", shown(pass_of(status_index=REVOKED_INDEX)), revoked, world="everything-old")
    expired = shown(pass_of(status_index=REVOKED_INDEX, exp=NOW))
    cases.add("expired-before-revoked", expired, not_valid("expired"))
    for name, now, expected in (("last-second", NOW + 59, VALID), ("over", NOW + 60, stale("status-stale"))):
        cases.add(f"status-end-{name}", shown(at=now), expected, world="status-with-an-end", now=now)


def ages(cases: Cases) -> None:
    """Trust and status at each limit and one second later."""
    answers: dict[str, tuple[Expected, Expected]] = {
        "warn": (VALID, ("valid", ("{}-aging",))),
        "stale": (("valid", ("{}-aging",)), stale("{}-stale")),
        "refuse": (stale("{}-stale"), stale("{}-expired")),
    }
    for what in ("trust", "status"):
        for name, (at, after) in answers.items():
            for suffix, (word, reasons) in {"": at, "-and-one": after}.items():
                expected = (word, tuple(reason.format(what) for reason in reasons))
                cases.add(f"{what}-{name}{suffix}", shown(), expected, world=f"{what}-{name}{suffix}")
    both = ("trust-stale", "status-expired")
    cases.add("everything-old", shown(), stale(*both), world="everything-old")
    cases.add("everything-old-printed", pass_of(3), stale(*both, "printed"), world="everything-old")
    unshown = shown(at=NOW - 300)
    cases.add("everything-old-and-shown-long-ago", unshown, stale(*both, "presentation-stale"), world="everything-old")
    sealed = shown(pass_of(sealed=Sealed(8, bytes(60))))
    cases.add("everything-old-and-sealed", sealed, stale(*both, "identity-sealed"), world="everything-old")
    aging = check("printed", "trust-aging")
    cases.add("printed-under-aging-trust", pass_of(3), aging, world="trust-warn-and-one")
    for behind, expected in ((300, VALID), (301, stale("clock-behind"))):
        now = REFRESHED - behind
        raw = shown(pass_of(iat=now - 60, exp=NOW + DAY), at=now)
        cases.add(f"clock-{behind}-seconds-behind", raw, expected, now=now)
    old = seconds("2020-01-01T00:00:00Z")
    reasons = stale("clock-behind", "clock-skewed")
    cases.add("clock-years-behind", shown(), reasons, now=old, comment="a phone after a flat battery")
    ahead = NOW + 25 * DAY
    cases.add("clock-weeks-ahead", shown(at=ahead), stale("trust-stale", "status-stale"), now=ahead)


def freshness(cases: Cases) -> None:
    """A presentation lives 60 s, plus 30 s of skew, plus what the phone says of its clock, at most 60 s."""
    for quality_s, slack in {None: 30, 0: 30, 5: 35, 60: 90, 86_400: 90}.items():
        old, ahead = 60 + slack, slack
        for extra in (0, 1):
            name = f"{quality_s if quality_s is not None else 'unknown'}{'-and-one' * extra}"
            stale = check("presentation-stale") if extra else VALID
            skewed = check("clock-skewed") if extra else VALID
            cases.add(f"shown-ago-quality-{name}", shown(at=NOW - old - extra, quality_s=quality_s), stale)
            cases.add(f"shown-ahead-quality-{name}", shown(at=NOW + ahead + extra, quality_s=quality_s), skewed)
    cases.add("shown-an-hour-ago", shown(at=NOW - 3_600), check("presentation-stale"), comment="a screenshot")
    at_zero = check("presentation-stale")
    cases.add("shown-in-1970", shown(at=0), at_zero)


def malformed(cases: Cases) -> None:
    """A few of each kind of ill-formed pass, shown by the right phone; qr_pass.json and cose.json have them all."""
    body, whole = claims_map(3), pass_of(3)
    good = encode(body)
    wrong: dict[str, bytes] = {
        "a09-exp-twice": pass_from_map(b"\xa5\x04\x01" + good[1:]),
        "a12-exp-text": pass_from_map(body | {4: str(NOW)}),
        "a12-exp-float": pass_from_map(body | {4: float(NOW + DAY)}),
        "a12-exp-nan": pass_from_map(body | {4: float("nan")}),
        "a12-exp-negative": pass_from_map(body | {4: -1}),
        "a12-exp-before-iat": pass_from_map(body | {4: body[6]}),
        "a12-nbf": pass_from_map(body | {5: NOW}),
        "a13-alg-only-unprotected": sign1({4: kid8(ISSUER)}, good, unprotected={1: -7}),
        "a13-crit": sign1({1: -7, 2: [4], 4: kid8(ISSUER)}, good),
        "a13-untagged": whole[1:],
        "a13-cwt-tagged": b"\xd8\x3d" + whole,
        "a14-trailing-byte": whole + b"\0",
        "a14-cut-short": whole[:-1],
        "a14-bignum": pass_from_map(body | {4: 2**64}),
        "a14-ten-deep": b"\xd2" + b"\x81" * 10,
        "a14-a-thousand-deep": b"\xd2" + b"\x81" * 1_000,
        "a14-huge-length": b"\xd2\x5b" + b"\xff" * 8,
        "a10-status-list-in-cwt": sign1({1: -7, 4: kid8(STATUS), 16: "application/statuslist+cwt"}, good, STATUS),
        "a10-presentation-of-a-printed-pass": shown_from(whole),
        "a10-presentation-of-a-presentation": shown_from(shown()),
    }
    for name, raw in wrong.items():
        cases.add(name, raw, MALFORMED)
    too_long = status_list.pack_statuses({5: 1}, size=64)
    cases.add("a10-status-array-as-pass", too_long, MALFORMED, comment=f"what {STATUS_BASE}/0 compresses")


ALL = (identity, dates, status, ages, freshness, malformed)
