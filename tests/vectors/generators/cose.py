"""cose.json: COSE_Sign1, ES256 at the edges of r and s, keys on and off the curve."""

from __future__ import annotations

from typing import Any

from amate.core import cose

from ._material import Case, case, json_form, kid8, made_bytes, made_key, raw_signature, signer
from ._world import ISSUER, PHONE, encode, sign1

PAYLOAD = encode({1: "amate"})
PROTECTED: dict[Any, Any] = {1: -7, 4: kid8(ISSUER)}
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def _parsed(raw: bytes) -> dict[str, Any]:
    parts = cose.parse_sign1(raw)
    return {
        "protected": json_form(parts.protected),
        "protected_bytes": parts.protected_bytes.hex(),
        "payload": parts.payload.hex(),
        "signature": parts.signature.hex(),
    }


def _parsing() -> list[Case]:
    good = {
        "pass-header": sign1(PROTECTED, PAYLOAD),
        "presentation-header": sign1({1: -7}, PAYLOAD, PHONE),
        "empty-payload": sign1({1: -7}, b"", PHONE),
        "unknown-header-member": sign1({1: -7, 100: 1}, PAYLOAD),
    }
    cases = [
        case(f"parse-{name}", "parse_sign1", {"hex": raw.hex()}, output=_parsed(raw)) for name, raw in good.items()
    ]
    return cases + [
        case(f"parse-{name}", "parse_sign1", {"hex": raw.hex()}, expect="malformed", comment=note)
        for name, (raw, note) in _unparsable().items()
    ]


def _unparsable() -> dict[str, tuple[bytes, str]]:
    whole = sign1(PROTECTED, PAYLOAD)
    inner, protected_bytes, signature = whole[1:], encode(PROTECTED), whole[-64:]
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    der = bytes.fromhex("3044") + b"\x02\x20" + r.to_bytes(32, "big") + b"\x02\x20" + s.to_bytes(32, "big")
    parts = [protected_bytes, {}, PAYLOAD, signature]
    return {
        "empty": (b"", "no bytes"),
        "a13-untagged": (inner, "array of four without tag 18"),
        "a13-cwt-tagged": (b"\xd8\x3d" + whole, "61(18([…]))"),
        "a13-tagged-twice": (b"\xd2" + whole, "18(18([…]))"),
        "a13-tag-17-mac": (b"\xd1" + inner, "17([…])"),
        "a13-tag-98-sign": (b"\xd8\x62" + inner, "98([…])"),
        "a14-tag-in-two-bytes": (b"\xd8\x12" + inner, "18 in two bytes"),
        "a13-alg-only-unprotected": (sign1({4: kid8(ISSUER)}, PAYLOAD, unprotected={1: -7}), "[<<{4: kid}>>, {1: -7}"),
        "a13-alg-differs-in-both": (sign1(PROTECTED, PAYLOAD, unprotected={1: -35}), "{1: -7} and {1: -35}"),
        "a13-kid-unprotected": (sign1({1: -7}, PAYLOAD, unprotected={4: kid8(ISSUER)}), "[<<{1: -7}>>, {4: kid}"),
        "a13-crit-unprotected": (sign1(PROTECTED, PAYLOAD, unprotected={2: [1]}), "{2: [1]} not signed"),
        "a13-detached-payload": (b"\xd2" + encode([protected_bytes, {}, None, signature]), "payload null"),
        "a13-payload-not-bytes": (b"\xd2" + encode([protected_bytes, {}, {1: 1}, signature]), "payload a map"),
        "a13-protected-not-bytes": (b"\xd2" + encode([PROTECTED, {}, PAYLOAD, signature]), "protected a map"),
        "a13-protected-empty-bytes": (sign1(b"", PAYLOAD), "protected h''"),
        "a13-protected-empty-map": (sign1({}, PAYLOAD), "protected <<{}>>"),
        "a13-protected-array": (sign1(encode([1, -7]), PAYLOAD), "protected <<[1, -7]>>"),
        "a13-alg-text": (sign1({1: "ES256"}, PAYLOAD), '{1: "ES256"}'),
        "a13-alg-es384": (sign1({1: -35}, PAYLOAD), "{1: -35}"),
        "a13-alg-eddsa": (sign1({1: -8}, PAYLOAD), "{1: -8}"),
        "a13-alg-hs256": (sign1({1: 5}, PAYLOAD), "{1: 5}"),
        "a13-alg-null": (sign1({1: None}, PAYLOAD), "{1: null}"),
        "a09-alg-twice": (sign1(bytes.fromhex("a201260126"), PAYLOAD), "protected {1: -7, 1: -7}"),
        "a14-protected-not-shortest": (sign1(bytes.fromhex("a1180126"), PAYLOAD), "1 in two bytes"),
        "a14-protected-followed-by-more": (sign1(encode({1: -7}) + b"\0", PAYLOAD), "<<{1: -7}, 0>>"),
        "a14-trailing-byte": (whole + b"\0", "18([…]), 0"),
        "a14-cut-short": (whole[:-1], "one byte missing"),
        "a14-indefinite-array": (b"\xd2\x9f" + inner[1:] + b"\xff", "18([_ …])"),
        "unprotected-null": (sign1(PROTECTED, PAYLOAD, unprotected=0), "unprotected 0"),
        "unprotected-array": (sign1(PROTECTED, PAYLOAD, unprotected=[]), "unprotected []"),
        "three-parts": (b"\xd2" + encode(parts[:3]), "no signature"),
        "five-parts": (b"\xd2" + encode([*parts, None]), "five parts"),
        "map": (b"\xd2" + encode(dict(enumerate(parts))), "18({0: …})"),
        "text": (b"\xd2" + encode("amate"), '18("amate")'),
        "a07-signature-der": (b"\xd2" + encode([*parts[:3], der]), "DER instead of r‖s"),
        "signature-of-63-bytes": (b"\xd2" + encode([*parts[:3], signature[:63]]), ""),
        "signature-of-65-bytes": (b"\xd2" + encode([*parts[:3], signature + b"\0"]), ""),
        "signature-text": (b"\xd2" + encode([*parts[:3], "a" * 64]), ""),
        "signature-null": (b"\xd2" + encode([*parts[:3], None]), ""),
    }


