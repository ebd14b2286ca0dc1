"""trust.json: the issuers' list, the policy, and when a key is refused."""

from __future__ import annotations

import json
from typing import Any

from amate.core import trust
from amate.core.trust import IssuerKey

from ._material import DAY, NOW, Case, case, jwk, kid, kid8, made_key
from ._world import (
    CREDENTIAL,
    ISS,
    ISSUER,
    LIFETIMES,
    STATUS,
    STATUS_BASE,
    TABLE,
    iso,
    issuers,
    key_entry,
    policy,
    seconds,
)

P384 = {"kty": "EC", "crv": "P-384", "x": "A" * 64, "y": "A" * 64}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def key_json(key: IssuerKey) -> dict[str, Any]:
    """A parsed key as JSON; `use` sorted."""
    distrust = None if key.distrust is None else key.distrust._asdict()
    return {
        "iss": key.iss,
        "kid": key.kid,
        "kid8": key.kid8.hex(),
        "use": sorted(key.use),
        "state": key.state,
        "sign_from": key.sign_from,
        "sign_until": key.sign_until,
        "accept_until": key.accept_until,
        "distrust": distrust,
    }


def _parsed(listed: dict[str, Any]) -> dict[str, Any]:
    made = trust.parse_issuers(_text(listed).encode())
    return {
        "version": made.version,
        "env": made.env,
        "generated_at": made.generated_at,
        "keys": [key_json(key) for key in made.keys],
    }


def _good_lists() -> list[Case]:
    other = {"alg": "ES512", "kid": "x", "jwk": {"kty": "EC"}, "use": ["pass"]}
    after = {"distrust": {"mode": "iat_after", "at": iso(NOW), "reason": "stolen"}}
    lists = {
        "usual": issuers(),
        "of-the-demo": issuers(env="demo"),
        "of-every-state": issuers(
            *(key_entry(made_key(state), ["pass"], state=state) for state in sorted(trust.STATES))
        ),
        "several-uses": issuers(key_entry(ISSUER, ["pass", "status", "a-later-use"])),
        "distrust-all": issuers(key_entry(ISSUER, ["pass"], distrust={"mode": "all", "reason": "stolen"})),
        "distrust-after": issuers(key_entry(ISSUER, ["pass"], **after)),
        "distrust-null": issuers(key_entry(ISSUER, ["pass"], distrust=None)),
        "another-algorithm-is-passed-over": issuers(other, key_entry(ISSUER, ["pass"])),
        "unknown-members": issuers(key_entry(ISSUER, ["pass"], channel="desk", shard=4)) | {"later": [1]},
        "no-issuers": issuers() | {"issuers": []},
        "two-issuers": issuers()
        | {
            "issuers": [
                {"iss": ISS, "name": "Uno", "keys": [key_entry(ISSUER, ["pass"])]},
                {"iss": "https://otro.example", "name": "Otro", "keys": [key_entry(STATUS, ["status"])]},
            ]
        },
    }
    return [
        case(f"issuers-{name}", "parse_issuers", {"json": _text(listed)}, output=_parsed(listed))
        for name, listed in lists.items()
    ]


