"""sd_jwt.json: credentials disclosed whole and in part, and every attack of the threat table's rows B01-B09."""

from __future__ import annotations

import base64
import json
from typing import Any

from amate.core import sd_jwt
from amate.core.encoding import base64url_encode
from generators import _rfc9901
from generators._material import DAY, NOW, Case, PrivateKey, case, jwk, kid, made_bytes, made_key, signer

ISSUER, PHONE, OTHER = made_key("issuer"), made_key("phone"), made_key("other")
KEYS = {kid(ISSUER): jwk(ISSUER)}
BINDING = {"audience": "https://clinica.example", "nonce": "n-0S6_WzA2Mj", "max_age_s": 300}
CLAIMS: dict[str, Any] = {
    "iss": "https://amate.example",
    "vct": "https://amate.example/vct/salud",
    "iat": NOW - DAY,
    "exp": NOW + 365 * DAY,
    "cnf": {"jwk": jwk(PHONE)},
    "status": {"status_list": {"idx": 77, "uri": "https://amate.example/status/0"}},
    "curp": "HEGG560427MVZRRL04",
    "name": "Gloria Hernández García",
    "birth_date": "1956-04-27",
    "entitlements": [[2, 1, None]],
}
DISCLOSABLE = ("curp", "name", "birth_date", "entitlements")
SALTS = [made_bytes(f"salt {n}", 16) for n in range(6)]


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "SD-JWT VC: `verify` in both cores, `issue` in Python's. keys: by kid, with the empty text for none.",
        "source": "RFC 9901; its own examples (_rfc9901.py) are untouched, the others are signed with TEST keys",
        "cases": [*_issued(), *_foreign(), *_good(), *_broken(), *_attacks(), *_bound(), *_validity()],
    }


def _issue(claims: dict[str, Any] | None = None, **asked: Any) -> str:
    given = {"disclosable": DISCLOSABLE, "salts": SALTS, "kid": kid(ISSUER), "sign": signer(ISSUER), **asked}
    return sd_jwt.issue(claims or CLAIMS, **given)


def _issued() -> list[Case]:
    def issue(name: str, expect: str = "valid", comment: str = "", **changes: Any) -> Case:
        given: dict[str, Any] = {
            "claims": CLAIMS,
            "disclosable": list(DISCLOSABLE),
            "salts": [s.hex() for s in SALTS],
            "decoys": 0,
        }
        given |= {"kid": kid(ISSUER), **changes}
        asked = {name: given[name] for name in ("disclosable", "kid", "decoys")}
        salts = [bytes.fromhex(salt) for salt in given["salts"]]
        output = _issue(given["claims"], **asked, salts=salts) if expect == "valid" else None
        return case(f"issue-{name}", "issue", given, expect=expect, output=output, comment=comment)

    without = {name: value for name, value in CLAIMS.items() if name != "exp"}
    return [
        issue("four-hidden"),
        issue("two-decoys", decoys=2),
        issue("nothing-hidden", disclosable=[]),
        issue("optional-claim-that-is-not-there", disclosable=["nickname", "name"]),
        issue("without-end", "missing-claim", claims=without),
        issue("hidden-status", "undisclosable-claim", "B07", disclosable=["status"]),
        issue("hidden-end", "undisclosable-claim", "B07", disclosable=["exp"]),
        issue("hidden-key", "undisclosable-claim", "B07", disclosable=["cnf"]),
        issue("claim-named-as-a-digest", "reserved-claim-name", claims={**CLAIMS, "x": [{"...": "y"}]}),
        issue("claim-named-as-digests", "reserved-claim-name", claims={**CLAIMS, "x": {"_sd": []}}),
        issue("salts-too-few", "weak-salt", "B08", salts=[s.hex() for s in SALTS[:3]]),
        issue("salts-twice", "weak-salt", "B08", salts=[SALTS[0].hex()] * 4),
        issue("salt-too-short", "weak-salt", "B08", salts=[s.hex()[:30] for s in SALTS]),
        issue("a-number-that-is-not-whole", "malformed", claims={**CLAIMS, "x": 0.5}),
    ]


def _verify(name: str, encoded: str, expect: str = "valid", comment: str = "", **asked: Any) -> Case:
    """A case; what a good one gives is asked of the code, and read by hand in the review of the file."""
    given = {"encoded": encoded, "keys": KEYS, "binding": None, "typ": sd_jwt.TYP, "required": list(sd_jwt.REQUIRED)}
    now = asked.pop("now", NOW)
    given |= asked
    output = _claims(given, now) if expect == "valid" else None
    return case(name, "verify", given, expect=expect, output=output, comment=comment, now=now)


