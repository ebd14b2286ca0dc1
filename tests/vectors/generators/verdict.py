"""verdict.json: every verdict and every reason, the second before and after each limit, and the attacks by their rows."""

from __future__ import annotations

from typing import Any

from amate.core import cose, encoding, qr_pass, status_list
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Identity, Sealed
from generators import _judge
from generators._material import DAY, NOW, Case, case, kid, kid8, made_bytes, made_key, raw_signature
from generators._world import (
    CREDENTIAL,
    ISSUER,
    LIFETIMES,
    OTHER_PHONE,
    PERSON,
    PHONE,
    REVOKED_INDEX,
    SEALING,
    STATUS,
    STATUS_BASE,
    STRANGER,
    claims,
    claims_map,
    encode,
    iso,
    issuers,
    key_entry,
    pass_from_map,
    pass_of,
    seconds,
    shown,
    shown_from,
    sign1,
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
        key_entry(NEXT, ["pass"], state="announced", sign_from="2026-12-01T00:00:00Z"),
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
    return made


class _Cases:
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


def _not_valid(slug: str) -> Expected:
    return "not_valid", (slug,)


def _check(*slugs: str) -> Expected:
    return "check_identity", slugs


def _stale(*slugs: str) -> Expected:
    return "stale", slugs


MALFORMED: Expected = ("not_a_pass", ("malformed",))
NOT_A_PASS: Expected = ("not_a_pass", ("not-a-pass",))
BAD_SIGNATURE = _not_valid("bad-signature")
BAD_PRESENTATION = _not_valid("bad-presentation")


def _usual(cases: _Cases) -> None:
    """The three profiles on a usual day."""
    cases.add("device", shown(), VALID)
    cases.add("device-at-a-clinic-of-another-institution", shown(), VALID, clinic=None)
    imss = {"clues": "DFIMS000123", "institution": "IMS", "state": "DF", "level": 2}
    cases.add("device-at-a-clinic-of-the-payer", shown(), VALID, clinic=imss)
    cases.add("device-for-urgent-care", shown(), VALID, service="urgent")
    cases.add("device-without-entitlements", shown(pass_of(entitlements=())), VALID)
    lapsed = (Entitled(2, 1, NOW // DAY - 400),)
    cases.add("device-lapsed", shown(pass_of(entitlements=lapsed)), VALID, comment="real, and no longer insured")
    # Midnight in central Mexico is 06:00 UTC: the right ends with the day there.
    ending, midnight = (Entitled(2, 3, 20_620),), 20_620 * DAY + 6 * 3600
    cases.add(
        "last-second-of-the-last-day", shown(pass_of(entitlements=ending), at=midnight - 1), VALID, now=midnight - 1
    )
    cases.add("first-second-after-the-last-day", shown(pass_of(entitlements=ending), at=midnight), VALID, now=midnight)
    cases.add("ephemeral-first-use", pass_of(2), VALID, single_use=True)
    cases.add("ephemeral-off-line", pass_of(2), _check("single-use-unproven"))
    cases.add("ephemeral-used-already", pass_of(2), _not_valid("already-used"), single_use=False)
    cases.add("device-single-use-does-not-matter", shown(), VALID, single_use=False)
    cases.add("printed", pass_of(3), _check("printed"))
    cases.add("printed-single-use-does-not-matter", pass_of(3), _check("printed"), single_use=True)
    cases.add("demo-device", shown(), VALID, world="demo")
    cases.add("demo-not-a-pass", "hola", NOT_A_PASS, world="demo")
    cases.add("sealed-without-our-key", shown(), ("valid", ("identity-sealed",)), world="no-sealing-key")
    cases.add("sealed-with-another-key", shown(), _not_valid("bad-identity"), world="another-sealing-key")
    cases.add("no-trust-device", shown(), _stale("no-trust"), world="none")
    cases.add("no-trust-not-a-pass", "hola", NOT_A_PASS, world="none")
    cases.add("no-trust-malformed", b"\xd2", MALFORMED, world="none")


def _scanned(cases: _Cases) -> None:
    """What else people hold in front of a scanner."""
    from generators.encoding import SCANNED

    for name, text in SCANNED.items():
        cases.add(f"scanned-{name}", text, NOT_A_PASS)
    cases.add("scanned-digits-that-are-no-cbor", b"\xff\xff", MALFORMED)
    cases.add("scanned-digits-of-nothing", b"", MALFORMED)
    cases.add("scanned-credential-as-sd-jwt", "eyJhbGciOiJFUzI1NiJ9.e30.AA~", NOT_A_PASS)
    cases.add("scanned-leading-zeros", "000" + encoding.text_from_bytes(shown()), NOT_A_PASS)
    cases.add("scanned-twice-in-a-row", encoding.text_from_bytes(pass_of(2)) * 2, NOT_A_PASS)


def _issuer(cases: _Cases) -> None:
    """Whose word it is."""
    raw = pass_of()
    cases.add("unknown-issuer", shown(pass_of(key=STRANGER)), _not_valid("unknown-issuer"))
    cases.add("unknown-issuer-printed", pass_of(3, key=STRANGER), _not_valid("unknown-issuer"))
    cases.add("no-issuers-at-all", shown(), _not_valid("unknown-issuer"), world="no-issuers")
    forged = sign1({1: -7, 4: kid8(ISSUER)}, encode(claims_map(3)), STRANGER)
    cases.add("forged-under-a-known-kid", forged, BAD_SIGNATURE)
    cases.add("forged-device", shown(sign1({1: -7, 4: kid8(ISSUER)}, encode(claims_map()), STRANGER)), BAD_SIGNATURE)
    for name, at in {"exp": 40, "hint": raw.index(b"MHG"), "clinic": raw.index(b"VZIMB"), "signature": -1}.items():
        flipped = bytearray(raw)
        flipped[at] ^= 1
        cases.add(
            f"altered-{name}", shown_from(bytes(flipped)), BAD_SIGNATURE, comment="one bit, shown by the right phone"
        )
    twin = "two-keys-under-one-kid"
    cases.add("a05-kid-collision-right-key-last", shown(), VALID, world=twin)
    twins = sign1({1: -7, 4: kid8(ISSUER)}, encode(claims_map()), TWIN)
    cases.add("a05-kid-collision-right-key-first", shown_from(twins), VALID, world=twin)
    cases.add("a05-kid-collision-neither", shown(_forged_device()), BAD_SIGNATURE, world=twin)
    for name, key in {"status": STATUS, "credential": CREDENTIAL}.items():
        cases.add(f"a15-signed-by-a-{name}-key", shown(pass_of(key=key)), _not_valid("wrong-key-use"))
    cases.add("key-revoked", shown(pass_of(key=made_key("revoked"))), _not_valid("key-revoked"))
    cases.add("key-not-yet-in-force", shown(pass_of(key=NEXT)), _not_valid("key-not-in-force"))
    cases.add("key-no-longer-in-force", shown(pass_of(key=ENDED)), _not_valid("key-not-in-force"))
    start = seconds("2026-01-01T00:00:00Z")
    dated = {
        "first-second-in-force": (start, _check("printed")),
        "before-force": (start - 1, _not_valid("key-not-in-force")),
    }
    for name, (iat, expected) in dated.items():
        cases.add(f"key-{name}", pass_of(3, iat=iat), expected)
    for name, (iat, expected) in {
        "before-theft": (NOW - DAY - 1, VALID),
        "at-theft": (NOW - DAY, _not_valid("key-revoked")),
    }.items():
        cases.add(f"key-distrusted-{name}", shown(pass_of(key=STOLEN, iat=iat)), expected)
    for name, now, expected in (
        ("last-second", NOW + 59, VALID),
        ("retired", NOW + 60, _not_valid("key-retired")),
    ):
        cases.add(f"key-accepted-{name}", shown(pass_of(key=RETIRED), at=now), expected, now=now)


def _forged_device() -> bytes:
    return sign1({1: -7, 4: kid8(ISSUER)}, encode(claims_map()), STRANGER)


def _possession(cases: _Cases) -> None:
    """Whether the phone that shows it is the phone that it was given to."""
    raw = pass_of()
    cases.add("device-pass-alone", raw, _not_valid("presentation-missing"))
    cases.add("e04-shown-by-another-phone", shown(phone=OTHER_PHONE), BAD_PRESENTATION)
    cases.add("e04-shown-by-the-issuer", shown(phone=ISSUER), BAD_PRESENTATION)
    theirs = pass_of(holder=cose.cose_from_key(OTHER_PHONE.public_key()), cti=made_bytes("their cti", 12))
    copied = cose.parse_sign1(shown()).signature
    moved = encode([encode({1: -7}), {}, encode([theirs, NOW, 5]), copied])
    cases.add("e04-proof-copied-to-another-pass", b"\xd2" + moved, BAD_PRESENTATION)
    later = encode([encode({1: -7}), {}, encode([raw, NOW + 30, 5]), copied])
    cases.add("e04-time-of-showing-altered", b"\xd2" + later, BAD_PRESENTATION)
    off = cose.cose_from_key(PHONE.public_key()) | {-2: OFF_CURVE}
    cases.add("a11-holder-off-the-curve", shown_from(pass_from_map(claims_map() | {8: {1: off}})), BAD_PRESENTATION)
    cases.add("a10-pass-signature-as-presentation", sign1({1: -7}, encode(claims_map()), ISSUER), MALFORMED)
    _signature_edges(cases)


def _signature_edges(cases: _Cases) -> None:
    """A07 and A08, on the phone's signature and on the issuer's."""
    raw, n = shown(), cose.ORDER
    r, s = (int.from_bytes(half, "big") for half in (raw[-64:-32], raw[-32:]))
    cases.add("a08-malleated-presentation", raw[:-64] + raw_signature(r, n - s), VALID, comment="same cti: a replay")
    inner = pass_of()
    ir, is_ = (int.from_bytes(half, "big") for half in (inner[-64:-32], inner[-32:]))
    cases.add("a08-malleated-pass", shown(inner[:-64] + raw_signature(ir, n - is_)), VALID, comment="same cti")
    edges = {"zeros": (0, 0), "r-zero": (0, s), "s-zero": (r, 0), "r-is-n": (n, s), "s-is-n": (r, n), "ones": (1, 1)}
    edges["above-p"] = (2**256 - 1, 2**256 - 1)
    for name, pair in edges.items():
        cases.add(f"a07-presentation-{name}", raw[:-64] + raw_signature(*pair), BAD_PRESENTATION)
        cases.add(f"a07-pass-{name}", shown(inner[:-64] + raw_signature(*pair)), BAD_SIGNATURE)
    swapped = raw[:-64] + inner[-64:]
    cases.add("signatures-swapped", swapped, BAD_PRESENTATION)


def _identity(cases: _Cases) -> None:
    """A sealed identity belongs to one pass."""
    other = claims(cti=made_bytes("other cti", 12)).sealed
    cases.add("sealed-for-another-pass", shown(pass_of(sealed=other)), _not_valid("bad-identity"))
    protected = qr_pass.protected_bytes_of(kid8(TWIN))
    moved = qr_pass.seal(PERSON, key=SEALING, number=7, cti=made_bytes("cti 1", 12), protected_bytes=protected)
    cases.add("sealed-under-another-issuer", shown(pass_of(sealed=moved)), _not_valid("bad-identity"))
    unknown = ("valid", ("identity-sealed",))
    cases.add("sealed-under-an-unknown-number", shown(pass_of(sealed=Sealed(8, bytes(60)))), unknown)
    no_curp = Identity("XXXX000000XXXXXX00", "SIN CURP")
    cases.add("printed-with-a-curp-without-a-date", pass_of(3, identity=no_curp), _check("printed"))
    cases.add("bad-identity-before-expired", shown(pass_of(sealed=other, exp=NOW)), _not_valid("bad-identity"))


def _dates(cases: _Cases) -> None:
    """The second before and after each end."""
    for name, exp, expected in (
        ("last-second", NOW + 1, VALID),
        ("this-second", NOW, _not_valid("expired")),
        ("one-second-ago", NOW - 1, _not_valid("expired")),
    ):
        cases.add(f"expires-{name}", shown(pass_of(exp=exp)), expected)
    cases.add("expired-by-the-floor", shown(pass_of(exp=NOW + 301)), _not_valid("expired"), world="floor-ahead")
    for profile, name in {1: "device", 2: "ephemeral", 3: "printed"}.items():
        longest = claims(profile).iat + LIFETIMES[profile]
        best = {1: VALID, 2: _check("single-use-unproven"), 3: _check("printed")}[profile]
        for extra, expected in ((0, best), (1, _not_valid("lifetime-too-long"))):
            raw = pass_of(profile, exp=longest + extra)
            cases.add(f"lifetime-{name}{'-and-one' * extra}", shown(raw) if profile == 1 else raw, expected)
    year_9999 = shown(pass_of(exp=253_402_300_799))
    cases.add("a12-year-9999", year_9999, _not_valid("lifetime-too-long"))
    cases.add("expired-before-lifetime", pass_of(2, iat=NOW - 400, exp=NOW), _not_valid("expired"))
    cases.add("signature-before-expired", _forged(exp=NOW), BAD_SIGNATURE)
    for ahead, expected in ((300, VALID), (301, _stale("clock-behind"))):
        raw = pass_of(iat=NOW + ahead, exp=NOW + 400)
        cases.add(f"issued-{ahead}-seconds-ahead", shown(raw), expected)


def _forged(**changes: Any) -> bytes:
    return sign1({1: -7, 4: kid8(ISSUER)}, qr_pass.pass_claims(claims(3, **changes)), STRANGER)


def _status(cases: _Cases) -> None:
    revoked = _not_valid("revoked")
    for profile, name in {1: "device", 2: "ephemeral", 3: "printed"}.items():
        raw = pass_of(profile, status_index=REVOKED_INDEX)
        cases.add(f"revoked-{name}", shown(raw) if profile == 1 else raw, revoked)
    for step in (-1, 1):
        cases.add(f"beside-the-revoked-{step}", shown(pass_of(status_index=REVOKED_INDEX + step)), VALID)
    in_three = shown(pass_of(status_index=3 * 2**20 + REVOKED_INDEX))
    cases.add("revoked-in-list-3", in_three, revoked, world="two-status-lists")
    cases.add("status-list-3-missing", in_three, _stale("status-missing"))
    cases.add("last-entry", shown(pass_of(status_index=2**20 - 1)), VALID)
    beyond = shown(pass_of(status_index=8_192))
    cases.add("c02-status-out-of-range", beyond, _not_valid("status-out-of-range"), world="short-status-list")
    cases.add("c02-last-of-a-short-list", shown(pass_of(status_index=8_191)), VALID, world="short-status-list")
    cases.add("status-missing", shown(), _stale("status-missing"), world="no-status-list")
    cases.add("status-missing-printed", pass_of(3), _stale("status-missing", "printed"), world="no-status-list")
    used = pass_of(2, status_index=REVOKED_INDEX)
    cases.add("revoked-before-used", used, revoked, single_use=False)
    cases.add("revoked-by-an-old-list", shown(pass_of(status_index=REVOKED_INDEX)), revoked, world="everything-old")
    expired = shown(pass_of(status_index=REVOKED_INDEX, exp=NOW))
    cases.add("expired-before-revoked", expired, _not_valid("expired"))
    for name, now, expected in (("last-second", NOW + 59, VALID), ("over", NOW + 60, _stale("status-stale"))):
        cases.add(f"status-end-{name}", shown(at=now), expected, world="status-with-an-end", now=now)


def _ages(cases: _Cases) -> None:
    """Trust and status at each limit and one second later."""
    answers: dict[str, tuple[Expected, Expected]] = {
        "warn": (VALID, ("valid", ("{}-aging",))),
        "stale": (("valid", ("{}-aging",)), _stale("{}-stale")),
        "refuse": (_stale("{}-stale"), _stale("{}-expired")),
    }
    for what in ("trust", "status"):
        for name, (at, after) in answers.items():
            for suffix, (word, reasons) in {"": at, "-and-one": after}.items():
                expected = (word, tuple(reason.format(what) for reason in reasons))
                cases.add(f"{what}-{name}{suffix}", shown(), expected, world=f"{what}-{name}{suffix}")
    both = ("trust-stale", "status-expired")
    cases.add("everything-old", shown(), _stale(*both), world="everything-old")
    cases.add("everything-old-printed", pass_of(3), _stale(*both, "printed"), world="everything-old")
    unshown = shown(at=NOW - 300)
    cases.add("everything-old-and-shown-long-ago", unshown, _stale(*both, "presentation-stale"), world="everything-old")
    sealed = shown(pass_of(sealed=Sealed(8, bytes(60))))
    cases.add("everything-old-and-sealed", sealed, _stale(*both, "identity-sealed"), world="everything-old")
    aging = _check("printed", "trust-aging")
    cases.add("printed-under-aging-trust", pass_of(3), aging, world="trust-warn-and-one")
    for behind, expected in ((300, VALID), (301, _stale("clock-behind"))):
        now = REFRESHED - behind
        raw = shown(pass_of(iat=now - 60, exp=NOW + DAY), at=now)
        cases.add(f"clock-{behind}-seconds-behind", raw, expected, now=now)
    old = seconds("2020-01-01T00:00:00Z")
    reasons = _stale("clock-behind", "clock-skewed")
    cases.add("clock-years-behind", shown(), reasons, now=old, comment="a phone after a flat battery")
    ahead = NOW + 25 * DAY
    cases.add("clock-weeks-ahead", shown(at=ahead), _stale("trust-stale", "status-stale"), now=ahead)


def _freshness(cases: _Cases) -> None:
    """A presentation lives 60 s, plus 30 s of skew, plus what the phone says of its clock, at most 60 s."""
    for quality_s, slack in {None: 30, 0: 30, 5: 35, 60: 90, 86_400: 90}.items():
        old, ahead = 60 + slack, slack
        for extra in (0, 1):
            name = f"{quality_s if quality_s is not None else 'unknown'}{'-and-one' * extra}"
            stale = _check("presentation-stale") if extra else VALID
            skewed = _check("clock-skewed") if extra else VALID
            cases.add(f"shown-ago-quality-{name}", shown(at=NOW - old - extra, quality_s=quality_s), stale)
            cases.add(f"shown-ahead-quality-{name}", shown(at=NOW + ahead + extra, quality_s=quality_s), skewed)
    cases.add("shown-an-hour-ago", shown(at=NOW - 3_600), _check("presentation-stale"), comment="a screenshot")
    at_zero = _check("presentation-stale")
    cases.add("shown-in-1970", shown(at=0), at_zero)


def _malformed(cases: _Cases) -> None:
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


def build() -> dict[str, object]:
    described = worlds()
    cases = _Cases(described)
    for add in (_usual, _scanned, _issuer, _possession, _identity, _dates, _status, _ages, _freshness, _malformed):
        add(cases)
    return {
        "about": "Verdicts on scanned texts in the worlds below (`world`); expect is the verdict. TEST keys, nobody's data.",
        "source": "the order of decisions is described in verdict.py; attack rows A05-A15, C02, E04, E09",
        "worlds": described,
        "cases": cases.cases,
    }
