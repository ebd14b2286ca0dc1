"""The type of a problem document is an address, and something stands there: a page for people, JSON for programs."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from amate.app import create_app
from amate.config import Settings
from amate.node import create_verifier_app
from amate.web.problems import EXPLAINED, texts_of
from amate.web.static import CONTENT_SECURITY_POLICY

PUBLIC = Path(__file__).resolve().parents[2] / "pwa" / "public"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


def test_the_type_of_an_error_leads_to_what_it_means(client: FlaskClient) -> None:
    refused = client.get("/api/v1/clinics/HGIMB999999").get_json()
    said = client.get(refused["type"], headers=PROGRAM).get_json()
    assert (said["type"], said["title"]) == (refused["type"], refused["title"])
    assert refused["status"] in said["statuses"]
    for language in ("es", "en"):
        assert said[language].keys() == {"title", "meaning", "remedy"}


def test_each_slug_of_errors_leads_to_what_it_means(client: FlaskClient) -> None:
    refused = client.get("/api/v1/clinics/nearest?lat=north&far=1").get_json()
    slugs = {fault["slug"] for fault in refused["errors"]}
    assert slugs >= {"invalid-value", "missing"}
    for slug in slugs:
        assert refused["status"] in client.get(f"/problems/{slug}", headers=PROGRAM).get_json()["statuses"]


@pytest.mark.parametrize("slug", sorted(EXPLAINED))
def test_every_type_has_a_page_in_spanish_and_then_english(client: FlaskClient, slug: str) -> None:
    answer = client.get(f"/problems/{slug}", headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    page = unescape(answer.text)
    spanish, english = texts_of(slug)["es"], texts_of(slug)["en"]
    assert f"<h1>{spanish['title']}</h1>" in page
    assert page.index("Qué hacer") < page.index(english["title"]) < page.index("What to do")
    assert f"HTTP {', '.join(map(str, EXPLAINED[slug]))}" in page
    assert "`" not in page


def test_the_index_lists_every_type(client: FlaskClient) -> None:
    page = client.get("/problems/", headers=BROWSER).text
    assert set(re.findall(r'<a href="/problems/([a-z-]+)"', page)) == set(EXPLAINED)
    listed = client.get("/problems/", headers=PROGRAM).get_json()["problems"]
    assert {each["type"] for each in listed} == {f"/problems/{slug}" for slug in EXPLAINED}
    assert client.get("/problems").location == "http://localhost/problems/"


@pytest.mark.parametrize("path", ["/problems/", "/problems/not-found"])
def test_a_page_runs_and_draws_nothing_of_its_own_and_keeps_to_the_policy(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert re.search(r"<script|<style|\son\w+=|style=", answer.text) is None
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    for linked in re.findall(r'<link rel="(?:icon|stylesheet)" href="/([^"]+)"', answer.text):
        assert (PUBLIC / linked).is_file()
    assert '<html lang="es-MX">' in answer.text
    assert '<meta name="referrer" content="no-referrer" />' in answer.text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/problem+json", "application/json"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("image/png", "text/html; charset=utf-8"),
    ],
)
def test_who_asks_for_json_gets_it(client: FlaskClient, accept: str | None, kind: str) -> None:
    answer = client.get("/problems/not-found", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.content_type) == (200, kind)


def test_any_cache_may_keep_it(client: FlaskClient) -> None:
    for headers in (BROWSER, PROGRAM):
        answer = client.get("/problems/not-found", headers=headers)
        assert answer.headers["Cache-Control"].startswith("public, max-age=")
        assert answer.headers["Vary"] == "Accept"
        assert "Set-Cookie" not in answer.headers


def test_a_type_that_there_is_not_is_a_problem_too(client: FlaskClient) -> None:
    answer = client.get("/problems/no-such-thing", headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.get_json()["type"] == "/problems/not-found"


def test_a_clinics_own_node_explains_its_problems_too(tmp_path: Path) -> None:
    client = create_verifier_app(tmp_path).test_client()
    refused = client.post("/api/v1/verifications", json={}).get_json()
    assert client.get(refused["type"], headers=PROGRAM).get_json()["title"] == refused["title"]


def test_the_pages_style_is_served_beside_the_viewer(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"pwa_dir": PUBLIC}))
    with app.test_client().get("/docs/problems.css") as answer:
        assert (answer.status_code, answer.content_type) == (200, "text/css")