def _claims(given: dict[str, Any], now: int) -> Any:
    keys = {name: sd_jwt.holder_key({"jwk": one}) for name, one in given["keys"].items()}
    return sd_jwt.verify(
        given["encoded"],
        find_key=lambda name: keys.get(name or ""),
        now=now,
        binding=given["binding"] and sd_jwt.Binding(**given["binding"]),
        expected_typ=given["typ"],
        required=given["required"],
    ).claims


def _foreign() -> list[Case]:
    keys = {"": _rfc9901.ISSUER_JWK}
    binding = {"audience": "https://verifier.example.org", "nonce": "1234567890", "max_age_s": 60}
    example: dict[str, Any] = {"keys": keys, "typ": "example+sd-jwt", "required": ["iss"]}
    full, bound = _rfc9901.SECTION_5_1, _rfc9901.APPENDIX_A_3_BOUND
    jwt, *disclosures, _ = full.split("~")
    chosen = "~".join([jwt, disclosures[1], disclosures[5], disclosures[0], disclosures[8], ""])
    a, b = bound.rsplit("~", 1)[0] + "~", 1748454271
    return [
        _verify("rfc9901-5.1-all-disclosed", full, now=b, **example),
        _verify("rfc9901-5.1-some-disclosed", chosen, now=b, **example),
        _verify("rfc9901-5.1-none-disclosed", f"{jwt}~", now=b, **example),
        _verify("rfc9901-5.1-as-ours", full, "wrong-type", now=b, keys=keys),
        _verify("rfc9901-a.3-with-key-binding", bound, now=b, keys=keys, binding=binding),
        _verify("rfc9901-a.3-an-hour-later", bound, "stale-key-binding", now=b + 3600, keys=keys, binding=binding),
        _verify("rfc9901-a.3-without-key-binding", a, now=b, keys=keys),
    ]


def _good() -> list[Case]:
    whole = _issue()
    jwt, *disclosures, _ = whole.split("~")
    return [
        _verify("all-disclosed", whole),
        _verify("in-another-order", "~".join([jwt, *reversed(disclosures), ""])),
        _verify("only-the-name", f"{jwt}~{disclosures[1]}~"),
        _verify("none-disclosed", f"{jwt}~"),
        _verify("with-decoys", _issue(decoys=2)),
        _verify("nothing-hidden", _issue(disclosable=())),
        _verify("nested", _nested()),
    ]


def _hidden(name: str | None, value: Any, salt: str = "c2FsdHNhbHRzYWx0c2FsdA") -> tuple[str, str]:
    """A disclosure of one's own making, and its digest."""
    parts = [salt, value] if name is None else [salt, name, value]
    disclosure = _spelled(parts)
    return disclosure, sd_jwt.digest_of(disclosure)


def _spelled(value: Any) -> str:
    return base64url_encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _signed(payload: Any, *disclosures: str, header: Any = None, key: PrivateKey = ISSUER) -> str:
    """An SD-JWT that an issuer's bug, or somebody else, has signed."""
    head = _spelled(header or {"alg": "ES256", "typ": sd_jwt.TYP, "kid": kid(ISSUER)})
    body = payload if isinstance(payload, str) else _spelled(payload)
    signature = base64url_encode(signer(key)(f"{head}.{body}".encode()))
    return "~".join((f"{head}.{body}.{signature}", *disclosures, ""))


BARE = {name: value for name, value in CLAIMS.items() if name not in DISCLOSABLE}


def _nested() -> str:
    inner, inner_digest = _hidden("street", "Calle 1")
    element, element_digest = _hidden(None, {"city": "Pachuca"})
    outer, outer_digest = _hidden("address", {"_sd": [inner_digest], "places": [{"...": element_digest}, 1]})
    return _signed({**BARE, "_sd": [outer_digest], "_sd_alg": "sha-256"}, inner, outer, element)


