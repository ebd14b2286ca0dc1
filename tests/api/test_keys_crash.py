"""Every command that changes a key or a rule, killed at any step, leaves what holds; run again it finishes (row R4)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from amate.cli import cli
from amate.features.trust import actions as trust
from tests import traced
from tests.api.crashing import context, digest_of
from tests.api.crashing_scenes import CHANGES_OF_RULES, COMMANDS, found
from tests.api.test_trust_crash import ROOT

pytestmark = pytest.mark.embedded
# What changes nothing; and the drill, which makes a deployment of its own in a temporary folder and ends with it: it is
# killed in test_drill.
READ = {
    "list": [],
    "plan": [],
    "people": [],
    "proposals": [],
    "schedule": ["--use", "pass"],
    "audit verify": [],
    "audit check": ["FILE"],
}
ELSEWHERE = {"drill"}
READS_RULES = {"explain", "drafts", "test", "proposals"}
# Of a command that publishes, at least so many steps change the disk; of any, two.
LEAST = {"stage": 90, "ceremony run": 90, "stage, holders away": 60, "make": 6, "propose stage": 8, "reissue": 4}
LEAST |= dict.fromkeys(["activate", "retire", "revoke", "apply, of schedule", "apply, of resume"], 60)
LEAST |= {"audit export": 25, "entitlement publish": 60, "entitlement publish, holders away": 30}
PUBLISHING = ["revoke", "apply, of schedule", "apply, of resume", "ceremony run"]  # in test_keys_crash_publishing


def run(module: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", f"tests.api.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def names_under(group: click.Group, *above: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from names_under(command, *above, name)
        else:
            yield " ".join((*above, name))


def check_killed(folder: Path, *names: str) -> None:
    """Each was killed at every one of its steps, and finished by the next run."""
    told = {each["command"]: each for each in run("crashing_keys", str(folder), *names)}
    assert list(told) == list(names)
    for name, each in told.items():
        assert each["killed"] >= LEAST.get(name, 2), (name, each)
        assert each["steps"] > each["killed"] or name == "make", "those between which nothing on disk changes"


def test_a_command_killed_at_any_step_is_finished_by_the_next_run(tmp_path: Path) -> None:
    check_killed(tmp_path, *(name for name in COMMANDS if name not in PUBLISHING))


def test_a_key_whose_making_in_a_token_was_killed_at_any_instant_is_made_or_found(tmp_path: Path) -> None:
    (told,) = run("crashing_tokens", str(tmp_path))
    assert told["different"] >= 60
    assert told["ends"].pop("made") >= 60
    assert told["ends"] == {"found": 1, "no token": 1, "another name": 1}


def test_no_command_of_rules_is_left_out() -> None:
    group = cli.get_command(click.Context(cli), "entitlement")
    assert isinstance(group, click.Group)
    killed = {name.partition(",")[0].removeprefix("entitlement ") for name in CHANGES_OF_RULES}
    assert set(names_under(group)) == killed | READS_RULES


def test_no_command_of_keys_is_left_out() -> None:
    group = cli.get_command(click.Context(cli), "keys")
    assert isinstance(group, click.Group)
    killed = {name.partition(",")[0].partition(" --")[0] for name in COMMANDS}
    assert set(names_under(group)) == killed | READ.keys() | ELSEWHERE


def test_what_only_reads_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, exported = tmp_path / "home", tmp_path / "log.jsonl"
    found(home)
    with context(home) as ctx:
        uri = trust.holders(ctx)[0].uri
    for name, value in (("HOME", str(home)), ("ENV", "demo"), ("BASE_URL", "http://localhost:8000")):
        monkeypatch.setenv(f"AMATE_{name}", value)
    amate = CliRunner()
    wrote = amate.invoke(cli, ["keys", "audit", "export", "--to", str(exported), "--key", uri or ""])
    assert wrote.exit_code == 0, wrote.output
    before = digest_of(tmp_path)
    for name, more in READ.items():
        arguments = ["keys", *name.split(), *(str(exported) if each == "FILE" else each for each in more)]
        done = amate.invoke(cli, arguments, catch_exceptions=False)
        assert done.exit_code == (3 if name == "audit check" else 0), "3: the file holds, nobody says whose key it is"
        assert digest_of(tmp_path) == before, name


def test_a_state_between_two_system_calls_is_seen(tmp_path: Path) -> None:
    """What finds the states misses none, also of a file that is there for a moment only."""
    watched = tmp_path / "watched"
    watched.mkdir()

    def act() -> None:
        (watched / "a").write_bytes(b"1")
        (watched / "a").rename(watched / "b")
        (watched / "b").unlink()

    pictures = [traced.picture_of(each) for each in traced.states_of(watched, act, copies=tmp_path / "copies")]
    assert pictures == [{}, {"a": b""}, {"a": b"1"}, {"b": b"1"}, {}]
