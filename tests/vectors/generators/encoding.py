"""encoding.json: CBOR in one spelling, digits, base64url, strict JSON."""

from __future__ import annotations

from typing import Any

import cbor2

from amate.core import encoding

from ._material import Case, case, diagnostic, json_form, made_bytes

MAX = 2**53 - 1

VALUES: dict[str, Any] = {
    "zero": 0,
    "largest-in-one-byte": 23,
    "smallest-in-two-bytes": 24,
    "two-byte-argument": 256,
    "four-byte-argument": 65_536,
    "eight-byte-argument": 2**32,
    "largest-integer": MAX,
    "minus-one": -1,
    "smallest-integer": -MAX,
    "empty-bytes": b"",
    "bytes": b"\x00\xff",
    "empty-text": "",
    "text-in-spanish": "Ñandú",
    "text-outside-the-basic-plane": "\U0001f995",
    "text-with-a-byte-order-mark": "\ufeffA",
    "text-of-23": "a" * 23,
    "text-of-24": "a" * 24,
    "text-of-256": "a" * 256,
    "false": False,
    "true": True,
    "null": None,
    "empty-array": [],
    "empty-map": {},
    "array-in-array": [1, [2, [3]]],
    "map-with-integer-keys": {1: 1, 8: 2, -1: 3, -65537: 4},
    "map-with-text-keys": {"a": 1, "b": 2, "aa": 3},
    "map-shorter-key-first": {-1: 0, 24: 1},
    "eight-deep": [[[[[[[[]]]]]]]],
}