def _bad_lists() -> list[Case]:
    entry, usual = key_entry(ISSUER, ["pass"]), issuers(key_entry(ISSUER, ["pass"]))
    point = jwk(ISSUER)
    changed: dict[str, dict[str, Any]] = {
        "kid-of-another-key": {"kid": kid(STATUS)},
        "kid-cut-short": {"kid": kid(ISSUER)[:11]},
        "a11-curve-p-384": {"jwk": P384},
        "a11-curve-name": {"jwk": point | {"crv": "secp256k1"}},
        "a11-key-type": {"jwk": point | {"kty": "OKP"}},
        "a11-off-the-curve": {"jwk": point | {"y": point["x"]}},
        "a11-point-at-infinity": {"jwk": point | {"x": "A" * 43, "y": "A" * 43}},
        "a11-short-coordinate": {"jwk": point | {"x": point["x"][:40]}},
        "a11-padded-coordinate": {"jwk": point | {"x": point["x"] + "="}},
        "a11-private-key": {"jwk": point | {"d": "A" * 43}},
        "a11-jwk-with-alg": {"jwk": point | {"alg": "ES256"}},
        "jwk-without-y": {"jwk": {name: point[name] for name in ("kty", "crv", "x")}},
        "jwk-number": {"jwk": point | {"x": 1}},
        "jwk-null": {"jwk": None},
        "alg-missing": {"alg": None},
        "state-unknown": {"state": "resting"},
        "state-null": {"state": None},
        "use-text": {"use": "pass"},
        "use-of-numbers": {"use": [1]},
        "time-number": {"sign_from": NOW},
        "time-null": {"sign_until": None},
        "distrust-text": {"distrust": "all"},
        "distrust-mode-unknown": {"distrust": {"mode": "some"}},
        "distrust-after-nothing": {"distrust": {"mode": "iat_after"}},
    }
    texts = {name: _text(issuers(entry | change)) for name, change in changed.items()}
    texts |= {
        "kid-twice": _text(issuers(entry, entry)),
        "version-text": _text(usual | {"version": "3"}),
        "version-negative": _text(usual | {"version": -1}),
        "version-true": _text(usual | {"version": True}),
        "env-missing": _text(usual | {"env": None}),
        "env-upper-case": _text(usual | {"env": "PROD"}),
        "env-empty": _text(usual | {"env": ""}),
        "generated-at-missing": _text(usual | {"generated_at": None}),
        "issuers-object": _text(usual | {"issuers": {}}),
        "issuer-text": _text(usual | {"issuers": ["x"]}),
        "iss-missing": _text(usual | {"issuers": [{"keys": []}]}),
        "keys-missing": _text(usual | {"issuers": [{"iss": ISS}]}),
        "array": "[]",
        "not-json": "",
        "a09-env-twice": _text(usual).replace('"env"', '"env":"demo","env"', 1),
    }
    return [
        case(f"issuers-{name}", "parse_issuers", {"json": text}, expect="malformed") for name, text in texts.items()
    ]


def _instants() -> list[Case]:
    good = {
        "1970-01-01T00:00:00Z": 0,
        "2000-02-29T23:59:59Z": 951_868_799,
        "2026-06-15T18:00:00Z": NOW,
        "9999-12-31T23:59:59Z": 253_402_300_799,
    }
    cases = [case(f"instant-{text}", "seconds_from_iso", {"text": text}, output=n) for text, n in good.items()]
    wrong = [
        "2026-02-29T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T23:60:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00z",
        "2026-01-01t00:00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.0Z",
        "2026-01-01T00:00Z",
        "2026-01-01",
        "26-01-01T00:00:00Z",
        "+002026-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
        "\u0662\u0660\u0662\u0666-01-01T00:00:00Z",
        "",
    ]
    return cases + [
        case(f"instant-wrong-{at}", "seconds_from_iso", {"text": text}, expect="malformed")
        for at, text in enumerate(wrong)
    ]


def _policies() -> list[Case]:
    output = {
        "version": 5,
        "env": "prod",
        "staleness": policy()["staleness"],
        "clock": policy()["clock"],
        "lifetimes": {str(profile): lasts for profile, lasts in LIFETIMES.items()},
        "status_base": STATUS_BASE,
        "table_version": TABLE["version"],
    }
    usual = {"json": _text(policy())}
    later = {"json": _text(policy(messages={"es-MX": {}}))}
    cases = [
        case("policy-usual", "parse_policy", usual, output=output),
        case("policy-unknown-member", "parse_policy", later, output=output),
    ]
    limits, clock = policy()["staleness"], policy()["clock"]
    wrong: dict[str, dict[str, Any]] = {
        "staleness-missing": {"staleness": None},
        "staleness-warn-after-stale": {"staleness": limits | {"warn_s": 8 * DAY}},
        "staleness-stale-after-refuse": {"staleness": limits | {"stale_s": 31 * DAY}},
        "staleness-text": {"staleness": limits | {"warn_s": "86400"}},
        "staleness-negative": {"staleness": limits | {"warn_s": -1}},
        "clock-without-skew": {"clock": {key: value for key, value in clock.items() if key != "skew_s"}},
        "clock-true": {"clock": clock | {"skew_s": True}},
        "lifetimes-without-printed": {"lifetimes": {"1": 1, "2": 2}},
        "lifetimes-array": {"lifetimes": [1, 2, 3]},
        "status-base-missing": {"status_base": None},
        "env-number": {"env": 1},
        "version-missing": {"version": None},
    }
    for name, change in wrong.items():
        cases.append(case(f"policy-{name}", "parse_policy", {"json": _text(policy(**change))}, expect="malformed"))
    table = {"json": _text(policy(table={}))}
    return [*cases, case("policy-table-empty", "parse_policy", table, expect="malformed-table")]


