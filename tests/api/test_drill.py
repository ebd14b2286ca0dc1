"""The drill holds on a small stage, and says so when something does not (row D10)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from amate.core import trust
from amate.demo import drill as drills
from amate.demo.drill import Share, as_text, drill, rehearse
from amate.errors import Refused
from tests.api.crashing import digest_of

pytestmark = pytest.mark.embedded
TOLD = 6  # times that a drill says what it does next
KILLED = """
import os, signal, sys
from amate.demo.drill import rehearse

told = []
def tell(text):
    told.append(text)
    if len(told) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
rehearse(phones=4, verifiers=1, hours=1, tell=tell)
"""


def test_the_drill_holds() -> None:
    report = rehearse(phones=10, verifiers=3, hours=6, tell=lambda _text: None)
    assert (report.faults, report.passed) == ([], True)
    assert [(each.step, each.clock, each.limit_s) for each in report.timings] == [
        ("a pass key is stolen", "measured", None),
        ("a forged pass is green on a verifier", "measured", None),
        ("freeze by one person", "measured", None),
        ("from decision to list out", "measured", 600),
        ("every on-line verifier is red", "simulated", 900),
        ("affected passes are renewed", "measured", None),
        ("old timestamps replayed in every order", "simulated", None),
    ]
    said = {each.step: each.detail for each in report.timings}
    assert said["a forged pass is green on a verifier"].startswith("3 of 3 verifiers say valid; each is the Python")
    assert said["every on-line verifier is red"].startswith("3 of 3 verifiers say not_valid")
    affected = said["affected passes are renewed"].split(" ")
    assert affected[0] == affected[2] != "0"
    assert "25% on average" in said["affected passes are renewed"]
    assert said["old timestamps replayed in every order"] == "144 tries, the forgery was green 0 times"
    lines = as_text(report).splitlines()
    assert [line[:2] for line in lines[:-1:2]] == [f"{number}." for number in range(1, 8)]
    assert "s measured, limit 600 s" in lines[6]
    assert "s simulated, limit 900 s" in lines[8]
    assert lines[12].endswith("21600.00 s simulated")


def test_a_share_is_told_beside_what_chance_makes_of_it() -> None:
    share = Share(15, 40, 4)
    assert share.usual == (4, 16)
    assert share.as_text().startswith("15 of 40 phones relied on the key; one of 4 keys signs for 25% on average")
    assert share.as_text().endswith("chance makes that 4 to 16")


def test_a_verifier_that_believes_a_revoked_key_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "REVOKED", "another word")
    monkeypatch.setattr(trust, "_is_distrusted", lambda *_: False)
    report = rehearse(phones=8, verifiers=1, hours=1, tell=lambda _text: None)
    assert not report.passed
    assert any("the forgery is red" in fault for fault in report.faults)
    assert any("green again" in fault for fault in report.faults)


def test_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(drill, ["--phones", "4", "--verifiers", "1", "--hours", "1", "--json"])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["passed"]) == (0, True)
    assert said["steps"][1]["step"] == "a forged pass is green on a verifier"
    assert {step["clock"] for step in said["steps"]} == {"measured", "simulated"}
    assert (said["share"]["phones"], said["share"]["average"]) == (4, 0.25)
    assert not (tmp_path / "home").exists(), "the deployment itself is not touched"
    monkeypatch.setenv("AMATE_ENV", "production")
    monkeypatch.setenv("AMATE_BASE_URL", "https://salud.example")
    monkeypatch.setenv("AMATE_DATABASE_URL", "postgresql+psycopg://localhost/none")
    monkeypatch.setenv("AMATE_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    assert isinstance(CliRunner().invoke(drill, []).exception, Refused)


@pytest.mark.parametrize("step", range(1, TOLD + 1))
def test_a_drill_that_is_killed_leaves_the_deployment_as_it_was_and_the_next_one_tidies_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    home, stage = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    stage.mkdir()
    (home / "amate.db").write_bytes(b"not to be opened")
    before = digest_of(home)
    env = {**os.environ, "AMATE_HOME": str(home), "TMPDIR": str(stage)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(step)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(list(stage.iterdir())) == 1
    assert digest_of(home) == before
    monkeypatch.setattr(tempfile, "tempdir", str(stage))
    with drills.staged() as folder:
        assert list(stage.iterdir()) == [folder]
        with drills.staged() as beside:
            assert sorted(stage.iterdir()) == sorted([folder, beside]), "one that is running is left alone"
    assert list(stage.iterdir()) == []
