"""Row J03 (and J01's policy): the headers of each kind of answer, word for word as a browser must get them.

They are written out here and imported from nowhere: whoever loosens the implementation meets a test that still knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from amate.app import create_app
from amate.config import Settings
from amate.context import Context
from amate.features.trust import actions as trust

PROXY = Path(__file__).resolve().parents[2] / "docker" / "proxy"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
POLICY_OF_DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
IN_DOCS = EVERYWHERE | {"Content-Security-Policy": POLICY_OF_DOCS}
REVALIDATED = {"Cache-Control": "no-cache"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NOT_KEPT = {"Cache-Control": "no-store"}
OF_DATA = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# Of the file or the moment; whoever reads them learns nothing and is protected by nothing.
OF_THE_CONTENT = {
    *(
        "Accept-Ranges",
        "Content-Length",
        "Content-Disposition",
        "Date",
        "ETag",
        "Last-Modified",
        "Vary",
        "Allow",
        "Link",
    ),
}
FACES = ("index.html", "wallet/index.html", "clinic/index.html", "docs/index.html")
FILES = (
    "sw.js",
    "assets/wallet-1.js",
    "assets/wallet-1.css",
    "assets/reader-1.wasm",
    "docs/docs.js",
    "wallet.webmanifest",
)

Headers = dict[str, str]


@pytest.fixture
def faces(settings: Settings, ctx: Context, tmp_path: Path) -> Iterator[Flask]:
    """The application with a root of trust, over built faces of one line each."""
    trust.init(ctx)
    built = tmp_path / "dist"
    for name in FACES + FILES:
        (built / name).parent.mkdir(parents=True, exist_ok=True)
        (built / name).write_text("x")
    app = create_app(settings.model_copy(update={"pwa_dir": built}))
    yield app
    app.extensions["amate.engine"].dispose()


def of(kind: str, *parts: Headers) -> Headers:
    return {name: value for part in parts for name, value in part.items()} | {"Content-Type": kind}


HTML, SCRIPT, JSON, PROBLEM = (
    "text/html; charset=utf-8",
    "text/javascript",
    "application/json",
    "application/problem+json",
)
ANSWERS: dict[tuple[str, str], tuple[int, Headers]] = {
    ("GET", "/"): (200, of(HTML, EVERYWHERE, REVALIDATED)),
    ("GET", "/wallet/"): (200, of(HTML, EVERYWHERE, REVALIDATED)),
    ("GET", "/clinic/"): (200, of(HTML, EVERYWHERE, REVALIDATED)),
    ("GET", "/sw.js"): (200, of(SCRIPT, EVERYWHERE, REVALIDATED)),
    ("GET", "/wallet.webmanifest"): (200, of("application/manifest+json", EVERYWHERE, REVALIDATED)),
    ("GET", "/assets/wallet-1.js"): (200, of(SCRIPT, EVERYWHERE, FOREVER)),
    ("GET", "/assets/wallet-1.css"): (200, of("text/css", EVERYWHERE, FOREVER)),
    ("GET", "/assets/reader-1.wasm"): (200, of("application/wasm", EVERYWHERE, FOREVER)),
    ("HEAD", "/wallet/"): (200, of(HTML, EVERYWHERE, REVALIDATED)),
    ("GET", "/docs"): (200, of(HTML, IN_DOCS, REVALIDATED)),
    ("GET", "/docs/"): (200, of(HTML, IN_DOCS, REVALIDATED)),
    ("GET", "/docs/docs.js"): (200, of(SCRIPT, IN_DOCS, REVALIDATED)),
    ("GET", "/api/v1/session"): (200, of(JSON, EVERYWHERE, NOT_KEPT)),
    ("GET", "/openapi.json"): (200, of(JSON, EVERYWHERE)),
    ("GET", "/healthz"): (200, of(JSON, EVERYWHERE)),
    ("GET", "/problems/not-found"): (200, of(HTML, EVERYWHERE, {"Cache-Control": "public, max-age=3600"})),
    ("POST", "/api/v1/enrolments"): (
        401,
        of(PROBLEM, EVERYWHERE, NOT_KEPT, {"WWW-Authenticate": 'Bearer realm="amate"'}),
    ),
    ("GET", "/api/v1/nothing"): (404, of(PROBLEM, EVERYWHERE, NOT_KEPT)),
    ("PUT", "/api/v1/enrolments"): (405, of(PROBLEM, EVERYWHERE, NOT_KEPT)),
    ("GET", "/oid4vci/nothing"): (404, of(PROBLEM, EVERYWHERE, NOT_KEPT)),
    ("GET", "/assets/wallet-0.js"): (404, of(PROBLEM, EVERYWHERE)),
    ("GET", "/docs/nothing.js"): (404, of(PROBLEM, EVERYWHERE)),
    ("GET", "/trust/timestamp.json"): (200, of(JSON, OF_DATA, {"Cache-Control": "public, max-age=60"})),
    ("GET", "/trust/1.root.json"): (200, of(JSON, OF_DATA, FOREVER)),
}


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_j03_a_browser_gets_exactly_these_headers(faces: Flask, method: str, path: str) -> None:
    client: FlaskClient = faces.test_client()
    with client.open(path, method=method) as answer:
        status, expected = ANSWERS[method, path]
        got = [(name, value) for name, value in answer.headers if name not in OF_THE_CONTENT]
        assert (answer.status_code, sorted(got)) == (status, sorted(expected.items()))


def sources_of(policy: str) -> dict[str, set[str]]:
    return {name: set(rest) for name, *rest in (part.split() for part in policy.split("; "))}


@pytest.mark.parametrize("policy", [POLICY, POLICY_OF_DOCS])
def test_j01_no_policy_lets_a_script_of_a_page_or_of_others_run(policy: str) -> None:
    """Markup that was slipped into a page has no inline script, no eval, no plug-in, no base and no frame to use."""
    directives = sources_of(policy)
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert directives["script-src"] <= {"'self'", "'wasm-unsafe-eval'"}
    for name in ("default-src", "base-uri", "frame-ancestors", "object-src", "font-src"):
        assert directives[name] == {"'none'"}, name
    for name in ("connect-src", "form-action", "style-src"):
        assert directives[name] == {"'self'"}, name
    assert not re.search(r"https?:|\*", policy)


def test_j01_no_text_becomes_markup_but_through_our_own_policy() -> None:
    directives = sources_of(POLICY)
    assert directives["require-trusted-types-for"] == {"'script'"}
    assert directives["trusted-types"] == {"default"}


def added(block: str, policy: str) -> Headers:
    """What one block of the proxy adds, with the policy that the address has there."""
    opened = block.replace("include /etc/nginx/amate-headers.conf;", (PROXY / "headers.conf").read_text())
    pairs = re.findall(r"^\s*add_header ([\w-]+) (.+?)( always)?;$", opened, re.M)
    assert all(always for *_, always in pairs), "else an error goes without"
    assert len({name for name, *_ in pairs}) == len(pairs), "sent twice"
    return {name: policy if value == "$policy" else value.strip('"') for name, value, _ in pairs}


PROXIED = r"~ ^/(api|oid4vci|trust|status|\.well-known|problems)/|^/(anchor\.json|healthz|readyz|openapi\.json)$"
AT_THE_PROXY: dict[str, Headers] = {
    "/assets/": EVERYWHERE | FOREVER,
    PROXIED: {},
    "~ ^/docs(/|$)": IN_DOCS | REVALIDATED,
    "/": EVERYWHERE | REVALIDATED,
    "= /sw.js": {},
    "@worker": EVERYWHERE | REVALIDATED,
    "@page": {},
    "@not_found": EVERYWHERE,
    "@too_large": EVERYWHERE,
    "@unavailable": EVERYWHERE | {"Retry-After": "5"},
}


def test_j03_the_proxy_adds_exactly_these_headers_at_each_of_its_addresses() -> None:
    """An address that somebody adds has to be thought of here; what the API says passes as it is."""
    said = (PROXY / "nginx.conf").read_text()
    blocks = dict(re.findall(r"^    location (.+?) \{\n(.*?)^    \}", said, re.M | re.S))
    assert len(blocks) == said.count("location "), "one that is nested or written otherwise"
    assert {name: added(block, POLICY) for name, block in blocks.items()} == AT_THE_PROXY
    rest = re.sub(r"^    location .+? \{\n.*?^    \}", "", said, flags=re.M | re.S)
    assert "add_header" not in rest, "a block with headers of its own would not inherit it"
    assert not re.search(r"proxy_(hide|pass|ignore)_header", said)


def test_j03_the_proxys_policy_is_the_viewers_for_the_viewer_and_ours_for_all_else() -> None:
    found = re.search(r"map \$uri \$policy \{(.*?)\}", (PROXY / "nginx.conf").read_text(), re.S)
    assert found
    policies = dict(re.findall(r'^\s*(\S+) "(.+)";$', found[1], re.M))
    assert policies == {"default": POLICY, "~^/docs/": POLICY_OF_DOCS}
