"""The drill holds on a small stage, and says so when something does not (row D10)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from amate.core import trust
from amate.demo.drill import drill, rehearse
from amate.errors import Refused


def test_the_drill_holds() -> None:
    report = rehearse(phones=10, verifiers=3, hours=6, tell=lambda _text: None)
    assert (report.faults, report.passed) == ([], True)
    said = {each.step: each.detail for each in report.timings}
    affected = said["affected passes renewed"].split(" ")
    assert affected[0] == affected[2] != "0"
    assert said["old metadata replayed in every order"].startswith("144 tries")


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
    assert (done.exit_code, json.loads(done.stdout)["passed"]) == (0, True)
    assert not (tmp_path / "home").exists(), "the deployment itself is not touched"
    monkeypatch.setenv("AMATE_ENV", "production")
    monkeypatch.setenv("AMATE_BASE_URL", "https://salud.example")
    monkeypatch.setenv("AMATE_DATABASE_URL", "postgresql+psycopg://localhost/none")
    monkeypatch.setenv("AMATE_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    assert isinstance(CliRunner().invoke(drill, []).exception, Refused)
