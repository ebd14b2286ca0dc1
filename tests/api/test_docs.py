"""The viewer of the API's document: one page of ours with a policy of its own, and the same policy at the proxy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amate.app import create_app
from amate.config import Settings
from amate.web.static import CONTENT_SECURITY_POLICY, DOCS_CONTENT_SECURITY_POLICY, HEADERS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "pwa" / "public" / "docs"
NGINX = ROOT / "docker" / "proxy" / "nginx.conf"


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/index.html"])
def test_only_the_viewer_has_the_viewers_policy(settings: Settings, path: str) -> None:
    app = create_app(settings.model_copy(update={"pwa_dir": DOCS.parent}))
    with app.test_client().get(path) as answer:
        assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
        assert answer.headers["Content-Security-Policy"] == DOCS_CONTENT_SECURITY_POLICY
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert app.test_client().get("/healthz").headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_the_page_brings_no_script_or_style_of_its_own_and_none_of_others() -> None:
    page = (DOCS / "index.html").read_text()
    assert re.search(r"<style|\son\w+=|style=|<script(?![^>]*\ssrc=\"/docs/)", page) is None
    assert re.findall(r"(?:src|href)=\"(?!/)", page) == []
    assert "validatorUrl: null" in (DOCS / "docs.js").read_text()


def test_the_proxy_sets_the_same_policy() -> None:
    said = NGINX.read_text()
    for name, value in (HEADERS | {"Content-Security-Policy": DOCS_CONTENT_SECURITY_POLICY}).items():
        assert f'add_header {name} "{value}" always;' in said, name
