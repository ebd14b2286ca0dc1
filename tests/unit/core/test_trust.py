"""Trust: every shared vector, and both keys under one kid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amate.core import encoding, trust
from amate.errors import Malformed

VECTORS = Path(__file__).parents[2] / "vectors" / "trust.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


def _key_json(key: trust.IssuerKey) -> dict[str, Any]:
    made = key._asdict() | {"kid8": key.kid8.hex(), "use": sorted(key.use)}
    made["distrust"] = None if key.distrust is None else key.distrust._asdict()
    return {name: value for name, value in made.items() if name not in ("jwk", "public_key")}


def _issuers(text: str) -> dict[str, Any]:
    made = trust.parse_issuers(text.encode())
    return made._asdict() | {"keys": [_key_json(key) for key in made.keys]}


def _policy(text: str) -> dict[str, Any]:
    made = trust.parse_policy(text.encode())
    spelled = made._asdict()
    table = spelled.pop("table")
    lifetimes = {str(profile): seconds for profile, seconds in made.lifetimes.items()}
    limits = {"staleness": made.staleness._asdict(), "clock": made.clock._asdict(), "lifetimes": lifetimes}
    return spelled | limits | {"table_version": table.version}


def _trust(given: dict[str, Any]) -> trust.Trust:
    issuers, policy = trust.parse_issuers(given["issuers"].encode()), trust.parse_policy(given["policy"].encode())
    return trust.make_trust(issuers, policy, refreshed_at=1, floor=1, sealing={})


def _answer(case: dict[str, Any]) -> Any:
    call, given = case["call"], case["input"]
    if call == "parse_issuers":
        return _issuers(given["json"])
    if call == "parse_policy":
        return _policy(given["json"])
    if call == "seconds_from_iso":
        return trust.seconds_from_iso(given["text"])
    if call == "thumbprint":
        return encoding.base64url_encode(trust.thumbprint(given["jwk"]))
    if call == "refusal":
        (key,) = trust.parse_issuers(given["issuers"].encode()).keys
        return trust.refusal(key, given["use"], iat=given["iat"], now=case["now"])
    made = _trust(given)
    return {"env": made.env, "kid8s": sorted(kid8.hex() for kid8 in made.keys)}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vector(case: dict[str, Any]) -> None:
    if case["expect"] == "valid":
        assert _answer(case) == case["output"]
    else:
        with pytest.raises(Malformed) as refused:
            _answer(case)
        assert refused.value.slug == case["expect"]


def test_a05_both_keys_of_one_kid_are_tried() -> None:
    given = next(case for case in CASES if case["id"] == "trust-usual")["input"]
    issuers = trust.parse_issuers(given["issuers"].encode())
    same = tuple(key._replace(kid8=b"collides") for key in issuers.keys)
    policy = trust.parse_policy(given["policy"].encode())
    made = trust.make_trust(issuers._replace(keys=same), policy, refreshed_at=1, floor=1, sealing={})
    assert trust.keys_for(made, b"collides") == same
    assert trust.keys_for(made, b"unknown!") == ()
