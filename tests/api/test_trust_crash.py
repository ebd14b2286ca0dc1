"""Stopped at any step, a publication is the old one or the new one, never half; run again, it is finished."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.embedded
ROOT = Path(__file__).resolve().parents[2]
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: writes that reach a disk would take minutes, and show no more."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="amate-") as made:
        yield Path(made)


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
    folder: Path, scenario: str, mode: str, least: int
) -> None:
    """Rows R4 and R7 of the figures: kill -9, and a full disk, at every step."""
    command = [sys.executable, "-m", "tests.api.crashing", scenario, mode, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout)["steps"] >= least
