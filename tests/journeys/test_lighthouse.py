"""Every face is whole in Lighthouse's eyes; how fast it loads is measured by `make bench`, never by a test."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.journeys.conftest import OpenBrowser
from tests.journeys.lighthouse import FACES, failed, report_of, score, weighed_for_accessibility
from tests.journeys.screens import ALSO, AXE, Inspector
from tests.journeys.steps import page_of
from tests.live import LiveServer

pytestmark = pytest.mark.browser
# Two buttons of ten pixels, side by side.
SMALL = "<html lang=es><title>a</title><main><h1>a</h1>{0}{0}</main>".format(
    '<button style="width:10px;height:10px;padding:0;border:0" aria-label="b"></button>'
)
CATEGORIES = ("accessibility", "best-practices")
RULES_RUN = """async (also) => {
  const rules = Object.fromEntries(also.map((id) => [id, { enabled: true }]));
  const { violations, passes, incomplete, inapplicable } = await axe.run(document, { rules });
  return [violations, passes, incomplete, inapplicable].flat().map(({ id }) => id);
}"""


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


def test_whatever_counts_in_lighthouse_is_looked_for_on_every_state_of_every_screen(open_browser: OpenBrowser) -> None:
    """Its score is the share of axe's rules that hold: with none broken (tests/journeys/screens.py) it is 100."""
    page = page_of(open_browser())
    page.evaluate(f"() => {{ {AXE} }}")
    weighed = weighed_for_accessibility()
    assert len(weighed) > 50
    assert weighed - set(page.evaluate(RULES_RUN, ALSO)) == set()
    assert weighed - set(page.evaluate(RULES_RUN, [])) != set(), "not even axe alone looks for them all"


def test_a_target_too_small_to_hit_is_found(open_browser: OpenBrowser) -> None:
    page = page_of(open_browser())
    page.set_content(SMALL)
    inspector = Inspector(page)
    inspector.look("two small buttons")
    assert {fault.split(": ")[2] for fault in inspector.faults} == {"target-size"}
