"""qr_pass.json: passes and presentations, member by member, right and wrong."""

from __future__ import annotations

from typing import Any

from amate.core import encoding, qr_pass
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Claims, Identity, Pass, Presentation, Sealed
from generators._material import NOW, Case, case, json_form, kid8, made_bytes
from generators._world import (
    CREDENTIAL,
    ISSUER,
    PERSON,
    PHONE,
    SEALING,
    SEALING_NUMBER,
    claims,
    claims_map,
    encode,
    pass_from_map,
    pass_of,
    shown,
    shown_from,
    sign1,
)

HEALTH = -65537
NAME_OF_35 = "GUADALUPE ESMERALDA HERNANDEZ RAMOS"
NAME_OF_40 = "MARÍA GUADALUPE HERNÁNDEZ GARCÍA DOMÍNGU"


def output_of(parsed: Pass | Presentation) -> dict[str, Any]:
    """A pass or a presentation as JSON."""
    if isinstance(parsed, Presentation):
        return {
            "shown_at": parsed.shown_at,
            "clock_quality_s": parsed.clock_quality_s,
            "pass": output_of(parsed.pass_),
        }
    return {"kid8": parsed.kid8.hex(), **_claims_json(parsed.claims)}


def _claims_json(made: Claims) -> dict[str, Any]:
    sealed, identity = made.sealed, made.identity
    return {
        "profile": made.profile,
        "iat": made.iat,
        "exp": made.exp,
        "cti": made.cti.hex(),
        "holder": json_form(made.holder),
        "hint": made.hint,
        "entitlements": [list(row) for row in made.entitlements],
        "assigned_clinic": made.assigned_clinic,
        "status_index": made.status_index,
        "sealed": None if sealed is None else {"number": sealed.number, "ciphertext": sealed.ciphertext.hex()},
        "identity": None if identity is None else identity._asdict(),
    }


def _good() -> dict[str, bytes]:
    many = tuple(Entitled(code, 1 + code % 3, 20_000 + code) for code in range(8))
    return {
        "device": shown(),
        "device-without-quality": shown(quality_s=None),
        "device-quality-zero": shown(quality_s=0),
        "device-quality-of-a-day": shown(quality_s=86_400),
        "device-shown-at-zero": shown(at=0),
        "device-name-of-35": _budgeted(NAME_OF_35, rows=1),
        "device-name-of-40": _budgeted(NAME_OF_40, rows=2),
        "device-pass-alone": pass_of(),
        "ephemeral": pass_of(2),
        "printed": pass_of(3),
        "printed-name-of-40": pass_of(3, identity=Identity(PERSON.curp, NAME_OF_40)),
        "no-entitlements": pass_of(2, entitlements=()),
        "eight-entitlements": pass_of(2, entitlements=many),
        "no-assigned-clinic": pass_of(2, assigned_clinic=None),
        "hint-outside-the-basic-plane": pass_of(2, hint="\U0001f995" * 12),
        "hint-of-one": pass_of(2, hint="Ñ"),
        "largest-numbers": pass_of(
            2, iat=2**40 - 2, exp=2**40 - 1, status_index=2**40 - 1, entitlements=(Entitled(999, 3, 9_999_999),)
        ),
        "iat-zero": pass_of(2, iat=0, exp=1),
        "status-index-zero": pass_of(2, status_index=0),
        "ciphertext-of-17": pass_of(2, sealed=Sealed(0, bytes(17))),
        "ciphertext-of-256": pass_of(2, sealed=Sealed(2**32 - 1, bytes(256))),
    }


def _with_name(name: str) -> dict[str, Any]:
    protected_bytes, cti = qr_pass.protected_bytes_of(kid8(ISSUER)), made_bytes("cti 1", 12)
    identity = Identity(PERSON.curp, name)
    sealed = qr_pass.seal(identity, key=SEALING, number=SEALING_NUMBER, cti=cti, protected_bytes=protected_bytes)
    return {"sealed": sealed}


def _budgeted(name: str, *, rows: int) -> bytes:
    """A presentation of the usual size: dated entitlements, an index that needs four bytes."""
    rights = (Entitled(2, 1, 20_700), Entitled(14, 1, 20_700))[:rows]
    return shown(pass_of(**_with_name(name), entitlements=rights, status_index=900_000))


def _spoilt(profile: int, label: int, value: Any) -> bytes:
    made = claims_map(profile)
    made[HEALTH][label] = value
    return pass_from_map(made)


def _claim(label: int, value: Any, profile: int = 2) -> bytes:
    return pass_from_map(claims_map(profile) | {label: value})


def _times() -> dict[str, bytes]:
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


def _bad_claims() -> dict[str, bytes]:
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


def _bad_health() -> dict[str, bytes]:
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


def _bad_envelopes() -> dict[str, bytes]:
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


def _parsing() -> list[Case]:
    cases = [
        case(f"parse-{name}", "parse", {"hex": raw.hex()}, output=output_of(qr_pass.parse(raw)))
        for name, raw in _good().items()
    ]
    wrong = _times() | _bad_claims() | _bad_health() | _bad_envelopes()
    return cases + [
        case(f"parse-{name}", "parse", {"hex": raw.hex()}, expect="malformed") for name, raw in wrong.items()
    ]


def _building() -> list[Case]:
    cases = []
    for profile, name in {1: "device", 2: "ephemeral", 3: "printed"}.items():
        made = claims(profile)
        given = {"claims": _claims_json(made)}
        cases.append(case(f"claims-{name}", "pass_claims", given, output=qr_pass.pass_claims(made).hex()))
    wrong = {
        "ends-before-it-begins": claims(2, exp=NOW - 10),
        "role-9": claims(2, entitlements=(Entitled(2, 9, None),)),
        "name-of-41": claims(3, identity=Identity(PERSON.curp, "N" * 41)),
        "device-without-key": claims(1, holder=None),
    }
    for name, made in wrong.items():
        cases.append(case(f"claims-{name}", "pass_claims", {"claims": _claims_json(made)}, expect="malformed"))
    return [*cases, *_presenting()]