def _refusals() -> list[Case]:
    start, end, accept = (seconds(f"{year}-01-01T00:00:00Z") for year in (2026, 2027, 2042))
    stolen = {"distrust": {"mode": "iat_after", "at": iso(NOW), "reason": "stolen"}}
    everything = {"distrust": {"mode": "all", "reason": "stolen"}}
    table: list[tuple[str, dict[str, Any], str, int, int, str | None]] = [
        ("in-force", {}, "pass", NOW, NOW, None),
        ("a15-other-use", {}, "status", NOW, NOW, "wrong-key-use"),
        ("a15-use-in-upper-case", {}, "PASS", NOW, NOW, "wrong-key-use"),
        ("revoked", {"state": "revoked"}, "pass", NOW, NOW, "key-revoked"),
        ("next-is-told-by-its-dates", {"state": "next"}, "pass", NOW, NOW, None),
        ("retired-still-verifies-what-it-signed", {"state": "retired"}, "pass", NOW, NOW, None),
        ("distrusted", everything, "pass", NOW, NOW, "key-revoked"),
        ("distrusted-one-second-before", stolen, "pass", NOW - 1, NOW, None),
        ("distrusted-from-this-second", stolen, "pass", NOW, NOW, "key-revoked"),
        ("signed-one-second-before-force", {}, "pass", start - 1, NOW, "key-not-in-force"),
        ("signed-at-the-first-second", {}, "pass", start, NOW, None),
        ("signed-at-the-last-second", {}, "pass", end - 1, NOW, None),
        ("signed-one-second-after", {}, "pass", end, NOW, "key-not-in-force"),
        ("accepted-at-the-last-second", {}, "pass", NOW, accept - 1, None),
        ("no-longer-accepted", {}, "pass", NOW, accept, "key-retired"),
        ("use-before-revocation", {"state": "revoked"}, "status", NOW, NOW, "wrong-key-use"),
        ("revocation-before-force", {"state": "revoked"}, "pass", start - 1, NOW, "key-revoked"),
        ("force-before-retirement", {}, "pass", end, accept, "key-not-in-force"),
    ]
    cases = []
    for name, change, use, iat, now, slug in table:
        listed = issuers(key_entry(ISSUER, ["pass"], **change))
        given = {"issuers": _text(listed), "use": use, "iat": iat}
        cases.append(case(f"refusal-{name}", "refusal", given, output=slug, now=now))
    return cases


def _joined() -> list[Case]:
    usual = {"issuers": _text(issuers()), "policy": _text(policy())}
    by_kid8 = sorted(kid8(key).hex() for key in (ISSUER, STATUS, CREDENTIAL))
    mixed = usual | {"policy": _text(policy(env="demo"))}
    cases = [
        case("trust-usual", "make_trust", usual, output={"env": "prod", "kid8s": by_kid8}),
        case("trust-of-two-environments", "make_trust", mixed, expect="environment-mismatch"),
    ]
    for name in ("issuer", "status"):
        key = made_key(name)
        cases.append(case(f"thumbprint-{name}", "thumbprint", {"jwk": jwk(key)}, output=kid(key)))
    rfc = {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }
    note = "key of RFC 7517 appendix A.1, untouched"
    listed = "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
    return [*cases, case("thumbprint-rfc-7517-a-1", "thumbprint", {"jwk": rfc}, output=listed, comment=note)]


def build() -> dict[str, object]:
    return {
        "about": "Issuers' lists and policies as JSON texts. refusal: null = not refused. TEST keys.",
        "source": "RFC 7517, RFC 7638; the shapes are described in the README",
        "cases": [*_good_lists(), *_bad_lists(), *_instants(), *_policies(), *_refusals(), *_joined()],
    }