def _broken() -> list[Case]:
    whole = _issue()
    jwt = whole.split("~", maxsplit=1)[0]
    head, body, tail = jwt.split(".")
    last = base64url_encode(bytes([*base64.urlsafe_b64decode(tail + "==")[:-1], 0]))
    other_kid = {"alg": "ES256", "typ": sd_jwt.TYP, "kid": kid(OTHER)}
    plain = {"alg": "ES256", "typ": sd_jwt.TYP, "kid": kid(ISSUER)}
    rows: tuple[tuple[str, str, str], ...] = (
        ("empty", "", "malformed"),
        ("no-tilde", jwt, "malformed"),
        ("only-tildes", "~~", "malformed"),
        ("two-parts", f"{head}.{body}~", "malformed"),
        ("four-parts", f"{jwt}.x~", "malformed"),
        ("last-tilde-missing", whole[:-1], "key-binding-unexpected"),
        ("not-ascii", f"{jwt}~ñ~", "malformed"),
        ("space-at-the-end", f"{jwt}~ ", "malformed"),
        ("space-in-a-disclosure", f"{jwt}~A A~", "malformed"),
        ("too-long", f"{jwt}~{'A' * 32_768}~", "malformed"),
        ("too-many-disclosures", "~".join([jwt, *(_hidden(f"n{n}", n)[0] for n in range(101)), ""]), "malformed"),
        ("padded", f"{jwt}==~", "malformed"),
        ("signature-changed", f"{head}.{body}.{last}~", "bad-signature"),
        ("signature-empty", f"{head}.{body}.~", "bad-signature"),
        ("signed-by-another", _signed(BARE, key=OTHER), "bad-signature"),
        ("unknown-key", _signed(BARE, header=other_kid, key=OTHER), "unknown-issuer"),
        ("no-kid", _signed(BARE, header={"alg": "ES256", "typ": sd_jwt.TYP}), "unknown-issuer"),
        ("kid-null", _signed(BARE, header={**plain, "kid": None}), "malformed"),
        ("kid-number", _signed(BARE, header={**plain, "kid": 1}), "malformed"),
        ("alg-none", _signed(BARE, header={**plain, "alg": "none"}), "malformed"),
        ("alg-hs256", _signed(BARE, header={**plain, "alg": "HS256"}), "malformed"),
        ("key-in-the-header", _signed(BARE, header={**plain, "jwk": jwk(OTHER)}), "malformed"),
        ("typ-missing", _signed(BARE, header={"alg": "ES256", "kid": kid(ISSUER)}), "wrong-type"),
        ("typ-of-a-status-list", _signed(BARE, header={**plain, "typ": "statuslist+jwt"}), "wrong-type"),
        ("typ-of-old-drafts", _signed(BARE, header={**plain, "typ": "vc+sd-jwt"}), "wrong-type"),
        ("header-list", _signed(BARE, header=["ES256"]), "malformed"),
        ("payload-list", _signed([BARE]), "malformed"),
        ("payload-member-twice", _signed(base64url_encode(b'{"iss":"a","iss":"b"}')), "malformed"),
    )
    return [_verify(f"broken-{name}", encoded, slug) for name, encoded, slug in rows]


