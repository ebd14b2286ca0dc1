"""status_list.json: byte arrays as in the draft, and tokens right and wrong."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac, serialization

from amate.core import cose, encoding, status_list

from ._material import DAY, NOW, Case, case, jwk, kid, made_bytes, made_key, signer
from ._world import (
    CREDENTIAL,
    ISSUER,
    STATUS,
    STATUS_BASE,
    STRANGER,
    status_claims,
    status_issuers,
    status_token,
)

# draft-ietf-oauth-status-list §4.2: the two examples, with their 16 and 12 statuses from index 0.
DRAFT = {
    1: ("b9a3", "eNrbuRgAAhcBXQ", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
    2: ("c944f9", "eNo76fITAAPfAgc", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
}
DRAFT_NOTE = "from draft-ietf-oauth-status-list, untouched"
URI = f"{STATUS_BASE}/0"
LAST_BIT = {"zeros": 2**17 - 1, "then": "80"}


def _draft() -> list[Case]:
    cases = []
    for bits, (raw, lst, statuses) in DRAFT.items():
        given = {"statuses": {str(i): s for i, s in enumerate(statuses) if s}, "bits": bits, "size": len(statuses)}
        cases.append(case(f"c01-draft-{bits}-bit-pack", "pack_statuses", given, output=raw, comment=DRAFT_NOTE))
        cases.append(case(f"c01-draft-{bits}-bit-unpack", "unpack", {"lst": lst}, output=raw, comment=DRAFT_NOTE))
        for index, status in enumerate(statuses):
            name = f"c01-draft-{bits}-bit-index-{index}"
            cases.append(_at(name, raw, bits, index, output=status))
    return cases


def _at(name: str, raw: str, bits: int, index: Any, **outcome: Any) -> Case:
    return case(name, "status_at", {"raw": raw, "bits": bits, "index": index}, **outcome)


def _arrays() -> list[Case]:
    cases = []
    for bits in (1, 2, 4, 8):
        statuses = {i * 7 % 64: made_bytes(f"status {bits}", 64)[i] % (1 << bits) for i in range(64)}
        raw = zlib.decompress(status_list.pack_statuses(statuses, bits=bits, size=64)).hex()
        given = {"statuses": {str(i): s for i, s in sorted(statuses.items())}, "bits": bits, "size": 64}
        cases.append(case(f"c01-{bits}-bit-pack", "pack_statuses", given, output=raw))
        cases += [_at(f"c01-{bits}-bit-index-{i}", raw, bits, i, output=statuses[i]) for i in (0, 1, 7, 8, 62, 63)]
    for name, index in {"size": 16, "minus-one": -1, "two-to-53-less-one": 2**53 - 1, "two-to-20": 2**20}.items():
        cases.append(_at(f"c02-index-{name}", "b9a3", 1, index, expect="status-out-of-range"))
    wrong = {
        "index-beyond": {"statuses": {"16": 1}, "bits": 1, "size": 16},
        "status-too-wide": {"statuses": {"0": 2}, "bits": 1, "size": 16},
    }
    for name, given in wrong.items():
        cases.append(case(f"c02-pack-{name}", "pack_statuses", given, expect="status-out-of-range"))
    three = {"statuses": {}, "bits": 3, "size": 16}
    return [*cases, case("c01-pack-3-bits", "pack_statuses", three, expect="malformed")]


def _streams() -> list[Case]:
    full = bytes(2**17)
    good = {"full-size": full, "one-byte": b"\x80", "empty": b""}
    cases = [
        case(f"unpack-{name}", "unpack", {"lst": _lst(zlib.compress(raw, 9))}, output=_short(raw))
        for name, raw in good.items()
    ]
    packed = zlib.compress(b"\xb9\xa3", 9)
    wrong = {
        "c06-one-byte-too-many": zlib.compress(full + b"\0", 9),
        "c06-sixteen-megabytes": zlib.compress(bytes(2**24), 9),
        "trailing-byte": packed + b"\0",
        "two-streams": packed + packed,
        "cut-short": packed[:-1],
        "checksum-flipped": packed[:-1] + bytes((packed[-1] ^ 1,)),
        "raw-deflate": zlib.compress(b"\xb9\xa3", 9, wbits=-15),
        "gzip": zlib.compress(b"\xb9\xa3", 9, wbits=31),
        "no-bytes": b"",
        "not-compressed": b"\xb9\xa3",
    }
    return cases + [
        case(f"unpack-{name}", "unpack", {"lst": _lst(raw)}, expect="malformed") for name, raw in wrong.items()
    ]


def _lst(raw: bytes) -> str:
    return encoding.base64url_encode(raw)


def _short(raw: bytes) -> Any:
    """Long arrays of one byte are told by their length."""
    return {"zeros": len(raw), "then": ""} if len(raw) > 1024 else raw.hex()


def _uris() -> list[Case]:
    good = {"zero": (URI, 0), "large": (f"{STATUS_BASE}/1048575", 2**20 - 1), "path-only": ("status/5", 5)}
    cases = [case(f"number-{name}", "number_of", {"uri": uri}, output=n) for name, (uri, n) in good.items()]
    wrong = {
        "too-large": f"{STATUS_BASE}/1048576",
        "leading-zero": f"{STATUS_BASE}/01",
        "negative": f"{STATUS_BASE}/-1",
        "none": f"{STATUS_BASE}/",
        "text": f"{STATUS_BASE}/a",
        "other-path": "https://amate.example/lists/1",
        "query": f"{STATUS_BASE}/1?x=2",
        "newline-at-end": f"{STATUS_BASE}/1\n",
        "unicode-digit": f"{STATUS_BASE}/\u0661",
        "other-path-with-the-ending": "https://amate.example/mystatus/1",
    }
    return cases + [
        case(f"number-{name}", "number_of", {"uri": uri}, expect="malformed") for name, uri in wrong.items()
    ]


def _token(name: str, token: str, *, expect: str = "valid", output: Any = None, comment: str = "") -> Case:
    given = {"token": token, "expected_uri": URI}
    return case(f"token-{name}", "parse_status_token", given, expect=expect, output=output, comment=comment)


def _good_tokens() -> list[Case]:
    usual = {"uri": URI, "number": 0, "bits": 1, "size": 64, "raw": "0800000000010000"}
    times = {"iat": NOW - 600, "exp": NOW + 7 * DAY, "ttl": 3_600}
    r, s = _halves(status_token())
    malleated = f"{status_token().rpartition('.')[0]}.{_lst(r + (cose.ORDER - s).to_bytes(32, 'big'))}"
    full = status_claims(status_list={"bits": 1, "lst": _lst(status_list.pack_statuses({2**20 - 1: 1}))})
    return [
        _token("good", status_token(), output=usual | times),
        _token("a08-malleated", malleated, output=usual | times, comment="s → n - s: another token, the same list"),
        _token("without-exp", status_token(_less("exp")), output=usual | times | {"exp": None}),
        _token("without-ttl", status_token(_less("ttl")), output=usual | times | {"ttl": None}),
        _token("with-iss", status_token(status_claims(iss="x")), output=usual | times, comment="unknown claims pass"),
        _token("full-size", status_token(full), output=usual | times | {"size": 2**20, "raw": LAST_BIT}),
    ]


def _halves(token: str) -> tuple[bytes, int]:
    raw = encoding.base64url_decode(token.rpartition(".")[2])
    return raw[:32], int.from_bytes(raw[32:], "big")


def _less(name: str) -> dict[str, Any]:
    return {key: value for key, value in status_claims().items() if key != name}


def _bad_headers() -> dict[str, str]:
    head = {"alg": "ES256", "kid": kid(STATUS), "typ": "statuslist+jwt"}
    changes: dict[str, dict[str, Any]] = {
        "a03-jwk": {"jwk": jwk(STRANGER)},
        "a03-jku": {"jku": "https://evil.example/keys"},
        "a03-x5u": {"x5u": "https://evil.example/chain"},
        "a03-x5c": {"x5c": ["MIIB"]},
        "a06-crit": {"crit": ["exp"]},
        "a06-crit-unknown": {"crit": ["amate"], "amate": 1},
        "a06-b64-false": {"b64": False, "crit": ["b64"]},
        "a10-typ-jwt": {"typ": "JWT"},
        "a10-typ-credential": {"typ": "dc+sd-jwt"},
        "a10-typ-proof": {"typ": "openid4vci-proof+jwt"},
        "a10-typ-access-token": {"typ": "at+jwt"},
        "a10-typ-upper-case": {"typ": "STATUSLIST+JWT"},
        "a10-typ-long-form": {"typ": "application/statuslist+jwt"},
        "alg-es384": {"alg": "ES384"},
        "alg-eddsa": {"alg": "EdDSA"},
        "alg-array": {"alg": ["ES256"]},
        "a04-kid-number": {"kid": 1},
        "a04-kid-null": {"kid": None},
    }
    for spelling in ("none", "None", "NONE", "nOnE", "", " none"):
        changes[f"a01-alg-{'-'.join(f'{ord(c):x}' for c in spelling) or 'empty'}"] = {"alg": spelling}
    tokens = {name: status_token(header=head | change, key=STATUS) for name, change in changes.items()}
    for name in head:
        tokens[f"header-without-{name}"] = status_token(header={k: v for k, v in head.items() if k != name})
    return tokens


def _hmac_forgeries() -> dict[str, str]:
    """A02: the public key, in each of its spellings, as a secret."""
    public = STATUS.public_key()
    secrets = {
        "pem": public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(jwk(STATUS), separators=(",", ":")).encode(),
        "raw-point": public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
    }
    header = {"alg": "HS256", "kid": kid(STATUS), "typ": "statuslist+jwt"}
    signed = status_token(header=header).rpartition(".")[0]
    return {f"a02-{name}": f"{signed}.{_lst(_hmac(secret, signed))}" for name, secret in secrets.items()}


def _hmac(secret: bytes, text: str) -> bytes:
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(text.encode())
    return mac.finalize()


def _bad_spellings() -> dict[str, str]:
    good, head = status_token(), json.dumps({"alg": "ES256", "kid": kid(STATUS), "typ": "statuslist+jwt"})
    body = json.dumps(status_claims())
    padded = base64.urlsafe_b64encode(encoding.base64url_decode(good.rpartition(".")[2])).decode()
    assert padded.endswith("=")
    last = good[-1]
    loose = good[:-1] + chr(ord(last) + 1)
    return {
        "a08-padded-signature": f"{good.rpartition('.')[0]}.{padded}",
        "a08-loose-bits-in-signature": loose,
        "a09-alg-twice": status_token(raw=(head.replace("{", '{"alg":"none",', 1), body)),
        "a09-sub-twice": status_token(raw=(head, body.replace("{", '{"sub":"x",', 1))),
        "a09-iat-twice": status_token(raw=(head, body.replace("{", '{"iat":1,', 1))),
        "a09-lst-twice": status_token(raw=(head, body.replace('"lst"', '"lst":"","lst"', 1))),
        "header-not-json": status_token(raw=("x", body)),
        "header-array": status_token(raw=("[]", body)),
        "claims-array": status_token(raw=(head, "[]")),
        "claims-not-json": status_token(raw=(head, "")),
        "two-parts": good.rpartition(".")[0],
        "four-parts": good + ".",
        "empty": "",
        "newline-at-end": good + "\n",
        "space-before": " " + good,
        "a10-sd-jwt-tilde": good + "~",
    }


def _bad_claims() -> dict[str, str]:
    lst = status_claims()["status_list"]["lst"]
    changes: dict[str, dict[str, Any]] = {
        "a12-iat-text": {"iat": str(NOW)},
        "a12-iat-float": {"iat": NOW + 0.5},
        "a12-iat-negative": {"iat": -1},
        "a12-iat-true": {"iat": True},
        "a12-iat-null": {"iat": None},
        "a12-exp-text": {"exp": str(NOW)},
        "a12-exp-float": {"exp": NOW + 0.5},
        "a12-exp-null": {"exp": None},
        "a12-exp-nan": {"exp": float("nan")},
        "a12-exp-infinity": {"exp": float("inf")},
        "a12-ttl-text": {"ttl": "3600"},
        "a12-ttl-negative": {"ttl": -1},
        "status-list-text": {"status_list": lst},
        "status-list-null": {"status_list": None},
        "c01-two-bits": {"status_list": {"bits": 2, "lst": lst}},
        "c01-bits-text": {"status_list": {"bits": "1", "lst": lst}},
        "c01-bits-true": {"status_list": {"bits": True, "lst": lst}},
        "c01-bits-missing": {"status_list": {"lst": lst}},
        "lst-missing": {"status_list": {"bits": 1}},
        "lst-number": {"status_list": {"bits": 1, "lst": 5}},
        "lst-padded": {"status_list": {"bits": 1, "lst": lst + "="}},
        "lst-not-compressed": {"status_list": {"bits": 1, "lst": "uaM"}},
        "c06-bomb": {"status_list": {"bits": 1, "lst": _lst(zlib.compress(bytes(2**24), 9))}},
    }
    tokens = {name: status_token(status_claims(**change)) for name, change in changes.items()}
    return tokens | {f"without-{name}": status_token(_less(name)) for name in ("iat", "status_list")}


def _bad_signatures() -> dict[str, str]:
    signed, _, encoded = status_token().rpartition(".")
    raw, n = encoding.base64url_decode(encoded), cose.ORDER.to_bytes(32, "big")
    stranger = signer(STRANGER)(signed.encode())
    signatures = {
        "a07-zeros": bytes(64),
        "a07-r-zero": bytes(32) + raw[32:],
        "a07-s-zero": raw[:32] + bytes(32),
        "a07-r-is-n": n + raw[32:],
        "a07-s-is-n": raw[:32] + n,
        "a07-all-ones": b"\xff" * 64,
        "by-a-stranger": stranger,
        "flipped": raw[:-1] + bytes((raw[-1] ^ 1,)),
        "of-63": raw[:63],
        "empty": b"",
        "der": b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:],
    }
    return {f"signature-{name}": f"{signed}.{_lst(value)}" for name, value in signatures.items()}


def _kids() -> dict[str, str]:
    kids = ["../../etc/passwd", "' OR 1=1 --", "https://evil.example/key", "\u0000", "", kid(STATUS)[:11]]
    kids.append(kid(STRANGER))
    head = {"alg": "ES256", "typ": "statuslist+jwt"}
    return {f"a04-kid-{at}": status_token(header=head | {"kid": text}) for at, text in enumerate(kids)}


def _refused_keys() -> list[Case]:
    wrong = {
        "a15-by-a-pass-key": (ISSUER, "wrong-key-use"),
        "a15-by-a-credential-key": (CREDENTIAL, "wrong-key-use"),
        "by-a-key-no-longer-in-force": (made_key("status ended"), "key-not-in-force"),
        "by-a-key-not-yet-in-force": (made_key("status next"), "key-not-in-force"),
        "by-a-revoked-key": (made_key("status revoked"), "key-revoked"),
    }
    cases = [_token(name, status_token(key=key), expect=slug) for name, (key, slug) in wrong.items()]
    back = status_claims(iat=NOW - 300 * DAY)
    cases.append(_token("dated-before-its-key", status_token(back), expect="key-not-in-force"))
    for name, uri in {"another-number": f"{STATUS_BASE}/1", "another-host": "https://evil.example/status/0"}.items():
        cases.append(_token(f"of-{name}", status_token(status_claims(sub=uri)), expect="wrong-status-list"))
    for name, sub in {"missing": None, "number": 0}.items():
        claims = _less("sub") if sub is None else status_claims(sub=sub)
        cases.append(_token(f"sub-{name}", status_token(claims), expect="wrong-status-list"))
    return cases


def _tokens() -> list[Case]:
    malformed = _bad_headers() | _hmac_forgeries() | _bad_spellings() | _bad_claims()
    cases = [_token(name, token, expect="malformed") for name, token in malformed.items()]
    cases += [_token(name, token, expect="bad-signature") for name, token in _bad_signatures().items()]
    cases += [_token(name, token, expect="unknown-issuer") for name, token in _kids().items()]
    return [*_good_tokens(), *cases, *_refused_keys()]


def build() -> dict[str, object]:
    return {
        "about": "Status lists of 1, 2, 4 and 8 bits, and their tokens. parse_status_token is judged by `issuers`.",
        "source": "draft-ietf-oauth-status-list §4.1, §4.2, §5.1; the draft's own examples are marked. TEST keys.",
        "issuers": status_issuers(),
        "cases": [*_draft(), *_arrays(), *_streams(), *_uris(), *_tokens()],
    }