def _signing() -> list[Case]:
    cases = []
    for name, payload in {"short": PAYLOAD, "empty": b"", "long": made_bytes("payload", 300)}.items():
        raw, protected_bytes = sign1(PROTECTED, payload), encode(PROTECTED)
        given = {"protected": json_form(PROTECTED), "payload": payload.hex(), "signature": raw[-64:].hex()}
        message = cose.to_be_signed(protected_bytes, payload).hex()
        pair = {"protected_bytes": protected_bytes.hex(), "payload": payload.hex()}
        cases.append(case(f"to-be-signed-{name}", "to_be_signed", pair, output=message))
        cases.append(case(f"sign-{name}", "sign_sign1", given, output=raw.hex(), comment="sign() returns `signature`"))
    return cases


def _verifying() -> list[Case]:
    """Edge cases of r and s in the manner of Wycheproof's P1363 set, made here with a key of our own."""
    raw, n = sign1(PROTECTED, PAYLOAD), cose.ORDER
    parts = cose.parse_sign1(raw)
    r, s = (int.from_bytes(half, "big") for half in (parts.signature[:32], parts.signature[32:]))
    holds = {"good": (r, s), "a08-malleated": (r, n - s)}
    fails = {
        "a07-r-and-s-zero": (0, 0),
        "a07-r-zero": (0, s),
        "a07-s-zero": (r, 0),
        "a07-r-one-s-one": (1, 1),
        "a07-r-is-n": (n, s),
        "a07-s-is-n": (r, n),
        "a07-r-and-s-are-n": (n, n),
        "a07-r-plus-n": ((r + n) % 2**256, s),
        "a07-s-plus-n": (r, (s + n) % 2**256),
        "a07-r-is-p": (P, s),
        "a07-r-above-p": (P + 1, s),
        "a07-r-all-ones": (2**256 - 1, s),
        "a07-s-all-ones": (r, 2**256 - 1),
        "a07-n-less-one": (n - 1, n - 1),
        "r-and-s-swapped": (s, r),
        "r-negated": (n - r, s),
        "r-plus-one": (r + 1, s),
    }
    key = json_form(cose.cose_from_key(ISSUER.public_key()))
    cases = [_verify(name, raw[:-64] + raw_signature(*pair), key, True) for name, pair in holds.items()]
    cases += [_verify(name, raw[:-64] + raw_signature(*pair), key, False) for name, pair in fails.items()]
    other = json_form(cose.cose_from_key(made_key("another").public_key()))
    return [*cases, _verify("another-key", raw, other, False), *_altered(key), *_padded_halves()]


def _altered(key: Any) -> list[Case]:
    raw = sign1(PROTECTED, PAYLOAD)
    signature = raw[-64:]
    payload = b"\xd2" + encode([encode(PROTECTED), {}, encode({1: "amatf"}), signature])
    protected = b"\xd2" + encode([encode({1: -7, 4: kid8(PHONE)}), {}, PAYLOAD, signature])
    return [_verify("altered-payload", payload, key, False), _verify("altered-protected", protected, key, False)]