# What is wrong with the bytes, in CBOR diagnostic notation where it has one.
MALFORMED: dict[str, tuple[str, str]] = {
    "empty": ("", "no bytes at all"),
    "a14-trailing-byte": ("0000", "0, followed by another 0"),
    "a14-not-shortest-two-bytes": ("1817", "23 written as 0x18 0x17"),
    "a14-not-shortest-three-bytes": ("1900ff", "255 in three bytes"),
    "a14-not-shortest-five-bytes": ("1a0000ffff", "65535 in five bytes"),
    "a14-not-shortest-nine-bytes": ("1b00000000ffffffff", "4294967295 in nine bytes"),
    "a14-not-shortest-negative": ("3800", "-1 written as 0x38 0x00"),
    "a14-not-shortest-length-of-bytes": ("580101", "h'01' with its length in two bytes"),
    "a14-not-shortest-length-of-text": ("780161", '"a" with its length in two bytes'),
    "a14-not-shortest-count-of-array": ("980100", "[0] with its count in two bytes"),
    "a14-not-shortest-count-of-map": ("b8010000", "{0: 0} with its count in two bytes"),
    "a14-indefinite-bytes": ("5f4101ff", "(_ h'01')"),
    "a14-indefinite-text": ("7f6161ff", '(_ "a")'),
    "a14-indefinite-array": ("9f00ff", "[_ 0]"),
    "a14-indefinite-map": ("bf0000ff", "{_ 0: 0}"),
    "a14-break-alone": ("ff", "break"),
    "a14-reserved-length": ("1c", "additional information 28"),
    "a14-huge-length-of-bytes": ("5b7fffffffffffffff", "bytes of 2^63-1"),
    "a14-huge-length-of-text": ("7b7fffffffffffffff", "text of 2^63-1"),
    "a14-huge-count-of-array": ("9b7fffffffffffffff", "array of 2^63-1"),
    "a14-huge-count-of-map": ("bb7fffffffffffffff", "map of 2^63-1"),
    "a14-count-of-two-to-64-less-one": ("9bffffffffffffffff", "array of 2^64-1"),
    "a14-cut-short-in-argument": ("19ff", "two-byte argument, one byte there"),
    "a14-cut-short-in-bytes": ("420a", "two bytes announced, one there"),
    "a14-cut-short-in-array": ("8200", "two items announced, one there"),
    "a14-cut-short-in-map": ("a100", "key without value"),
    "a14-bignum": ("c249010000000000000000", "2(h'010000000000000000')"),
    "a14-negative-bignum": ("c349010000000000000000", "3(h'010000000000000000')"),
    "a14-bignum-of-a-small-number": ("c24101", "2(h'01')"),
    "tag-date": ("c074323032362d30312d30315430303a30303a30305a", '0("2026-01-01T00:00:00Z")'),
    "tag-sign1-inside": ("d28400", "18([0, …"),
    "tag-self-described": ("d9d9f700", "55799(0)"),
    "tag-bigfloat-with-huge-exponent": ("c5821b7fffffffffffffff01", "5([2^63-1, 1])"),
    "float-half": ("f93c00", "1.0 as half"),
    "float-single": ("fa3f800000", "1.0 as single"),
    "float-double": ("fb3ff0000000000000", "1.0 as double"),
    "float-nan": ("f97e00", "NaN"),
    "float-infinity": ("f97c00", "Infinity"),
    "undefined": ("f7", "undefined"),
    "simple-zero": ("e0", "simple(0)"),
    "simple-long-form": ("f818", "simple(24)"),
    "simple-false-in-two-bytes": ("f814", "false written as 0xf8 0x14"),
    "integer-two-to-53": ("1b0020000000000000", "9007199254740992"),
    "integer-minus-two-to-53": ("3b001fffffffffffff", "-9007199254740992"),
    "integer-two-to-64-less-one": ("1bffffffffffffffff", "18446744073709551615"),
    "text-not-utf-8": ("61ff", "text of one byte 0xff"),
    "text-overlong-utf-8": ("62c080", "U+0000 in two bytes"),
    "text-surrogate": ("63eda080", "U+D800"),
    "text-beyond-unicode": ("64f4908080", "U+110000"),
    "a09-duplicate-integer-key": ("a200000001", "{0: 0, 0: 1}"),
    "a09-duplicate-text-key": ("a2616100616101", '{"a": 0, "a": 1}'),
    "a09-duplicate-key-in-inner-map": ("a100a201000100", "{0: {1: 0, 1: 0}}"),
    "keys-out-of-order": ("a201000000", "{1: 0, 0: 0}"),
    "keys-negative-before-positive": ("a220000000", "{-1: 0, 0: 0}"),
    "keys-longer-first": ("a21818002000", "{24: 0, -1: 0}"),
    "key-bytes": ("a1410000", "{h'00': 0}"),
    "key-array": ("a18000", "{[]: 0}"),
    "key-null": ("a1f600", "{null: 0}"),
    "key-true": ("a1f500", "{true: 0}"),
    "nine-deep": ("818181818181818180", "[[[[[[[[[]]]]]]]]]"),
    "nine-deep-in-maps": ("a100a100a100a100a100a100a100a100a0", "nine maps inside each other"),
    "longer-than-1024": ("5903fe" + "00" * 1022, "1,025 bytes"),
}

