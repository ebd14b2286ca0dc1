"""Passes and presentations that must be refused, each for one reason, all rightly signed."""

from __future__ import annotations

from typing import Any

from ._material import NOW, kid8
from ._world import (
    ISSUER,
    PERSON,
    PHONE,
    claims_map,
    encode,
    pass_from_map,
    pass_of,
    shown,
    shown_from,
    sign1,
)

HEALTH = -65537


def _spoilt(profile: int, label: int, value: Any) -> bytes:
    made = claims_map(profile)
    made[HEALTH][label] = value
    return pass_from_map(made)


def _claim(label: int, value: Any, profile: int = 2) -> bytes:
    return pass_from_map(claims_map(profile) | {label: value})


def times() -> dict[str, bytes]:
    values: dict[str, Any] = {
        "text": str(NOW + 90),
        "float": float(NOW + 90),
        "nan": float("nan"),
        "infinity": float("inf"),
        "minus-infinity": float("-inf"),
        "fraction": NOW + 0.5,
        "true": True,
        "false": False,
        "null": None,
        "bytes": b"\x6a\x00\x00\x00",
        "array": [NOW + 90],
        "map": {1: NOW + 90},
        "empty-text": "",
        "text-nan": "NaN",
        "negative": -1,
        "very-negative": -(2**53) + 1,
        "two-to-40": 2**40,
        "two-to-53-less-one": 2**53 - 1,
        "two-to-63": 2**63,
        "bignum": 2**64,
    }
    cases = {f"a12-exp-{name}": _claim(4, value) for name, value in values.items()}
    cases |= {f"a12-iat-{name}": _claim(6, value) for name, value in values.items()}
    cases |= {"a12-exp-is-iat": _claim(4, NOW - 10), "a12-exp-before-iat": _claim(4, NOW - 11)}
    cases |= {f"a12-{name}-missing": _without(label) for name, label in {"exp": 4, "iat": 6}.items()}
    return cases | {"a12-nbf": _claim(5, NOW), "a12-exp-zero": _claim(4, 0)}


def _without(label: int, profile: int = 2) -> bytes:
    made = claims_map(profile)
    del made[label]
    return pass_from_map(made)


def bad_claims() -> dict[str, bytes]:
    device = claims_map(1)
    holder = device[8][1]
    return {
        "claims-array": pass_from_map([1]),
        "claims-empty": pass_from_map(b""),
        "claims-empty-map": pass_from_map({}),
        "claims-text": pass_from_map("amate"),
        "claim-iss": _claim(1, "https://amate.example"),
        "claim-text-key": pass_from_map(claims_map(2) | {"exp": NOW}),
        "cti-missing": _without(7),
        "cti-of-11": _claim(7, bytes(11)),
        "cti-of-13": _claim(7, bytes(13)),
        "cti-text": _claim(7, "a" * 12),
        "cti-null": _claim(7, None),
        "health-missing": _without(HEALTH),
        "health-array": _claim(HEALTH, [1]),
        "device-without-key": _without(8, profile=1),
        "ephemeral-with-key": _claim(8, {1: holder}),
        "printed-with-key": _claim(8, {1: holder}, profile=3),
        "cnf-key-null": _claim(8, {1: None}, profile=1),
        "cnf-null": _claim(8, None, profile=1),
        "cnf-bare-key": _claim(8, holder, profile=1),
        "cnf-with-kid": _claim(8, {1: holder, 3: b"kid"}, profile=1),
        "a11-holder-p-384": _claim(8, {1: holder | {-1: 2}}, profile=1),
        "a11-holder-short": _claim(8, {1: holder | {-2: holder[-2][1:]}}, profile=1),
        "a11-holder-with-alg": _claim(8, {1: holder | {3: -7}}, profile=1),
        "a11-holder-uncompressed": _claim(8, {1: holder | {-3: bytes(32)}}, profile=1),
        "a14-claims-trailing-byte": pass_from_map(encode(claims_map(2)) + b"\0"),
        "a14-claims-not-shortest": pass_from_map(encode(claims_map(2)).replace(b"\xa4\x04", b"\xa4\x18\x04", 1)),
        "a09-exp-twice": pass_from_map(b"\xa5\x04\x01" + encode(claims_map(2))[1:]),
    }


