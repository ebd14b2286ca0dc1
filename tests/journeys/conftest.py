"""Real browsers against a real server: nothing is mocked, and no request leaves this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from tests.journeys.camera import blank_feed
from tests.live import LiveServer, SeededDemo

CHROMIUM = "/usr/bin/chromium"
# What Playwright turns off, since the last such list counts; and the pages of the address bar, which nobody sees here
# and which took two fifths of the processor that a browser starts with.
NOT_FOR_TESTS = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NOT_FOR_TESTS)}",
]
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 568}
DESKTOP = {"width": 1280, "height": 800}

OpenBrowser = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> SeededDemo:
    return SeededDemo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def server(demo: SeededDemo) -> Iterator[LiveServer]:
    """A demo as it was seeded, serving: what one file of tests did to it, no other sees."""
    server = demo.begin()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """The file that a browser's camera plays; empty street at first."""
    path = tmp_path / "camera.mjpeg"
    blank_feed(path)
    return path


@pytest.fixture
def open_browser(playwright: Playwright, tmp_path: Path) -> Iterator[OpenBrowser]:
    """Opens browsers, each with a profile of its own unless one is named; a foreign request fails the test."""
    opened: list[BrowserContext] = []
    foreign: list[str] = []

    def opener(
        *,
        feed: Path | None = None,
        viewport: dict[str, int] | None = None,
        flags: Sequence[str] = (),
        profile: Path | None = None,
        program: Path | str = CHROMIUM,
        **options: Any,
    ) -> BrowserContext:
        args = [*FLAGS, *flags]
        if feed is not None:
            args += [
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={feed}",
            ]
        context = playwright.chromium.launch_persistent_context(
            str(profile or tmp_path / f"profile-{len(opened)}"),
            executable_path=str(program),
            headless=True,
            args=args,
            viewport=viewport or PHONE,
            locale="es-MX",
            permissions=["camera", "geolocation"],
            geolocation={"latitude": 20.1011, "longitude": -98.7591},
            **options,
        )
        context.set_default_timeout(45_000)
        context.on("request", lambda r: foreign.append(r.url) if is_foreign(r.url) else None)
        opened.append(context)
        return context

    yield opener
    for context in opened:
        with contextlib.suppress(Exception):
            context.close()
    assert foreign == []


def is_foreign(url: str) -> bool:
    """Whether a request would leave this machine."""
    return url.startswith(("http:", "https:", "ws:")) and not url.split("/")[2].startswith(("localhost:", "127.0.0.1:"))