SCANNED: dict[str, str] = {
    "empty": "",
    "one": "1",
    "letters": "hola",
    "url": "https://example.org/verify?t=123",
    "whatsapp-link": "https://wa.me/5215512345678",
    "emoji": "\U0001f600",
    "emoji-after-digits": "1123\U0001f600",
    "unicode-digits-arabic": "\u0661\u0661\u0662\u0663",
    "unicode-digits-fullwidth": "\uff11\uff11\uff12\uff13",
    "unicode-superscript": "1\u00b2\u00b3",
    "e09-base45-three-colons": ":::",
    "e09-base45-too-large": "GGX",
    "e09-lower-case": "hc1:6bfoxn",
    "e09-no-break-space": "1123\u00a0456",
    "eu-dcc-prefix": "HC1:6BFOXN%TSMAHN-H6SKJPT.-7G2TZ97$KFLA4EOIOFM",
    "smart-health-card-prefix": "shc:/567629595326546034602925",
    "curp": "HEGM560427MVZRRL04",
    "nss": "12345678903",
    "leading-zero-after-format": "1" + "0" + "300",
    "format-zero": "0" + str(0x01AA),
    "format-two": "2" + str(0x01AA),
    "leading-zeros-before-format": "001" + str(0x01AA),
    "plus-sign": "1+426",
    "minus-sign": "1-426",
    "underscore": "14_26",
    "space-inside": "1 426",
    "newline-at-end": "1426\n",
    "decimal-point": "1426.0",
    "exponent": "1426e3",
    "hexadecimal": "0x1426",
    "sentinel-zero-only": "10",
    "sentinel-two": "1" + str(0x02AA),
    "sentinel-255": "1" + str(0xFFAA),
    "four-kilobytes-of-text": "Lorem ipsum dolor " * 228,
    "four-kilobytes-of-digits": "1" + "7" * 4095,
    "one-digit-too-long": "1" + "3" * 2470,
    "one-byte-too-long": "1" + str(int.from_bytes(b"\x01" + bytes(1025), "big")),
    "nul-character": "1426\u0000",
    "byte-order-mark": "\ufeff1426",
    "aamva-driving-licence": "@\n\u001e\rANSI 636000090002DL00410278",
}

JSON_GOOD: dict[str, str] = {
    "object": '{"a":1,"b":[true,false,null,"x"]}',
    "white-space": ' { "a" : [ 1 , 2 ] } \n',
    "largest-integer": "9007199254740991",
    "smallest-integer": "-9007199254740991",
    "escapes": '"\\u00d1\\n\\ud83d\\ude00"',
    "empty-object": "{}",
    "text-alone": '"a"',
    "proto-member": '{"__proto__":1}',
    "32-deep": "[" * 32 + "]" * 32,
}

JSON_MALFORMED: dict[str, str] = {
    "empty": "",
    "a09-member-twice": '{"iss":"a","iss":"b"}',
    "a09-member-twice-by-escape": '{"iss":1,"\\u0069ss":2}',
    "a09-member-twice-inside": '{"a":[{"exp":1,"exp":2}]}',
    "a12-nan": "NaN",
    "a12-infinity": '{"exp":Infinity}',
    "a12-minus-infinity": '{"exp":-Infinity}',
    "a12-fraction": '{"exp":1.5}',
    "a12-fraction-zero": '{"exp":1.0}',
    "a12-exponent": '{"exp":1e3}',
    "a12-minus-zero": "-0",
    "a12-leading-zero": "01",
    "a12-plus": "+1",
    "a12-too-large": "9007199254740992",
    "a12-too-small": "-9007199254740992",
    "a12-very-large": "1" + "0" * 400,
    "trailing-comma": "[1,]",
    "trailing-text": "{} {}",
    "single-quotes": "{'a':1}",
    "comment": "{/* */}",
    "member-without-quotes": "{a:1}",
    "control-character-in-text": '"\u0001"',
    "lone-high-surrogate": '"\\ud800"',
    "lone-low-surrogate": '{"\\udc00":1}',
    "byte-order-mark": "\ufeff{}",
    "33-deep": "[" * 33 + "]" * 33,
    "5000-deep": "[" * 5_000,
    "cut-short": '{"a":',
    "no-break-space": "\u00a0{}",
}


