"""The browser of the tests: what Playwright turns off in it is off, although our list takes the place of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.conftest import NOT_FOR_TESTS, OpenBrowser

pytestmark = pytest.mark.browser
OF_OTHERS = ("ms", "TcpPortRandomizationWin")  # of Edge, and of Windows


def test_nothing_that_playwright_turns_off_is_on(open_browser: OpenBrowser, tmp_path: Path) -> None:
    open_browser(profile=tmp_path / "profile")
    theirs, ours = lists_of(tmp_path / "profile")
    assert ours == set(NOT_FOR_TESTS), "ours is the last, which counts"
    assert {name for name in theirs if not name.startswith(OF_OTHERS)} <= ours


def lists_of(profile: Path) -> list[set[str]]:
    """What the browser with this profile was told to turn off, list by list."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        words = process.read_text().split("\0") if process.exists() else []
        if f"--user-data-dir={profile}" in words and not any(word.startswith("--type=") for word in words):
            name = "--disable-features="
            return [set(word.removeprefix(name).split(",")) for word in words if word.startswith(name)]
    raise AssertionError(f"no browser with the profile {profile}")
