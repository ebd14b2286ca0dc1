"""Lighthouse on a face, as a mid-range phone on a slow network would load it from a real server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.live import ROOT

PACKAGE = ROOT / "pwa" / "node_modules" / "lighthouse"
PROGRAM = PACKAGE / "cli" / "index.js"
# The audits that count for the score of accessibility, by their names, which are those of axe's rules.
WEIGHED = f"""
import config from "{PACKAGE / "core" / "config" / "default-config.js"}";
const {{ auditRefs }} = config.categories.accessibility;
console.log(JSON.stringify(auditRefs.filter(({{ weight }}) => weight > 0).map(({{ id }}) => id)));
"""
FACES = {"landing": "", "wallet": "wallet/", "clinic": "clinic/", "enrolment": "enrolment/", "console": "console/"}
TRIES = 5

Report = dict[str, Any]


def report_of(url: str, folder: Path, *categories: str, cookie: str = "") -> Report:
    """What Lighthouse says of an address, by its mobile preset; with a cookie, as whoever is logged in sees it."""
    path = folder / "report.json"
    flags = " ".join(["--headless=new", *FLAGS])
    options = ["--quiet", "--output=json", f"--output-path={path}", f"--only-categories={','.join(categories)}"]
    if cookie:
        options.append(f"--extra-headers={json.dumps({'Cookie': cookie})}")
    command = ["node", str(PROGRAM), url, *options, f"--chrome-flags={flags}"]
    env = {"CHROME_PATH": CHROMIUM, "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}
    for _ in range(TRIES):
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180, env=env, cwd=folder)
        if "Please run Lighthouse again" not in done.stderr:  # Chromium lost its own trace; nothing was measured
            break
    assert done.returncode == 0, done.stderr[-2000:]
    report: Report = json.loads(path.read_text())
    return report


def weighed_for_accessibility() -> set[str]:
    """Names of the axe rules that Lighthouse's score is made of."""
    command = ["node", "--input-type=module", "--eval", WEIGHED]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return set(json.loads(done.stdout))


def score(report: Report, category: str) -> float:
    """0 to 1."""
    found: float = report["categories"][category]["score"]
    return found


def milliseconds(report: Report, audit: str) -> float:
    """The figure of a timing audit."""
    found: float = report["audits"][audit]["numericValue"]
    return found


def failed(report: Report, category: str) -> list[str]:
    """The audits of a category that took points away."""
    weighted = [ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"]]
    return [name for name in weighted if report["audits"][name]["score"] not in (None, 1)]
