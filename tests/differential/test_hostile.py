"""Row E05: whatever a malicious code carries is no pass to either core: five hundred texts and the ones of the journey.

What the page then does with them is shown in a browser, on the journey's own list.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from amate.core.verdict import Verdict
from tests.journeys.hostile import TEXTS
from tests.vectors.generators import _judge
from tests.vectors.generators._material import NOW

from .twin import ROOT, differing

VECTORS = ROOT / "tests" / "vectors" / "verdict.json"
SCHEMES = (
    *("https://example.org/{}", "http://127.0.0.1/{}", "//example.org/{}", "javascript:{}", "vbscript:{}", "blob:{}"),
    *(
        "data:text/html,{}",
        "file:///{}",
        "view-source:{}",
        "intent://{}#Intent;scheme=http;end",
        "tel:{}",
        "sms:+52?body={}",
    ),
    *("mailto:x@example.org?body={}", "geo:0,0?q={}", "openid4vp://?request_uri={}", "shc:/{}", "HC1:{}"),
    *("openid-credential-offer://?credential_offer={}", "WIFI:T:WPA;S:{};P:x;;", "otpauth://totp/{}?secret=A"),
)
PREFIXES = ("", " ", "\ufeff", "\u202e", "\0", "1")
CARRIED = "<img src=x onerror=window.amateHacked=1>*21*5512345678#"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "entities": html.escape,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
}


def generated() -> Iterator[str]:
    for scheme in SCHEMES:
        for prefix in PREFIXES:
            for encode in ENCODINGS.values():
                yield prefix + scheme.format(encode(CARRIED))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return sorted({*generated(), *TEXTS})


@pytest.fixture(scope="module")
def world() -> _judge.World:
    return _judge.ready(json.loads(VECTORS.read_text(encoding="utf-8"))["worlds"]["usual"])


def test_e05_there_are_more_than_five_hundred(texts: list[str]) -> None:
    assert len(set(generated())) >= 500
    assert len(texts) >= 500 + len(set(TEXTS))


def test_e05_each_is_no_pass_and_names_nobody(texts: list[str], world: _judge.World) -> None:
    for text in texts:
        made = _judge.judge(world, {"text": text}, NOW)
        assert made == Verdict("not_a_pass", made.reasons, demo=False), text
        assert made.reasons in (("not-a-pass",), ("malformed",)), "a word of ours, and nothing of the text"


def test_e05_the_phones_core_says_the_same(texts: list[str], world: _judge.World) -> None:
    judged = [_judge.judge(world, {"text": text}, NOW) for text in texts]
    ours = [{"verdict": "not_a_pass", "reasons": list(made.reasons), "status_age_s": None} for made in judged]
    asked = [{"text": text, "world": "usual", "now": NOW} for text in texts]
    assert differing("verdict-cli.mjs", VECTORS, asked=asked, ours=ours) == []