def _attacks() -> list[Case]:
    whole = _issue()
    jwt, *disclosures, _ = whole.split("~")
    name, name_digest = _hidden("name", "Otra Persona")
    late, late_digest = _hidden("exp", NOW + 9999 * DAY)
    status, status_digest = _hidden("status_list", {"idx": 1, "uri": "https://amate.example/status/0"})
    element, element_digest = _hidden(None, "x")
    inner, inner_digest = _hidden("inner", 1)
    outer, outer_digest = _hidden("outer", {"_sd": [inner_digest]})
    unclaimed = {name: value for name, value in BARE.items() if name != "exp"}
    nest: Any = 1
    for _ in range(16):
        nest = [nest]
    rows: tuple[tuple[str, str, str, str], ...] = (
        ("B01", "unreferenced-disclosure", "unreferenced", f"{whole}{name}~"),
        ("B01", "unreferenced-disclosure", "behind-a-withheld-parent", _signed({**BARE, "_sd": [outer_digest]}, inner)),
        ("B01", "unreferenced-disclosure", "of-nothing-hidden", _signed(BARE, name)),
        ("B02", "duplicate-digest", "same-disclosure-twice", f"{whole}{disclosures[0]}~"),
        ("B02", "duplicate-digest", "digest-twice", _signed({**BARE, "_sd": [name_digest] * 2}, name)),
        ("B02", "duplicate-digest", "decoy-twice", _signed({**BARE, "_sd": ["x", "x"]})),
        ("B02", "duplicate-digest", "in-two-places", _signed({**BARE, "_sd": ["x"], "a": {"_sd": ["x"]}})),
        ("B02", "duplicate-digest", "in-a-list-too", _signed({**BARE, "_sd": ["x"], "a": [{"...": "x"}]})),
        (
            "B02",
            "duplicate-digest",
            "in-a-disclosure-too",
            _signed({**BARE, "_sd": [inner_digest, outer_digest]}, outer, inner),
        ),
        ("B03", "reserved-claim-name", "named-_sd", f"{whole}{_hidden('_sd', [])[0]}~"),
        ("B03", "reserved-claim-name", "named-dots", f"{whole}{_hidden('...', 'x')[0]}~"),
        ("B03", "reserved-claim-name", "named-_sd_alg", f"{whole}{_hidden('_sd_alg', 'md5')[0]}~"),
        ("B03", "claim-exists", "shadows-a-claim", _signed({**BARE, "name": "Gloria", "_sd": [name_digest]}, name)),
        ("B03", "claim-exists", "shadows-exp", _signed({**BARE, "_sd": [late_digest]}, late)),
        ("B03", "claim-exists", "two-of-one-name", _twice_named()),
        ("B07", "undisclosable-claim", "hidden-exp", _signed({**unclaimed, "_sd": [late_digest]}, late)),
        ("B07", "undisclosable-claim", "hidden-status", _signed({**BARE, "status": {"_sd": [status_digest]}}, status)),
        ("B07", "undisclosable-claim", "withheld-status", _signed({**BARE, "status": {"_sd": [status_digest]}})),
        (
            "B07",
            "undisclosable-claim",
            "hidden-in-a-list",
            _signed({**BARE, "aud": [{"...": element_digest}]}, element),
        ),
        ("B07", "missing-claim", "withheld-exp", _signed({**unclaimed, "_sd": [late_digest]})),
        ("B09", "unknown-hash", "md5", _signed({**BARE, "_sd_alg": "md5"})),
        ("B09", "unknown-hash", "sha-512", _signed({**BARE, "_sd_alg": "sha-512"})),
        ("B09", "unknown-hash", "null", _signed({**BARE, "_sd_alg": None})),
        ("B09", "unknown-hash", "inside", _signed({**BARE, "a": {"_sd_alg": "sha-256"}})),
        ("RFC 9901 §7.1", "malformed", "digests-not-a-list", _signed({**BARE, "_sd": "x"})),
        ("RFC 9901 §7.1", "malformed", "digests-null", _signed({**BARE, "_sd": None})),
        ("RFC 9901 §7.1", "malformed", "digest-not-a-text", _signed({**BARE, "_sd": [1]})),
        ("RFC 9901 §7.1", "malformed", "dots-in-an-object", _signed({**BARE, "a": {"...": "x"}})),
        ("RFC 9901 §7.1", "malformed", "dots-with-company", _signed({**BARE, "a": [{"...": "x", "y": 1}]})),
        ("RFC 9901 §7.1", "malformed", "element-in-an-object", _signed({**BARE, "_sd": [element_digest]}, element)),
        ("RFC 9901 §7.1", "malformed", "claim-in-a-list", _signed({**BARE, "a": [{"...": name_digest}]}, name)),
        ("RFC 9901 §7.1", "malformed", "disclosure-of-one-part", f"{jwt}~{_spelled(['salt'])}~"),
        ("RFC 9901 §7.1", "malformed", "disclosure-of-four-parts", f"{jwt}~{_spelled(['salt', 'a', 1, 2])}~"),
        ("RFC 9901 §7.1", "malformed", "disclosure-object", f"{jwt}~{_spelled({'a': 1})}~"),
        ("RFC 9901 §7.1", "malformed", "salt-not-a-text", f"{jwt}~{_spelled([1, 'a', 1])}~"),
        ("RFC 9901 §7.1", "malformed", "name-not-a-text", f"{jwt}~{_spelled(['salt', 1, 1])}~"),
        ("RFC 9901 §7.1", "malformed", "empty-disclosure", f"{jwt}~~"),
        ("depth", "malformed", "too-deep", _signed({**BARE, "a": nest})),
    )
    return [_verify(f"attack-{name}", encoded, slug, comment) for comment, slug, name, encoded in rows]


def _twice_named() -> str:
    one, one_digest = _hidden("name", "Una")
    two, two_digest = _hidden("name", "Otra")
    return _signed({**BARE, "_sd": [one_digest, two_digest]}, one, two)


