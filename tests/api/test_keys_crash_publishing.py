"""As test_keys_crash, in a file of its own so that two processors share the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.crashing_scenes import CHANGES_OF_RULES
from tests.api.test_keys_crash import PUBLISHING, check_killed
from tests.api.test_trust_crash import folder

__all__ = ["folder"]
pytestmark = pytest.mark.embedded


def test_a_command_that_publishes_killed_at_any_step_is_finished_by_the_next_run(folder: Path) -> None:
    check_killed(folder, *PUBLISHING)


def test_a_change_of_a_rule_killed_at_any_step_is_finished_by_the_next_run(folder: Path) -> None:
    check_killed(folder, *CHANGES_OF_RULES)