def bad_health() -> dict[str, bytes]:
    who, row = claims_map(2)[HEALTH][6], [2, 1, None]
    cases = {f"health-without-{label}": _health_without(label) for label in range(1, 7)}
    spoilt: dict[str, tuple[int, int, Any]] = {
        "health-member-7": (2, 7, 0),
        "profile-0": (2, 1, 0),
        "profile-4": (2, 1, 4),
        "profile-true": (2, 1, True),
        "profile-text": (2, 1, "2"),
        "profile-device-without-key": (2, 1, 1),
        "hint-empty": (2, 2, ""),
        "hint-of-13": (2, 2, "A" * 13),
        "hint-null": (2, 2, None),
        "hint-bytes": (2, 2, b"MHG0427"),
        "hint-with-newline": (2, 2, "MHG\n0427"),
        "hint-turning-right-to-left": (2, 2, "MHG\u202e0427"),
        "hint-zero-width": (2, 2, "MHG\u200b0427"),
        "hint-byte-order-mark": (2, 2, "\ufeffMHG0427"),
        "hint-soft-hyphen": (2, 2, "MHG\u00ad0427"),
        "hint-arabic-letter-mark": (2, 2, "MHG\u061c0427"),
        "hint-delete-character": (2, 2, "MHG\u007f0427"),
        "hint-isolate": (2, 2, "MHG\u20660427"),
        "hint-interlinear": (2, 2, "MHG\ufff90427"),
        "entitlements-null": (2, 3, None),
        "entitlements-map": (2, 3, {}),
        "entitlements-nine": (2, 3, [row] * 9),
        "entitlement-not-array": (2, 3, [2]),
        "entitlement-of-two": (2, 3, [[2, 1]]),
        "entitlement-of-four": (2, 3, [[2, 1, None, None]]),
        "institution-text": (2, 3, [["2", 1, None]]),
        "institution-negative": (2, 3, [[-1, 1, None]]),
        "institution-1000": (2, 3, [[1000, 1, None]]),
        "institution-null": (2, 3, [[None, 1, None]]),
        "role-0": (2, 3, [[2, 0, None]]),
        "role-4": (2, 3, [[2, 4, None]]),
        "role-true": (2, 3, [[2, True, None]]),
        "until-negative": (2, 3, [[2, 1, -1]]),
        "until-too-large": (2, 3, [[2, 1, 10_000_000]]),
        "until-text": (2, 3, [[2, 1, "2026-01-01"]]),
        "until-false": (2, 3, [[2, 1, False]]),
        "clinic-lower-case": (2, 4, "vzimb002210"),
        "clinic-too-short": (2, 4, "VZIMB00221"),
        "clinic-too-long": (2, 4, "VZIMB0022100"),
        "clinic-newline-at-end": (2, 4, "VZIMB002210\n"),
        "clinic-unicode-digits": (2, 4, "VZIMB00221\u0660"),
        "clinic-empty": (2, 4, ""),
        "clinic-number": (2, 4, 2210),
        "status-index-negative": (2, 5, -1),
        "status-index-two-to-40": (2, 5, 2**40),
        "status-index-text": (2, 5, "12345"),
        "status-index-float": (2, 5, 12345.0),
        "status-index-null": (2, 5, None),
        "sealed-null": (2, 6, None),
        "sealed-of-one": (2, 6, who[:1]),
        "sealed-of-three": (2, 6, [*who, 0]),
        "sealed-number-negative": (2, 6, [-1, who[1]]),
        "sealed-number-two-to-32": (2, 6, [2**32, who[1]]),
        "sealed-number-text": (2, 6, ["7", who[1]]),
        "ciphertext-of-16": (2, 6, [7, bytes(16)]),
        "ciphertext-of-257": (2, 6, [7, bytes(257)]),
        "ciphertext-text": (2, 6, [7, "a" * 40]),
        "ephemeral-with-identity-in-clear": (2, 6, list(PERSON)),
        "printed-with-sealed-identity": (3, 6, who),
        "identity-null": (3, 6, None),
        "identity-of-one": (3, 6, [PERSON.curp]),
        "identity-of-three": (3, 6, [*PERSON, ""]),
        "curp-of-17": (3, 6, [PERSON.curp[:-1], PERSON.name]),
        "curp-of-19": (3, 6, [PERSON.curp + "0", PERSON.name]),
        "curp-lower-case": (3, 6, [PERSON.curp.lower(), PERSON.name]),
        "curp-null": (3, 6, [None, PERSON.name]),
        "name-empty": (3, 6, [PERSON.curp, ""]),
        "name-of-41": (3, 6, [PERSON.curp, "N" * 41]),
        "name-null": (3, 6, [PERSON.curp, None]),
        "name-with-line-separator": (3, 6, [PERSON.curp, "MARÍA\u2028LÓPEZ"]),
        "name-with-control-character": (3, 6, [PERSON.curp, "MARÍA\u0000LÓPEZ"]),
        "name-with-c1-control": (3, 6, [PERSON.curp, "MARÍA\u0085LÓPEZ"]),
    }
    return cases | {name: _spoilt(*parts) for name, parts in spoilt.items()}


def _health_without(label: int) -> bytes:
    made = claims_map(2)
    del made[HEALTH][label]
    return pass_from_map(made)