def _padded_halves() -> list[Case]:
    """Signatures whose r or s begins with a zero byte or a set top bit, where DER differs in length."""
    wanted, cases, counter = {"r-begins-with-zero": (0, 0), "s-begins-with-zero": (32, 0)}, [], 0
    key = json_form(cose.cose_from_key(ISSUER.public_key()))
    while wanted:
        counter += 1
        raw = sign1(PROTECTED, encode(counter))
        for name in [name for name, (at, byte) in wanted.items() if raw[-64:][at] == byte]:
            del wanted[name]
            cases.append(_verify(name, raw, key, True))
    return cases


def _verify(name: str, raw: bytes, key: Any, holds: bool) -> Case:
    return case(f"verify-{name}", "verify_sign1", {"hex": raw.hex(), "key": key}, output=holds)


def _keys() -> list[Case]:
    cases = []
    for name in ("issuer", "phone", "other phone", "stranger"):
        public = made_key(name).public_key()
        numbers, form = public.public_numbers(), json_form(cose.cose_from_key(public))
        point = {"x": f"{numbers.x:064x}", "y": f"{numbers.y:064x}"}
        slug = name.replace(" ", "-")
        cases.append(case(f"key-{slug}", "key_from_cose", {"key": form}, output=point, comment="TEST key"))
        cases.append(case(f"cose-{slug}", "cose_from_key", point, output=form, comment="TEST key"))
    good = cose.cose_from_key(PHONE.public_key())
    return cases + [
        case(f"key-{name}", "key_from_cose", {"key": json_form(key)}, expect="malformed", comment=note)
        for name, (key, note) in _bad_keys(good).items()
    ]


def _bad_keys(good: dict[Any, Any]) -> dict[str, tuple[Any, str]]:
    uncompressed = PHONE.public_key().public_numbers().y.to_bytes(32, "big")
    legendre = {x: pow(x**3 - 3 * x + B, (P - 1) // 2, P) for x in range(1, 100)}
    off_curve, on_curve = (next(x for x, sign in legendre.items() if sign == wanted) for wanted in (P - 1, 1))
    return {
        "a11-x-off-the-curve": (good | {-2: off_curve.to_bytes(32, "big")}, "no y for this x"),
        "a11-x-is-p": (good | {-2: P.to_bytes(32, "big")}, "x = p"),
        "a11-x-above-p": (good | {-2: (P + on_curve).to_bytes(32, "big")}, "x = p + a small x that has a y"),
        "a11-x-all-ones": (good | {-2: b"\xff" * 32}, ""),
        "a11-x-of-31-bytes": (good | {-2: good[-2][:31]}, ""),
        "a11-x-of-33-bytes": (good | {-2: b"\0" + good[-2]}, ""),
        "a11-x-empty": (good | {-2: b""}, "the point at infinity has no x"),
        "a11-curve-p-384": (good | {-1: 2}, "{-1: 2}"),
        "a11-curve-ed25519": (good | {-1: 6}, "{-1: 6}"),
        "a11-curve-secp256k1": (good | {-1: 8}, "{-1: 8}"),
        "a11-key-type-okp": (good | {1: 1}, "{1: 1}"),
        "a11-key-type-symmetric": (good | {1: 4}, "{1: 4}"),
        "a11-curve-true": (good | {-1: True}, "true is not 1"),
        "a11-y-in-full": (good | {-3: uncompressed}, "y as bytes: one spelling only"),
        "a11-y-as-number": (good | {-3: 1}, "1 is not true"),
        "a11-y-missing": ({k: v for k, v in good.items() if k != -3}, ""),
        "a11-with-private-part": (good | {-4: bytes(32)}, "{-4: d}"),
        "a11-with-alg": (good | {3: -7}, "{3: -7}"),
        "a11-with-kid": (good | {2: b"kid"}, "{2: kid}"),
        "a11-empty": ({}, "{}"),
        "a11-array": ([2, 1], "[2, 1]"),
        "a11-null": (None, "null"),
    }


def build() -> dict[str, object]:
    assert signer(ISSUER)(b"x") == signer(ISSUER)(b"x")
    return {
        "about": "COSE_Sign1 with ES256. r/s edge cases: our own, in the manner of Wycheproof's P1363 set. TEST keys.",
        "source": "RFC 9052 §4.2-4.4; RFC 9053 §2.1, §7.1.1; SEC 1 §4.1.4",
        "cases": [*_parsing(), *_signing(), *_verifying(), *_keys()],
    }