def _proof(presented: str, *, key: PrivateKey = PHONE, header: Any = None, **changes: Any) -> str:
    """The presentation with a key binding; changes: members of the proof, None takes one out."""
    claims = {"iat": NOW - 5, "aud": BINDING["audience"], "nonce": BINDING["nonce"]}
    claims |= {"sd_hash": sd_jwt.digest_of(presented), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    bound = _signed(kept, header=header or {"alg": "ES256", "typ": "kb+jwt"}, key=key)
    return presented + bound.removesuffix("~")


def _bound() -> list[Case]:
    whole = _issue()
    jwt, *disclosures, _ = whole.split("~")
    fewer = f"{jwt}~{disclosures[1]}~"
    forged = {**BARE, "cnf": {"jwk": {**jwk(PHONE), "y": jwk(OTHER)["y"]}}}
    short = {**BARE, "cnf": {"jwk": {**jwk(PHONE), "x": "AA"}}}
    private = {**BARE, "cnf": {"jwk": {**jwk(PHONE), "d": "AA"}}}
    loose = {**BARE, "cnf": {"jwk": {**jwk(PHONE), "x": jwk(PHONE)["x"] + "="}}}
    curve = {**BARE, "cnf": {"jwk": {**jwk(PHONE), "crv": "P-384"}}}
    number = {**BARE, "cnf": {"jwk": {**jwk(PHONE), "x": 1}}}
    thumb = {**BARE, "cnf": {"jkt": "x"}}
    nobody = {name: value for name, value in BARE.items() if name != "cnf"}
    rows: tuple[tuple[str, str, str, str], ...] = (
        ("", "valid", "all-disclosed", _proof(whole)),
        ("", "valid", "one-disclosed", _proof(fewer)),
        ("", "valid", "oldest", _proof(whole, iat=NOW - 300)),
        ("", "valid", "a-minute-ahead", _proof(whole, iat=NOW + 60)),
        ("B04", "key-binding-missing", "stripped", whole),
        ("B05", "wrong-nonce", "other-nonce", _proof(whole, nonce="other")),
        ("B05", "wrong-nonce", "no-nonce", _proof(whole, nonce=None)),
        ("B05", "wrong-audience", "other-audience", _proof(whole, aud="https://otra.example")),
        ("B05", "wrong-audience", "audience-list", _proof(whole, aud=[BINDING["audience"]])),
        ("B05", "wrong-audience", "no-audience", _proof(whole, aud=None)),
        ("B05", "stale-key-binding", "too-old", _proof(whole, iat=NOW - 301)),
        ("B05", "stale-key-binding", "too-far-ahead", _proof(whole, iat=NOW + 61)),
        ("B05", "stale-key-binding", "time-as-text", _proof(whole, iat=str(NOW))),
        ("B05", "stale-key-binding", "time-true", _proof(whole, iat=True)),
        ("B05", "wrong-sd-hash", "of-fewer-disclosures", whole + _proof(fewer).rsplit("~", 1)[1]),
        ("B05", "wrong-sd-hash", "no-hash", _proof(whole, sd_hash=None)),
        ("B06", "bad-key-binding", "signed-by-another", _proof(whole, key=OTHER)),
        ("B06", "bad-key-binding", "key-off-the-curve", _proof(_signed(forged))),
        ("B06", "bad-key-binding", "key-too-short", _proof(_signed(short))),
        ("B06", "bad-key-binding", "key-of-another-curve", _proof(_signed(curve))),
        ("B06", "bad-key-binding", "key-padded", _proof(_signed(loose))),
        ("B06", "bad-key-binding", "key-of-numbers", _proof(_signed(number))),
        ("B06", "bad-key-binding", "key-private", _proof(_signed(private))),
        ("B06", "bad-key-binding", "key-by-thumbprint", _proof(_signed(thumb))),
        ("B06", "bad-key-binding", "no-key", _proof(_signed(nobody))),
        ("A10", "wrong-type", "proof-of-another-type", _proof(whole, header={"alg": "ES256", "typ": "dpop+jwt"})),
        ("A10", "wrong-type", "credential-for-a-proof", whole + jwt),
        ("", "malformed", "proof-not-a-jwt", whole + "x"),
    )
    cases = [_verify(f"bound-{name}", encoded, slug, comment, binding=BINDING) for comment, slug, name, encoded in rows]
    return [
        *cases,
        _verify("bound-although-none-is-expected", _proof(whole), "key-binding-unexpected", "RFC 9901 §7.3"),
    ]


def _validity() -> list[Case]:
    rows: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("ends-now", "expired", {"exp": NOW}),
        ("ends-next-second", "valid", {"exp": NOW + 1}),
        ("ends-as-text", "malformed", {"exp": str(NOW + 1)}),
        ("ends-true", "malformed", {"exp": True}),
        ("ends-null", "malformed", {"exp": None}),
        ("begins-in-a-minute", "valid", {"nbf": NOW + 60}),
        ("begins-later", "not-yet-valid", {"nbf": NOW + 61}),
        ("made-later", "not-yet-valid", {"iat": NOW + 61}),
    )
    cases = [_verify(f"validity-{name}", _signed({**BARE, **change}), slug) for name, slug, change in rows]
    nameless = {name: value for name, value in BARE.items() if name != "vct"}
    return [*cases, _verify("validity-no-type", _signed(nameless), "missing-claim")]
