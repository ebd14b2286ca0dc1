"""Modules of the faces in a slow browser: a page that nothing serves, its processor throttled, its longest turn."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.live import ROOT

THROTTLE = 6
PWA = ROOT / "pwa"
PAGE = "http://localhost/"


def found_node() -> str:
    """The path of Node."""
    found = shutil.which("node")
    if found is None:
        raise AssertionError("no node: run `make setup`")
    return found


def node(script: str, argument: str, *flags: str, timeout_s: float = 300) -> str:
    """What a script of the PWA says."""
    command = [found_node(), *flags, str(PWA / "scripts" / script), argument]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout_s, cwd=PWA).stdout


def page_with(browser: Browser, **modules: str) -> Page:
    """A page on localhost, since only there a browser hashes, with these modules of the PWA, each under its name."""
    page = browser.new_page()
    page.route(PAGE, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(PAGE)
    for name, path in modules.items():
        page.route(f"{PAGE}{name}.js", _script(node("bundle.mjs", path)))
        page.evaluate("async name => { window[name] = await import(`/${name}.js`) }", name)
    return page


def _script(body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=body, content_type="text/javascript")


def slow_down(page: Page) -> None:
    """Take most of the processor away."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})


def longest_turn_ms(browser: Browser, page: Page, work: str) -> float:
    """The longest turn of a page in some work, in time of its thread: the machine may have other work."""
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    page.evaluate(work)
    return max(_turns_of_main_threads(json.loads(browser.stop_tracing())["traceEvents"])) / 1000


def _turns_of_main_threads(events: list[dict[str, Any]]) -> Iterator[int]:
    """Microseconds of each."""
    names = (event for event in events if event["name"] == "thread_name")
    main = {(each["pid"], each["tid"]) for each in names if each["args"]["name"] == "CrRendererMain"}
    for event in events:
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in main:
            yield event.get("tdur", 0)
