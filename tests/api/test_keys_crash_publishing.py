"""As test_keys_crash, in a file of its own so that two processors share the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.crashing_scenes import CHANGES_OF_RULES
from tests.api.test_keys_crash import PUBLISHING, check_killed

pytestmark = pytest.mark.embedded


def test_a_command_that_publishes_killed_at_any_step_is_finished_by_the_next_run(tmp_path: Path) -> None:
    check_killed(tmp_path, *PUBLISHING)


def test_a_change_of_a_rule_killed_at_any_step_is_finished_by_the_next_run(tmp_path: Path) -> None:
    check_killed(tmp_path, *CHANGES_OF_RULES)
