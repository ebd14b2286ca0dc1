"""Every face is whole in Lighthouse's eyes; how fast it loads is measured by `make bench`, never by a test."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.journeys.lighthouse import FACES, failed, report_of, score
from tests.live import LiveServer

pytestmark = pytest.mark.browser
CATEGORIES = ("accessibility", "best-practices")


@pytest.mark.parametrize("face", FACES)
def test_accessibility_and_best_practices_are_whole(server: LiveServer, tmp_path: Path, face: str) -> None:
    report = report_of(f"{server.url}/{FACES[face]}", tmp_path, *CATEGORIES)
    for category in CATEGORIES:
        assert (score(report, category), failed(report, category)) == (1, [])


def session_of(server: LiveServer, role: str) -> str:
    """The cookie of a one-click login."""
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"role": role}).encode()
    request = urllib.request.Request(f"{server.url}/api/v1/session/demo", data=body, method="POST", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.headers["Set-Cookie"]).split(";")[0]


def test_the_console_is_whole_behind_its_login_too(server: LiveServer, tmp_path: Path) -> None:
    report = report_of(f"{server.url}/console/", tmp_path, *CATEGORIES, cookie=session_of(server, "security"))
    for category in CATEGORIES:
        assert (score(report, category), failed(report, category)) == (1, [])
