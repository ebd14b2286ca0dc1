"""Stopped at any step, a publication of statuses leaves what can be relied on; run again, it is finished (row R4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.test_keys_crash import run

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize(("mode", "least"), [("kill", 60), ("full", 50)])
def test_stopped_at_any_step_what_is_served_is_whole(tmp_path: Path, mode: str, least: int) -> None:
    (told,) = run("crashing_status", mode, str(tmp_path))
    assert told["steps"] >= least
    assert {"unlink", "replace"} <= told["kinds"].keys()
