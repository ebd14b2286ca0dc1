"""Every face is whole in Lighthouse's eyes; how fast it loads is measured by `make bench`, never by a test."""

from __future__ import annotations

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