def _presenting() -> list[Case]:
    cases = []
    for name, quality in {"with-quality": 5, "without-quality": None}.items():
        raw = shown(quality_s=quality)
        given = {"pass": pass_of().hex(), "shown_at": NOW, "clock_quality_s": quality, "signature": raw[-64:].hex()}
        note = "sign() returns `signature`"
        cases.append(case(f"present-{name}", "present", given, output=raw.hex(), comment=note))
    return cases


def _sealing() -> list[Case]:
    protected, cti = qr_pass.protected_bytes_of(kid8(ISSUER)), made_bytes("cti seal", 12)
    bound = {"key": SEALING.hex(), "cti": cti.hex(), "protected_bytes": protected.hex()}
    cases = []
    for name, who in {"usual": PERSON, "name-of-40": Identity(PERSON.curp, NAME_OF_40)}.items():
        sealed = qr_pass.seal(who, key=SEALING, number=SEALING_NUMBER, cti=cti, protected_bytes=protected)
        given = bound | {"number": SEALING_NUMBER, "identity": who._asdict()}
        cases.append(case(f"seal-{name}", "seal", given, output=sealed.ciphertext.hex()))
        box = bound | {"number": SEALING_NUMBER, "ciphertext": sealed.ciphertext.hex()}
        cases.append(case(f"unseal-{name}", "unseal", box, output=who._asdict()))
    box |= {"ciphertext": qr_pass.seal(PERSON, key=SEALING, number=7, cti=cti, protected_bytes=protected)[1].hex()}
    return cases + _not_opening(box)


def _not_opening(box: dict[str, Any]) -> list[Case]:
    other = qr_pass.protected_bytes_of(kid8(CREDENTIAL)).hex()
    flipped = bytes.fromhex(box["ciphertext"])
    flipped = flipped[:-1] + bytes((flipped[-1] ^ 1,))
    wrong: dict[str, dict[str, str]] = {
        "with-another-key": {"key": made_bytes("other sealing", 32).hex()},
        "with-another-cti": {"cti": bytes(12).hex()},
        "under-another-header": {"protected_bytes": other},
        "with-a-flipped-bit": {"ciphertext": flipped.hex()},
        "cut-short": {"ciphertext": box["ciphertext"][:-2]},
    }
    contents = {
        "of-a-map": {1: PERSON.curp},
        "of-three": [*PERSON, 1],
        "of-a-bad-curp": ["HEGM", PERSON.name],
        "of-a-name-of-41": [PERSON.curp, "N" * 41],
        "of-no-cbor": b"",
    }
    for name, value in contents.items():
        wrong[name] = {"ciphertext": _encrypt(box, b"\xff" if value == b"" else encode(value))}
    return [case(f"unseal-{name}", "unseal", box | change, output=None) for name, change in wrong.items()]


def _encrypt(box: dict[str, Any], plain: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, cti, bound = (bytes.fromhex(box[name]) for name in ("key", "cti", "protected_bytes"))
    return AESGCM(key).encrypt(cti, plain, bound).hex()


def _names() -> list[Case]:
    hints: dict[str, tuple[str, str, str | None, str]] = {
        "MHG0427": ("María Guadalupe", "Hernández", "García", "0427"),
        "ML1231": ("María", "López", None, "1231"),
        "ÁÑÚ0101": ("ángel", "ñañez", "úrsula", "0101"),
        "JP0229": (" José", "Pérez", "", "0229"),
    }
    cases = []
    for hint, (given_names, first, second, mmdd) in hints.items():
        given = {"given_names": given_names, "first_surname": first, "second_surname": second, "birth_mmdd": mmdd}
        cases.append(case(f"hint-{hint}", "hint_of", given, output=hint))
    names = {
        "short": ("ANA PAZ", "ANA PAZ"),
        "of-40": (NAME_OF_40, NAME_OF_40),
        "of-41": (NAME_OF_40 + "E", "MARÍA GUADALUPE HERNÁNDEZ GARCÍA"),
        "spaces": ("  ANA   PAZ ", "ANA PAZ"),
        "one-long-word": ("A" * 50, "A" * 40),
        "outside-the-basic-plane": ("\U0001f995" * 41, "\U0001f995" * 40),
        "empty": ("", ""),
    }
    for slug, (name, cut) in names.items():
        cases.append(case(f"cut-{slug}", "cut_name", {"name": name}, output=cut))
    return cases


def _budget() -> list[Case]:
    cases, limits = [], {35: "366 bytes, 883 digits (QR version 12-L)", 40: "424 bytes, 1022 digits (version 13-L)"}
    for size, limit in limits.items():
        raw = _good()[f"device-name-of-{size}"]
        text = encoding.text_from_bytes(raw)
        note = f"name of {size}: {len(raw)} bytes, {len(text)} digits; at most {limit}"
        name = f"budget-device-name-of-{size}"
        cases.append(case(name, "text_from_bytes", {"hex": raw.hex()}, output=text, comment=note))
    return cases


def build() -> dict[str, object]:
    return {
        "about": "The grammar of passes and presentations. TEST keys, synthetic people. unseal: null = does not open.",
        "source": "RFC 8392 (CWT), RFC 8747 §3.1 (cnf); the private claim -65537 is described in the README",
        "cases": [*_parsing(), *_building(), *_sealing(), *_names(), *_budget()],
    }