def _cbor() -> list[Case]:
    cases = []
    for name, value in VALUES.items():
        encoded, note = cbor2.dumps(value, canonical=True).hex(), diagnostic(value)
        form = json_form(value)
        cases.append(case(f"decode-{name}", "decode_cbor", {"hex": encoded}, output=form, comment=note))
        cases.append(case(f"encode-{name}", "encode_cbor", {"value": form}, output=encoded, comment=note))
    cases += [
        case(f"decode-{name}", "decode_cbor", {"hex": raw}, expect="malformed", comment=note)
        for name, (raw, note) in MALFORMED.items()
    ]
    deep = {"hex": "81" * 10_000, "max_bytes": 16_384}
    cases.append(case("decode-a14-ten-thousand-deep", "decode_cbor", deep, expect="malformed"))
    cases.append(case("decode-two-deep-of-two", "decode_cbor", {"hex": "8180", "max_depth": 2}, output=[[]]))
    cases.append(case("decode-two-deep-of-one", "decode_cbor", {"hex": "8180", "max_depth": 1}, expect="malformed"))
    for name, value in {"integer-two-to-53": 2**53, "nine-deep": [[[[[[[[[]]]]]]]]]}.items():
        cases.append(case(f"encode-{name}", "encode_cbor", {"value": value}, expect="malformed"))
    return cases


def _digits() -> list[Case]:
    cases = []
    raws = {"empty": b"", "one-zero-byte": b"\0", "leading-zeros": bytes(3) + b"\x01", "all-ones": b"\xff" * 8}
    raws |= {f"{size}-bytes": made_bytes(f"digits {size}", size) for size in (1, 32, 366, 1023, 1024)}
    for name, raw in raws.items():
        text = "1" + str(int.from_bytes(b"\x01" + raw, "big"))
        cases.append(case(f"text-{name}", "text_from_bytes", {"hex": raw.hex()}, output=text))
        cases.append(case(f"bytes-{name}", "bytes_from_text", {"text": text}, output=raw.hex()))
    long = {"hex": bytes(1025).hex()}
    cases.append(case("text-1025-bytes", "text_from_bytes", long, expect="not-a-pass"))
    cases += [
        case(f"scanned-{name}", "bytes_from_text", {"text": text}, expect="not-a-pass")
        for name, text in SCANNED.items()
    ]
    return cases


def _base64url() -> list[Case]:
    cases = []
    for raw in (b"", b"f", b"fo", b"foo", b"\xfb\xff\xfe", made_bytes("base64url", 33)):
        text, name = encoding.base64url_encode(raw), f"{len(raw)}-{raw[:2].hex() or 'empty'}"
        cases.append(case(f"base64url-encode-{name}", "base64url_encode", {"hex": raw.hex()}, output=text))
        cases.append(case(f"base64url-decode-{name}", "base64url_decode", {"text": text}, output=raw.hex()))
    wrong = {
        "a08-padded": "Zg==",
        "a08-loose-bits-one-byte": "Zh",
        "a08-loose-bits-two-bytes": "Zm9",
        "length-one": "Z",
        "length-five": "Zm9vY",
        "plus": "-+_A",
        "slash": "-/_A",
        "space": "Zm9 v",
        "newline-at-end": "Zm9v\n",
        "not-ascii": "Zm9\u00f1",
        "fullwidth": "\uff21\uff21\uff21\uff21",
    }
    return cases + [
        case(f"base64url-decode-{name}", "base64url_decode", {"text": text}, expect="malformed")
        for name, text in wrong.items()
    ]


def _json() -> list[Case]:
    cases = [
        case(f"json-{name}", "strict_json", {"text": text}, output=encoding.strict_json(text))
        for name, text in JSON_GOOD.items()
    ]
    cases += [
        case(f"json-{name}", "strict_json", {"text": text}, expect="malformed") for name, text in JSON_MALFORMED.items()
    ]
    return [*cases, case("json-not-utf-8", "strict_json", {"hex": "22ff22"}, expect="malformed")]


def build() -> dict[str, object]:
    return {
        "about": "Bytes in exactly one spelling. CBOR in JSON: bytes {bytes: hex}, maps {map: [[key, value]]}.",
        "source": "RFC 8949 §4.2; RFC 4648 §5; RFC 7493; generated, the malformed ones by hand",
        "cases": [*_cbor(), *_digits(), *_base64url(), *_json()],
    }
