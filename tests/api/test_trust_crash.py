"""Stopped at any step, a publication is the old one or the new one, never half; run again, it is finished."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("scenario", "mode", "every", "least"),
    [
        ("first-root", "kill", 1, 80),
        ("publish", "kill", 1, 80),
        ("draft", "kill", 1, 60),
        ("rotate", "kill", 1, 120),
        ("init", "kill", 5, 35),  # the first root, and the making of a demo's keys before it
        ("publish", "full", 1, 40),
        ("rotate", "full", 1, 60),
    ],
)
def test_stopped_at_any_step_it_is_whole_and_can_be_finished(
    tmp_path: Path, scenario: str, mode: str, every: int, least: int
) -> None:
    """Rows R4 and R7 of the figures: kill -9, and a full disk, at every step."""
    command = [sys.executable, "-m", "tests.api.crashing", scenario, mode, str(tmp_path), str(every)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout)["steps"] >= least
