"""Stopped at any step, a publication is the old one or the new one, never half; run again, it is finished."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.embedded
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("scenario", "mode", "least"),
    [
        ("first-root", "kill", 110),
        ("publish", "kill", 60),
        ("draft", "kill", 35),
        ("rotate", "kill", 90),
        ("init", "kill", 110),  # the first root, and the making of a demo's keys before it
        ("publish", "full", 40),
        ("rotate", "full", 60),
    ],
)
def test_stopped_at_any_step_it_is_whole_and_can_be_finished(
    tmp_path: Path, scenario: str, mode: str, least: int
) -> None:
    """Rows R4 and R7 of the figures: kill -9, and a full disk, at every step."""
    command = [sys.executable, "-m", "tests.api.crashing", scenario, mode, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout)["steps"] >= least
