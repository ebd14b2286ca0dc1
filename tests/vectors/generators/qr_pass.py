"""qr_pass.json: passes and presentations, member by member, right and wrong."""

from __future__ import annotations

from typing import Any

from amate.core import encoding, qr_pass
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Claims, Identity, Pass, Presentation, Sealed

from . import _wrong_passes
from ._material import NOW, Case, case, json_form, kid8, made_bytes
from ._world import (
    CREDENTIAL,
    ISSUER,
    PERSON,
    SEALING,
    SEALING_NUMBER,
    claims,
    encode,
    pass_of,
    shown,
)

CHALLENGE = "493027"
NAME_OF_35 = "GUADALUPE ESMERALDA HERNANDEZ RAMOS"
NAME_OF_40 = "MARÍA GUADALUPE HERNÁNDEZ GARCÍA DOMÍNGU"


def output_of(parsed: Pass | Presentation) -> dict[str, Any]:
    """A pass or a presentation as JSON."""
    if isinstance(parsed, Presentation):
        return {
            "shown_at": parsed.shown_at,
            "clock_quality_s": parsed.clock_quality_s,
            "challenge": parsed.challenge,
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
        "device-with-challenge": shown(challenge=CHALLENGE),
        "device-with-challenge-of-zeros": shown(challenge="000000"),
        "device-with-challenge-without-quality": shown(quality_s=None, challenge="999999"),
        "device-with-challenge-name-of-35": _budgeted(NAME_OF_35, rows=1, challenge=CHALLENGE),
        "device-with-challenge-name-of-40": _budgeted(NAME_OF_40, rows=2, challenge=CHALLENGE),
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


def _budgeted(name: str, *, rows: int, challenge: str | None = None) -> bytes:
    """A presentation of the usual size: dated entitlements, an index that needs four bytes."""
    rights = (Entitled(2, 1, 20_700), Entitled(14, 1, 20_700))[:rows]
    return shown(pass_of(**_with_name(name), entitlements=rights, status_index=900_000), challenge=challenge)


def _parsing() -> list[Case]:
    cases = [
        case(f"parse-{name}", "parse", {"hex": raw.hex()}, output=output_of(qr_pass.parse(raw)))
        for name, raw in _good().items()
    ]
    wrong = (
        _wrong_passes.times() | _wrong_passes.bad_claims() | _wrong_passes.bad_health() | _wrong_passes.bad_envelopes()
    )
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
    kinds: dict[str, tuple[int | None, str | None]] = {
        "with-quality": (5, None),
        "without-quality": (None, None),
        "with-challenge": (5, CHALLENGE),
        "with-challenge-without-quality": (None, CHALLENGE),
    }
    for name, (quality, challenge) in kinds.items():
        raw = shown(quality_s=quality, challenge=challenge)
        given = _to_present(quality, challenge) | {"signature": raw[-64:].hex()}
        note = "sign() returns `signature`"
        cases.append(case(f"present-{name}", "present", given, output=raw.hex(), comment=note))
    for name, wrong in {"of-5": "49302", "of-7": "4930270", "of-none": "", "of-letters": "49302a"}.items():
        given = _to_present(5, wrong) | {"signature": bytes(64).hex()}
        cases.append(case(f"present-with-challenge-{name}", "present", given, expect="malformed"))
    return cases


def _to_present(quality_s: int | None, challenge: str | None) -> dict[str, Any]:
    usual = {"pass": pass_of().hex(), "shown_at": NOW, "clock_quality_s": quality_s}
    return usual if challenge is None else usual | {"challenge": challenge}


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
    box = box | {"ciphertext": qr_pass.seal(PERSON, key=SEALING, number=7, cti=cti, protected_bytes=protected)[1].hex()}
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
    limits = {
        "name-of-35": "366 bytes, 883 digits (QR version 12-L)",
        "name-of-40": "424 bytes, 1022 digits (version 13-L)",
        "with-challenge-name-of-35": "373 bytes, 1022 digits (version 13-L)",
        "with-challenge-name-of-40": "431 bytes, 1101 digits (version 14-L)",
    }
    cases = []
    for size, limit in limits.items():
        raw = _good()[f"device-{size}"]
        text = encoding.text_from_bytes(raw)
        note = f"{size.replace('-', ' ')}: {len(raw)} bytes, {len(text)} digits; at most {limit}"
        name = f"budget-device-{size}"
        cases.append(case(name, "text_from_bytes", {"hex": raw.hex()}, output=text, comment=note))
    return cases


def build() -> dict[str, object]:
    return {
        "about": "The grammar of passes and presentations. TEST keys, synthetic people. unseal: null = does not open.",
        "source": "RFC 8392 (CWT), RFC 8747 §3.1 (cnf); the private claim -65537 is described in the README",
        "cases": [*_parsing(), *_building(), *_sealing(), *_names(), *_budget()],
    }
