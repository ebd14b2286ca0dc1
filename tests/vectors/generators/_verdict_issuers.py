"""Cases of verdict.json about whose word it is and who shows it."""

from __future__ import annotations

from amate.core import cose, encoding
from amate.core.entitlement import Entitled

from ._material import DAY, NOW, kid8, made_bytes, made_key, raw_signature
from ._verdict_worlds import (
    BAD_PRESENTATION,
    BAD_SIGNATURE,
    ENDED,
    MALFORMED,
    NEXT,
    NOT_A_PASS,
    OFF_CURVE,
    RETIRED,
    STOLEN,
    TWIN,
    VALID,
    Cases,
    check,
    not_valid,
    stale,
)
from ._world import (
    CREDENTIAL,
    ISSUER,
    OTHER_PHONE,
    PHONE,
    STATUS,
    STRANGER,
    claims_map,
    encode,
    pass_from_map,
    pass_of,
    seconds,
    shown,
    shown_from,
    sign1,
)


def usual(cases: Cases) -> None:
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
    cases.add("ephemeral-off-line", pass_of(2), check("single-use-unproven"))
    cases.add("ephemeral-used-already", pass_of(2), not_valid("already-used"), single_use=False)
    cases.add("device-single-use-does-not-matter", shown(), VALID, single_use=False)
    cases.add("printed", pass_of(3), check("printed"))
    cases.add("printed-single-use-does-not-matter", pass_of(3), check("printed"), single_use=True)
    cases.add("demo-device", shown(), VALID, world="demo")
    cases.add("demo-not-a-pass", "hola", NOT_A_PASS, world="demo")
    cases.add("sealed-without-our-key", shown(), ("valid", ("identity-sealed",)), world="no-sealing-key")
    cases.add("sealed-with-another-key", shown(), not_valid("bad-identity"), world="another-sealing-key")
    cases.add("no-trust-device", shown(), stale("no-trust"), world="none")
    cases.add("no-trust-not-a-pass", "hola", NOT_A_PASS, world="none")
    cases.add("no-trust-malformed", b"\xd2", MALFORMED, world="none")


def scanned(cases: Cases) -> None:
    """What else people hold in front of a scanner."""
    from .encoding import SCANNED

    for name, text in SCANNED.items():
        cases.add(f"scanned-{name}", text, NOT_A_PASS)
    cases.add("scanned-digits-that-are-no-cbor", b"\xff\xff", MALFORMED)
    cases.add("scanned-digits-of-nothing", b"", MALFORMED)
    cases.add("scanned-credential-as-sd-jwt", "eyJhbGciOiJFUzI1NiJ9.e30.AA~", NOT_A_PASS)
    cases.add("scanned-leading-zeros", "000" + encoding.text_from_bytes(shown()), NOT_A_PASS)
    for name, whole in {"presentation": shown(), "pass": pass_of(2), "printed-pass": pass_of(3)}.items():
        text = encoding.text_from_bytes(whole)
        for kept in (16, 17, 99, len(text) // 2, len(text) - 2, len(text) - 1):
            cases.add(
                f"scanned-{name}-cut-at-{kept}", text[:kept], MALFORMED, comment="a scanner that stopped too soon"
            )
        cases.add(f"scanned-{name}-cut-at-15", text[:15], NOT_A_PASS, comment="so little could be of anything")
        cases.add(f"scanned-{name}-with-a-digit-lost", text[:40] + text[41:], MALFORMED)
    cases.add("scanned-twice-in-a-row", encoding.text_from_bytes(pass_of(2)) * 2, NOT_A_PASS)


def issuer(cases: Cases) -> None:
    """Whose word it is."""
    raw = pass_of()
    cases.add("unknown-issuer", shown(pass_of(key=STRANGER)), not_valid("unknown-issuer"))
    cases.add("unknown-issuer-printed", pass_of(3, key=STRANGER), not_valid("unknown-issuer"))
    cases.add("no-issuers-at-all", shown(), not_valid("unknown-issuer"), world="no-issuers")
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
        cases.add(f"a15-signed-by-a-{name}-key", shown(pass_of(key=key)), not_valid("wrong-key-use"))
    cases.add("key-revoked", shown(pass_of(key=made_key("revoked"))), not_valid("key-revoked"))
    cases.add("key-not-yet-in-force", shown(pass_of(key=NEXT)), not_valid("key-not-in-force"))
    cases.add("key-no-longer-in-force", shown(pass_of(key=ENDED)), not_valid("key-not-in-force"))
    start = seconds("2026-01-01T00:00:00Z")
    dated = {
        "first-second-in-force": (start, check("printed")),
        "before-force": (start - 1, not_valid("key-not-in-force")),
    }
    for name, (iat, expected) in dated.items():
        cases.add(f"key-{name}", pass_of(3, iat=iat), expected)
    for name, (iat, expected) in {
        "before-theft": (NOW - DAY - 1, VALID),
        "at-theft": (NOW - DAY, not_valid("key-revoked")),
    }.items():
        cases.add(f"key-distrusted-{name}", shown(pass_of(key=STOLEN, iat=iat)), expected)
    for name, now, expected in (
        ("last-second", NOW + 59, VALID),
        ("retired", NOW + 60, not_valid("key-retired")),
    ):
        cases.add(f"key-accepted-{name}", shown(pass_of(key=RETIRED), at=now), expected, now=now)


def _forged_device() -> bytes:
    return sign1({1: -7, 4: kid8(ISSUER)}, encode(claims_map()), STRANGER)


def possession(cases: Cases) -> None:
    """Whether the phone that shows it is the phone that it was given to."""
    raw = pass_of()
    cases.add("device-pass-alone", raw, not_valid("presentation-missing"))
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


def _signature_edges(cases: Cases) -> None:
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


ALL = (usual, scanned, issuer, possession)
