"""Tokens that say which file of revocations is the newest, right and wrong in one way each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from amate.core import encoding
from amate.core.revocations import pack_revocations

from ._material import DAY, NOW, Case, case, jwk, kid, made_bytes, made_key, signer
from ._world import CREDENTIAL, ISSUER, STATUS, STATUS_BASE, STRANGER, status_token

URI = f"{STATUS_BASE}/revocations"
HEAD = {"alg": "ES256", "kid": kid(STATUS), "typ": "revocations+jwt"}
HASHES = [made_bytes(f"revocations {n}").hex() for n in range(34)]
DELTAS = [{"from": HASHES[1], "sha256": HASHES[2], "size": 900}, {"from": HASHES[3], "sha256": HASHES[4], "size": 1}]


def _claims(**changes: Any) -> dict[str, Any]:
    usual = {
        "sub": URI,
        "iat": NOW - 600,
        "exp": NOW + 7 * DAY,
        "ttl": 3_600,
        "lists": 131,
        "file": {"sha256": HASHES[0], "size": 1_390_000},
        "deltas": DELTAS,
    }
    return usual | changes


def _less(name: str) -> dict[str, Any]:
    return {key: value for key, value in _claims().items() if key != name}


def _signed(claims: dict[str, Any] | None = None, **how: Any) -> str:
    return status_token(_claims() if claims is None else claims, **{"header": HEAD, **how})


def _token(name: str, token: str, *, held: dict[str, int] | None = None, **outcome: Any) -> Case:
    given = {"token": token, "expected_uri": URI, "held": held}
    return case(f"token-{name}", "parse_revocations_token", given, **outcome)


def _read(**changes: Any) -> dict[str, Any]:
    usual = {
        "uri": URI,
        "iat": NOW - 600,
        "exp": NOW + 7 * DAY,
        "ttl": 3_600,
        "lists": 131,
        "sha256": HASHES[0],
        "size": 1_390_000,
        "deltas": [{"base": d["from"], "sha256": d["sha256"], "size": d["size"]} for d in DELTAS],
    }
    return usual | changes


def _many(count: int) -> list[dict[str, Any]]:
    return [{"from": HASHES[n + 1], "sha256": HASHES[0], "size": 9} for n in range(count)]


def _good() -> list[Case]:
    many = [{"base": d["from"], "sha256": d["sha256"], "size": 9} for d in _many(32)]
    largest = {"sha256": HASHES[0], "size": 2**25}
    return [
        _token("good", _signed(), output=_read()),
        _token("of-no-deltas", _signed(_claims(deltas=[])), output=_read(deltas=[])),
        _token("of-32-deltas", _signed(_claims(deltas=_many(32))), output=_read(deltas=many)),
        _token("of-no-lists", _signed(_claims(lists=0)), output=_read(lists=0)),
        _token("of-2048-lists", _signed(_claims(lists=2_048)), output=_read(lists=2_048)),
        _token("of-the-largest-file", _signed(_claims(file=largest)), output=_read(size=2**25)),
        _token("with-iss", _signed(_claims(iss="x")), output=_read(), comment="unknown claims pass"),
        _token("newer-than-held", _signed(), held={"iat": NOW - 601, "lists": 130}, output=_read()),
        _token("that-is-held", _signed(), held={"iat": NOW - 600, "lists": 131}, output=_read()),
    ]


def _behind() -> list[Case]:
    return [
        _token("c04-older-than-held", _signed(), held={"iat": NOW - 599, "lists": 131}, expect="older-revocations"),
        _token("c04-of-fewer-lists", _signed(), held={"iat": NOW - 601, "lists": 132}, expect="fewer-lists"),
    ]


def _malformed_claims() -> dict[str, dict[str, Any]]:
    file = {"sha256": HASHES[0], "size": 5}
    first, second = DELTAS
    wrong: dict[str, dict[str, Any]] = {
        "a12-iat-text": {"iat": str(NOW)},
        "a12-iat-float": {"iat": NOW + 0.5},
        "a12-iat-true": {"iat": True},
        "a12-exp-null": {"exp": None},
        "a12-exp-negative": {"exp": -1},
        "a12-ttl-text": {"ttl": "3600"},
        "lists-text": {"lists": "131"},
        "lists-negative": {"lists": -1},
        "lists-beyond": {"lists": 2_049},
        "file-null": {"file": None},
        "file-array": {"file": [file]},
        "file-without-sha256": {"file": {"size": 5}},
        "file-sha256-short": {"file": file | {"sha256": HASHES[0][1:]}},
        "file-sha256-long": {"file": file | {"sha256": HASHES[0] + "0"}},
        "file-sha256-upper-case": {"file": file | {"sha256": HASHES[0].upper()}},
        "file-sha256-with-newline": {"file": file | {"sha256": HASHES[0] + "\n"}},
        "file-sha256-of-a-path": {"file": file | {"sha256": "../" + HASHES[0][3:]}},
        "file-sha256-number": {"file": file | {"sha256": 1}},
        "file-without-size": {"file": {"sha256": HASHES[0]}},
        "file-of-no-bytes": {"file": file | {"size": 0}},
        "file-size-negative": {"file": file | {"size": -5}},
        "file-size-text": {"file": file | {"size": "5"}},
        "c06-file-too-large": {"file": file | {"size": 2**25 + 1}},
        "deltas-null": {"deltas": None},
        "deltas-object": {"deltas": first},
        "c06-deltas-too-many": {"deltas": _many(33)},
        "delta-null": {"deltas": [None]},
        "delta-without-from": {"deltas": [{"sha256": HASHES[2], "size": 9}]},
        "delta-from-upper-case": {"deltas": [first | {"from": HASHES[1].upper()}]},
        "delta-without-sha256": {"deltas": [{"from": HASHES[1], "size": 9}]},
        "delta-without-size": {"deltas": [{"from": HASHES[1], "sha256": HASHES[2]}]},
        "c06-delta-too-large": {"deltas": [first | {"size": 2**25 + 1}]},
        "delta-from-the-file-itself": {"deltas": [first | {"from": HASHES[0]}]},
        "two-deltas-from-one-file": {"deltas": [first, second | {"from": HASHES[1]}]},
    }
    changed = {name: _claims(**change) for name, change in wrong.items()}
    return changed | {f"without-{name}": _less(name) for name in ("iat", "exp", "ttl", "lists", "file", "deltas")}


def _malformed() -> dict[str, str]:
    good = _signed()
    headers = {
        "a01-alg-none": {"alg": "none"},
        "a03-jwk": {"jwk": jwk(STRANGER)},
        "a06-crit": {"crit": ["exp"]},
        "a10-typ-status-list": {"typ": "statuslist+jwt"},
        "a10-typ-credential": {"typ": "dc+sd-jwt"},
        "a10-typ-upper-case": {"typ": "REVOCATIONS+JWT"},
    }
    tokens = {name: _signed(claims) for name, claims in _malformed_claims().items()}
    tokens |= {name: _signed(header=HEAD | change, key=STATUS) for name, change in headers.items()}
    tokens |= {
        "two-parts": good.rpartition(".")[0],
        "newline-at-end": good + "\n",
        "empty": "",
        "a04-of-more-characters-than-it-may-have": _signed(_claims(more="x" * 2**14)),
    }
    return tokens | {"a10-a-status-list": status_token()}


def _refused() -> list[Case]:
    by_keys = {
        "a15-by-a-pass-key": (ISSUER, "wrong-key-use"),
        "a15-by-a-credential-key": (CREDENTIAL, "wrong-key-use"),
        "by-a-key-no-longer-in-force": (made_key("status ended"), "key-not-in-force"),
        "by-a-key-not-yet-in-force": (made_key("status next"), "key-not-in-force"),
        "by-a-revoked-key": (made_key("status revoked"), "key-revoked"),
        "by-a-stranger": (STRANGER, "unknown-issuer"),
    }
    cases = [
        _token(name, _signed(key=key, header=HEAD | {"kid": kid(key)}), expect=slug)
        for name, (key, slug) in by_keys.items()
    ]
    cases.append(_token("dated-before-its-key", _signed(_claims(iat=NOW - 300 * DAY)), expect="key-not-in-force"))
    places = {
        "another-host": "https://evil.example/status/revocations",
        "a-status-list": f"{STATUS_BASE}/0",
        "the-file": f"{URI}/token",
    }
    for name, sub in places.items():
        cases.append(_token(f"of-{name}", _signed(_claims(sub=sub)), expect="wrong-status-list"))
    cases.append(_token("without-sub", _signed(_less("sub")), expect="wrong-status-list"))
    signed = _signed().rpartition(".")[0]
    stranger = encoding.base64url_encode(signer(STRANGER)(signed.encode()))
    for name, signature in {"by-another": stranger, "of-zeros": encoding.base64url_encode(bytes(64))}.items():
        cases.append(_token(f"a07-signature-{name}", f"{signed}.{signature}", expect="bad-signature"))
    return cases


def held(lists: Sequence[Sequence[int]], *, more: bytes = b"", size: int | None = None, **how: Any) -> dict[str, str]:
    """What a device keeps: a token, and the file of these lists that it names.

    more: put behind the file after it was signed
    size: what the token says, if not the truth
    how:  other claims; `key`, by which it is signed
    """
    file, key = pack_revocations(lists), how.pop("key", STATUS)
    named = {"sha256": hashlib.sha256(file).hexdigest(), "size": size or len(file)}
    claims = _claims(lists=len(lists), file=named, deltas=[]) | how
    token = status_token(claims, key=key, header=HEAD | {"kid": kid(key)})
    return {"token": token, "file": (file + more).hex()}


def tokens() -> list[Case]:
    """Every case of parse_revocations_token."""
    wrong = [_token(name, token, expect="malformed") for name, token in _malformed().items()]
    return [*_good(), *_behind(), *wrong, *_refused()]


def agreements(file: bytes, sha256: str, lists: int) -> list[Case]:
    """Every case of check_agrees: a file that the token's hash is of, and what else the token says of it."""
    said = {
        "both": ({"size": len(file), "lists": lists}, {"output": None}),
        "not-the-size": ({"size": len(file) + 1, "lists": lists}, {"expect": "malformed"}),
        "not-the-lists": ({"size": len(file), "lists": lists + 1}, {"expect": "malformed"}),
    }
    return [
        case(f"agrees-{name}", "check_agrees", {"file": file.hex(), "sha256": sha256, **token}, **outcome)
        for name, (token, outcome) in said.items()
    ]
