"""A forked command (tests/forked.py) says and does what the same command does when it is started."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import forked
from tests.live import AMATE, ROOT, settings_in

COMMANDS = [
    (),
    ("--help",),
    ("keys", "list", "--no-such-option"),
    ("keys", "list", "--json"),
    ("entitlement", "explain"),
    ("trust", "show"),
    ("verify",),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("stdin", [None, "not a pass\n"], ids=["nothing", "a line"])
def test_it_says_the_same_and_ends_the_same(words: tuple[str, ...], stdin: str | None, tmp_path: Path) -> None:
    env = settings_in(tmp_path / "home", 8000)
    done = forked.run(words, env=env, cwd=ROOT, stdin=stdin, timeout_s=60)
    started = subprocess.run(
        [AMATE, *words], env=env, cwd=ROOT, input=stdin or "", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (started.returncode, started.stdout, started.stderr)


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    env = settings_in(tmp_path / "home", 0) | {"AMATE_PASSPHRASE_FILE": str(tmp_path / "none")}
    with pytest.raises(TimeoutError):
        forked.run(["serve", "--role", "verifier"], env=env, cwd=ROOT, stdin=None, timeout_s=0.01)