def bad_envelopes() -> dict[str, bytes]:
    body, raw = encode(claims_map(2)), pass_of()
    return {
        "kid-of-7": sign1({1: -7, 4: bytes(7)}, body),
        "kid-of-9": sign1({1: -7, 4: bytes(9)}, body),
        "kid-text": sign1({1: -7, 4: "a" * 8}, body),
        "kid-null": sign1({1: -7, 4: None}, body),
        "a06-crit": sign1({1: -7, 2: [4], 4: kid8(ISSUER)}, body),
        "a03-x5chain": sign1({1: -7, 4: kid8(ISSUER), 33: b"certificate"}, body),
        "a10-content-type": sign1({1: -7, 3: 61, 4: kid8(ISSUER)}, body),
        "a10-status-list-token-in-cwt": sign1({1: -7, 4: kid8(ISSUER), 16: "application/statuslist+cwt"}, body),
        "a10-second-member-is-no-kid": sign1({1: -7, 5: kid8(ISSUER)}, body),
        "a10-claims-as-presentation": sign1({1: -7}, body),
        "a10-presentation-as-pass": sign1({1: -7, 4: kid8(ISSUER)}, encode([raw, NOW, 5])),
        "a10-presentation-of-a-presentation": shown_from(shown()),
        "a10-presentation-of-an-ephemeral-pass": shown_from(pass_of(2)),
        "a10-presentation-of-a-printed-pass": shown_from(pass_of(3)),
        "presentation-of-nothing": shown_from(b""),
        "presentation-with-trailing-byte-in-pass": shown_from(raw + b"\0"),
        "presentation-of-two": sign1({1: -7}, encode([raw, NOW]), PHONE),
        "presentation-of-four": sign1({1: -7}, encode([raw, NOW, 5, 0]), PHONE),
        "challenge-null": shown_from(raw, None),
        "challenge-number": shown_from(raw, 493_027),
        "challenge-bytes": shown_from(raw, b"493027"),
        "challenge-list": shown_from(raw, ["493027"]),
        "challenge-true": shown_from(raw, True),
        "challenge-empty": shown_from(raw, ""),
        "challenge-of-5": shown_from(raw, "49302"),
        "challenge-of-7": shown_from(raw, "4930270"),
        "challenge-with-a-letter": shown_from(raw, "49302a"),
        "challenge-with-a-space": shown_from(raw, "493 27"),
        "challenge-newline-at-end": shown_from(raw, "49302\n"),
        "challenge-newline-after": shown_from(raw, "493027\n"),
        "challenge-negative": shown_from(raw, "-49302"),
        "challenge-of-arabic-digits": shown_from(raw, "\u0664\u0669\u0663\u0660\u0662\u0667"),
        "challenge-of-wide-digits": shown_from(raw, "\uff14\uff19\uff13"),
        "challenge-of-six-code-points": shown_from(raw, "49302\u0667"),
        "challenge-not-utf-8": _challenge_as(raw, b"\x6649302\xff"),
        "challenge-in-a-longer-head": _challenge_as(raw, b"\x78\x06493027"),
        "challenge-in-pieces": _challenge_as(raw, b"\x7f\x63493\x63027\xff"),
        "challenge-cut-short": _challenge_as(raw, b"\x6649302"),
        "challenge-beyond-the-head": sign1({1: -7}, encode([raw, NOW, 5]) + encode("493027"), PHONE),
        "challenge-promised-by-the-head": sign1({1: -7}, b"\x84" + encode([raw, NOW, 5])[1:], PHONE),
        "challenge-before-the-quality": sign1({1: -7}, encode([raw, NOW, "493027", 5]), PHONE),
        "presentation-of-five": shown_from(raw, "493027", "493027"),
        "presentation-of-five-with-null": shown_from(raw, "493027", None),
        "presentation-map": sign1({1: -7}, encode({1: raw}), PHONE),
        "presentation-empty": sign1({1: -7}, b"", PHONE),
        "presentation-pass-as-text": sign1({1: -7}, encode(["pass", NOW, 5]), PHONE),
        "presentation-with-kid": sign1({1: -7, 4: kid8(PHONE)}, encode([raw, NOW, 5]), PHONE),
        "presentation-at-text": shown_from(raw, at=str(NOW)),
        "presentation-at-float": shown_from(raw, at=float(NOW)),
        "presentation-at-negative": shown_from(raw, at=-1),
        "presentation-at-two-to-40": shown_from(raw, at=2**40),
        "presentation-at-null": shown_from(raw, at=None),
        "quality-negative": shown_from(raw, quality_s=-1),
        "quality-too-large": shown_from(raw, quality_s=86_401),
        "quality-float": shown_from(raw, quality_s=5.0),
        "quality-false": shown_from(raw, quality_s=False),
        "not-cose": encode({1: 2}),
        "empty": b"",
    }


def _challenge_as(raw: bytes, spelled: bytes) -> bytes:
    """A presentation whose fourth member is spelled like this."""
    return sign1({1: -7}, b"\x84" + encode([raw, NOW, 5])[1:] + spelled, PHONE)


def every() -> dict[str, bytes]:
    """All of them, by name."""
    return times() | bad_claims() | bad_health() | bad_envelopes()
